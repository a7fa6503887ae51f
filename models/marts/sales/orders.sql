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
            -- one unknown cost makes the order's cost unknown, never too low
            case when count(cost_of_goods_sold) = count(*) then sum(cost_of_goods_sold) end as cost_of_goods_sold
        from {{ ref("order_lines") }}
        group by order_id
    ),

    orders as (
        select
            orders.*,
            coalesce(line_totals.lines, 0) as lines,
            coalesce(line_totals.units, 0) as units,
            coalesce(line_totals.gross_sales, 0) as gross_sales,
            coalesce(line_totals.discounts, 0) as discounts,
            coalesce(line_totals.returns, 0) as returns,
            coalesce(line_totals.net_sales, 0) as net_sales,
            orders.total_shipping_price - coalesce(order_returns.shipping_refunded, 0) as shipping,
            orders.total_tax - coalesce(order_returns.tax_refunded, 0) as taxes,
            line_totals.cost_of_goods_sold
        from {{ ref("int_orders") }} as orders
        left join line_totals on orders.order_id = line_totals.order_id
        left join {{ ref("int_order_returns") }} as order_returns on orders.order_id = order_returns.order_id
    ),

    numbered as (
        select
            *,
            -- people we do not know have no order number: two of them are not one returning customer
            case
                when customer_key is not null
                then row_number() over (partition by customer_key order by ordered_at, order_id)
            end as customer_order_number
        from orders
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
    source_name,
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
    {{ money("taxes") }} as taxes,
    -- where prices hold the tax, it is already in net sales
    {{ money("net_sales + shipping + case when taxes_included then 0 else taxes end") }} as total_sales,
    {{ money("cost_of_goods_sold") }} as cost_of_goods_sold,
    {{ money("net_sales - cost_of_goods_sold") }} as gross_margin
from numbered
