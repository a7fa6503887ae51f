-- Every order's sums are its lines', to the cent, and no line is without its order.
with
    lines as (
        select
            order_id,
            count(*) as lines,
            sum(gross_sales) as gross_sales,
            sum(discounts) as discounts,
            sum(returns) as returns,
            sum(net_sales) as net_sales
        from {{ ref("order_lines") }}
        group by order_id
    )

select coalesce(orders.order_id, lines.order_id) as order_id
from {{ ref("orders") }} as orders
full outer join lines on orders.order_id = lines.order_id
where
    orders.order_id is null
    or orders.lines <> coalesce(lines.lines, 0)
    or orders.gross_sales <> coalesce(lines.gross_sales, 0)
    or orders.discounts <> coalesce(lines.discounts, 0)
    or orders.returns <> coalesce(lines.returns, 0)
    or orders.net_sales <> coalesce(lines.net_sales, 0)
