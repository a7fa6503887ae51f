-- What GA4 calls an item, found in the catalogue: its SKU first, then a variant's id, then a product's. Shopify's own
-- channel for Google writes shopify_US_<product>_<variant>; feeds write GIDs or bare numbers.
with
    items as (select distinct item_id from {{ ref("int_item_events") }} where item_id is not null),

    read_items as (
        select
            item_id,
            try_cast(
                regexp_extract(
                    item_id, '^(shopify_[A-Za-z]+_[0-9]+_|gid://shopify/ProductVariant/)?([0-9]+)$', 2
                ) as bigint
            ) as variant_id,
            try_cast(
                regexp_extract(item_id, '^(shopify_[A-Za-z]+_|gid://shopify/Product/)?([0-9]+)$', 2) as bigint
            ) as product_id
        from items
    ),

    variants as (
        select
            variants.variant_id,
            variants.sku,
            products.product_id,
            products.product_title,
            variants.variant_title,
            products.vendor,
            coalesce(products.product_type, products.product_category) as category
        from {{ ref("stg_shopify__product_variants") }} as variants
        inner join {{ ref("stg_shopify__products") }} as products on variants.product_id = products.product_id
    )

select
    items.item_id,
    case
        when skus.sku is not null
        then 'sku'
        when variants.variant_id is not null
        then 'variant_id'
        when products.product_id is not null
        then 'product_id'
        else 'unmatched'
    end as match_status,
    coalesce(skus.sku, variants.sku) as sku,
    coalesce(skus.product_id, variants.product_id, products.product_id) as product_id,
    coalesce(skus.product_title, variants.product_title, products.product_title) as product_title,
    coalesce(skus.variant_title, variants.variant_title) as variant_title,
    coalesce(skus.vendor, variants.vendor, products.vendor) as vendor,
    coalesce(skus.category, variants.category, products.product_type, products.product_category) as category
from read_items as items
left join {{ ref("int_skus") }} as skus on items.item_id = skus.sku
left join variants on skus.sku is null and items.variant_id = variants.variant_id
left join
    {{ ref("stg_shopify__products") }} as products
    on skus.sku is null
    and variants.variant_id is null
    and items.product_id = products.product_id
