with
    levels as (
        select sku, location_name, stock_date, counted_at, on_hand, committed, unavailable, incoming, available
        from {{ ref("int_stock_history") }}
        union all
        select
            sku,
            'All locations' as location_name,
            stock_date,
            max(counted_at) as counted_at,
            sum(on_hand) as on_hand,
            sum(committed) as committed,
            sum(unavailable) as unavailable,
            sum(incoming) as incoming,
            sum(available) as available
        from {{ ref("int_stock_history") }}
        group by sku, stock_date
    )

select
    sku,
    location_name,
    stock_date,
    stock_date = max(stock_date) over (partition by sku) as is_current,
    counted_at,
    cast(on_hand as bigint) as on_hand,
    cast(committed as bigint) as committed,
    cast(unavailable as bigint) as unavailable,
    cast(available as bigint) as available,
    cast(incoming as bigint) as incoming
from levels
