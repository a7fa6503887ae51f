with
    source as ({{ newest_load(raw("shopify", "locations"), ["id"]) }}),

    renamed as (
        select id as location_id, name as location_name, country_code, coalesce(active, true) as is_active from source
    )

select *
from renamed
