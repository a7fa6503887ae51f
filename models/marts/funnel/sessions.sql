with
    events as (
        select
            {{ surrogate_key(["events.user_pseudo_id", "events.ga_session_id"]) }} as session_key,
            events.*,
            row_number() over (
                partition by events.user_pseudo_id, events.ga_session_id order by {{ event_order("events") }}
            ) as event_number
        from {{ ref("stg_ga4__events") }} as events
        cross join {{ ref("int_as_of") }} as as_of
        where
            events.user_pseudo_id is not null
            and events.ga_session_id is not null
            and events.event_date <= as_of.cutoff_date
    ),

    -- source, medium and campaign come from one event, the first that names any of them
    placed as (
        select
            *,
            min(
                case when coalesce(traffic_source, traffic_medium, traffic_campaign) is not null then event_number end
            ) over (partition by session_key)
            = event_number as names_traffic
        from events
    ),

    session_purchases as (
        select
            user_pseudo_id,
            ga_session_id,
            sum(case when not is_duplicate then 1 else 0 end) as purchases,
            sum(case when not is_duplicate then coalesce(purchase_revenue, 0) else 0 end) as revenue
        from {{ ref("int_purchases") }}
        group by user_pseudo_id, ga_session_id
    ),

    sessions as (
        select
            session_key,
            user_pseudo_id,
            ga_session_id,
            min(event_at) as started_at,
            min(event_date) as session_date,
            max(ga_session_number) as session_number,
            min_by(page_path, case when page_path is not null then event_number end) as landing_page,
            max(case when names_traffic then traffic_source end) as source,
            max(case when names_traffic then traffic_medium end) as medium,
            max(case when names_traffic then traffic_campaign end) as campaign,
            min_by(
                ga4_channel_group, case when ga4_channel_group is not null then event_number end
            ) as ga4_channel_group,
            bool_or(has_gclid) as has_gclid,
            min_by(device_category, case when device_category is not null then event_number end) as device_category,
            min_by(browser, case when browser is not null then event_number end) as browser,
            min_by(country, case when country is not null then event_number end) as country,
            coalesce(bool_or(is_engaged), false) as is_engaged,
            count(*) as events,
            sum(case when event_name = 'page_view' then 1 else 0 end) as page_views,
            bool_or(event_name = 'view_item') as viewed_item,
            bool_or(event_name = 'add_to_cart') as added_to_cart,
            bool_or(event_name = 'begin_checkout') as began_checkout,
            bool_or(event_name = 'add_shipping_info') as added_shipping_info,
            bool_or(event_name = 'add_payment_info') as added_payment_info,
            bool_or(event_name = 'purchase') as purchased
        from placed
        group by session_key, user_pseudo_id, ga_session_id
    )

select
    sessions.session_key,
    sessions.user_pseudo_id,
    sessions.ga_session_id,
    sessions.session_number,
    sessions.started_at,
    sessions.session_date,
    coalesce(sessions.landing_page, '(not set)') as landing_page,
    sessions.source,
    sessions.medium,
    sessions.campaign,
    coalesce(
        sessions.ga4_channel_group,
        {{
            default_channel_group(
                "sessions.source", "sessions.medium", "sessions.campaign", "sessions.has_gclid", "categories.category"
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
    cast(coalesce(session_purchases.purchases, 0) as bigint) as purchases,
    {{ money("coalesce(session_purchases.revenue, 0)") }} as revenue
from sessions
left join
    session_purchases
    on sessions.user_pseudo_id = session_purchases.user_pseudo_id
    and sessions.ga_session_id = session_purchases.ga_session_id
left join {{ ref("source_categories") }} as categories on lower(sessions.source) = categories.source
