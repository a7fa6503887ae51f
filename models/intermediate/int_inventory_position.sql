-- Stock per SKU as last counted: the newest count of each item, place and state on or before the cut-off day, else the
-- variant's own quantity. A SKU that was never counted has no row.
with
    counts as (
        select
            quantities.*,
            items.sku,
            row_number() over (
                partition by quantities.inventory_item_id, quantities.location_id, quantities.state
                order by quantities.counted_at desc
            ) as recency
        from {{ ref("stg_shopify__inventory_quantities") }} as quantities
        inner join
            {{ ref("stg_shopify__inventory_items") }} as items on quantities.inventory_item_id = items.inventory_item_id
        cross join {{ ref("int_as_of") }} as as_of
        where items.sku is not null and quantities.counted_date <= as_of.cutoff_date
    ),

    by_state as (
        select
            sku,
            max(counted_at) as counted_at,
            sum(case when state = 'on_hand' then quantity end) as on_hand,
            sum(case when state = 'available' then quantity end) as available,
            sum(case when state = 'committed' then quantity else 0 end) as committed,
            sum(case when state = 'unavailable' then quantity else 0 end) as unavailable,
            sum(case when state = 'incoming' then quantity else 0 end) as incoming
        from counts
        where recency = 1
        group by sku
    ),

    on_variants as (
        select sku, sum(inventory_quantity) as available
        from {{ ref("stg_shopify__product_variants") }}
        where sku is not null and inventory_quantity is not null
        group by sku
    )

select
    coalesce(by_state.sku, on_variants.sku) as sku,
    cast(by_state.on_hand as bigint) as on_hand,
    cast(by_state.committed as bigint) as committed,
    cast(coalesce(by_state.incoming, 0) as bigint) as incoming,
    cast(
        coalesce(
            by_state.available, by_state.on_hand - by_state.committed - by_state.unavailable, on_variants.available
        ) as bigint
    ) as available,
    by_state.counted_at
from by_state
full outer join on_variants on by_state.sku = on_variants.sku
