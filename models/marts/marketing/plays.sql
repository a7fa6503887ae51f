select *
from {{ ref('play_settings') }}
