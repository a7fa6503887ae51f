with
    observations as (
        select
            observed.*,
            as_of.as_of_date,
            row_number() over (
                partition by observed.sku, observed.competitor order by observed.observed_date desc
            ) as recency
        from {{ ref("stg_reference__competitor_prices") }} as observed
        cross join {{ ref("int_as_of") }} as as_of
        where observed.observed_date <= as_of.as_of_date
    ),

    compared as (
        select
            observations.*,
            skus.product_title,
            skus.category,
            skus.is_active,
            skus.price as our_price,
            skus.unit_cost,
            skus.price - observations.price as gap,
            {{ days_between("observations.observed_date", "observations.as_of_date") }} as age_days
        from observations
        left join {{ ref("int_skus") }} as skus on observations.sku = skus.sku
        where observations.recency = 1
    )

select
    sku,
    competitor,
    product_title,
    category,
    coalesce(is_active, false) as is_active,
    observed_date,
    cast(age_days as bigint) as age_days,
    age_days > {{ var("competitor_price_stale_days") }} as is_stale,
    {{ money("price") }} as their_price,
    our_price,
    {{ money("gap") }} as gap,
    cast(gap as double) / nullif(cast(price as double), 0) as gap_rate,
    case
        when our_price is null
        then 'unknown'
        when abs(gap) <= {{ var("competitor_price_tolerance") }} * price
        then 'same'
        when gap > 0
        then 'dearer'
        else 'cheaper'
    end as our_position,
    unit_cost,
    {{ money("our_price - unit_cost") }} as margin,
    {{ money("price - unit_cost") }} as margin_at_their_price,
    cast(price - unit_cost as double) / nullif(cast(price as double), 0) as margin_rate_at_their_price,
    url
from compared
