with
    sales as (
        select lines.sku, sum(lines.quantity) as units_sold, sum(lines.net_sales) as net_sales
        from {{ ref("order_lines") }} as lines
        where lines.sku is not null and not lines.is_gift_card
        group by lines.sku
    )

select
    skus.sku,
    skus.product_id,
    skus.variant_id,
    skus.handle,
    skus.product_title,
    skus.variant_title,
    skus.vendor,
    skus.category,
    skus.category_l1,
    skus.status,
    skus.is_listed,
    skus.is_active,
    skus.price,
    skus.unit_cost,
    skus.created_date,
    skus.first_sold_date,
    skus.last_sold_date,
    cast(coalesce(sales.units_sold, 0) as bigint) as units_sold,
    {{ money("coalesce(sales.net_sales, 0)") }} as net_sales
from {{ ref("int_skus") }} as skus
left join sales on skus.sku = sales.sku
