-- An export tells an order's refunds as one, under an id of its own making; an API tells each. Where an order has both,
-- the newer load's kind counts, or the same money would be given back twice.
with
    source as ({{ newest_load(raw("shopify", "refunds"), ["id"]) }}),

    marked as (
        select
            *,
            {{ is_synthetic_id("id") }} as is_synthetic,
            max(case when {{ is_synthetic_id("id") }} then _loaded_at end) over (
                partition by order_id
            ) as synthetic_loaded_at,
            max(case when not {{ is_synthetic_id("id") }} then _loaded_at end) over (
                partition by order_id
            ) as own_loaded_at
        from source
    ),

    renamed as (
        select
            id as refund_id,
            order_id,
            coalesce(processed_at, created_at) as refunded_at,
            {{ shop_date("coalesce(processed_at, created_at)") }} as refund_date
        from marked
        where
            synthetic_loaded_at is null or own_loaded_at is null or is_synthetic = (synthetic_loaded_at > own_loaded_at)
    )

select *
from renamed
