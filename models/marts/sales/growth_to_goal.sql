with
    goals as (
        select
            goals.goal,
            goals.amount as goal_amount,
            goals.start_date,
            least(as_of.as_of_date, coalesce(goals.end_date, as_of.as_of_date)) as last_date
        from {{ ref("stg_reference__goals") }} as goals
        cross join {{ ref("int_as_of") }} as as_of
        where goals.start_date <= as_of.as_of_date
    ),

    days as (select goal, goal_amount, start_date, {{ each_day("start_date", "last_date") }} as sales_date from goals),

    daily as (
        select
            days.*,
            coalesce(sales.net_sales, 0) as net_sales,
            sum(coalesce(sales.net_sales, 0)) over (
                partition by days.goal order by days.sales_date rows between unbounded preceding and current row
            ) as cumulative_net_sales,
            -- the trend looks back over days with data only: none are known before the first order
            sum(sales.net_sales) over (
                partition by days.goal
                order by days.sales_date rows between {{ var("goal_trend_days") - 1 }} preceding and current row
            ) as trend_net_sales,
            count(sales.sales_date) over (
                partition by days.goal
                order by days.sales_date rows between {{ var("goal_trend_days") - 1 }} preceding and current row
            ) as trend_days
        from days
        left join {{ ref("sales_daily") }} as sales on days.sales_date = sales.sales_date
    ),

    reached as (
        select goal, min(sales_date) as reached_date from daily where cumulative_net_sales >= goal_amount group by goal
    ),

    months as (
        select
            goal,
            goal_amount,
            cast(date_trunc('month', sales_date) as date) as sales_month,
            {{ last_day_of_month("max(sales_date)") }} as last_day,
            max(sales_date) as last_known_date,
            count(*) as days_elapsed,
            sum(net_sales) as net_sales,
            max_by(cumulative_net_sales, sales_date) as cumulative_net_sales,
            cast(max_by(trend_net_sales, sales_date) as double)
            / nullif(max_by(trend_days, sales_date), 0) as trend_daily_net_sales,
            max_by(trend_days, sales_date) as trend_days
        from daily
        group by goal, goal_amount, cast(date_trunc('month', sales_date) as date)
    ),

    measured as (
        select
            months.*,
            reached.reached_date,
            {{ days_between("months.sales_month", "months.last_day") }} + 1 as days_in_month,
            months.last_known_date < months.last_day and months.last_known_date = as_of.as_of_date as is_open,
            greatest(months.goal_amount - months.cumulative_net_sales, 0) as remaining_to_goal,
            cast(greatest(months.goal_amount - months.cumulative_net_sales, 0) as double)
            / nullif(months.trend_daily_net_sales, 0) as days_to_goal
        from months
        cross join {{ ref("int_as_of") }} as as_of
        left join reached on months.goal = reached.goal
    )

select
    goal,
    sales_month,
    {{ money("goal_amount") }} as goal_amount,
    is_open,
    cast(days_elapsed as bigint) as days_elapsed,
    cast(days_in_month as bigint) as days_in_month,
    {{ money("net_sales") }} as net_sales,
    {{ money("cumulative_net_sales") }} as cumulative_net_sales,
    {{ money("remaining_to_goal") }} as remaining_to_goal,
    {{
        round_money(
            "case when is_open and days_elapsed >= "
            ~ var("goal_projection_min_days")
            ~ " then cast(net_sales as double) / days_elapsed * days_in_month end"
        )
    }} as projected_net_sales,
    {{ to_decimal("trend_daily_net_sales", 18, 2) }} as trend_daily_net_sales,
    case
        when reached_date <= last_known_date
        then reached_date
        -- a century away is not a date to plan by
        when trend_days >= {{ var("goal_projection_min_days") }} and days_to_goal between 0 and 36500
        then {{ add_days("last_known_date", "cast(ceil(days_to_goal) as bigint)") }}
    end as projected_goal_date,
    coalesce(reached_date <= last_known_date, false) as is_reached
from measured
