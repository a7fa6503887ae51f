with
    velocity as (
        select
            demand.sku,
            sum(demand.units_sold) as units_sold,
            count(demand.uncensored_units) as selling_days,
            cast(sum(demand.uncensored_units) as double) / nullif(count(demand.uncensored_units), 0) as units_per_day
        from {{ ref("demand_daily") }} as demand
        cross join {{ ref("int_as_of") }} as as_of
        where {{ days_between("demand.demand_date", "as_of.as_of_date") }} < {{ var("velocity_window_days") }}
        group by demand.sku
    ),

    -- what sold nothing has no velocity to rank
    ranked as (
        select
            *,
            row_number() over (order by units_per_day desc, units_sold desc, sku asc) as velocity_rank,
            count(*) over () as skus_ranked
        from velocity
        where units_sold > 0
    )

select
    skus.sku,
    skus.product_title,
    skus.vendor,
    skus.category,
    skus.status,
    cast(ranked.units_sold as bigint) as units_sold,
    cast(ranked.selling_days as bigint) as selling_days,
    {{ to_decimal("ranked.units_per_day", 18, 6) }} as units_per_day,
    cast(ranked.velocity_rank as bigint) as velocity_rank,
    cast(floor((ranked.velocity_rank - 1) * 10 / ranked.skus_ranked) + 1 as bigint) as velocity_decile,
    floor((ranked.velocity_rank - 1) * 10 / ranked.skus_ranked) + 1 <= {{ var("fast_mover_decile") }} as is_fast_mover
from ranked
inner join {{ ref("int_skus") }} as skus on ranked.sku = skus.sku
where skus.is_active or not skus.is_listed
