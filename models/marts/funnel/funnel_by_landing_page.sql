select
    sessions.landing_page,
    sessions.channel_group,
    sessions.device_category,
    min(sessions.session_date) as first_date,
    max(sessions.session_date) as last_date,
    {{ funnel_counts() }},
    cast(sum(sessions.purchases) as bigint) as purchases,
    {{ money('sum(sessions.revenue)') }} as revenue
from {{ ref('sessions') }} as sessions
cross join {{ ref('int_as_of') }} as as_of
where
    sessions.session_date <= as_of.web_as_of_date
    and {{ days_between('sessions.session_date', 'as_of.web_as_of_date') }} < {{ var('landing_page_window_days') }}
group by sessions.landing_page, sessions.channel_group, sessions.device_category
