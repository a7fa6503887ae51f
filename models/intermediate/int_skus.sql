-- One row per SKU, in the catalogue or only ever sold, with what is known of it now.
with
    listed as (
        select
            variants.sku,
            products.product_id,
            variants.variant_id,
            products.handle,
            products.product_title,
            variants.variant_title,
            products.vendor,
            coalesce(products.product_type, products.product_category) as category,
            products.status,
            products.created_date,
            variants.price,
            -- a SKU on two variants is one SKU: the active one speaks for it, then the older
            row_number() over (
                partition by variants.sku
                order by
                    case when products.status = 'active' then 0 else 1 end, variants.product_id, variants.variant_id
            ) as preference
        from {{ ref("stg_shopify__product_variants") }} as variants
        inner join {{ ref("stg_shopify__products") }} as products on variants.product_id = products.product_id
        where variants.sku is not null
    ),

    sold_on as (
        select lines.sku, orders.order_date, max(lines.order_line_id) as last_line_id
        from {{ ref("stg_shopify__order_lines") }} as lines
        inner join {{ ref("int_orders") }} as orders on lines.order_id = orders.order_id
        where lines.sku is not null and not lines.is_gift_card
        group by lines.sku, orders.order_date
    ),

    sold_days as (
        select
            sku,
            last_line_id,
            order_date as last_sold_date,
            min(order_date) over (partition by sku) as first_sold_date,
            row_number() over (partition by sku order by order_date desc) as recency
        from sold_on
    ),

    -- what it was called when it was last sold
    sold as (
        select
            lines.sku,
            lines.product_title,
            lines.variant_title,
            lines.vendor,
            lines.product_id,
            lines.variant_id,
            {{ money("lines.unit_price") }} as price,
            sold_days.first_sold_date,
            sold_days.last_sold_date
        from sold_days
        inner join {{ ref("stg_shopify__order_lines") }} as lines on sold_days.last_line_id = lines.order_line_id
        where sold_days.recency = 1
    ),

    stock_costs as (
        select sku, max(unit_cost) as unit_cost
        from {{ ref("stg_shopify__inventory_items") }}
        where sku is not null and unit_cost is not null
        group by sku
    ),

    primary_vendors as (select sku, vendor, unit_cost from {{ ref("stg_reference__vendor_skus") }} where is_primary),

    -- where none is primary and the catalogue names nobody, a secondary vendor is better than none
    any_vendors as (select sku, min(vendor) as vendor from {{ ref("stg_reference__vendor_skus") }} group by sku)

select
    coalesce(listed.sku, sold.sku) as sku,
    coalesce(listed.product_id, sold.product_id) as product_id,
    coalesce(listed.variant_id, sold.variant_id) as variant_id,
    listed.handle,
    coalesce(listed.product_title, sold.product_title) as product_title,
    coalesce(listed.variant_title, sold.variant_title) as variant_title,
    coalesce(primary_vendors.vendor, listed.vendor, sold.vendor, any_vendors.vendor) as vendor,
    coalesce(listed.category, 'Uncategorised') as category,
    coalesce(wider.category_l1, listed.category, 'Uncategorised') as category_l1,
    listed.sku is not null as is_listed,
    coalesce(listed.status, 'unlisted') as status,
    coalesce(listed.status = 'active', false) as is_active,
    coalesce(listed.price, sold.price) as price,
    cast(coalesce(stock_costs.unit_cost, primary_vendors.unit_cost) as decimal(18, 4)) as unit_cost,
    listed.created_date,
    sold.first_sold_date,
    sold.last_sold_date
from listed
full outer join sold on listed.sku = sold.sku
left join stock_costs on coalesce(listed.sku, sold.sku) = stock_costs.sku
left join primary_vendors on coalesce(listed.sku, sold.sku) = primary_vendors.sku
left join any_vendors on coalesce(listed.sku, sold.sku) = any_vendors.sku
left join {{ ref("stg_reference__category_map") }} as wider on listed.category = wider.category
where coalesce(listed.preference, 1) = 1
