-- Money given back per order by the cut-off day, apart from what lines carry themselves. Positive amounts.
with
    refunds as (
        select refunds.refund_id, refunds.order_id
        from {{ ref("stg_shopify__refunds") }} as refunds
        inner join {{ ref("int_orders") }} as orders on refunds.order_id = orders.order_id
        cross join {{ ref("int_as_of") }} as as_of
        -- a refund without a date (admin CSV) falls on the order's day
        where coalesce(refunds.refund_date, orders.order_date) <= as_of.cutoff_date
    ),

    from_adjustments as (
        select
            refunds.order_id,
            - sum(
                case when adjustments.kind = 'shipping_refund' then 0 else adjustments.amount end
            ) as unallocated_returns,
            - sum(
                case when adjustments.kind = 'shipping_refund' then adjustments.amount else 0 end
            ) as shipping_refunded,
            - sum(adjustments.tax_amount) as tax_refunded
        from {{ ref("stg_shopify__order_adjustments") }} as adjustments
        inner join refunds on adjustments.refund_id = refunds.refund_id
        group by refunds.order_id
    ),

    from_lines as (
        select refunds.order_id, sum(line_refunds.total_tax) as tax_refunded
        from {{ ref("stg_shopify__order_line_refunds") }} as line_refunds
        inner join refunds on line_refunds.refund_id = refunds.refund_id
        group by refunds.order_id
    ),

    orders_refunded as (select order_id from refunds group by order_id)

select
    orders_refunded.order_id,
    {{ money("coalesce(from_adjustments.unallocated_returns, 0)") }} as unallocated_returns,
    {{ money("coalesce(from_adjustments.shipping_refunded, 0)") }} as shipping_refunded,
    {{ money("coalesce(from_adjustments.tax_refunded, 0) + coalesce(from_lines.tax_refunded, 0)") }} as tax_refunded
from orders_refunded
left join from_adjustments on orders_refunded.order_id = from_adjustments.order_id
left join from_lines on orders_refunded.order_id = from_lines.order_id
