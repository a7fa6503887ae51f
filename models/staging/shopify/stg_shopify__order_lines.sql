-- An order's lines are those of the newest load that has any: an edited order may have lost lines.
with
    source as (select * from {{ raw("shopify", "order_lines") }}),

    newest as (select *, max(_loaded_at) over (partition by order_id) as _order_loaded_at from source),

    deduplicated as (
        select *, row_number() over (partition by id order by _source_file desc, _source_row desc) as _recency
        from newest
        where _loaded_at = _order_loaded_at
    ),

    renamed as (
        select
            id as order_line_id,
            order_id,
            line_number,
            product_id,
            variant_id,
            nullif(trim(sku), '') as sku,
            title as product_title,
            variant_title,
            vendor,
            quantity,
            price as unit_price,
            {{ money("coalesce(total_discount, 0)") }} as total_discount,
            {{ money("total_tax") }} as total_tax,
            coalesce(gift_card, false) as is_gift_card
        from deduplicated
        where _recency = 1
    )

select *
from renamed
