{{ build_by_day("by_days", day="event_date") }}
{% set days = new_event_days() %}
select
    event_date,
    count(*) as events,
    cast(
        sum(case when user_pseudo_id is null or ga_session_id is null then 1 else 0 end) as bigint
    ) as events_without_session,
    cast(sum(case when session_engaged_is_int then 1 else 0 end) as bigint) as session_engaged_as_int,
    cast(sum(case when transaction_id_is_int then 1 else 0 end) as bigint) as transaction_id_as_int,
    -- of the events behind funnel_by_product
    cast(
        coalesce(
            sum(case when event_name in ('view_item', 'add_to_cart', 'purchase') then {{ array_length("items") }} end),
            0
        ) as bigint
    ) as item_rows
from {{ ref("stg_ga4__events") }}
where {{ is_read_day("event_date", days) }}
group by event_date
