-- What refunds gave back is what their orders lost, to the cent.
with
    refunds as (
        select
            order_id,
            sum(returns) as returns,
            sum(shipping_refunded) as shipping_refunded,
            sum(tax_refunded) as tax_refunded
        from {{ ref("refunds") }}
        group by order_id
    )

select coalesce(orders.order_id, refunds.order_id) as order_id
from {{ ref("orders") }} as orders
full outer join refunds on orders.order_id = refunds.order_id
where
    orders.order_id is null
    -- an order whose lines are missing has nothing for its returns to stand on
    or (orders.lines > 0 and orders.returns <> coalesce(refunds.returns, 0))
    or orders.shipping_refunded <> coalesce(refunds.shipping_refunded, 0)
    or orders.tax_refunded <> coalesce(refunds.tax_refunded, 0)
