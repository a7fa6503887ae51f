-- What lines of counting orders were invoiced at, discounts allocated to the cent: what a line carries itself, plus its
-- share of what only the order carries. Prices hold the tax where the order's do; int_order_lines takes it out.
with
    line_allocations as (
        select order_line_id, sum(amount) as amount
        from {{ ref("stg_shopify__discount_allocations") }}
        group by order_line_id
    ),

    lines as (
        select
            lines.order_line_id,
            lines.order_id,
            lines.line_number,
            lines.quantity,
            lines.unit_price,
            lines.is_gift_card,
            lines.total_tax as line_tax,
            {{ money(priced("lines.quantity", "lines.unit_price")) }} as amount,
            {{ money("coalesce(line_allocations.amount, lines.total_discount)") }} as own_discount,
            orders.subtotal_price,
            orders.total_discounts
        from {{ ref("stg_shopify__order_lines") }} as lines
        inner join {{ ref("int_orders") }} as orders on lines.order_id = orders.order_id
        left join line_allocations on lines.order_line_id = line_allocations.order_line_id
    ),

    order_sums as (
        select
            order_id,
            max(subtotal_price) as subtotal_price,
            max(total_discounts) as total_discounts,
            sum(amount) as amount,
            sum(own_discount) as own_discount
        from lines
        group by order_id
    ),

    unallocated as (
        select
            order_id,
            -- the subtotal says what the discounts came to, whatever mix of codes and line discounts made them
            case when subtotal_price between 0 and amount then amount - subtotal_price else total_discounts end
            - own_discount as discount
        from order_sums
    ),

    -- few orders have one: their lines alone are sorted. A code takes its share of what a line's own discount left;
    -- discounts that an edited order no longer has come off the lines that carry them
    allocated as (
        select
            lines.order_line_id,
            {{
                allocate_cents(
                    "unallocated.discount",
                    "case when unallocated.discount > 0 then lines.amount - lines.own_discount else lines.own_discount end",
                    "lines.order_id",
                    "lines.line_number, lines.order_line_id",
                )
            }}
            as discount
        from lines
        inner join unallocated on lines.order_id = unallocated.order_id
        where unallocated.discount <> 0
    )

select
    lines.order_line_id,
    lines.order_id,
    lines.line_number,
    lines.quantity,
    lines.unit_price,
    lines.is_gift_card,
    lines.line_tax,
    lines.amount,
    {{ money("lines.own_discount + coalesce(allocated.discount, 0)") }} as discount
from lines
left join allocated on lines.order_line_id = allocated.order_line_id
