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
            sum(case when customer_type = 'new' then 1 else 0 end) as new_customer_orders,
            sum(units) as units,
            sum(gross_sales) as gross_sales,
            sum(discounts) as discounts,
            -- an order's own shipping and taxes stand less what was given back; here each has its own day
            sum(shipping + shipping_refunded) as shipping_charged,
            sum(taxes + tax_refunded) as taxes_charged,
            sum(gift_card_sales) as gift_card_sales
        from {{ ref("orders") }}
        group by order_date
    ),

    refunds as (
        select
            refund_date,
            count(*) as refunds,
            sum(returns) as returns,
            sum(shipping_refunded) as shipping_refunded,
            sum(tax_refunded) as tax_refunded
        from {{ ref("refunds") }}
        group by refund_date
    ),

    amounts as (
        select
            days.sales_date,
            coalesce(orders.orders, 0) as orders,
            coalesce(orders.new_customer_orders, 0) as new_customer_orders,
            coalesce(orders.units, 0) as units,
            coalesce(refunds.refunds, 0) as refunds,
            coalesce(orders.gross_sales, 0) as gross_sales,
            coalesce(orders.discounts, 0) as discounts,
            coalesce(refunds.returns, 0) as returns,
            coalesce(orders.gross_sales, 0) - coalesce(orders.discounts, 0) - coalesce(refunds.returns, 0) as net_sales,
            coalesce(orders.shipping_charged, 0) - coalesce(refunds.shipping_refunded, 0) as shipping,
            coalesce(orders.taxes_charged, 0) - coalesce(refunds.tax_refunded, 0) as taxes,
            coalesce(orders.gift_card_sales, 0) as gift_card_sales
        from days
        left join orders on days.sales_date = orders.order_date
        left join refunds on days.sales_date = refunds.refund_date
    )

select
    sales_date,
    cast(orders as bigint) as orders,
    cast(new_customer_orders as bigint) as new_customer_orders,
    cast(units as bigint) as units,
    cast(refunds as bigint) as refunds,
    {{ money("gross_sales") }} as gross_sales,
    {{ money("discounts") }} as discounts,
    {{ money("returns") }} as returns,
    {{ money("net_sales") }} as net_sales,
    {{ money("shipping") }} as shipping,
    {{ money("taxes") }} as taxes,
    {{ money("net_sales + shipping + taxes") }} as total_sales,
    {{ money("gift_card_sales") }} as gift_card_sales
from amounts
