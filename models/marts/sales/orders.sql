with
    line_totals as (
        select
            order_id,
            count(*) as lines,
            sum(quantity) as units,
            sum(gross_sales) as gross_sales,
            sum(discounts) as discounts,
            sum(returns) as returns,
            sum(net_sales) as net_sales,
            sum(gift_card_sales) as gift_card_sales,
            -- one unknown cost makes the order's cost unknown, never too low
            case when count(cost_of_goods_sold) = count(*) then sum(cost_of_goods_sold) end as cost_of_goods_sold
        from {{ ref("order_lines") }}
        group by order_id
    ),

    refunded as (
        select order_id, sum(shipping_refunded) as shipping_refunded, sum(tax_refunded) as tax_refunded
        from {{ ref("refunds") }}
        group by order_id
    ),

    -- people we do not know have no order number: two of them are not one returning customer
    numbered as (
        select order_id, row_number() over (partition by customer_key order by ordered_at, order_id) as order_number
        from {{ ref("int_orders") }}
        where customer_key is not null
    ),

    orders as (
        select
            orders.*,
            cast(numbered.order_number as bigint) as customer_order_number,
            coalesce(
                channels.sales_channel, case when orders.source_name is not null then 'Other' else 'Unknown' end
            ) as sales_channel,
            locations.location_name,
            coalesce(line_totals.lines, 0) as lines,
            coalesce(line_totals.units, 0) as units,
            coalesce(line_totals.gross_sales, 0) as gross_sales,
            coalesce(line_totals.discounts, 0) as discounts,
            coalesce(line_totals.returns, 0) as returns,
            coalesce(line_totals.net_sales, 0) as net_sales,
            coalesce(line_totals.gift_card_sales, 0) as gift_card_sales,
            orders.total_shipping_price
            - coalesce(taxes.shipping_tax_included, 0)
            - coalesce(refunded.shipping_refunded, 0) as shipping,
            coalesce(refunded.shipping_refunded, 0) as shipping_refunded,
            orders.total_tax - coalesce(refunded.tax_refunded, 0) as taxes,
            coalesce(refunded.tax_refunded, 0) as tax_refunded,
            payments.paid,
            payments.paid_back,
            line_totals.cost_of_goods_sold
        from {{ ref("int_orders") }} as orders
        left join numbered on orders.order_id = numbered.order_id
        left join line_totals on orders.order_id = line_totals.order_id
        left join {{ ref("int_order_taxes") }} as taxes on orders.order_id = taxes.order_id
        left join refunded on orders.order_id = refunded.order_id
        left join {{ ref("int_payments") }} as payments on orders.order_id = payments.order_id
        left join {{ ref("sales_channels") }} as channels on lower(orders.source_name) = channels.source_name
        left join {{ ref("stg_shopify__locations") }} as locations on orders.location_id = locations.location_id
    )

select
    order_id,
    order_name,
    ordered_at,
    order_date,
    customer_key,
    customer_order_number,
    case
        when customer_order_number = 1 then 'new' when customer_order_number > 1 then 'returning' else 'unknown'
    end as customer_type,
    sales_channel,
    source_name,
    location_name,
    staff_id,
    currency,
    financial_status,
    fulfillment_status,
    discount_codes,
    shipping_country,
    cast(lines as bigint) as lines,
    cast(units as bigint) as units,
    {{ money("gross_sales") }} as gross_sales,
    {{ money("discounts") }} as discounts,
    {{ money("returns") }} as returns,
    {{ money("net_sales") }} as net_sales,
    {{ money("shipping") }} as shipping,
    {{ money("shipping_refunded") }} as shipping_refunded,
    {{ money("taxes") }} as taxes,
    {{ money("tax_refunded") }} as tax_refunded,
    {{ money("net_sales + shipping + taxes") }} as total_sales,
    {{ money("gift_card_sales") }} as gift_card_sales,
    paid,
    paid_back,
    {{ money("cost_of_goods_sold") }} as cost_of_goods_sold,
    {{ money("net_sales - cost_of_goods_sold") }} as gross_margin
from orders
