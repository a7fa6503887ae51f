with
    source as ({{ newest_load(raw("shopify", "refunds"), ["id"]) }}),

    renamed as (
        select
            id as refund_id,
            order_id,
            coalesce(processed_at, created_at) as refunded_at,
            {{ shop_date("coalesce(processed_at, created_at)") }} as refund_date
        from source
    )

select *
from renamed
