-- Gross sales less discounts less returns is net sales; total sales adds shipping, and taxes where prices do not hold
-- them.
select order_id
from {{ ref("orders") }}
where
    gross_sales - discounts - returns <> net_sales
    or (total_sales <> net_sales + shipping + taxes and total_sales <> net_sales + shipping)
    or gross_margin <> net_sales - cost_of_goods_sold
