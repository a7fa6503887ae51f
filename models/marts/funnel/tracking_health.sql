with
    events as (
        select
            events.event_date,
            count(*) as events,
            sum(
                case when events.user_pseudo_id is null or events.ga_session_id is null then 1 else 0 end
            ) as events_without_session,
            sum(case when events.session_engaged_is_int then 1 else 0 end) as session_engaged_as_int,
            sum(case when events.transaction_id_is_int then 1 else 0 end) as transaction_id_as_int
        from {{ ref("stg_ga4__events") }} as events
        cross join {{ ref("int_as_of") }} as as_of
        where events.event_date <= as_of.cutoff_date
        group by events.event_date
    ),

    purchases as (
        select
            event_date,
            count(*) as purchase_events,
            sum(case when is_duplicate then 1 else 0 end) as duplicate_purchase_events,
            sum(case when is_unidentified then 1 else 0 end) as purchases_without_id
        from {{ ref("int_purchases") }}
        group by event_date
    )

select
    events.event_date,
    cast(events.events as bigint) as events,
    cast(events.events_without_session as bigint) as events_without_session,
    cast(events.session_engaged_as_int as bigint) as session_engaged_as_int,
    cast(events.transaction_id_as_int as bigint) as transaction_id_as_int,
    cast(coalesce(purchases.purchase_events, 0) as bigint) as purchase_events,
    cast(coalesce(purchases.duplicate_purchase_events, 0) as bigint) as duplicate_purchase_events,
    cast(coalesce(purchases.purchases_without_id, 0) as bigint) as purchases_without_id
from events
left join purchases on events.event_date = purchases.event_date
