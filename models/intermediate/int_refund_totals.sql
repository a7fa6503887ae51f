-- Each refund in Shopify's words: returns (of lines, and those that no line carries), shipping and taxes given back.
-- Positive amounts.
with
    from_lines as (
        select
            refund_id,
            sum(case when order_line_id is not null then quantity else 0 end) as units,
            sum(case when order_line_id is not null then returns else 0 end) as line_returns,
            sum(case when order_line_id is null then returns else 0 end) as unallocated_returns,
            sum(gift_card_returns) as gift_card_returns,
            sum(tax) as tax_refunded
        from {{ ref("int_refund_lines") }}
        group by refund_id
    ),

    adjustments as (
        select
            adjustments.refund_id,
            refunds.has_goods,
            adjustments.kind = 'shipping_refund' as is_shipping,
            - adjustments.amount as given_back,
            -- Shopify states an adjustment without its tax; where it states no tax, a price that held tax still does
            adjustments.tax_amount is null as is_tax_inside,
            coalesce(
                - adjustments.tax_amount,
                {{
                    round_money(
                        "- cast(adjustments.amount as double) * case when adjustments.kind = 'shipping_refund' then refunds.shipping_tax_share else refunds.goods_tax_share end"
                    )
                }}
            ) as tax
        from {{ ref("stg_shopify__order_adjustments") }} as adjustments
        inner join {{ ref("int_refunds") }} as refunds on adjustments.refund_id = refunds.refund_id
    ),

    without_tax as (select *, given_back - case when is_tax_inside then tax else 0 end as amount from adjustments),

    from_adjustments as (
        select
            refund_id,
            sum(case when not is_shipping and has_goods then amount else 0 end) as unallocated_returns,
            sum(case when not is_shipping and not has_goods then amount else 0 end) as gift_card_returns,
            sum(case when is_shipping then amount else 0 end) as shipping_refunded,
            sum(tax) as tax_refunded
        from without_tax
        group by refund_id
    )

select
    refunds.refund_id,
    refunds.order_id,
    refunds.customer_key,
    refunds.refund_date,
    refunds.is_dated,
    cast(coalesce(from_lines.units, 0) as bigint) as units,
    {{ money("coalesce(from_lines.line_returns, 0)") }} as line_returns,
    {{ money("coalesce(from_lines.unallocated_returns, 0) + coalesce(from_adjustments.unallocated_returns, 0)") }}
    as unallocated_returns,
    {{ money("coalesce(from_lines.gift_card_returns, 0) + coalesce(from_adjustments.gift_card_returns, 0)") }}
    as gift_card_returns,
    {{ money("coalesce(from_adjustments.shipping_refunded, 0)") }} as shipping_refunded,
    {{ money("coalesce(from_lines.tax_refunded, 0) + coalesce(from_adjustments.tax_refunded, 0)") }} as tax_refunded
from {{ ref("int_refunds") }} as refunds
left join from_lines on refunds.refund_id = from_lines.refund_id
left join from_adjustments on refunds.refund_id = from_adjustments.refund_id
