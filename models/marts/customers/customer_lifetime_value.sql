with
    margins as (
        select
            customer_key,
            sum(gross_margin) as gross_margin,
            sum(gross_sales) as gross_sales,
            sum(case when gross_margin is not null then gross_sales else 0 end) as gross_sales_with_cost
        from {{ ref("order_lines") }}
        where customer_key is not null
        group by customer_key
    ),

    buyers as (
        select
            customers.*,
            margins.gross_margin,
            margins.gross_sales,
            margins.gross_sales_with_cost,
            {{ days_between("customers.last_order_date", "as_of.as_of_date") }} as days_since_last_order,
            {{ days_between("customers.first_order_date", "as_of.as_of_date") }} as tenure_days,
            percent_rank() over (order by customers.last_order_date) as recency_rank,
            percent_rank() over (order by customers.orders) as frequency_rank,
            percent_rank() over (order by customers.net_sales) as monetary_rank
        from {{ ref("customers") }} as customers
        cross join {{ ref("int_as_of") }} as as_of
        left join margins on customers.customer_key = margins.customer_key
        where customers.orders > 0
    ),

    scored as (
        select
            *,
            -- equal customers get equal scores, which ntile would not give
            {% for measure in ("recency", "frequency", "monetary") %}
                cast(
                    least(floor({{ measure }}_rank * {{ var("rfm_buckets") }}) + 1, {{ var("rfm_buckets") }}) as bigint
                ) as {{ measure }}_score,
            {% endfor %}
            greatest(days_since_last_order, 0) as recency_days
        from buyers
    )

select
    scored.customer_key,
    scored.is_guest,
    scored.first_order_date,
    scored.last_order_date,
    cast(scored.recency_days as bigint) as days_since_last_order,
    cast(greatest(scored.tenure_days, 0) as bigint) as tenure_days,
    scored.orders,
    scored.net_sales,
    {{ money("round(scored.net_sales / scored.orders, 2)") }} as average_order_value,
    {{ money("scored.gross_margin") }} as gross_margin,
    cast(
        case
            when scored.gross_sales > 0
            then cast(scored.gross_sales_with_cost as double) / cast(scored.gross_sales as double)
        end as decimal(9, 4)
    ) as margin_coverage,
    scored.recency_score,
    scored.frequency_score,
    scored.monetary_score,
    segments.segment as rfm_segment
from scored
left join
    {{ ref("rfm_segments") }} as segments
    on scored.recency_score between segments.recency_from and segments.recency_to
    and scored.frequency_score between segments.frequency_from and segments.frequency_to
