-- The pages' sessions, purchases and revenue are the window's, and their clicks and impressions are Google's in the
-- same days.
with
    sessions as (
        select count(*) as sessions, sum(sessions.purchases) as purchases, sum(sessions.revenue) as revenue
        from {{ ref("sessions") }} as sessions
        cross join {{ ref("int_web_as_of") }} as as_of
        where
            sessions.session_date <= as_of.web_as_of_date
            and {{ days_between("sessions.session_date", "as_of.web_as_of_date") }}
            < {{ var("landing_page_window_days") }}
    ),

    searches as (
        select sum(search.clicks) as clicks, sum(search.impressions) as impressions
        from {{ ref("stg_search__search_performance") }} as search
        cross join {{ ref("int_web_as_of") }} as as_of
        where
            search.search_date <= as_of.web_as_of_date
            and {{ days_between("search.search_date", "as_of.web_as_of_date") }} < {{ var("landing_page_window_days") }}
    ),

    pages as (
        select
            sum(sessions) as sessions,
            sum(purchases) as purchases,
            sum(revenue) as revenue,
            sum(search_clicks) as clicks,
            sum(search_impressions) as impressions
        from {{ ref("landing_pages") }}
    )

select *
from sessions
cross join searches
cross join pages
where
    sessions.sessions <> coalesce(pages.sessions, 0)
    or coalesce(sessions.purchases, 0) <> coalesce(pages.purchases, 0)
    or coalesce(sessions.revenue, 0) <> coalesce(pages.revenue, 0)
    or coalesce(searches.clicks, 0) <> coalesce(pages.clicks, 0)
    or coalesce(searches.impressions, 0) <> coalesce(pages.impressions, 0)
