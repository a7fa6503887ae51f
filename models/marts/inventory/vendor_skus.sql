with
    primary_vendors as (select sku, vendor from {{ ref("int_vendor_terms") }}),

    assigned as (
        select
            assigned.sku,
            assigned.vendor,
            'assigned' as mapping_source,
            assigned.vendor_sku,
            assigned.unit_cost,
            assigned.lead_time_days,
            assigned.minimum_order_quantity,
            assigned.pack_size,
            assigned.edited_by as changed_by,
            assigned.edited_at as changed_at
        from {{ ref("stg_reference__vendor_skus") }} as assigned
    ),

    -- a SKU without an assigned vendor to order from is bought from whom the catalogue names; if it names nobody, and
    -- nobody is assigned, it is unmapped
    catalogue as (
        select
            skus.sku,
            coalesce(skus.vendor, '(unmapped)') as vendor,
            case when skus.vendor is not null then 'catalogue' else 'unmapped' end as mapping_source,
            cast(null as string) as vendor_sku,
            cast(null as decimal(18, 4)) as unit_cost,
            cast(null as double) as lead_time_days,
            cast(null as bigint) as minimum_order_quantity,
            cast(null as bigint) as pack_size,
            cast(null as string) as changed_by,
            cast(null as timestamp) as changed_at
        from {{ ref("int_skus") }} as skus
        left join assigned on skus.sku = assigned.sku and skus.vendor = assigned.vendor
        where assigned.sku is null
    ),

    mapped as (
        select *
        from assigned
        union all
        select *
        from catalogue
    )

select
    mapped.sku,
    mapped.vendor,
    mapped.mapping_source,
    coalesce(mapped.vendor = primary_vendors.vendor, false) as is_primary,
    skus.sku is not null as is_known_sku,
    skus.product_title,
    skus.status,
    mapped.vendor_sku,
    cast(coalesce(mapped.unit_cost, skus.unit_cost) as decimal(18, 4)) as unit_cost,
    cast(
        coalesce(mapped.lead_time_days, vendors.lead_time_days, {{ var("default_lead_time_days") }}) as double
    ) as lead_time_days,
    case
        when mapped.lead_time_days is not null
        then 'sku'
        when vendors.lead_time_days is not null
        then 'vendor'
        else 'default'
    end as lead_time_source,
    mapped.minimum_order_quantity,
    mapped.pack_size,
    mapped.changed_by,
    mapped.changed_at
from mapped
left join {{ ref("int_skus") }} as skus on mapped.sku = skus.sku
left join primary_vendors on mapped.sku = primary_vendors.sku
left join {{ ref("stg_reference__vendors") }} as vendors on mapped.vendor = vendors.vendor
