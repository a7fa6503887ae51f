with
    source as ({{ newest_load(raw("reference", "vendor_skus"), ["sku", "vendor"]) }}),

    renamed as (
        select
            sku,
            vendor,
            coalesce(is_primary, true) as is_primary,
            vendor_sku,
            unit_cost,
            lead_time_days,
            minimum_order_quantity,
            pack_size
        from source
    )

select *
from renamed
