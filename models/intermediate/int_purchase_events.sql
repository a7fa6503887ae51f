{{ build_by_day("by_days", day="event_date") }}
{% set days = new_event_days() %}
-- Purchases lie thin among events, and have to be numbered all together: they are picked out once, and told apart on
-- their day.
select
    event_at,
    event_date,
    event_timestamp,
    user_pseudo_id,
    ga_session_id,
    transaction_id,
    transaction_id_is_int,
    purchase_revenue,
    items,
    row_number() over (
        partition by event_date
        order by event_timestamp, user_pseudo_id nulls first, transaction_id nulls first, _source_file, _source_row
    ) as number_of_day
from {{ ref("stg_ga4__events") }}
where event_name = 'purchase' and {{ is_read_day("event_date", days) }}
