-- What each refund gives back of each line, without the tax that prices hold. A refunded line that the order does not
-- have (edited away) has no order_line_id; what it gave back is the order's.
with
    amounts as (
        select
            line_refunds.order_line_refund_id,
            line_refunds.refund_id,
            refunds.order_id,
            lines.order_line_id,
            coalesce(lines.is_gift_card, false) as is_gift_card,
            line_refunds.quantity,
            line_refunds.subtotal,
            refunds.taxes_included,
            {{
                money(
                    "coalesce(line_refunds.total_tax, "
                    ~ round_to("cast(line_refunds.subtotal as double) * refunds.goods_tax_share", 2)
                    ~ ")"
                )
            }} as tax
        from {{ ref("stg_shopify__order_line_refunds") }} as line_refunds
        inner join {{ ref("int_refunds") }} as refunds on line_refunds.refund_id = refunds.refund_id
        left join
            {{ ref("int_lines_as_sold") }} as lines
            on line_refunds.order_line_id = lines.order_line_id
            and refunds.order_id = lines.order_id
    ),

    without_tax as (select *, subtotal - case when taxes_included then tax else 0 end as amount from amounts)

select
    order_line_refund_id,
    refund_id,
    order_id,
    order_line_id,
    quantity,
    {{ money("case when is_gift_card then 0 else amount end") }} as returns,
    {{ money("case when is_gift_card then amount else 0 end") }} as gift_card_returns,
    tax
from without_tax
