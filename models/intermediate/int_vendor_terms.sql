-- The vendor to order a SKU from, and on what terms: the SKU's own, else the vendor's, else the default; each with
-- where it comes from.
select
    skus.sku,
    skus.vendor,
    own.vendor_sku,
    own.unit_cost as vendor_unit_cost,
    cast(
        coalesce(own.lead_time_days, vendors.lead_time_days, {{ var("default_lead_time_days") }}) as double
    ) as lead_time_days,
    case
        when own.lead_time_days is not null
        then 'sku'
        when vendors.lead_time_days is not null
        then 'vendor'
        else 'default'
    end as lead_time_source,
    cast(coalesce(vendors.lead_time_sd_days, 0) as double) as lead_time_sd_days,
    cast(
        coalesce(service_levels.service_level, vendors.service_level, {{ var("default_service_level") }}) as double
    ) as service_level,
    case
        when service_levels.service_level is not null
        then 'sku'
        when vendors.service_level is not null
        then 'vendor'
        else 'default'
    end as service_level_source,
    greatest(coalesce(own.minimum_order_quantity, 1), 1) as minimum_order_quantity,
    greatest(coalesce(own.pack_size, 1), 1) as pack_size,
    cast(coalesce(vendors.order_cost, {{ var("default_order_cost") }}) as decimal(18, 4)) as order_cost
from {{ ref("int_skus") }} as skus
left join {{ ref("stg_reference__vendor_skus") }} as own on skus.sku = own.sku and skus.vendor = own.vendor
left join {{ ref("stg_reference__vendors") }} as vendors on skus.vendor = vendors.vendor
left join {{ ref("stg_reference__service_levels") }} as service_levels on skus.sku = service_levels.sku
