with
    lines as (
        select
            coalesce(category_map.category_l1, lines.category, 'Uncategorised') as category,
            cast(date_trunc('month', lines.order_date) as date) as month,
            lines.order_id,
            lines.quantity,
            lines.net_sales,
            lines.gross_margin
        from {{ ref("order_lines") }} as lines
        left join {{ ref("stg_reference__category_map") }} as category_map on lines.category = category_map.category
        cross join {{ ref("int_as_of") }} as as_of
        where lines.order_date <= as_of.as_of_date
    ),

    sales as (
        select
            category,
            month,
            count(distinct order_id) as orders,
            sum(quantity) as units,
            sum(net_sales) as net_sales,
            sum(gross_margin) as gross_margin
        from lines
        group by category, month
    ),

    days as (
        select {{ each_day("first_order_date", "as_of_date") }} as day
        from {{ ref("int_as_of") }}
        where first_order_date <= as_of_date
    ),

    -- a month is complete if the data hold its first day and its last
    months as (
        select
            cast(date_trunc('month', day) as date) as month,
            min(day) = cast(date_trunc('month', min(day)) as date) and max(day) = last_day(max(day)) as is_complete
        from days
        group by cast(date_trunc('month', day) as date)
    ),

    categories as (select distinct category from sales),

    category_months as (
        select
            categories.category,
            months.month,
            months.is_complete,
            coalesce(sales.orders, 0) as orders,
            coalesce(sales.units, 0) as units,
            coalesce(sales.net_sales, 0) as net_sales,
            case when sales.month is null then 0 else sales.gross_margin end as gross_margin
        from categories
        cross join months
        left join sales on categories.category = sales.category and months.month = sales.month
    ),

    compared as (
        select
            this_month.*,
            previous_month.net_sales as net_sales_previous_month,
            last_year.net_sales as net_sales_last_year,
            -- growth of a part of a month, or over nothing, says nothing
            this_month.is_complete and previous_month.is_complete and previous_month.net_sales > 0 as grows_on_month,
            this_month.is_complete and last_year.is_complete and last_year.net_sales > 0 as grows_on_year
        from category_months as this_month
        left join
            category_months as previous_month
            on this_month.category = previous_month.category
            and previous_month.month = cast(this_month.month - interval '1' month as date)
        left join
            category_months as last_year
            on this_month.category = last_year.category
            and last_year.month = cast(this_month.month - interval '12' month as date)
    )

select
    category,
    month,
    is_complete,
    cast(orders as bigint) as orders,
    cast(units as bigint) as units,
    {{ money("net_sales") }} as net_sales,
    {{ money("gross_margin") }} as gross_margin,
    {{ money("net_sales_previous_month") }} as net_sales_previous_month,
    {{ money("net_sales_last_year") }} as net_sales_last_year,
    case
        when grows_on_month
        then cast(net_sales - net_sales_previous_month as double) / cast(net_sales_previous_month as double)
    end as growth_on_month,
    case
        when grows_on_year then cast(net_sales - net_sales_last_year as double) / cast(net_sales_last_year as double)
    end as growth_on_year
from compared
