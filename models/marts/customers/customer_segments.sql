with
    facts as (
        select
            customers.customer_key,
            customers.is_company,
            customers.orders,
            customers.net_sales,
            -- tags are a list in one cell; commas around both make each match whole
            concat(',', lower({{ replace_all("coalesce(customers.tags, '')", " *, *", ",") }}), ',') as tag_list,
            {{ not_negative(days_between("customers.last_order_date", "as_of.as_of_date")) }} as days_since_last_order,
            {{ not_negative(days_between("customers.first_order_date", "as_of.as_of_date")) }} as days_since_first_order
        from {{ ref("customers") }} as customers
        cross join {{ ref("int_as_of") }} as as_of
    ),

    -- a rule holds if each condition that it states does; the first that holds decides
    matches as (
        select
            facts.customer_key,
            rules.attribute,
            rules.value,
            row_number() over (partition by facts.customer_key, rules.attribute order by rules.priority) as preference
        from facts
        inner join
            {{ ref("segment_rules") }} as rules
            on (rules.tag is null or facts.tag_list like concat('%,', rules.tag, ',%'))
            and (rules.is_company is null or facts.is_company = rules.is_company)
            and facts.orders >= coalesce(rules.minimum_orders, facts.orders)
            and facts.orders <= coalesce(rules.maximum_orders, facts.orders)
            and facts.net_sales >= coalesce(rules.minimum_net_sales, facts.net_sales)
            and (
                rules.maximum_days_since_last_order is null
                or facts.days_since_last_order <= rules.maximum_days_since_last_order
            )
            and (
                rules.maximum_days_since_first_order is null
                or facts.days_since_first_order <= rules.maximum_days_since_first_order
            )
    ),

    decided as (
        select
            customer_key,
            max(case when attribute = 'primary_segment' then value end) as primary_segment,
            max(case when attribute = 'lifecycle_stage' then value end) as lifecycle_stage
        from matches
        where preference = 1
        group by customer_key
    )

select
    facts.customer_key,
    coalesce(decided.primary_segment, 'none') as primary_segment,
    coalesce(decided.lifecycle_stage, 'none') as lifecycle_stage,
    facts.orders,
    facts.net_sales,
    cast(facts.days_since_last_order as bigint) as days_since_last_order,
    cast(facts.days_since_first_order as bigint) as days_since_first_order
from facts
left join decided on facts.customer_key = decided.customer_key
