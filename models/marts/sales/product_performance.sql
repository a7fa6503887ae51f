with
    lines as (
        select lines.*, {{ days_between("lines.order_date", "as_of.as_of_date") }} as age_days
        from {{ ref("order_lines") }} as lines
        cross join {{ ref("int_as_of") }} as as_of
        where lines.sku is not null and lines.order_date <= as_of.as_of_date and not lines.is_gift_card
    ),

    sales as (
        select
            sku,
            count(distinct order_id) as orders,
            sum(quantity) as units,
            sum(returned_quantity) as returned_units,
            sum(gross_sales) as gross_sales,
            sum(discounts) as discounts,
            sum(returns) as returns,
            sum(net_sales) as net_sales,
            case when count(gross_margin) = count(*) then sum(gross_margin) end as gross_margin,
            sum(case when age_days < {{ var("trend_days") }} then quantity else 0 end) as recent_units,
            sum(
                case
                    when age_days between {{ var("trend_days") }} and {{ 2 * var("trend_days") - 1 }}
                    then quantity
                    else 0
                end
            ) as previous_units
        from lines
        where age_days < {{ var("product_window_days") }}
        group by sku
    ),

    weeks as (
        select
            demand.sku,
            floor({{ days_between("demand.demand_date", "as_of.as_of_date") }} / 7) as weeks_ago,
            sum(demand.units_sold) as units,
            count(*) as days
        from {{ ref("demand_daily") }} as demand
        cross join {{ ref("int_as_of") }} as as_of
        where {{ days_between("demand.demand_date", "as_of.as_of_date") }} < 7 * {{ var("xyz_weeks") }}
        group by demand.sku, floor({{ days_between("demand.demand_date", "as_of.as_of_date") }} / 7)
    ),

    variability as (
        select
            sku,
            count(*) as weeks,
            {{ stddev_of_units("units") }} / nullif({{ mean_of_units("units") }}, 0) as weekly_cv
        from weeks
        where days = 7
        group by sku
    ),

    measured as (
        select
            skus.sku,
            skus.product_title,
            skus.vendor,
            skus.category,
            skus.status,
            sales.gross_margin,
            variability.weekly_cv,
            coalesce(sales.orders, 0) as orders,
            coalesce(sales.units, 0) as units,
            coalesce(sales.returned_units, 0) as returned_units,
            coalesce(sales.gross_sales, 0) as gross_sales,
            coalesce(sales.discounts, 0) as discounts,
            coalesce(sales.returns, 0) as returns,
            coalesce(sales.net_sales, 0) as net_sales,
            coalesce(sales.recent_units, 0) as recent_units,
            coalesce(sales.previous_units, 0) as previous_units,
            coalesce(variability.weeks, 0) as weeks,
            {{ share_above("sales.gross_margin", "skus.sku") }} as margin_share_above,
            {{ share_above("sales.net_sales", "skus.sku") }} as net_sales_share_above
        from {{ ref("int_skus") }} as skus
        left join sales on skus.sku = sales.sku
        left join variability on skus.sku = variability.sku
    )

select
    sku,
    product_title,
    vendor,
    category,
    status,
    cast(orders as bigint) as orders,
    cast(units as bigint) as units,
    cast(returned_units as bigint) as returned_units,
    {{ money("gross_sales") }} as gross_sales,
    {{ money("discounts") }} as discounts,
    {{ money("returns") }} as returns,
    {{ money("net_sales") }} as net_sales,
    {{ money("gross_margin") }} as gross_margin,
    {{ rate("gross_margin", "net_sales") }} as gross_margin_rate,
    {{ rate("returned_units", "units") }} as refund_rate,
    {{ abc_class("units", "gross_margin", "margin_share_above") }} as abc_class,
    {{ abc_class("units", "net_sales", "net_sales_share_above") }} as abc_class_by_net_sales,
    {{ to_decimal("weekly_cv", 18, 4) }} as weekly_cv,
    case
        when weeks < {{ var("xyz_min_weeks") }} or weekly_cv is null
        then 'unknown'
        when weekly_cv <= {{ var("xyz_x_cv") }}
        then 'X'
        when weekly_cv <= {{ var("xyz_y_cv") }}
        then 'Y'
        else 'Z'
    end as xyz_class,
    cast(recent_units as bigint) as recent_units,
    cast(previous_units as bigint) as previous_units,
    {{ rate("recent_units - previous_units", "previous_units") }} as trend_rate,
    case
        when recent_units + previous_units < {{ var("trend_min_units") }}
        then 'too few'
        when recent_units > previous_units * (1 + {{ var("trend_threshold") }})
        then 'rising'
        when recent_units < previous_units * (1 - {{ var("trend_threshold") }})
        then 'falling'
        else 'steady'
    end as trend
from measured
