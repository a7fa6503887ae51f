-- Tax that an order's prices hold: on its goods and on its shipping. Nothing where taxes come on top.
with
    goods as (
        select
            order_id,
            sum(amount - discount) as amount,
            -- known only if every line's is
            case when count(line_tax) = count(*) then sum(line_tax) end as tax
        from {{ ref("int_lines_as_sold") }}
        group by order_id
    ),

    inclusive_orders as (
        select
            orders.order_id,
            orders.total_tax,
            orders.total_shipping_price,
            coalesce(goods.amount, 0) as goods_amount,
            -- without the lines' own taxes, one rate for goods and shipping
            coalesce(
                goods.tax,
                {{
                    round_to(
                        "cast(orders.total_tax as double) * cast(goods.amount as double) / nullif(cast(goods.amount + orders.total_shipping_price as double), 0)",
                        2,
                    )
                }},
                0
            ) as goods_tax
        from {{ ref("int_orders") }} as orders
        left join goods on orders.order_id = goods.order_id
        where orders.taxes_included
    ),

    split as (
        select
            *,
            {{ money("least(goods_tax, total_tax)") }} as goods_tax_included,
            {{ money("total_tax - least(goods_tax, total_tax)") }} as shipping_tax_included
        from inclusive_orders
    )

select
    order_id,
    goods_tax_included,
    shipping_tax_included,
    coalesce(cast(goods_tax_included as double) / nullif(cast(goods_amount as double), 0), 0) as goods_tax_share,
    coalesce(
        cast(shipping_tax_included as double) / nullif(cast(total_shipping_price as double), 0), 0
    ) as shipping_tax_share
from split
