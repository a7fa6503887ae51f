-- Lines of counting orders in Shopify's words, to the cent: gross sales, discounts and returns without the tax that
-- prices may hold. A line's own returns stay its own; what only the order gave back is spread over its lines.
with
    own_returns as (
        select order_line_id, sum(quantity) as returned_quantity, sum(returns) as returns
        from {{ ref("int_refund_lines") }}
        group by order_line_id
    ),

    order_returns as (
        select order_id, sum(unallocated_returns) as unallocated_returns
        from {{ ref("int_refund_totals") }}
        group by order_id
    ),

    lines as (
        select
            sold.*,
            coalesce(taxes.goods_tax_included, 0) as goods_tax_included,
            sum(sold.amount - sold.discount) over (partition by sold.order_id) as order_goods,
            count(sold.line_tax) over (partition by sold.order_id)
            = count(*) over (partition by sold.order_id) as has_line_taxes,
            cast(coalesce(own_returns.returned_quantity, 0) as bigint) as returned_quantity,
            coalesce(own_returns.returns, 0) as own_returns,
            coalesce(order_returns.unallocated_returns, 0) as unallocated_returns
        from {{ ref("int_lines_as_sold") }} as sold
        left join {{ ref("int_order_taxes") }} as taxes on sold.order_id = taxes.order_id
        left join own_returns on sold.order_line_id = own_returns.order_line_id
        left join order_returns on sold.order_id = order_returns.order_id
    ),

    taxed as (
        select
            *,
            {{
                allocate_cents(
                    "goods_tax_included",
                    "case when has_line_taxes then line_tax else amount - discount end",
                    "order_id",
                    "line_number, order_line_id",
                )
            }} as tax_included
        from lines
    ),

    without_tax as (
        select
            *,
            amount - discount - tax_included as discounted,
            {{
                round_money(
                    "cast(amount as double) * (1 - coalesce(cast(tax_included as double) / nullif(cast(amount - discount as double), 0), 0))"
                )
            }}
            as gross
        from taxed
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
    -- a gift card is a debt until it is spent, not a sale
    {{ money("case when is_gift_card then 0 else gross end") }} as gross_sales,
    {{ money("case when is_gift_card then 0 else gross - discounted end") }} as discounts,
    {{
        money(
            "own_returns + "
            ~ allocate_cents(
                "unallocated_returns",
                "case when is_gift_card then 0 else discounted end",
                "order_id",
                "line_number, order_line_id",
            )
        )
    }} as returns,
    {{ money("case when is_gift_card then discounted else 0 end") }} as gift_card_sales
from without_tax
