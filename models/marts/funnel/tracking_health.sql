with
    events as (
        select event_days.*
        from {{ ref("int_event_days") }} as event_days
        cross join {{ ref("int_as_of") }} as as_of
        where event_days.event_date <= as_of.cutoff_date
    ),

    span as (select min(event_date) as first_date, max(event_date) as last_date from events),

    days as (select {{ each_day("first_date", "last_date") }} as event_date from span where first_date is not null),

    purchases as (
        select
            event_date,
            count(*) as purchase_events,
            sum(case when is_duplicate then 1 else 0 end) as duplicate_purchase_events,
            sum(case when is_unidentified then 1 else 0 end) as purchases_without_id,
            sum(case when not is_duplicate then coalesce(purchase_revenue, 0) else 0 end) as ga4_revenue
        from {{ ref("int_purchases") }}
        group by event_date
    ),

    purchase_matches as (
        select
            event_date,
            sum(case when status = 'matched' then 1 else 0 end) as matched_purchases,
            sum(case when status in ('cancelled', 'test') then 1 else 0 end) as cancelled_purchases,
            sum(case when status = 'ga4_only' then 1 else 0 end) as ga4_only_purchases,
            sum(case when status = 'not_compared' then 1 else 0 end) as purchases_not_compared
        from {{ ref("order_matches") }}
        where event_date is not null
        group by event_date
    ),

    order_matches as (
        select
            order_date,
            sum(case when is_expected then 1 else 0 end) as web_orders,
            sum(case when is_expected and status = 'matched' then 1 else 0 end) as matched_orders,
            sum(case when status = 'not_compared' then 1 else 0 end) as orders_not_compared,
            sum(case when is_expected then order_total else 0 end) as shopify_revenue
        from {{ ref("order_matches") }}
        where order_date is not null
        group by order_date
    ),

    steps as (
        select
            session_date,
            {% for kind in ("missing", "inverted") %}
                concat_ws(
                    ', ',
                    {% for step in ("view_item", "add_to_cart", "begin_checkout", "add_payment_info", "purchase") -%}
                        max(case when is_{{ kind }} and step = '{{ step }}' then step end) {{- "," if not loop.last }}
                    {% endfor %}
                ) as {{ kind }}_steps {{- "," if not loop.last }}
            {% endfor %}
        from {{ ref("step_health") }}
        group by session_date
    )

select
    days.event_date,
    events.event_date is not null as is_collecting,
    {% for column in (
        "events.events",
        "events.events_without_session",
        "events.session_engaged_as_int",
        "events.transaction_id_as_int",
        "purchases.purchase_events",
        "purchases.duplicate_purchase_events",
        "purchases.purchases_without_id",
        "purchase_matches.matched_purchases",
        "purchase_matches.cancelled_purchases",
        "purchase_matches.ga4_only_purchases",
        "purchase_matches.purchases_not_compared",
        "order_matches.web_orders",
        "order_matches.matched_orders",
        "order_matches.orders_not_compared",
    ) %}
        cast(coalesce({{ column }}, 0) as bigint) as {{ column.split(".")[1] }},
    {% endfor %}
    cast(order_matches.matched_orders as double) / nullif(order_matches.web_orders, 0) as match_rate,
    {{ money("coalesce(purchases.ga4_revenue, 0)") }} as ga4_revenue,
    {{ money("coalesce(order_matches.shopify_revenue, 0)") }} as shopify_revenue,
    {{ money("coalesce(order_matches.shopify_revenue, 0) - coalesce(purchases.ga4_revenue, 0)") }} as revenue_gap,
    nullif(steps.missing_steps, '') as missing_steps,
    nullif(steps.inverted_steps, '') as inverted_steps
from days
left join events on days.event_date = events.event_date
left join purchases on days.event_date = purchases.event_date
left join purchase_matches on days.event_date = purchase_matches.event_date
left join order_matches on days.event_date = order_matches.order_date
left join steps on days.event_date = steps.session_date
