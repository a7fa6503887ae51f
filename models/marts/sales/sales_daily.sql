with
    days as (
        select {{ each_day("first_order_date", "as_of_date") }} as sales_date
        from {{ ref("int_as_of") }}
        where first_order_date <= as_of_date
    ),

    orders as (
        select
            order_date,
            count(*) as orders,
            sum(units) as units,
            sum(gross_sales) as gross_sales,
            sum(discounts) as discounts,
            sum(returns) as returns,
            sum(net_sales) as net_sales,
            sum(shipping) as shipping,
            sum(taxes) as taxes,
            sum(total_sales) as total_sales
        from {{ ref("orders") }}
        group by order_date
    )

select
    days.sales_date,
    cast(coalesce(orders.orders, 0) as bigint) as orders,
    cast(coalesce(orders.units, 0) as bigint) as units,
    {{ money("coalesce(orders.gross_sales, 0)") }} as gross_sales,
    {{ money("coalesce(orders.discounts, 0)") }} as discounts,
    {{ money("coalesce(orders.returns, 0)") }} as returns,
    {{ money("coalesce(orders.net_sales, 0)") }} as net_sales,
    {{ money("coalesce(orders.shipping, 0)") }} as shipping,
    {{ money("coalesce(orders.taxes, 0)") }} as taxes,
    {{ money("coalesce(orders.total_sales, 0)") }} as total_sales
from days
left join orders on days.sales_date = orders.order_date
