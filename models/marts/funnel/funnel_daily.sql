{{ build_of_days("sessions", day="session_date") }}
select
    session_date,
    channel_group,
    device_category,
    {{ funnel_counts() }},
    cast(sum(purchases) as bigint) as purchases,
    {{ money("sum(revenue)") }} as revenue
from {{ ref("sessions") }}
where {{ is_read_day("session_date", changed_days()) }}
group by session_date, channel_group, device_category
