-- The days' sums are the orders', to the cent, up to the as-of day.
with
    orders as (
        select
            count(*) as orders,
            sum(gross_sales) as gross_sales,
            sum(net_sales) as net_sales,
            sum(total_sales) as total_sales
        from {{ ref("orders") }} as orders
        cross join {{ ref("int_as_of") }} as as_of
        where orders.order_date <= as_of.as_of_date
    ),

    days as (
        select
            sum(orders) as orders,
            sum(gross_sales) as gross_sales,
            sum(net_sales) as net_sales,
            sum(total_sales) as total_sales
        from {{ ref("sales_daily") }}
    )

select *
from orders
cross join days
where
    orders.orders <> days.orders
    or orders.gross_sales <> days.gross_sales
    or orders.net_sales <> days.net_sales
    or orders.total_sales <> days.total_sales
