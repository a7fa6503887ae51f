with
    source as ({{ newest_load(raw("reference", "goals"), ["goal"]) }}),

    renamed as (select goal, {{ money("amount") }} as amount, start_date, end_date from source)

select *
from renamed
