select
    play,
    title,
    cast(effort_hours as double) as effort_hours,
    cast(horizon_days as bigint) as horizon_days,
    cast(response_mean as double) as response_mean,
    cast(response_sd as double) as response_sd,
    cast(minimum_support as bigint) as minimum_support,
    cast(quiet_days as bigint) as quiet_days,
    cast(max_rows as bigint) as max_rows,
    note
from {{ ref("play_settings") }}
