with
    purchases as (select * from {{ ref("int_purchases") }} where not is_duplicate),

    orders as (
        select
            orders.*,
            coalesce(
                orders.source_name in ('{{ var("tracked_order_sources") | join("', '") }}'), false
            ) as is_tracked_source,
            {{ shopify_order_key("orders") }} as order_key
        from {{ ref("stg_shopify__orders") }} as orders
        cross join {{ ref("int_as_of") }} as as_of
        where orders.order_date <= as_of.cutoff_date
    ),

    -- the same number months apart is chance, or another shop's; of two orders with one key the first is meant
    pairs as (
        select purchase_number, order_id
        from
            (
                select
                    purchases.purchase_number,
                    orders.order_id,
                    row_number() over (partition by purchases.purchase_number order by orders.order_id) as place
                from purchases
                inner join orders on purchases.transaction_key = orders.order_key
                where
                    purchases.event_date
                    between {{ add_days("orders.order_date", var("order_match_days")[0]) }}
                    and {{ add_days("orders.order_date", var("order_match_days")[1]) }}
            ) as candidates
        where place = 1
    ),

    order_span as (select min(order_date) as first_date, max(order_date) as last_date from orders),

    event_days as (
        select event_days.event_date
        from {{ ref("int_event_days") }} as event_days
        cross join {{ ref("int_as_of") }} as as_of
        where event_days.event_date <= as_of.cutoff_date
    ),

    event_span as (select min(event_date) as first_date, max(event_date) as last_date from event_days),

    paired_purchases as (
        select purchases.*, pairs.order_id
        from purchases
        left join pairs on purchases.purchase_number = pairs.purchase_number
    ),

    both_sides as (
        select
            purchases.purchase_number,
            purchases.transaction_id,
            purchases.transaction_key,
            purchases.event_date,
            purchases.user_pseudo_id,
            purchases.ga_session_id,
            purchases.purchase_revenue,
            orders.order_id,
            orders.order_name,
            orders.order_date,
            orders.source_name,
            orders.is_tracked_source,
            orders.is_cancelled,
            orders.is_test,
            orders.total_price
        from paired_purchases as purchases
        full outer join orders on purchases.order_id = orders.order_id
    ),

    judged as (
        select
            both_sides.*,
            case
                when both_sides.purchase_number is not null and both_sides.transaction_key is null
                then 'no_id'
                when both_sides.is_test
                then 'test'
                when both_sides.is_cancelled
                then 'cancelled'
                when both_sides.purchase_number is not null and both_sides.order_id is not null
                then 'matched'
                when both_sides.event_date between order_span.first_date and order_span.last_date
                then 'ga4_only'
                when event_days.event_date is not null
                then 'shopify_only'
                else 'not_compared'
            end as status
        from both_sides
        cross join order_span
        cross join event_span
        left join event_days on both_sides.order_date = event_days.event_date
        where
            both_sides.purchase_number is not null
            or (
                both_sides.is_tracked_source
                and both_sides.order_date between event_span.first_date and event_span.last_date
            )
    )

select
    case
        when order_id is not null
        then concat('order-', cast(order_id as string))
        when transaction_key is not null
        then concat('ga4-', transaction_key)
        else concat('ga4-no-id-', cast(purchase_number as string))
    end as match_id,
    coalesce(order_date, event_date) as match_date,
    status,
    transaction_id,
    event_date,
    case
        when user_pseudo_id is not null and ga_session_id is not null
        then {{ surrogate_key(["user_pseudo_id", "ga_session_id"]) }}
    end as session_key,
    order_id,
    order_name,
    order_date,
    source_name,
    coalesce(is_tracked_source and status in ('matched', 'shopify_only'), false) as is_expected,
    {{ money("purchase_revenue") }} as ga4_revenue,
    total_price as order_total,
    {{ money("case when status = 'matched' then total_price - purchase_revenue end") }} as revenue_difference
from judged
