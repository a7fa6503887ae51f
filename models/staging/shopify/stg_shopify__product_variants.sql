with
    source as ({{ newest_load(raw("shopify", "product_variants"), ["id"]) }}),

    renamed as (
        select
            id as variant_id,
            product_id,
            inventory_item_id,
            nullif(trim(sku), '') as sku,
            nullif(title, 'Default Title') as variant_title,
            {{ money("price") }} as price,
            lower(inventory_policy) as inventory_policy,
            inventory_quantity,
            cast(_loaded_at as date) as loaded_date
        from source
    )

select *
from renamed
