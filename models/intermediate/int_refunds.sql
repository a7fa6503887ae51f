-- Refunds of counting orders by the cut-off day, and the share of tax in what each gives back. A refund without a date
-- (admin CSV) falls on its order's day.
with
    goods as (
        select order_id, bool_or(not is_gift_card) as has_goods from {{ ref("int_lines_as_sold") }} group by order_id
    )

select
    refunds.refund_id,
    refunds.order_id,
    orders.customer_key,
    coalesce(refunds.refund_date, orders.order_date) as refund_date,
    refunds.refund_date is not null as is_dated,
    -- an order of gift cards alone has no goods to return
    coalesce(goods.has_goods, true) as has_goods,
    orders.taxes_included,
    coalesce(taxes.goods_tax_share, 0) as goods_tax_share,
    coalesce(taxes.shipping_tax_share, 0) as shipping_tax_share
from {{ ref("stg_shopify__refunds") }} as refunds
inner join {{ ref("int_orders") }} as orders on refunds.order_id = orders.order_id
left join {{ ref("int_order_taxes") }} as taxes on refunds.order_id = taxes.order_id
left join goods on refunds.order_id = goods.order_id
cross join {{ ref("int_as_of") }} as as_of
where coalesce(refunds.refund_date, orders.order_date) <= as_of.cutoff_date
