with
    source as ({{ newest_load(raw("reference", "vendors"), ["vendor"]) }}),

    renamed as (
        select vendor, lead_time_days, lead_time_sd_days, service_level, minimum_order_value, order_cost from source
    )

select *
from renamed
