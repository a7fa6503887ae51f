-- Every item of a view, cart or purchase event of the window is a row behind one product's funnel, whatever its id;
-- units and revenue are those of purchases counted once.
with
    item_counts as (
        select sum(days.item_rows) as item_rows
        from {{ ref("int_event_days") }} as days
        cross join {{ ref("int_web_as_of") }} as as_of
        where {{ is_in_item_window("days.event_date", "as_of.web_as_of_date") }}
    ),

    bought as (
        select sum(items.units) as units, {{ money("sum(items.item_revenue)") }} as item_revenue
        from {{ ref("int_item_events") }} as items
        cross join {{ ref("int_web_as_of") }} as as_of
        where
            items.event_name = 'purchase'
            and not items.is_duplicate
            and {{ is_in_item_window("items.event_date", "as_of.web_as_of_date") }}
    ),

    products as (
        select
            sum(item_rows) as item_rows,
            sum(units) as units,
            cast(sum(item_revenue) as double) as item_revenue,
            count(*) as products
        from {{ ref("funnel_by_product") }}
    )

select *
from item_counts
cross join bought
cross join products
where
    coalesce(item_counts.item_rows, 0) <> coalesce(products.item_rows, 0)
    or coalesce(bought.units, 0) <> coalesce(products.units, 0)
    -- each product's revenue is rounded to the cent once
    or abs(coalesce(bought.item_revenue, 0) - coalesce(products.item_revenue, 0)) > 0.005 * products.products + 0.005
