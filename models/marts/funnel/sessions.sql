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

    {% if days is not none %} {{ sessions_read_again(ref("stg_ga4__events"), days) }}, {% endif %}

    events as (
        select events.*, {{ event_position("events") }} as position
        from {{ "read_events" if days is not none else ref("stg_ga4__events") }} as events
        cross join {{ ref("int_as_of") }} as as_of
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
