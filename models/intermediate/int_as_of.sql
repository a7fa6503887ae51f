-- "Now": the as_of variable, else the last full day of orders: the day before the newest one, which may be cut short
-- (but never before the first). A shop without an order goes by its web events, and without those by its last stock
-- count.
with
    order_days as (
        select
            min(order_date) as first_date,
            greatest({{ add_days("max(order_date)", -1) }}, min(order_date)) as last_full_date
        from {{ ref("stg_shopify__orders") }}
    ),

    event_days as (
        select greatest({{ add_days("max(event_date)", -1) }}, min(event_date)) as last_full_date
        from {{ ref("int_event_days") }}
    ),

    stock_days as (select max(counted_date) as last_date from {{ ref("stg_shopify__inventory_quantities") }}),

    chosen as (
        select
            {% if var("as_of") %} cast('{{ var("as_of") }}' as date)
            {% else %} cast(null as date)
            {% endif %} as as_of_var,
            order_days.last_full_date as last_full_order_date,
            event_days.last_full_date as last_full_event_date,
            stock_days.last_date as last_stock_date,
            order_days.first_date as first_order_date
        from order_days
        cross join event_days
        cross join stock_days
    )

select
    coalesce(
        as_of_var, last_full_order_date, last_full_event_date, last_stock_date, cast('1970-01-01' as date)
    ) as as_of_date,
    coalesce(as_of_var, cast('9999-12-31' as date)) as cutoff_date,
    first_order_date
from chosen
