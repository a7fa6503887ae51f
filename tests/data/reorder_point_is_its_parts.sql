-- Lead time demand plus safety stock is the reorder point, and nobody reorders what has no known stock.
select sku
from {{ ref("reorder_points") }}
where
    lead_time_demand + safety_stock <> reorder_point
    or (position_status = 'unknown') <> (position is null)
    or (position is null and needs_reorder is not null)
