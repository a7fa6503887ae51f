with
    source as ({{ newest_load(raw("reference", "service_levels"), ["sku"]) }}),

    renamed as (select sku, service_level from source)

select *
from renamed
