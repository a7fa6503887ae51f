with
    -- the first rule that holds decides
    matches as (
        select
            segments.*,
            rules.campaign_type,
            rules.play,
            rules.discount_rate,
            rules.offer,
            row_number() over (partition by segments.customer_key order by rules.priority) as preference
        from {{ ref("customer_segments") }} as segments
        inner join
            {{ ref("campaign_rules") }} as rules
            on segments.primary_segment = coalesce(rules.primary_segment, segments.primary_segment)
            and segments.lifecycle_stage = coalesce(rules.lifecycle_stage, segments.lifecycle_stage)
            and (rules.net_sales_over is null or segments.net_sales > rules.net_sales_over)
            and segments.days_since_last_order
            between coalesce(rules.minimum_days_since_last_order, segments.days_since_last_order) and coalesce(
                rules.maximum_days_since_last_order, segments.days_since_last_order
            )
            and (
                rules.days_since_first_order_under is null
                or segments.days_since_first_order < rules.days_since_first_order_under
            )
            and segments.orders = coalesce(rules.orders, segments.orders)
        where segments.lifecycle_stage in ('{{ var("campaign_stages") | join("', '") }}')
    ),

    targets as (select * from matches where preference = 1),

    bought as (
        select
            lines.customer_key, skus.category_l1, sum(lines.net_sales) as net_sales, max(lines.order_date) as last_date
        from {{ ref("order_lines") }} as lines
        inner join targets on lines.customer_key = targets.customer_key
        inner join {{ ref("int_skus") }} as skus on lines.sku = skus.sku
        group by lines.customer_key, skus.category_l1
    ),

    ranked as (
        select
            *,
            row_number() over (partition by customer_key order by net_sales desc, category_l1 asc) as sales_rank,
            row_number() over (
                partition by customer_key order by last_date desc, net_sales desc, category_l1 asc
            ) as last_rank
        from bought
    ),

    categories as (
        select
            customer_key,
            max(case when sales_rank = 1 then category_l1 end) as top_category,
            max(case when last_rank = 1 then category_l1 end) as last_category
        from ranked
        group by customer_key
    )

select
    targets.customer_key,
    targets.primary_segment,
    targets.lifecycle_stage,
    targets.campaign_type,
    targets.play,
    {{ to_decimal("targets.discount_rate", 9, 4) }} as discount_rate,
    coalesce(themes.content_theme, '{{ var("default_content_theme") }}') as content_theme,
    targets.offer,
    categories.top_category,
    categories.last_category,
    targets.days_since_last_order,
    targets.days_since_first_order,
    targets.orders,
    targets.net_sales,
    customers.accepts_email_marketing,
    customers.accepts_sms_marketing
from targets
inner join {{ ref("customers") }} as customers on targets.customer_key = customers.customer_key
left join categories on targets.customer_key = categories.customer_key
left join {{ ref("campaign_themes") }} as themes on categories.top_category = themes.category_l1
