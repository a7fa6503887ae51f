with
    source as ({{ newest_load(raw("search", "search_performance"), ["date", "query", "page", "country", "device"]) }}),

    renamed as (
        select
            date as search_date, query, page, country, lower(device) as device_category, clicks, impressions, position
        from source
    )

select *
from renamed
