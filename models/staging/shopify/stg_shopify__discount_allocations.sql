with
    source as ({{ newest_load(raw("shopify", "discount_allocations"), ["order_line_id", "index"]) }}),

    renamed as (select order_line_id, index as allocation_index, {{ money("amount") }} as amount, code from source)

select *
from renamed
