with
    recent as (
        select sessions.*, coalesce(sessions.browser, '(not set)') as browser_name
        from {{ ref("sessions") }} as sessions
        cross join {{ ref("int_as_of") }} as as_of
        where
            sessions.session_date <= as_of.web_as_of_date
            and {{ days_between("sessions.session_date", "as_of.web_as_of_date") }}
            < {{ var("landing_page_window_days") }}
    )

select
    channel_group,
    device_category,
    browser_name as browser,
    min(session_date) as first_date,
    max(session_date) as last_date,
    {{ funnel_counts() }},
    cast(sum(purchases) as bigint) as purchases,
    {{ money("sum(revenue)") }} as revenue
from recent
group by channel_group, device_category, browser_name
