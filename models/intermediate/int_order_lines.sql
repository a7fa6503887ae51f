-- What lines of counting orders came to in Shopify's words, to the cent: gross sales, discounts and returns without the
-- tax that prices may hold. A line's own returns stay its own; what only the order gave back is spread over its lines.
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

    -- orders that have anything to spread are few, or one shop's: their lines alone are sorted
    taxable as (
        select
            sold.*,
            taxes.goods_tax_included,
            count(sold.line_tax) over (partition by sold.order_id)
            = count(*) over (partition by sold.order_id) as has_line_taxes
        from {{ ref("int_lines_as_sold") }} as sold
        inner join {{ ref("int_order_taxes") }} as taxes on sold.order_id = taxes.order_id
        where taxes.goods_tax_included <> 0
    ),

    taxed as (
        select
            order_line_id,
            {{
                allocate_cents(
                    "goods_tax_included",
                    "case when has_line_taxes then line_tax else amount - discount end",
                    "order_id",
                    "line_number, order_line_id",
                )
            }} as tax_included
        from taxable
    ),

    without_tax as (
        select
            sold.*,
            sold.amount - sold.discount - coalesce(taxed.tax_included, 0) as discounted,
            {{
                round_money(
                    "cast(sold.amount as double) * (1 - coalesce(cast(taxed.tax_included as double) / nullif(cast(sold.amount - sold.discount as double), 0), 0))"
                )
            }}
            as gross
        from {{ ref("int_lines_as_sold") }} as sold
        left join taxed on sold.order_line_id = taxed.order_line_id
    ),

    returnable as (
        select
            lines.order_line_id,
            lines.order_id,
            lines.line_number,
            lines.is_gift_card,
            case when lines.is_gift_card then 0 else lines.discounted end as sold,
            coalesce(own_returns.returns, 0) as given_back,
            order_returns.unallocated_returns,
            min(case when lines.is_gift_card then 1 else 0 end) over (partition by lines.order_id)
            = 1 as has_gift_cards_only
        from without_tax as lines
        inner join order_returns on lines.order_id = order_returns.order_id
        left join own_returns on lines.order_line_id = own_returns.order_line_id
        where order_returns.unallocated_returns <> 0
    ),

    -- a fee that was kept comes off the lines given back; what was paid on top is for the lines kept, if any are
    shares as (
        select
            *,
            case when unallocated_returns < 0 then given_back else greatest(sold - given_back, 0) end as share,
            sum(case when unallocated_returns < 0 then given_back else greatest(sold - given_back, 0) end) over (
                partition by order_id
            ) as order_share
        from returnable
    ),

    -- a gift card has no returns, also where all goods beside it were free
    allocated_returns as (
        select
            order_line_id,
            {{
                allocate_cents(
                    "unallocated_returns",
                    "case when order_share > 0 then share else sold end",
                    "order_id",
                    "line_number, order_line_id",
                )
            }} as returns
        from shares
        where not is_gift_card or has_gift_cards_only
    )

select
    lines.order_line_id,
    lines.order_id,
    lines.line_number,
    lines.quantity,
    cast(coalesce(own_returns.returned_quantity, 0) as bigint) as returned_quantity,
    lines.unit_price,
    lines.is_gift_card,
    -- a gift card is a debt until it is spent, not a sale
    {{ money("case when lines.is_gift_card then 0 else lines.gross end") }} as gross_sales,
    {{ money("case when lines.is_gift_card then 0 else lines.gross - lines.discounted end") }} as discounts,
    {{ money("coalesce(own_returns.returns, 0) + coalesce(allocated_returns.returns, 0)") }} as returns,
    {{ money("case when lines.is_gift_card then lines.discounted else 0 end") }} as gift_card_sales
from without_tax as lines
left join own_returns on lines.order_line_id = own_returns.order_line_id
left join allocated_returns on lines.order_line_id = allocated_returns.order_line_id
