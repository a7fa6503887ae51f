with
    demand as (
        select
            demand.sku,
            {{ mean_of_units("demand.uncensored_units") }} as mu_d,
            {{ stddev_of_units("demand.uncensored_units") }} as sigma_d,
            {{ mean_of_units("demand.units_sold") }} as mu_d_all_days,
            {{ stddev_of_units("demand.units_sold") }} as sigma_d_all_days,
            count(*) as demand_days,
            sum(case when demand.is_censored then 1 else 0 end) as censored_days
        from {{ ref("demand_daily") }} as demand
        cross join {{ ref("int_as_of") }} as as_of
        where {{ days_between("demand.demand_date", "as_of.as_of_date") }} < {{ var("reorder_window_days") }}
        group by demand.sku
    ),

    inputs as (
        select
            skus.sku,
            skus.product_title,
            skus.category,
            skus.status,
            skus.price,
            skus.unit_cost,
            terms.vendor,
            terms.vendor_sku,
            terms.lead_time_days,
            terms.lead_time_source,
            terms.lead_time_sd_days,
            terms.service_level,
            terms.service_level_source,
            terms.minimum_order_quantity,
            terms.pack_size,
            terms.order_cost,
            movers.velocity_decile,
            coalesce(movers.is_fast_mover, false) as is_fast_mover,
            -- a SKU that was out of stock on every day has no uncensored mean: what was sold is all there is
            coalesce(demand.mu_d, demand.mu_d_all_days, 0) as mu_d,
            coalesce(demand.sigma_d, 0) as sigma_d,
            coalesce(demand.mu_d_all_days, 0) as mu_d_all_days,
            coalesce(demand.sigma_d_all_days, 0) as sigma_d_all_days,
            coalesce(demand.demand_days, 0) as demand_days,
            coalesce(demand.censored_days, 0) as censored_days,
            {{ normal_quantile("terms.service_level") }} as z,
            stock.on_hand,
            stock.available,
            stock.incoming,
            stock.available + stock.incoming as position,
            as_of.as_of_date
        from {{ ref("int_skus") }} as skus
        inner join {{ ref("int_vendor_terms") }} as terms on skus.sku = terms.sku
        cross join {{ ref("int_as_of") }} as as_of
        left join demand on skus.sku = demand.sku
        left join {{ ref("fast_movers") }} as movers on skus.sku = movers.sku
        left join {{ ref("int_inventory_position") }} as stock on skus.sku = stock.sku
        -- nobody reorders what was archived; a SKU that no products export lists may well be on sale
        where skus.is_active or not skus.is_listed
    ),

    with_stock_terms as (
        select
            *,
            -- rounded before they are added, so that the parts always make the whole
            {{ to_decimal(lead_time_demand("mu_d", "lead_time_days"), 18, 3) }} as lead_time_demand,
            {{ to_decimal(safety_stock("z", "sigma_d", "lead_time_days"), 18, 3) }} as safety_stock,
            {{
                to_decimal(
                    safety_stock_variable("z", "sigma_d", "lead_time_days", "mu_d", "lead_time_sd_days"), 18, 3
                )
            }} as safety_stock_variable,
            {{ economic_order_quantity("mu_d", "order_cost", "unit_cost") }} as economic_order_quantity,
            ({{ not_negative("position") }}) / nullif(mu_d, 0) as days_of_cover
        from inputs
    ),

    with_reorder_point as (
        select
            *,
            cast(lead_time_demand + safety_stock as decimal(18, 3)) as reorder_point,
            cast(lead_time_demand + safety_stock_variable as decimal(18, 3)) as reorder_point_variable,
            -- a SKU without demand is never reordered, however empty its shelf
            case
                when position is not null then mu_d > 0 and position <= lead_time_demand + safety_stock
            end as needs_reorder
        from with_stock_terms
    ),

    with_quantity as (
        select
            *,
            -- enough to lift the position over the reorder point, in lots no smaller than is cheapest, in whole packs
            case
                when needs_reorder
                then
                    {{
                        in_packs(
                            "greatest(coalesce(economic_order_quantity, mu_d * "
                            ~ var("default_order_days")
                            ~ "), cast(reorder_point as double) - position, minimum_order_quantity)",
                            "pack_size",
                        )
                    }}
                when position is not null
                then 0
            end as suggested_quantity
        from with_reorder_point
    )

select
    sku,
    product_title,
    vendor,
    vendor_sku,
    category,
    status,
    unit_cost,
    cast(velocity_decile as bigint) as velocity_decile,
    is_fast_mover,
    {{ to_decimal("mu_d", 18, 6) }} as mu_d,
    {{ to_decimal("sigma_d", 18, 6) }} as sigma_d,
    {{ to_decimal("mu_d_all_days", 18, 6) }} as mu_d_all_days,
    {{ to_decimal("sigma_d_all_days", 18, 6) }} as sigma_d_all_days,
    cast(demand_days as bigint) as demand_days,
    cast(censored_days as bigint) as censored_days,
    lead_time_days,
    lead_time_source,
    lead_time_sd_days,
    service_level,
    service_level_source,
    {{ to_decimal("z", 9, 6) }} as z,
    lead_time_demand,
    safety_stock,
    reorder_point,
    safety_stock_variable,
    reorder_point_variable,
    cast(on_hand as bigint) as on_hand,
    cast(available as bigint) as available,
    cast(incoming as bigint) as incoming,
    cast(position as bigint) as position,
    case when position is null then 'unknown' else 'known' end as position_status,
    {{ to_decimal("days_of_cover", 18, 1) }} as days_of_cover,
    needs_reorder,
    {{ to_decimal("economic_order_quantity", 18, 1) }} as economic_order_quantity,
    cast(minimum_order_quantity as bigint) as minimum_order_quantity,
    cast(pack_size as bigint) as pack_size,
    order_cost,
    cast(suggested_quantity as bigint) as suggested_quantity,
    {{ round_money("suggested_quantity * cast(unit_cost as double)") }} as suggested_cost,
    {{ days_ahead("as_of_date", "(position - cast(reorder_point as double)) / nullif(mu_d, 0)") }}
    as last_date_to_order,
    {{ days_ahead("as_of_date", "days_of_cover") }} as expected_stock_out_date,
    -- what would be asked for between running out and the arrival of an order placed today
    {{ round_money("mu_d * (" ~ not_negative("lead_time_days - days_of_cover") ~ ") * cast(price as double)") }}
    as lost_sales_at_risk
from with_quantity
