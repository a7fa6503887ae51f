with
    recent as (
        select search.search_date, search.query, search.page_path, search.clicks, search.impressions, search.position
        from {{ ref("search_performance") }} as search
        cross join {{ ref("int_web_as_of") }} as as_of
        where
            search.search_date <= as_of.web_as_of_date
            and {{ days_between("search.search_date", "as_of.web_as_of_date") }} < {{ var("landing_page_window_days") }}
    )

select
    query,
    page_path,
    min(search_date) as first_date,
    max(search_date) as last_date,
    cast(sum(clicks) as bigint) as clicks,
    cast(sum(impressions) as bigint) as impressions,
    {{ search_rates("clicks", "impressions", "position") }}
from recent
group by query, page_path
