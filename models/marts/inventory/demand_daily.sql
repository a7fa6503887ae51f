with
    spans as (
        select
            skus.sku,
            greatest(
                -- a SKU's demand starts when it was listed or first sold; without either date, with the data
                coalesce(
                    least(skus.created_date, skus.first_sold_date),
                    skus.created_date,
                    skus.first_sold_date,
                    as_of.first_order_date
                ),
                as_of.first_order_date,
                {{ add_days("as_of.as_of_date", 1 - var("demand_history_days")) }}
            ) as first_date,
            as_of.as_of_date as last_date
        from {{ ref("int_skus") }} as skus
        cross join {{ ref("int_as_of") }} as as_of
        where skus.is_active or skus.first_sold_date is not null
    ),

    days as (
        select sku, {{ each_day("first_date", "last_date") }} as demand_date from spans where first_date <= last_date
    ),

    sold as (
        select sku, order_date, sum(quantity) as units_sold, count(distinct order_id) as orders
        from {{ ref("order_lines") }}
        where sku is not null
        group by sku, order_date
    )

select
    days.sku,
    days.demand_date,
    cast(coalesce(sold.units_sold, 0) as bigint) as units_sold,
    cast(coalesce(sold.orders, 0) as bigint) as orders
from days
left join sold on days.sku = sold.sku and days.demand_date = sold.order_date
