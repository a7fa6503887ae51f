-- Lead time demand plus safety stock is the reorder point, in both forms; a variable lead time never needs less stock;
-- nobody reorders what has no known stock; what is ordered is whole packs and no less than the minimum.
select sku
from {{ ref("reorder_points") }}
where
    lead_time_demand + safety_stock <> reorder_point
    or lead_time_demand + safety_stock_variable <> reorder_point_variable
    or (service_level >= 0.5 and safety_stock_variable < safety_stock)
    or (position_status = 'unknown') <> (position is null)
    or (position is null and (needs_reorder is not null or suggested_quantity is not null))
    or (
        needs_reorder and (suggested_quantity < minimum_order_quantity or position + suggested_quantity < reorder_point)
    )
    or (not needs_reorder and suggested_quantity <> 0)
    or suggested_quantity % pack_size <> 0
    or censored_days > demand_days
