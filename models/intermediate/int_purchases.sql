-- One row per purchase event. The first event of a transaction counts; a repeat is a duplicate. An event without a
-- transaction id cannot be told from a repeat: it counts, and tracking_health says how many there are.
with
    purchases as (
        select events.*, {{ order_key("events.transaction_id") }} as transaction_key
        from {{ ref("int_purchase_events") }} as events
        cross join {{ ref("int_as_of") }} as as_of
        where events.event_date <= as_of.cutoff_date
    ),

    numbered as (
        select *, row_number() over (order by event_timestamp, event_date, number_of_day) as purchase_number
        from purchases
    )

select
    purchase_number,
    event_at,
    event_date,
    user_pseudo_id,
    ga_session_id,
    transaction_id,
    transaction_key,
    transaction_id_is_int,
    purchase_revenue,
    number_of_day,
    transaction_key is null as is_unidentified,
    transaction_key is not null
    and row_number() over (partition by transaction_key order by purchase_number) > 1 as is_duplicate
from numbered
