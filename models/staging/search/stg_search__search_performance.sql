with
    source as ({{ newest_load(raw("search", "search_performance"), ["date", "query", "page", "country", "device"]) }}),

    located as (select *, {{ page_path("page") }} as raw_page_path from source),

    renamed as (
        select
            -- tells rows apart whose query or page is masked
            {{ pii_hash("concat(query, '|', page)") }} as query_and_page_hash,
            date as search_date,
            {{ mask_people("query") }} as query,
            {{ mask_people("raw_page_path") }} as page_path,
            coalesce(lower(country), '(not set)') as country,
            coalesce(lower(device), '(not set)') as device_category,
            clicks,
            impressions,
            position
        from located
    )

select *
from renamed
