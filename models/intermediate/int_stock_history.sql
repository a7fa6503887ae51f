-- Stock per SKU and location after each day on which any of the SKU's stock was counted: what was not counted that day
-- stands as last counted.
with
    counts as (
        select
            items.sku,
            quantities.inventory_item_id,
            coalesce(locations.location_name, cast(quantities.location_id as string)) as location_name,
            quantities.state,
            quantities.counted_date,
            quantities.counted_at,
            quantities.quantity,
            {{ is_synthetic_id("quantities.inventory_item_id") }} as is_synthetic,
            row_number() over (
                partition by
                    quantities.inventory_item_id, quantities.location_id, quantities.state, quantities.counted_date
                order by quantities.counted_at desc
            ) as recency
        from {{ ref("stg_shopify__inventory_quantities") }} as quantities
        inner join
            {{ ref("stg_shopify__inventory_items") }} as items on quantities.inventory_item_id = items.inventory_item_id
        left join {{ ref("stg_shopify__locations") }} as locations on quantities.location_id = locations.location_id
        cross join {{ ref("int_as_of") }} as as_of
        where items.sku is not null and quantities.counted_date <= as_of.cutoff_date
    ),

    -- once an API counts a SKU, an export's counts of the same shelves end
    switched as (
        select *, min(case when not is_synthetic then counted_date end) over (partition by sku) as api_date
        from counts
        where recency = 1
    ),

    one_kind as (select * from switched where not is_synthetic or api_date is null or counted_date < api_date),

    days as (select sku, counted_date from one_kind group by sku, counted_date),

    shelves as (
        select sku, inventory_item_id, location_name, state, is_synthetic, api_date, min(counted_date) as first_date
        from one_kind
        group by sku, inventory_item_id, location_name, state, is_synthetic, api_date
    ),

    shelf_days as (
        select
            shelves.*,
            days.counted_date as stock_date,
            one_kind.quantity,
            one_kind.counted_at,
            -- numbers the counts of a shelf, so that the days after one belong to it
            count(one_kind.counted_at) over (
                partition by shelves.inventory_item_id, shelves.location_name, shelves.state
                order by days.counted_date
                rows between unbounded preceding and current row
            ) as count_number
        from shelves
        inner join
            days
            on shelves.sku = days.sku
            and shelves.first_date <= days.counted_date
            and (not shelves.is_synthetic or shelves.api_date is null or shelves.api_date > days.counted_date)
        left join
            one_kind
            on shelves.inventory_item_id = one_kind.inventory_item_id
            and shelves.location_name = one_kind.location_name
            and shelves.state = one_kind.state
            and days.counted_date = one_kind.counted_date
    ),

    carried as (
        select
            sku,
            inventory_item_id,
            location_name,
            state,
            stock_date,
            max(quantity) over (partition by inventory_item_id, location_name, state, count_number) as quantity,
            max(counted_at) over (partition by inventory_item_id, location_name, state, count_number) as counted_at
        from shelf_days
    ),

    -- a SKU may have several items, of which not all are counted in the same states
    by_item as (
        select
            sku,
            inventory_item_id,
            location_name,
            stock_date,
            max(counted_at) as counted_at,
            sum(case when state = 'on_hand' then quantity end) as on_hand,
            sum(case when state = 'available' then quantity end) as available,
            sum(case when state = 'committed' then quantity else 0 end) as committed,
            -- an export has one count of what is set aside, an API one for each reason
            greatest(
                sum(case when state = 'unavailable' then quantity else 0 end),
                sum(
                    case
                        when state in ('damaged', 'quality_control', 'reserved', 'safety_stock') then quantity else 0
                    end
                )
            ) as unavailable,
            sum(case when state = 'incoming' then quantity else 0 end) as incoming
        from carried
        group by sku, inventory_item_id, location_name, stock_date
    )

select
    sku,
    location_name,
    stock_date,
    max(counted_at) as counted_at,
    cast(sum(on_hand) as bigint) as on_hand,
    cast(sum(committed) as bigint) as committed,
    cast(sum(unavailable) as bigint) as unavailable,
    cast(sum(incoming) as bigint) as incoming,
    cast(sum(coalesce(available, on_hand - committed - unavailable)) as bigint) as available
from by_item
group by sku, location_name, stock_date
