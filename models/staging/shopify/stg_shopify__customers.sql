with
    source as ({{ newest_load(raw("shopify", "customers"), ["id"]) }}),

    renamed as (
        select
            id as customer_id,
            {{ pii_hash("email") }} as email_hash,
            {{ shop_date("created_at") }} as created_date,
            coalesce(accepts_email_marketing, false) as accepts_email_marketing,
            coalesce(accepts_sms_marketing, false) as accepts_sms_marketing,
            -- a tag may hold what no mart may: an address, a number or the person's own name
            case
                when
                    lower(tags) like concat('%', lower(trim(first_name)), ' ', lower(trim(last_name)), '%')
                    or {{ holds_people("tags") }}
                then '(masked)'
                else nullif(trim(tags), '')
            end as tags,
            nullif(trim(company), '') is not null as is_company,
            country_code
        from source
    )

select *
from renamed
