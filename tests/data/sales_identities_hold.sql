-- Gross sales less discounts less returns is net sales; shipping and taxes on top make total sales.
select order_id
from {{ ref("orders") }}
where
    gross_sales - discounts - returns <> net_sales
    or total_sales <> net_sales + shipping + taxes
    or gross_margin <> net_sales - cost_of_goods_sold
