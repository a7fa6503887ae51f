with
    source as ({{ newest_load(raw("shopify", "order_line_refunds"), ["id"]) }}),

    renamed as (
        select
            id as order_line_refund_id,
            refund_id,
            order_line_id,
            quantity,
            {{ money("coalesce(subtotal, 0)") }} as subtotal,
            {{ money("total_tax") }} as total_tax,
            restock_type
        from source
    )

select *
from renamed
