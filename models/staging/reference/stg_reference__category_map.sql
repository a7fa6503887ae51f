with
    source as ({{ newest_load(raw("reference", "category_map"), ["category"]) }}),

    renamed as (select trim(category) as category, trim(category_l1) as category_l1 from source)

select *
from renamed
