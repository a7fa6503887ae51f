with
    source as (
        {{
            newest_load(
                raw("shopify", "inventory_quantities"), ["inventory_item_id", "location_id", "name", "updated_at"]
            )
        }}
    ),

    renamed as (
        select
            inventory_item_id,
            location_id,
            name as state,
            quantity,
            updated_at as counted_at,
            {{ shop_date("updated_at") }} as counted_date,
            _loaded_at
        from source
    )

select *
from renamed
