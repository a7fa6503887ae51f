select
    play,
    title,
    cast(effort_hours as double) as effort_hours,
    cast(horizon_days as bigint) as horizon_days,
    cast(response_mean as double) as response_mean,
    cast(response_sd as double) as response_sd,
    cast(minimum_support as bigint) as minimum_support,
    note
from {{ ref("play_settings") }}
