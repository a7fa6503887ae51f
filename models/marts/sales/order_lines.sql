with
    lines as (
        select
            lines.*,
            skus.category,
            skus.unit_cost,
            lines.gross_sales - lines.discounts - lines.returns as net_sales,
            {{ money("round(skus.unit_cost * (lines.quantity - lines.returned_quantity), 2)") }} as cost_of_goods_sold
        from {{ ref("int_order_lines") }} as lines
        left join {{ ref("int_skus") }} as skus on lines.sku = skus.sku
    )

select
    order_line_id,
    order_id,
    line_number,
    order_date,
    customer_key,
    sku,
    product_title,
    variant_title,
    vendor,
    category,
    quantity,
    returned_quantity,
    unit_price,
    gross_sales,
    discounts,
    returns,
    {{ money("net_sales") }} as net_sales,
    unit_cost,
    cost_of_goods_sold,
    {{ money("net_sales - cost_of_goods_sold") }} as gross_margin
from lines
