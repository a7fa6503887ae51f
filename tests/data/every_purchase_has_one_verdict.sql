-- Matched + unmatched = all. Of the purchase events staged, each is matched, cancelled, unknown to Shopify, not
-- compared,
-- without an id or a repeat; and each order of a tracked source within GA4's days stands in order_matches once.
with
    staged_purchases as (
        select count(*) as purchase_events
        from {{ ref("stg_ga4__events") }} as events
        cross join {{ ref("int_as_of") }} as as_of
        where events.event_name = 'purchase' and events.event_date <= as_of.cutoff_date
    ),

    verdicts as (
        select
            sum(case when event_date is not null then 1 else 0 end) as purchases,
            sum(case when order_id is not null and is_expected then 1 else 0 end) as expected_orders
        from {{ ref("order_matches") }}
    ),

    repeats as (select count(*) as repeats from {{ ref("int_purchases") }} where is_duplicate),

    health as (
        select
            sum(purchase_events) as purchase_events,
            sum(
                matched_purchases
                + cancelled_purchases
                + ga4_only_purchases
                + purchases_not_compared
                + purchases_without_id
                + duplicate_purchase_events
            ) as judged_events,
            sum(web_orders) as web_orders
        from {{ ref("tracking_health") }}
    ),

    event_span as (
        select min(event_date) as first_date, max(event_date) as last_date from {{ ref("tracking_health") }}
    ),

    orders_within as (
        select count(*) as orders
        from {{ ref("stg_shopify__orders") }} as orders
        cross join event_span
        where
            orders.source_name in ('{{ var("tracked_order_sources") | join("', '") }}')
            and orders.order_date between event_span.first_date and event_span.last_date
    ),

    orders_judged as (
        select count(*) as orders
        from {{ ref("order_matches") }} as matches
        cross join event_span
        where
            matches.source_name in ('{{ var("tracked_order_sources") | join("', '") }}')
            and matches.order_date between event_span.first_date and event_span.last_date
    )

select *
from staged_purchases
cross join verdicts
cross join repeats
cross join health
cross join orders_within
cross join orders_judged
where
    staged_purchases.purchase_events <> coalesce(verdicts.purchases, 0) + repeats.repeats
    or staged_purchases.purchase_events <> coalesce(health.purchase_events, 0)
    or coalesce(health.judged_events, 0) <> coalesce(health.purchase_events, 0)
    or orders_within.orders <> orders_judged.orders
    or coalesce(health.web_orders, 0) > coalesce(verdicts.expected_orders, 0)
