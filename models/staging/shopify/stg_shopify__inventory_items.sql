with
    source as ({{ newest_load(raw("shopify", "inventory_items"), ["id"]) }}),

    renamed as (
        select id as inventory_item_id, nullif(trim(sku), '') as sku, unit_cost, coalesce(tracked, true) as is_tracked
        from source
    )

select *
from renamed
