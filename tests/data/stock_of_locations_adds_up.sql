-- The total of a day is its locations', and the newest total is the stock that reordering goes by.
with
    locations as (
        select sku, stock_date, sum(on_hand) as on_hand, sum(available) as available, sum(incoming) as incoming
        from {{ ref("inventory_position") }}
        where location_name <> 'All locations'
        group by sku, stock_date
    ),

    totals as (select * from {{ ref("inventory_position") }} where location_name = 'All locations'),

    faults as (
        select coalesce(totals.sku, locations.sku) as sku, 'total' as fault
        from totals
        full outer join locations on totals.sku = locations.sku and totals.stock_date = locations.stock_date
        where
            totals.sku is null
            or locations.sku is null
            or totals.on_hand is distinct from locations.on_hand
            or totals.available is distinct from locations.available
            or totals.incoming is distinct from locations.incoming
        union all
        select totals.sku, 'reorder' as fault
        from totals
        inner join {{ ref("reorder_points") }} as reorder on totals.sku = reorder.sku
        where totals.is_current and (totals.available <> reorder.available or totals.incoming <> reorder.incoming)
    )

select *
from faults
