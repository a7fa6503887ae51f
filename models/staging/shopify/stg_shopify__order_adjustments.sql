with
    source as ({{ newest_load(raw("shopify", "order_adjustments"), ["id"]) }}),

    renamed as (
        select
            id as order_adjustment_id,
            order_id,
            refund_id,
            {{ money("amount") }} as amount,
            {{ money("tax_amount") }} as tax_amount,
            kind
        from source
    )

select *
from renamed
