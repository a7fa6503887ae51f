select
    session_date,
    channel_group,
    device_category,
    {{ funnel_counts() }},
    cast(sum(purchases) as bigint) as purchases,
    {{ money("sum(revenue)") }} as revenue
from {{ ref("sessions") }}
group by session_date, channel_group, device_category
