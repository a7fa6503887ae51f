-- GA4 writes a day's table again for three days. Events have no id, so an event is told by who, when, what and its
-- place in the batch; repeats within one load are kept (the tracker sent them twice), an older load's copy is not.
with
    source as (select * from {{ raw("ga4", "events") }}),

    numbered as (
        select
            *,
            row_number() over (
                partition by
                    _loaded_at,
                    user_pseudo_id,
                    event_timestamp,
                    event_name,
                    event_bundle_sequence_id,
                    batch_page_id,
                    batch_ordering_id
                order by _source_file, _source_row
            ) as _occurrence
        from source
    ),

    ranked as (
        select
            *,
            row_number() over (
                partition by
                    user_pseudo_id,
                    event_timestamp,
                    event_name,
                    event_bundle_sequence_id,
                    batch_page_id,
                    batch_ordering_id,
                    _occurrence
                order by _loaded_at desc
            ) as _recency
        from numbered
    ),

    renamed as (
        select
            -- -------- when and what
            {{ micros_to_timestamp("event_timestamp") }} as event_at,
            {{ shop_date(micros_to_timestamp("event_timestamp")) }} as event_date,
            event_timestamp,
            event_name,
            _source_file,
            _source_row,

            -- -------- who
            user_pseudo_id,
            {{ pii_hash("user_id") }} as user_id_hash,
            -- newer trackers send the whole cookie: s1747075570$o5$g1
            try_cast(
                nullif(regexp_extract({{ ga4_text("event_params", "ga_session_id") }}, '^s?([0-9]+)', 1), '') as bigint
            ) as ga_session_id,
            cast({{ ga4_number("event_params", "ga_session_number") }} as bigint) as ga_session_number,
            {{ ga4_text("event_params", "session_engaged") }} in ('1', 'true') as is_engaged,
            {{ ga4_value("event_params", "session_engaged") }}.int_value is not null as session_engaged_is_int,

            -- -------- where
            {{ ga4_set(ga4_text("event_params", "page_location")) }} as page_location,
            lower(device.category) as device_category,
            coalesce(device.web_info.browser, device.browser) as browser,
            geo.country as country,

            -- -------- from
            {{ ga4_set("session_traffic_source_last_click.cross_channel_campaign.default_channel_group") }}
            as ga4_channel_group,
            {{
                ga4_set(
                    "coalesce(session_traffic_source_last_click.manual_campaign.source, collected_traffic_source.manual_source, "
                    ~ ga4_text("event_params", "source")
                    ~ ")"
                )
            }}
            as traffic_source,
            {{
                ga4_set(
                    "coalesce(session_traffic_source_last_click.manual_campaign.medium, collected_traffic_source.manual_medium, "
                    ~ ga4_text("event_params", "medium")
                    ~ ")"
                )
            }}
            as traffic_medium,
            {{
                ga4_set(
                    "coalesce(session_traffic_source_last_click.manual_campaign.campaign_name, "
                    ~ "collected_traffic_source.manual_campaign_name, "
                    ~ ga4_text("event_params", "campaign")
                    ~ ")"
                )
            }} as traffic_campaign,
            coalesce(collected_traffic_source.gclid, {{ ga4_text("event_params", "gclid") }}) is not null as has_gclid,
            {{ ga4_set(ga4_text("event_params", "page_referrer")) }} as page_referrer,

            -- -------- order
            {{
                ga4_set(
                    "coalesce("
                    ~ ga4_set("ecommerce.transaction_id")
                    ~ ", "
                    ~ ga4_text("event_params", "transaction_id")
                    ~ ")"
                )
            }} as transaction_id,
            {{ ga4_value("event_params", "transaction_id") }}.int_value is not null as transaction_id_is_int,
            coalesce(ecommerce.purchase_revenue, {{ ga4_number("event_params", "value") }}) as purchase_revenue
        from ranked
        where _recency = 1
    )

select *
from renamed
