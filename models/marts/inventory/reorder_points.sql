with
    demand as (
        select
            demand.sku,
            avg(cast(demand.units_sold as double)) as mu_d,
            coalesce(stddev_samp(cast(demand.units_sold as double)), 0) as sigma_d,
            count(*) as demand_days
        from {{ ref("demand_daily") }} as demand
        cross join {{ ref("int_as_of") }} as as_of
        where {{ days_between("demand.demand_date", "as_of.as_of_date") }} < {{ var("reorder_window_days") }}
        group by demand.sku
    ),

    primary_vendor as (
        select sku, vendor, lead_time_days
        from
            (
                select *, row_number() over (partition by sku order by vendor) as preference
                from {{ ref("stg_reference__vendor_skus") }}
                where is_primary
            ) as ranked
        where preference = 1
    ),

    inputs as (
        select
            skus.sku,
            skus.product_title,
            skus.vendor,
            skus.category,
            skus.status,
            skus.unit_cost,
            coalesce(demand.mu_d, 0) as mu_d,
            coalesce(demand.sigma_d, 0) as sigma_d,
            coalesce(demand.demand_days, 0) as demand_days,
            cast(
                coalesce(
                    primary_vendor.lead_time_days, vendors.lead_time_days, {{ var("default_lead_time_days") }}
                ) as double
            ) as lead_time_days,
            case
                when primary_vendor.lead_time_days is not null
                then 'sku'
                when vendors.lead_time_days is not null
                then 'vendor'
                else 'default'
            end as lead_time_source,
            cast(
                coalesce(
                    service_levels.service_level, vendors.service_level, {{ var("default_service_level") }}
                ) as double
            ) as service_level,
            case
                when service_levels.service_level is not null
                then 'sku'
                when vendors.service_level is not null
                then 'vendor'
                else 'default'
            end as service_level_source,
            stock.on_hand,
            stock.available,
            stock.incoming,
            stock.available + stock.incoming as position
        from {{ ref("int_skus") }} as skus
        left join demand on skus.sku = demand.sku
        left join primary_vendor on skus.sku = primary_vendor.sku
        left join
            {{ ref("stg_reference__vendors") }} as vendors
            on coalesce(primary_vendor.vendor, skus.vendor) = vendors.vendor
        left join {{ ref("stg_reference__service_levels") }} as service_levels on skus.sku = service_levels.sku
        left join {{ ref("int_inventory_position") }} as stock on skus.sku = stock.sku
        -- nobody reorders what was archived; a SKU that no products export lists may well be on sale
        where skus.is_active or not skus.is_listed
    ),

    with_z as (select *, {{ normal_quantile("service_level") }} as z from inputs),

    with_stock_terms as (
        select
            *,
            -- rounded before they are added, so that the parts always make the whole
            cast({{ lead_time_demand("mu_d", "lead_time_days") }} as decimal(18, 3)) as lead_time_demand,
            cast({{ safety_stock("z", "sigma_d", "lead_time_days") }} as decimal(18, 3)) as safety_stock
        from with_z
    ),

    with_reorder_point as (
        select *, cast(lead_time_demand + safety_stock as decimal(18, 3)) as reorder_point from with_stock_terms
    )

select
    sku,
    product_title,
    vendor,
    category,
    status,
    unit_cost,
    cast(mu_d as decimal(18, 6)) as mu_d,
    cast(sigma_d as decimal(18, 6)) as sigma_d,
    cast(demand_days as bigint) as demand_days,
    lead_time_days,
    lead_time_source,
    service_level,
    service_level_source,
    cast(z as decimal(9, 6)) as z,
    lead_time_demand,
    safety_stock,
    reorder_point,
    cast(on_hand as bigint) as on_hand,
    cast(available as bigint) as available,
    cast(incoming as bigint) as incoming,
    cast(position as bigint) as position,
    case when position is null then 'unknown' else 'known' end as position_status,
    cast(
        case when position is not null and mu_d > 0 then greatest(position, 0) / mu_d end as decimal(18, 1)
    ) as days_of_cover,
    -- a SKU without demand is never reordered, however empty its shelf
    case when position is not null then mu_d > 0 and position <= reorder_point end as needs_reorder
from with_reorder_point
