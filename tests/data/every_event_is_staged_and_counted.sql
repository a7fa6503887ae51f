-- No event is lost on the way: each staged event stands in tracking_health's day, and in a session unless it has none.
with
    events as (
        select count(*) as events
        from {{ ref("stg_ga4__events") }} as staged
        cross join {{ ref("int_as_of") }} as as_of
        where staged.event_date <= as_of.cutoff_date
    ),

    health as (
        select coalesce(sum(events), 0) as events, coalesce(sum(events_without_session), 0) as without_session
        from {{ ref("tracking_health") }}
    ),

    sessions as (select coalesce(sum(events), 0) as events from {{ ref("sessions") }})

select *
from events
cross join health
cross join sessions
where events.events <> health.events or health.events <> sessions.events + health.without_session
