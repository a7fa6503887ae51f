-- Lines of counting orders with their discounts and returns to the cent: what a line carries itself, plus its share
-- of what only the order carries.
with
    lines as (
        select
            lines.*,
            orders.order_date,
            orders.customer_key,
            orders.subtotal_price,
            orders.total_discounts as order_discounts,
            {{ money("round(lines.unit_price * lines.quantity, 2)") }} as gross_sales
        from {{ ref("stg_shopify__order_lines") }} as lines
        inner join {{ ref("int_orders") }} as orders on lines.order_id = orders.order_id
    ),

    line_allocations as (
        select order_line_id, sum(amount) as amount
        from {{ ref("stg_shopify__discount_allocations") }}
        group by order_line_id
    ),

    line_refunds as (
        select
            line_refunds.order_line_id, sum(line_refunds.quantity) as quantity, sum(line_refunds.subtotal) as subtotal
        from {{ ref("stg_shopify__order_line_refunds") }} as line_refunds
        inner join {{ ref("stg_shopify__refunds") }} as refunds on line_refunds.refund_id = refunds.refund_id
        cross join {{ ref("int_as_of") }} as as_of
        where refunds.refund_date is null or refunds.refund_date <= as_of.cutoff_date
        group by line_refunds.order_line_id
    ),

    own_amounts as (
        select
            lines.*,
            {{ money("coalesce(line_allocations.amount, lines.total_discount)") }} as own_discount,
            {{ money("coalesce(line_refunds.subtotal, 0)") }} as own_returns,
            coalesce(cast(line_refunds.quantity as bigint), 0) as returned_quantity,
            {{ money("coalesce(order_returns.unallocated_returns, 0)") }} as unallocated_returns,
            sum(lines.gross_sales) over (partition by lines.order_id) as order_gross_sales
        from lines
        left join line_allocations on lines.order_line_id = line_allocations.order_line_id
        left join line_refunds on lines.order_line_id = line_refunds.order_line_id
        left join {{ ref("int_order_returns") }} as order_returns on lines.order_id = order_returns.order_id
    ),

    discount_to_spread as (
        select
            *,
            -- the subtotal says what the discounts came to, whatever mix of codes and line discounts made them
            case
                when subtotal_price between 0 and order_gross_sales
                then order_gross_sales - subtotal_price
                else order_discounts
            end
            - sum(own_discount) over (partition by order_id) as unallocated_discount
        from own_amounts
    ),

    discounted as (
        select
            *,
            own_discount
            + {{ allocate_cents("unallocated_discount", "gross_sales", "order_id", "line_number, order_line_id") }}
            as discounts
        from discount_to_spread
    )

select
    order_line_id,
    order_id,
    line_number,
    order_date,
    customer_key,
    product_id,
    variant_id,
    sku,
    product_title,
    variant_title,
    vendor,
    quantity,
    returned_quantity,
    unit_price,
    is_gift_card,
    gross_sales,
    {{ money("discounts") }} as discounts,
    {{
        money(
            "own_returns + "
            ~ allocate_cents(
                "unallocated_returns", "gross_sales - discounts", "order_id", "line_number, order_line_id"
            )
        )
    }} as returns
from discounted
