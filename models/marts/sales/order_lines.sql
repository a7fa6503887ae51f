with
    lines as (
        select
            amounts.*,
            amounts.gross_sales - amounts.discounts - amounts.returns as net_sales,
            orders.order_date,
            orders.customer_key,
            lines.sku,
            lines.product_title,
            lines.variant_title,
            lines.vendor,
            skus.category,
            skus.unit_cost as cost_now
        from {{ ref("int_order_lines") }} as amounts
        inner join {{ ref("stg_shopify__order_lines") }} as lines on amounts.order_line_id = lines.order_line_id
        inner join {{ ref("int_orders") }} as orders on amounts.order_id = orders.order_id
        left join {{ ref("int_skus") }} as skus on lines.sku = skus.sku
    ),

    with_unit_cost as (
        select lines.*, cast(coalesce(costs.unit_cost, lines.cost_now) as decimal(18, 4)) as unit_cost
        from lines
        left join
            {{ ref("int_unit_costs") }} as costs
            on lines.sku = costs.sku
            and lines.order_date >= costs.from_date
            and lines.order_date < costs.to_date
    ),

    with_cost as (
        select
            *,
            {{
                money(
                    "case when is_gift_card then 0 else "
                    ~ priced("quantity - returned_quantity", "unit_cost")
                    ~ " end"
                )
            }} as cost_of_goods_sold
        from with_unit_cost
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
    is_gift_card,
    gross_sales,
    discounts,
    returns,
    {{ money("net_sales") }} as net_sales,
    gift_card_sales,
    unit_cost,
    cost_of_goods_sold,
    {{ money("net_sales - cost_of_goods_sold") }} as gross_margin
from with_cost
