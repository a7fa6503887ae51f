-- What a browser did from the moment it was first shown a variant on, and what it had done before: outcomes begin with
-- the exposure, in the middle of a session too, or what led to it would dilute them.
with
    exposures as (
        select
            events.user_pseudo_id,
            events.ga_session_id,
            events.event_at,
            events.event_date,
            coalesce(
                nullif(regexp_extract(events.experiment_variant, '^(.+)[-.]([^-.]+)$', 1), ''),
                events.experiment_variant,
                '(not set)'
            ) as experiment,
            coalesce(
                nullif(regexp_extract(events.experiment_variant, '^(.+)[-.]([^-.]+)$', 2), ''), '(not set)'
            ) as variant,
            row_number() over (order by {{ event_order("events") }}) as event_number
        from {{ ref("stg_ga4__events") }} as events
        cross join {{ ref("int_as_of") }} as as_of
        where
            events.event_name = '{{ var("experiment_event") }}'
            and events.user_pseudo_id is not null
            and events.event_date <= as_of.cutoff_date
    ),

    exposed as (
        select
            experiment,
            user_pseudo_id,
            min_by(variant, event_number) as variant,
            min(event_at) as exposed_at,
            min_by(event_date, event_number) as exposed_date,
            -- a first exposure without a session is in none: no session is its own
            min_by(coalesce(ga_session_id, -1), event_number) as ga_session_id,
            count(distinct variant) > 1 as saw_several_variants
        from exposures
        group by experiment, user_pseudo_id
    ),

    outcomes as (
        select
            exposed.experiment,
            exposed.user_pseudo_id,
            count(distinct events.ga_session_id) as sessions,
            bool_or(events.event_name = 'view_item') as viewed_item,
            bool_or(events.event_name = 'add_to_cart') as added_to_cart,
            bool_or(events.event_name = 'begin_checkout') as began_checkout
        from exposed
        inner join
            {{ ref("stg_ga4__events") }} as events
            on exposed.user_pseudo_id = events.user_pseudo_id
            and exposed.exposed_at <= events.event_at
        cross join {{ ref("int_as_of") }} as as_of
        where events.event_date <= as_of.cutoff_date
        group by exposed.experiment, exposed.user_pseudo_id
    ),

    -- a purchase event that comes again, say on a thank-you page that is opened after the exposure, is no purchase
    bought as (
        select
            exposed.experiment,
            exposed.user_pseudo_id,
            sum(case when purchases.event_at >= exposed.exposed_at then 1 else 0 end) as purchases,
            sum(
                case
                    when purchases.event_at >= exposed.exposed_at then coalesce(purchases.purchase_revenue, 0) else 0
                end
            ) as revenue,
            sum(
                case
                    when purchases.event_at < exposed.exposed_at then coalesce(purchases.purchase_revenue, 0) else 0
                end
            ) as revenue_before
        from exposed
        inner join {{ ref("int_purchases") }} as purchases on exposed.user_pseudo_id = purchases.user_pseudo_id
        where not purchases.is_duplicate
        group by exposed.experiment, exposed.user_pseudo_id
    ),

    visits_before as (
        select exposed.experiment, exposed.user_pseudo_id, count(*) as sessions_before
        from exposed
        inner join
            {{ ref("sessions") }} as sessions
            on exposed.user_pseudo_id = sessions.user_pseudo_id
            and exposed.exposed_at > sessions.started_at
            and exposed.ga_session_id <> sessions.ga_session_id
        group by exposed.experiment, exposed.user_pseudo_id
    )

select
    exposed.experiment,
    exposed.user_pseudo_id,
    exposed.variant,
    exposed.exposed_at,
    exposed.exposed_date,
    exposed.saw_several_variants,
    cast(coalesce(outcomes.sessions, 0) as bigint) as sessions,
    coalesce(outcomes.viewed_item, false) as viewed_item,
    coalesce(outcomes.added_to_cart, false) as added_to_cart,
    coalesce(outcomes.began_checkout, false) as began_checkout,
    coalesce(bought.purchases, 0) > 0 as purchased,
    cast(coalesce(bought.purchases, 0) as bigint) as purchases,
    {{ money("coalesce(bought.revenue, 0)") }} as revenue,
    cast(coalesce(visits_before.sessions_before, 0) as bigint) as sessions_before,
    {{ money("coalesce(bought.revenue_before, 0)") }} as revenue_before
from exposed
left join outcomes on exposed.experiment = outcomes.experiment and exposed.user_pseudo_id = outcomes.user_pseudo_id
left join bought on exposed.experiment = bought.experiment and exposed.user_pseudo_id = bought.user_pseudo_id
left join
    visits_before
    on exposed.experiment = visits_before.experiment
    and exposed.user_pseudo_id = visits_before.user_pseudo_id
