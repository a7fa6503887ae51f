with
    source as ({{ newest_load(raw("reference", "vendors"), ["vendor"]) }}),

    renamed as (select vendor, lead_time_days, lead_time_sd_days, service_level from source)

select *
from renamed
