-- Lines of counting orders as they were invoiced, discounts allocated to the cent: what a line carries itself, plus its
-- share of what only the order carries. Prices hold the tax where the order's do; int_order_lines takes it out.
with
    lines as (
        select
            lines.*,
            orders.order_date,
            orders.customer_key,
            orders.subtotal_price,
            orders.total_discounts as order_discounts,
            {{ money("lines.unit_price * lines.quantity") }} as amount
        from {{ ref("stg_shopify__order_lines") }} as lines
        inner join {{ ref("int_orders") }} as orders on lines.order_id = orders.order_id
    ),

    line_allocations as (
        select order_line_id, sum(amount) as amount
        from {{ ref("stg_shopify__discount_allocations") }}
        group by order_line_id
    ),

    own_discounts as (
        select
            lines.*,
            {{ money("coalesce(line_allocations.amount, lines.total_discount)") }} as own_discount,
            sum(lines.amount) over (partition by lines.order_id) as order_amount
        from lines
        left join line_allocations on lines.order_line_id = line_allocations.order_line_id
    ),

    discount_to_spread as (
        select
            *,
            -- the subtotal says what the discounts came to, whatever mix of codes and line discounts made them
            case
                when subtotal_price between 0 and order_amount then order_amount - subtotal_price else order_discounts
            end
            - sum(own_discount) over (partition by order_id) as unallocated_discount
        from own_discounts
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
    unit_price,
    is_gift_card,
    total_tax as line_tax,
    amount,
    {{
        money(
            "own_discount + "
            ~ allocate_cents("unallocated_discount", "amount", "order_id", "line_number, order_line_id")
        )
    }} as discount
from discount_to_spread
