with
    visited as (
        select
            landing_page,
            min(first_date) as first_date,
            max(last_date) as last_date,
            {% for column in (
                "sessions",
                "engaged_sessions",
                "closed_viewed_item",
                "closed_added_to_cart",
                "closed_began_checkout",
                "closed_purchased",
                "purchases",
                "revenue",
            ) %}
                sum({{ column }}) as {{ column }} {{- "," if not loop.last }}
            {% endfor %}
        from {{ ref("funnel_by_landing_page") }}
        group by landing_page
    ),

    searches as (
        select search.page_path, search.clicks, search.impressions, search.position
        from {{ ref("search_performance") }} as search
        cross join {{ ref("int_web_as_of") }} as as_of
        where
            search.search_date <= as_of.web_as_of_date
            and {{ days_between("search.search_date", "as_of.web_as_of_date") }} < {{ var("landing_page_window_days") }}
    ),

    found as (
        select
            page_path,
            sum(clicks) as search_clicks,
            sum(impressions) as search_impressions,
            {{ search_rates("clicks", "impressions", "position") }}
        from searches
        group by page_path
    ),

    -- a source without a row in the window says nothing of any page; one with rows says none of the pages it leaves out
    known as (
        select (select count(*) from visited) > 0 as has_sessions, (select count(*) from found) > 0 as has_searches
    ),

    pages as (
        select
            coalesce(visited.landing_page, found.page_path) as landing_page,
            case
                when found.page_path is null then 'sessions' when visited.landing_page is null then 'search' else 'both'
            end as known_from,
            visited.first_date,
            visited.last_date,
            {% for column in (
                "sessions",
                "engaged_sessions",
                "closed_viewed_item",
                "closed_added_to_cart",
                "closed_began_checkout",
                "closed_purchased",
                "purchases",
            ) %}
                cast(case when known.has_sessions then coalesce(visited.{{ column }}, 0) end as bigint) as {{ column }},
            {% endfor %}
            {{ money("case when known.has_sessions then coalesce(visited.revenue, 0) end") }} as revenue,
            cast(case when known.has_searches then coalesce(found.search_clicks, 0) end as bigint) as search_clicks,
            cast(
                case when known.has_searches then coalesce(found.search_impressions, 0) end as bigint
            ) as search_impressions,
            found.ctr,
            found.position
        from visited
        full outer join found on visited.landing_page = found.page_path
        cross join known
    )

select
    landing_page,
    known_from,
    first_date,
    last_date,
    sessions,
    engaged_sessions,
    cast(engaged_sessions as double) / nullif(sessions, 0) as engaged_rate,
    closed_viewed_item,
    closed_added_to_cart,
    closed_began_checkout,
    closed_purchased,
    cast(closed_viewed_item as double) / nullif(sessions, 0) as view_rate,
    cast(closed_added_to_cart as double) / nullif(closed_viewed_item, 0) as cart_rate,
    cast(closed_began_checkout as double) / nullif(closed_added_to_cart, 0) as checkout_rate,
    cast(closed_purchased as double) / nullif(closed_began_checkout, 0) as purchase_rate,
    cast(closed_purchased as double) / nullif(sessions, 0) as conversion_rate,
    purchases,
    revenue,
    {{ round_money("cast(revenue as double) / nullif(sessions, 0)") }} as revenue_per_session,
    search_clicks,
    search_impressions,
    ctr as search_ctr,
    position as search_position
from pages
