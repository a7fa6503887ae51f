-- Every SKU has a vendor or is called unmapped; none has two primary vendors; reordering asks the primary one.
with
    counted as (
        select sku, sum(case when is_primary then 1 else 0 end) as primaries, max(mapping_source) as mapping_source
        from {{ ref("vendor_skus") }}
        group by sku
    )

select products.sku
from {{ ref("products") }} as products
left join counted on products.sku = counted.sku
left join {{ ref("reorder_points") }} as reorder on products.sku = reorder.sku
left join {{ ref("vendor_skus") }} as vendors on products.sku = vendors.sku and vendors.is_primary
where
    counted.sku is null
    or counted.primaries > 1
    or (counted.mapping_source = 'unmapped') <> (counted.primaries = 0)
    or (reorder.sku is not null and reorder.vendor is distinct from vendors.vendor)
