with
    source as ({{ newest_load(raw("shopify", "products"), ["id"]) }}),

    renamed as (
        select
            id as product_id,
            handle,
            title as product_title,
            nullif(trim(vendor), '') as vendor,
            nullif(trim(product_type), '') as product_type,
            nullif(trim(product_category), '') as product_category,
            lower(coalesce(status, 'active')) as status,
            {{ shop_date("created_at") }} as created_date
        from source
    )

select *
from renamed
