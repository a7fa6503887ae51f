-- What a SKU cost from one day to the next change. The first known cost also stands for all days before it.
with
    newest_of_day as (
        select
            *,
            row_number() over (
                partition by sku, known_date order by known_at desc, _loaded_at desc, inventory_item_id desc
            ) as recency
        from {{ ref("stg_shopify__unit_costs") }}
        where sku is not null
    )

select
    sku,
    unit_cost,
    case
        when row_number() over (partition by sku order by known_date) = 1
        then cast('1900-01-01' as date)
        else known_date
    end as from_date,
    coalesce(lead(known_date) over (partition by sku order by known_date), cast('9999-12-31' as date)) as to_date
from newest_of_day
where recency = 1
