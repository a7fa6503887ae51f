-- Every day is its orders and its refunds, to the cent, from the first order to the as-of day: nothing is lost between
-- the tables, and each amount stands on its own day.
with
    orders as (
        select
            order_date as sales_date,
            count(*) as orders,
            sum(gross_sales) as gross_sales,
            sum(discounts) as discounts,
            sum(shipping + shipping_refunded) as shipping,
            sum(taxes + tax_refunded) as taxes
        from {{ ref("orders") }} as orders
        cross join {{ ref("int_as_of") }} as as_of
        where order_date <= as_of.as_of_date
        group by order_date
    ),

    refunds as (
        select
            refund_date as sales_date,
            sum(returns) as returns,
            sum(shipping_refunded) as shipping_refunded,
            sum(tax_refunded) as tax_refunded
        from {{ ref("refunds") }} as refunds
        cross join {{ ref("int_as_of") }} as as_of
        where refund_date <= as_of.as_of_date
        group by refund_date
    ),

    expected as (
        select
            coalesce(orders.sales_date, refunds.sales_date) as sales_date,
            coalesce(orders.orders, 0) as orders,
            coalesce(orders.gross_sales, 0) - coalesce(orders.discounts, 0) - coalesce(refunds.returns, 0) as net_sales,
            coalesce(orders.shipping, 0) - coalesce(refunds.shipping_refunded, 0) as shipping,
            coalesce(orders.taxes, 0) - coalesce(refunds.tax_refunded, 0) as taxes
        from orders
        full outer join refunds on orders.sales_date = refunds.sales_date
    )

select coalesce(days.sales_date, expected.sales_date) as sales_date
from {{ ref("sales_daily") }} as days
full outer join expected on days.sales_date = expected.sales_date
where
    days.sales_date is null
    or days.orders <> coalesce(expected.orders, 0)
    or days.net_sales <> coalesce(expected.net_sales, 0)
    or days.total_sales <> coalesce(expected.net_sales + expected.shipping + expected.taxes, 0)
    or days.gross_sales - days.discounts - days.returns <> days.net_sales
