with
    buyers as (
        select customer_key, cast(date_trunc('month', first_order_date) as date) as cohort_month
        from {{ ref("customers") }}
        where orders > 0
    ),

    sizes as (select cohort_month, count(*) as customers from buyers group by cohort_month),

    last_month as (
        select cast(date_trunc('month', as_of_date) as date) as sales_month, as_of_date from {{ ref("int_as_of") }}
    ),

    months as (
        select
            sizes.cohort_month,
            sizes.customers,
            {{ each_month("sizes.cohort_month", "last_month.sales_month") }} as sales_month
        from sizes
        cross join last_month
        where sizes.cohort_month <= last_month.sales_month
    ),

    bought as (
        select
            buyers.cohort_month,
            cast(date_trunc('month', lines.order_date) as date) as sales_month,
            count(distinct lines.customer_key) as active_customers,
            count(distinct lines.order_id) as orders,
            sum(lines.net_sales) as net_sales,
            sum(lines.gross_margin) as gross_margin
        from {{ ref("order_lines") }} as lines
        inner join buyers on lines.customer_key = buyers.customer_key
        group by buyers.cohort_month, cast(date_trunc('month', lines.order_date) as date)
    ),

    filled as (
        select
            months.cohort_month,
            months.sales_month,
            months.customers,
            coalesce(bought.active_customers, 0) as active_customers,
            coalesce(bought.orders, 0) as orders,
            coalesce(bought.net_sales, 0) as net_sales,
            -- a month of orders without a known cost has an unknown margin, a month without orders has none
            case when bought.orders is null then 0 else bought.gross_margin end as gross_margin
        from months
        left join bought on months.cohort_month = bought.cohort_month and months.sales_month = bought.sales_month
    ),

    running as (
        select
            *,
            row_number() over (partition by cohort_month order by sales_month) - 1 as months_since_first_order,
            sum(net_sales) over (
                partition by cohort_month order by sales_month rows between unbounded preceding and current row
            ) as cumulative_net_sales,
            sum(gross_margin) over (
                partition by cohort_month order by sales_month rows between unbounded preceding and current row
            ) as cumulative_gross_margin
        from filled
    )

select
    running.cohort_month,
    running.sales_month,
    cast(running.months_since_first_order as bigint) as months_since_first_order,
    {{ last_day_of_month("running.sales_month") }} <= last_month.as_of_date as is_complete,
    cast(running.customers as bigint) as customers,
    cast(running.active_customers as bigint) as active_customers,
    {{ rate("running.active_customers", "running.customers") }} as retention_rate,
    cast(running.orders as bigint) as orders,
    {{ money("running.net_sales") }} as net_sales,
    {{ money("running.gross_margin") }} as gross_margin,
    {{ money("running.cumulative_net_sales") }} as cumulative_net_sales,
    {{ money("running.cumulative_gross_margin") }} as cumulative_gross_margin,
    {{ round_money("cast(running.cumulative_net_sales as double) / running.customers") }}
    as cumulative_net_sales_per_customer,
    {{ round_money("cast(running.cumulative_gross_margin as double) / running.customers") }}
    as cumulative_gross_margin_per_customer
from running
cross join last_month
