with
    lines as (
        select
            lines.*,
            skus.category,
            cast(coalesce(costs.unit_cost, skus.unit_cost) as decimal(18, 4)) as unit_cost,
            lines.gross_sales - lines.discounts - lines.returns as net_sales
        from {{ ref("int_order_lines") }} as lines
        left join {{ ref("int_skus") }} as skus on lines.sku = skus.sku
        left join
            {{ ref("int_unit_costs") }} as costs
            on lines.sku = costs.sku
            and lines.order_date >= costs.from_date
            and lines.order_date < costs.to_date
    ),

    with_cost as (
        select
            *,
            {{ money("case when is_gift_card then 0 else unit_cost * (quantity - returned_quantity) end") }}
            as cost_of_goods_sold
        from lines
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
