with
    events as (
        select
            {{ surrogate_key(["events.user_pseudo_id", "events.ga_session_id"]) }} as session_key,
            events.*,
            {{ page_path("events.page_location") }} as page_path,
            row_number() over (
                partition by events.user_pseudo_id, events.ga_session_id
                order by events.event_timestamp, events._source_file, events._source_row
            ) as event_number
        from {{ ref("stg_ga4__events") }} as events
        cross join {{ ref("int_as_of") }} as as_of
        where
            events.user_pseudo_id is not null
            and events.ga_session_id is not null
            and events.event_date <= as_of.cutoff_date
    ),

    purchases as (select * from {{ ref("int_purchases") }}),

    session_purchases as (
        select
            user_pseudo_id,
            ga_session_id,
            sum(case when not is_duplicate then 1 else 0 end) as purchases,
            sum(case when not is_duplicate then coalesce(purchase_revenue, 0) else 0 end) as revenue
        from purchases
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
            min_by(traffic_source, case when traffic_source is not null then event_number end) as source,
            min_by(traffic_medium, case when traffic_medium is not null then event_number end) as medium,
            min_by(traffic_campaign, case when traffic_campaign is not null then event_number end) as campaign,
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
            bool_or(event_name = 'purchase') as purchased
        from events
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
    sessions.purchased,
    case
        when sessions.purchased
        then 'purchase'
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
