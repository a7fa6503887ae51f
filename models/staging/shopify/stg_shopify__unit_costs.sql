-- Shopify only knows the cost of now, so every load's is kept: what an item cost, and since when that is known.
with
    source as (select * from {{ raw("shopify", "inventory_items") }}),

    renamed as (
        select
            id as inventory_item_id,
            nullif(trim(sku), '') as sku,
            unit_cost,
            {{ shop_date("coalesce(updated_at, _loaded_at)") }} as known_date,
            coalesce(updated_at, _loaded_at) as known_at,
            _loaded_at
        from source
        where unit_cost is not null
    )

select *
from renamed
