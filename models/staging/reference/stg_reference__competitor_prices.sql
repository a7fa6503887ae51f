with
    source as ({{ newest_load(raw("reference", "competitor_prices"), ["sku", "competitor", "observed_date"]) }}),

    renamed as (
        select
            trim(sku) as sku,
            trim(competitor) as competitor,
            {{ money("price") }} as price,
            {{ mask_people("nullif(trim(url), '')") }} as url,
            observed_date
        from source
    )

select *
from renamed
