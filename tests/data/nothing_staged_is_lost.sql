-- Staged = counting + cancelled + test + after the cut-off, for orders; every raw order id is staged once.
with
    raw_orders as (select count(distinct id) as orders from {{ raw("shopify", "orders") }}),

    staged as (
        select
            count(*) as orders,
            sum(case when is_cancelled or is_test or order_date > as_of.cutoff_date then 1 else 0 end) as not_counting
        from {{ ref("stg_shopify__orders") }} as staged_orders
        cross join {{ ref("int_as_of") }} as as_of
    ),

    counting as (select count(*) as orders from {{ ref("orders") }})

select *
from raw_orders
cross join staged
cross join counting
where raw_orders.orders <> staged.orders or staged.orders <> counting.orders + coalesce(staged.not_counting, 0)
