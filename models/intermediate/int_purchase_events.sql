{{ build_by_day("delete+insert", unique_key="event_date") }}
{% set days = new_event_days() %}
-- Purchases lie thin among events, and have to be numbered all together: they are picked out once.
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
    _source_file,
    _source_row
from {{ ref("stg_ga4__events") }}
where event_name = 'purchase' and {{ is_read_day("event_date", days) }}
