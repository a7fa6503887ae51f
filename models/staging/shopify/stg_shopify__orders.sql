with
    source as ({{ newest_load(raw("shopify", "orders"), ["id"]) }}),

    renamed as (
        select
            id as order_id,
            name as order_name,
            customer_id,
            {{ pii_hash("email") }} as email_hash,
            created_at as ordered_at,
            {{ shop_date("created_at") }} as order_date,
            cancelled_at is not null as is_cancelled,
            coalesce(test, false) as is_test,
            currency,
            lower(financial_status) as financial_status,
            lower(fulfillment_status) as fulfillment_status,
            coalesce(taxes_included, false) as taxes_included,
            {{ money("subtotal_price") }} as subtotal_price,
            {{ money("coalesce(total_discounts, 0)") }} as total_discounts,
            {{ money("coalesce(total_shipping_price, 0)") }} as total_shipping_price,
            {{ money("coalesce(total_tax, 0)") }} as total_tax,
            {{ money("total_price") }} as total_price,
            {{ mask_people("nullif(trim(discount_codes), '')") }} as discount_codes,
            nullif(trim(source_name), '') as source_name,
            location_id,
            user_id as staff_id,
            checkout_token,
            shipping_address_country as shipping_country
        from source
    )

select *
from renamed
