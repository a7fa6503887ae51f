-- Every line up to the as-of day counts in one category and month, to the cent.
with
    lines as (
        select sum(lines.net_sales) as net_sales, sum(lines.quantity) as units, sum(lines.gross_margin) as gross_margin
        from {{ ref("order_lines") }} as lines
        cross join {{ ref("int_as_of") }} as as_of
        where lines.order_date <= as_of.as_of_date
    ),

    trends as (
        select sum(net_sales) as net_sales, sum(units) as units, sum(gross_margin) as gross_margin
        from {{ ref("category_trends") }}
    )

select *
from lines
cross join trends
where
    coalesce(lines.net_sales, 0) <> coalesce(trends.net_sales, 0)
    or coalesce(lines.units, 0) <> coalesce(trends.units, 0)
    or coalesce(lines.gross_margin, 0) <> coalesce(trends.gross_margin, 0)
