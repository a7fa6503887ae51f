{{ build_by_day("by_session", pre_hook="{{ remember_remake() }}", in_parts="session_parts") }}
{% set days = new_event_days() %}
with
    session_purchases as (
        select
            user_pseudo_id,
            ga_session_id,
            cast(sum(case when not is_duplicate then 1 else 0 end) as bigint) as purchases,
            {{ money("sum(case when not is_duplicate then coalesce(purchase_revenue, 0) else 0 end)") }} as revenue
        from {{ ref("int_purchases") }}
        group by user_pseudo_id, ga_session_id
    ),

    {% if days is not none %}
        -- sessions with events on a day that is read, now or before, and those whose purchases count otherwise than
        -- they did
        read_sessions as (
            select user_pseudo_id, ga_session_id
            from {{ ref("stg_ga4__events") }}
            where {{ is_read_day("event_date", days) }} and user_pseudo_id is not null and ga_session_id is not null
            union
            select user_pseudo_id, ga_session_id
            from {{ this }}
            where {{ spans_read_day("session_date", "ended_at", days) }}
            union
            select kept.user_pseudo_id, kept.ga_session_id
            from {{ this }} as kept
            left join
                session_purchases
                on kept.user_pseudo_id = session_purchases.user_pseudo_id
                and kept.ga_session_id = session_purchases.ga_session_id
            where
                kept.purchased
                and (
                    kept.purchases <> coalesce(session_purchases.purchases, 0)
                    or kept.revenue <> coalesce(session_purchases.revenue, 0)
                )
        ),

        -- the days on which they have events: the table is read no further
        read_days as (
            select event_date as read_day
            from {{ ref("stg_ga4__events") }}
            where {{ is_read_day("event_date", days) }}
            union
            select {{ each_day("kept.session_date", shop_date("kept.ended_at")) }} as read_day
            from {{ this }} as kept
            inner join
                read_sessions
                on kept.user_pseudo_id = read_sessions.user_pseudo_id
                and kept.ga_session_id = read_sessions.ga_session_id
        ),

        near_events as (
            select * from {{ ref("stg_ga4__events") }} where event_date in (select read_day from read_days)
        ),
    {% endif %}

    events as (
        select events.*, {{ event_position("events") }} as position
        from {{ "near_events" if days is not none else ref("stg_ga4__events") }} as events
        cross join {{ ref("int_as_of") }} as as_of
        {% if days is not none %}
            inner join
                read_sessions
                on events.user_pseudo_id = read_sessions.user_pseudo_id
                and events.ga_session_id = read_sessions.ga_session_id
        {% endif %}
        where
            events.user_pseudo_id is not null
            and events.ga_session_id is not null
            and events.event_date <= as_of.cutoff_date
            and {{ is_in_part("events.ga_session_id") }}
    ),

    -- source, medium and campaign come from one event, the first that names any of them
    sessions as (
        select
            {{ surrogate_key(["user_pseudo_id", "ga_session_id"]) }} as session_key,
            user_pseudo_id,
            ga_session_id,
            min(event_at) as started_at,
            max(event_at) as ended_at,
            min(event_date) as session_date,
            max(ga_session_number) as session_number,
            {{ first_known("page_path") }} as landing_page,
            {{
                first_known(
                    as_struct(
                        {"source": "traffic_source", "medium": "traffic_medium", "campaign": "traffic_campaign"}
                    ),
                    "coalesce(traffic_source, traffic_medium, traffic_campaign) is not null",
                )
            }} as traffic,
            {{ first_known("ga4_channel_group") }} as ga4_channel_group,
            bool_or(has_gclid) as has_gclid,
            {{ first_known("device_category") }} as device_category,
            {{ first_known("browser") }} as browser,
            {{ first_known("country") }} as country,
            coalesce(bool_or(is_engaged), false) as is_engaged,
            count(*) as events,
            sum(case when event_name = 'page_view' then 1 else 0 end) as page_views,
            bool_or(event_name = 'view_item') as viewed_item,
            bool_or(event_name = 'add_to_cart') as added_to_cart,
            bool_or(event_name = 'begin_checkout') as began_checkout,
            bool_or(event_name = 'add_shipping_info') as added_shipping_info,
            bool_or(event_name = 'add_payment_info') as added_payment_info,
            bool_or(event_name = 'purchase') as purchased
        from events
        group by user_pseudo_id, ga_session_id
    )

select
    sessions.session_key,
    sessions.user_pseudo_id,
    sessions.ga_session_id,
    sessions.session_number,
    sessions.started_at,
    sessions.ended_at,
    sessions.session_date,
    coalesce(sessions.landing_page, '(not set)') as landing_page,
    sessions.traffic.source as source,
    sessions.traffic.medium as medium,
    sessions.traffic.campaign as campaign,
    coalesce(
        sessions.ga4_channel_group,
        {{
            default_channel_group(
                "sessions.traffic.source",
                "sessions.traffic.medium",
                "sessions.traffic.campaign",
                "sessions.has_gclid",
                "categories.category",
            )
        }}
    ) as channel_group,
    coalesce(sessions.device_category, '(not set)') as device_category,
    sessions.browser,
    sessions.country,
    sessions.is_engaged,
    cast(sessions.events as bigint) as events,
    cast(sessions.page_views as bigint) as page_views,
    sessions.viewed_item,
    sessions.added_to_cart,
    sessions.began_checkout,
    sessions.added_shipping_info,
    sessions.added_payment_info,
    sessions.purchased,
    case
        when sessions.purchased
        then 'purchase'
        when sessions.added_payment_info
        then 'add_payment_info'
        when sessions.added_shipping_info
        then 'add_shipping_info'
        when sessions.began_checkout
        then 'begin_checkout'
        when sessions.added_to_cart
        then 'add_to_cart'
        when sessions.viewed_item
        then 'view_item'
        else 'session'
    end as deepest_step,
    coalesce(session_purchases.purchases, 0) as purchases,
    {{ money("coalesce(session_purchases.revenue, 0)") }} as revenue
from sessions
left join
    session_purchases
    on sessions.user_pseudo_id = session_purchases.user_pseudo_id
    and sessions.ga_session_id = session_purchases.ga_session_id
left join {{ ref("source_categories") }} as categories on lower(sessions.traffic.source) = categories.source
