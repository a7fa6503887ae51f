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
        where sku is not null and not is_gift_card
        group by sku, order_date
    ),

    stock as (
        select sku, stock_date, sum(available) as available from {{ ref("int_stock_history") }} group by sku, stock_date
    ),

    -- what may be sold without stock is for sale on every day
    sold_without_stock as (
        select distinct sku
        from {{ ref("stg_shopify__product_variants") }}
        where sku is not null and inventory_policy = 'continue'
    ),

    -- a count says nothing for ever: an empty shelf is believed until the next count, or for so many days
    empty_shelves as (
        select
            sku,
            stock_date as first_date,
            least(
                coalesce(next_stock_date, cast('9999-12-31' as date)),
                {{ add_days("stock_date", var("stock_count_valid_days")) }}
            ) as end_date
        from
            (
                select *, lead(stock_date) over (partition by sku order by stock_date) as next_stock_date from stock
            ) as counted
        where available <= 0 and sku not in (select sold_without_stock.sku from sold_without_stock)
    ),

    -- and until a later sale shows that stock came back
    empty_spells as (
        select shelves.sku, shelves.first_date, coalesce(min(sold.order_date), max(shelves.end_date)) as end_date
        from empty_shelves as shelves
        left join
            sold
            on shelves.sku = sold.sku
            and shelves.first_date < sold.order_date
            and shelves.end_date > sold.order_date
            and sold.units_sold > 0
        group by shelves.sku, shelves.first_date
    ),

    empty_days as (select sku, {{ each_day("first_date", add_days("end_date", -1)) }} as empty_date from empty_spells),

    joined as (
        select
            days.sku,
            days.demand_date,
            coalesce(sold.units_sold, 0) as units_sold,
            coalesce(sold.orders, 0) as orders,
            empty_days.empty_date is not null and coalesce(sold.units_sold, 0) = 0 as is_censored
        from days
        left join sold on days.sku = sold.sku and days.demand_date = sold.order_date
        left join empty_days on days.sku = empty_days.sku and days.demand_date = empty_days.empty_date
    )

select
    sku,
    demand_date,
    cast(units_sold as bigint) as units_sold,
    cast(orders as bigint) as orders,
    is_censored,
    -- what could not be sold was not demanded nought times: it is not known
    cast(case when not is_censored then units_sold end as bigint) as uncensored_units
from joined
