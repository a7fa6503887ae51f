with
    demand as (
        select
            demand.sku,
            sum(demand.units_sold) as units_sold,
            count(demand.uncensored_units) as selling_days,
            count(*) as days_on_sale
        from {{ ref("demand_daily") }} as demand
        cross join {{ ref("int_as_of") }} as as_of
        where {{ days_between("demand.demand_date", "as_of.as_of_date") }} < {{ var("slow_stock_window_days") }}
        group by demand.sku
    ),

    measured as (
        select
            skus.sku,
            skus.product_title,
            skus.vendor,
            skus.category,
            skus.category_l1,
            skus.status,
            skus.price,
            skus.unit_cost,
            skus.last_sold_date,
            skus.is_listed and not skus.is_active as is_off_sale,
            coalesce(stock.on_hand, stock.available) as units_on_hand,
            coalesce(demand.units_sold, 0) as units_sold,
            coalesce(demand.days_on_sale, 0) as days_on_sale,
            -- days without stock are no days without demand
            coalesce(cast(demand.units_sold as double) / nullif(demand.selling_days, 0), 0)
            * {{ var("days_per_month") }} as monthly_sales
        from {{ ref("int_skus") }} as skus
        inner join {{ ref("int_inventory_position") }} as stock on skus.sku = stock.sku
        left join demand on skus.sku = demand.sku
        where coalesce(stock.on_hand, stock.available) > 0
    ),

    covered as (
        select
            *,
            units_on_hand / nullif(monthly_sales, 0) as months_of_cover,
            -- nothing sold counts as no demand only if the whole window was there to sell in, or nobody may buy it
            units_sold = 0 and (days_on_sale >= {{ var("slow_stock_window_days") }} or is_off_sale) as is_without_sales
        from measured
    ),

    decided as (
        select
            covered.*,
            actions.action as action_recommended,
            actions.recovery_rate,
            row_number() over (partition by covered.sku order by actions.priority) as preference
        from covered
        inner join
            {{ ref("slow_stock_actions") }} as actions
            on (actions.without_sales is null or covered.is_without_sales = actions.without_sales)
            and (actions.months_of_cover_over is null or covered.months_of_cover > actions.months_of_cover_over)
    )

select
    sku,
    product_title,
    vendor,
    category,
    category_l1,
    status,
    last_sold_date,
    cast(units_on_hand as bigint) as units_on_hand,
    unit_cost,
    {{ money("units_on_hand * unit_cost") }} as capital_tied_up,
    cast(units_sold as bigint) as units_sold,
    {{ to_decimal("monthly_sales", 18, 3) }} as monthly_sales,
    {{ to_decimal("months_of_cover", 18, 1) }} as months_of_cover,
    {{ rate("price - unit_cost", "price") }} as margin_rate,
    action_recommended,
    action_recommended <> 'monitor' as is_slow,
    {{ to_decimal("recovery_rate", 9, 4) }} as recovery_rate,
    {{ round_money("cast(units_on_hand * unit_cost as double) * recovery_rate") }} as potential_recovery
from decided
where preference = 1
