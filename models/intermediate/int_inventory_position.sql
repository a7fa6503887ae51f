-- Stock per SKU as last counted, all locations together, else the variant's own quantity. A SKU that was never counted
-- has no row.
with
    totals as (
        select
            sku,
            stock_date,
            max(counted_at) as counted_at,
            sum(on_hand) as on_hand,
            sum(committed) as committed,
            sum(incoming) as incoming,
            sum(available) as available,
            row_number() over (partition by sku order by stock_date desc) as recency
        from {{ ref("int_stock_history") }}
        group by sku, stock_date
    ),

    counted as (select * from totals where recency = 1),

    on_variants as (
        select variants.sku, sum(variants.inventory_quantity) as available
        from {{ ref("stg_shopify__product_variants") }} as variants
        cross join {{ ref("int_as_of") }} as as_of
        -- what it says now is no answer for a day before it was loaded
        where
            variants.sku is not null
            and variants.inventory_quantity is not null
            and variants.loaded_date <= as_of.cutoff_date
        group by variants.sku
    )

select
    coalesce(counted.sku, on_variants.sku) as sku,
    cast(counted.on_hand as bigint) as on_hand,
    cast(counted.committed as bigint) as committed,
    cast(coalesce(counted.incoming, 0) as bigint) as incoming,
    cast(coalesce(counted.available, on_variants.available) as bigint) as available,
    counted.counted_at
from counted
full outer join on_variants on counted.sku = on_variants.sku
