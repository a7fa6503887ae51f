-- Every buyer is in one cohort, and the cohorts' orders and net sales are the known customers' up to the as-of month.
with
    cohorts as (
        select
            sum(case when months_since_first_order = 0 then customers else 0 end) as customers,
            sum(case when months_since_first_order = 0 then active_customers else 0 end) as first_actives,
            sum(orders) as orders,
            sum(net_sales) as net_sales
        from {{ ref("cohorts_monthly") }}
    ),

    buyers as (
        select count(distinct orders.customer_key) as customers, count(*) as orders, sum(orders.net_sales) as net_sales
        from {{ ref("orders") }} as orders
        inner join {{ ref("customers") }} as customers on orders.customer_key = customers.customer_key
        cross join {{ ref("int_as_of") }} as as_of
        where
            date_trunc('month', customers.first_order_date) <= date_trunc('month', as_of.as_of_date)
            and date_trunc('month', orders.order_date) <= date_trunc('month', as_of.as_of_date)
            and orders.lines > 0
    )

select *
from cohorts
cross join buyers
where cohorts.customers < buyers.customers or cohorts.orders <> buyers.orders or cohorts.net_sales <> buyers.net_sales
