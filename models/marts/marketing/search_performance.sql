select
    search.search_date,
    search.query,
    search.page_path,
    search.country,
    search.device_category,
    cast(sum(search.clicks) as bigint) as clicks,
    cast(sum(search.impressions) as bigint) as impressions,
    {{ search_rates("search.clicks", "search.impressions", "search.position") }}
from {{ ref("stg_search__search_performance") }} as search
cross join {{ ref("int_as_of") }} as as_of
where search.search_date <= as_of.cutoff_date
group by search.search_date, search.query, search.page_path, search.country, search.device_category
