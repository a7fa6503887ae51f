-- A goal's months are its days, to the cent: net sales of each month, running total and what remains.
with
    months as (
        select
            *,
            sum(net_sales) over (
                partition by goal order by sales_month rows between unbounded preceding and current row
            ) as expected_cumulative
        from {{ ref("growth_to_goal") }}
    ),

    days as (
        select
            goals.goal,
            cast(date_trunc('month', sales.sales_date) as date) as sales_month,
            sum(sales.net_sales) as net_sales
        from {{ ref("sales_daily") }} as sales
        inner join
            {{ ref("stg_reference__goals") }} as goals
            on sales.sales_date >= goals.start_date
            and sales.sales_date <= coalesce(goals.end_date, sales.sales_date)
        group by goals.goal, cast(date_trunc('month', sales.sales_date) as date)
    )

select coalesce(months.goal, days.goal) as goal, coalesce(months.sales_month, days.sales_month) as sales_month
from months
full outer join days on months.goal = days.goal and months.sales_month = days.sales_month
where
    months.goal is null
    or months.net_sales <> coalesce(days.net_sales, 0)
    or months.cumulative_net_sales <> months.expected_cumulative
    or months.remaining_to_goal <> greatest(months.goal_amount - months.cumulative_net_sales, 0)
    or (not months.is_open and months.projected_net_sales is not null)
