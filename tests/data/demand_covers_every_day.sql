-- Each SKU has one row for every day of its span, and the units are those of the order lines that sell goods.
with
    spans as (
        select
            sku,
            count(*) as days,
            min(demand_date) as first_date,
            max(demand_date) as last_date,
            sum(units_sold) as units
        from {{ ref("demand_daily") }}
        group by sku
    ),

    sold as (
        select lines.sku, sum(lines.quantity) as units
        from {{ ref("order_lines") }} as lines
        inner join spans on lines.sku = spans.sku
        where lines.order_date between spans.first_date and spans.last_date and not lines.is_gift_card
        group by lines.sku
    )

select spans.sku
from spans
left join sold on spans.sku = sold.sku
where
    spans.days <> {{ days_between("spans.first_date", "spans.last_date") }} + 1
    or spans.units <> coalesce(sold.units, 0)
