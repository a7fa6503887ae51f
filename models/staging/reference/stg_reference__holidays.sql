with
    source as ({{ newest_load(raw("reference", "holidays"), ["holiday_date", "holiday"]) }}),

    renamed as (select holiday_date, trim(holiday) as holiday from source)

select *
from renamed
