-- One row per purchase event. The first event of a transaction counts; a repeat is a duplicate. An event without a
-- transaction id cannot be told from a repeat: it counts, and tracking_health says how many there are.
with
    purchases as (
        select events.*
        from {{ ref("stg_ga4__events") }} as events
        cross join {{ ref("int_as_of") }} as as_of
        where events.event_name = 'purchase' and events.event_date <= as_of.cutoff_date
    )

select
    event_at,
    event_date,
    user_pseudo_id,
    ga_session_id,
    transaction_id,
    transaction_id_is_int,
    purchase_revenue,
    transaction_id is null as is_unidentified,
    transaction_id is not null
    and row_number() over (
        partition by transaction_id order by event_timestamp, user_pseudo_id, _source_file, _source_row
    )
    > 1 as is_duplicate
from purchases
