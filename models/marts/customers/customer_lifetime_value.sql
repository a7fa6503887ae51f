{% set horizons = var("lifetime_value_days") %}
with
    order_margins as (
        select
            lines.customer_key,
            lines.order_date,
            {{ days_between("customers.first_order_date", "lines.order_date") }} as age_days,
            lines.gross_sales,
            lines.net_sales,
            lines.gross_margin
        from {{ ref("order_lines") }} as lines
        inner join {{ ref("customers") }} as customers on lines.customer_key = customers.customer_key
    ),

    sums as (
        select
            customer_key,
            {% for days in horizons %}
                sum(case when age_days < {{ days }} then net_sales else 0 end) as net_sales_{{ days }}_days,
                -- no else: a window without a known cost has an unknown margin, whatever came after it
                sum(case when age_days < {{ days }} then gross_margin end) as gross_margin_{{ days }}_days,
            {% endfor %}
            sum(gross_margin) as gross_margin,
            sum(gross_sales) as gross_sales,
            sum(case when gross_margin is not null then gross_sales else 0 end) as gross_sales_with_cost
        from order_margins
        group by customer_key
    ),

    ranked as (
        select
            customer_key,
            percent_rank() over (order by last_order_date) as recency_rank,
            percent_rank() over (order by orders) as frequency_rank,
            percent_rank() over (order by net_sales) as monetary_rank
        from {{ ref("customers") }}
        where orders > 0
    ),

    scored as (
        select
            customer_key,
            -- equal customers get equal scores, which ntile would not give
            {% for measure in ("recency", "frequency", "monetary") %}
                cast(
                    least(floor({{ measure }}_rank * {{ var("rfm_buckets") }}) + 1, {{ var("rfm_buckets") }}) as bigint
                ) as {{ measure }}_score {{ "," if not loop.last }}
            {% endfor %}
        from ranked
    ),

    buyers as (
        select
            customers.*,
            greatest({{ days_between("customers.last_order_date", "as_of.as_of_date") }}, 0) as days_since_last_order,
            greatest({{ days_between("customers.first_order_date", "as_of.as_of_date") }}, 0) as tenure_days
        from {{ ref("customers") }} as customers
        cross join {{ ref("int_as_of") }} as as_of
    )

select
    buyers.customer_key,
    buyers.is_guest,
    buyers.first_order_date,
    buyers.last_order_date,
    cast(buyers.days_since_last_order as bigint) as days_since_last_order,
    cast(buyers.tenure_days as bigint) as tenure_days,
    buyers.orders,
    buyers.net_sales,
    {{ round_money("cast(buyers.net_sales as double) / buyers.orders") }} as average_order_value,
    {{ money("sums.gross_margin") }} as gross_margin,
    {{ rate("case when sums.gross_sales > 0 then sums.gross_sales_with_cost end", "sums.gross_sales") }}
    as margin_coverage,
    -- a horizon that has not passed yet has no value, which is not a value of nothing
    {% for days in horizons %}
        {{ money("case when buyers.tenure_days >= " ~ days ~ " then sums.net_sales_" ~ days ~ "_days end") }}
        as net_sales_{{ days }}_days,
        {{ money("case when buyers.tenure_days >= " ~ days ~ " then sums.gross_margin_" ~ days ~ "_days end") }}
        as gross_margin_{{ days }}_days,
    {% endfor %}
    scored.recency_score,
    scored.frequency_score,
    scored.monetary_score,
    segments.segment as rfm_segment
from buyers
inner join scored on buyers.customer_key = scored.customer_key
left join sums on buyers.customer_key = sums.customer_key
left join
    {{ ref("rfm_segments") }} as segments
    on scored.recency_score between segments.recency_from and segments.recency_to
    and scored.frequency_score between segments.frequency_from and segments.frequency_to
