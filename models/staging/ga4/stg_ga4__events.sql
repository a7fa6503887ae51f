{{ build_by_day("by_days", day="event_date") }}
-- GA4 writes a day's table again for three days. Events have no id, so an event is told by who, when, what and its
-- place in the batch; repeats within one load are kept (the tracker sent them twice), an older load's copies are not.
{% set keys = [
    "user_pseudo_id",
    "event_timestamp",
    "event_name",
    "event_bundle_sequence_id",
    "batch_page_id",
    "batch_ordering_id",
] %}
{% set days = new_event_days() %}
{% set is_read -%}
    {{ is_read_time("event_timestamp", days) }}
    and {{ is_read_day(shop_date(micros_to_timestamp("event_timestamp")), days) }}
{%- endset %}
with
    -- days of which there is more than one load: nothing else has to be sorted out
    loaded_again as (
        select {{ shop_date(micros_to_timestamp("event_timestamp")) }} as loaded_date
        from {{ raw("ga4", "events") }}
        where {{ is_read }}
        group by {{ shop_date(micros_to_timestamp("event_timestamp")) }}
        having max(_loaded_at) > min(_loaded_at)
    ),

    restated as (
        select {{ keys | join(", ") }}, max(_loaded_at) as newest_loaded_at
        from {{ raw("ga4", "events") }}
        where
            {{ is_read }}
            and {{ shop_date(micros_to_timestamp("event_timestamp")) }}
            in (select loaded_again.loaded_date from loaded_again)
        group by {{ keys | join(", ") }}
        having max(_loaded_at) > min(_loaded_at)
    ),

    source as (select * from {{ raw("ga4", "events") }} where {{ is_read }}),

    newest as (
        select source.*
        from source
        left join
            restated
            {% for key in keys -%}
                {{ "on" if loop.first else "and" }} source.{{ key }} is not distinct from restated.{{ key }}
            {% endfor %}
        where source._loaded_at = coalesce(restated.newest_loaded_at, source._loaded_at)
    ),

    parameters as (
        select
            *,
            {{ micros_to_timestamp("event_timestamp") }} as event_at,
            {{ ga4_text("event_params", "source") }} as source_param,
            {{ ga4_text("event_params", "medium") }} as medium_param,
            {{ ga4_text("event_params", "campaign") }} as campaign_param,
            coalesce(
                {{ ga4_set("ecommerce.transaction_id") }}, {{ ga4_set(ga4_text("event_params", "transaction_id")) }}
            ) as raw_transaction_id,
            {{ ga4_set(ga4_text("event_params", "page_location")) }} as page_location,
            case
                when event_name = '{{ var("experiment_event") }}'
                then {{ ga4_set(ga4_text("event_params", var("experiment_parameter"))) }}
            end as raw_experiment_variant
        from newest
    ),

    placed as (
        select
            *,
            {{ page_path("page_location") }} as raw_page_path,
            {{ ga4_traffic("source") }} as raw_source,
            {{ ga4_traffic("medium") }} as raw_medium,
            {{ ga4_traffic("campaign") }} as raw_campaign
        from parameters
    ),

    -- addresses and telephone numbers that shops let slip into links and tags stop here
    renamed as (
        select
            -- -------- when and what
            event_at,
            {{ shop_date("event_at") }} as event_date,
            event_timestamp,
            batch_page_id,
            batch_ordering_id,
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
            {{ mask_people("raw_page_path") }} as page_path,
            lower(device.category) as device_category,
            coalesce(device.web_info.browser, device.browser) as browser,
            geo.country as country,

            -- -------- from
            {{ ga4_set("session_traffic_source_last_click.cross_channel_campaign.default_channel_group") }}
            as ga4_channel_group,
            {{ mask_people("raw_source") }} as traffic_source,
            {{ mask_people("raw_medium") }} as traffic_medium,
            {{ mask_people("raw_campaign") }} as traffic_campaign,
            coalesce(collected_traffic_source.gclid, {{ ga4_text("event_params", "gclid") }}) is not null as has_gclid,

            -- -------- shown
            {{ mask_people("raw_experiment_variant") }} as experiment_variant,

            -- -------- order
            -- an order's number matters more than its looks, but a person's address or number is no order's
            case
                when raw_transaction_id like '%@%' or raw_transaction_id like '+%'
                then {{ pii_hash("raw_transaction_id") }}
                else raw_transaction_id
            end as transaction_id,
            {{ ga4_value("event_params", "transaction_id") }}.int_value is not null as transaction_id_is_int,
            {{
                try_to_decimal(
                    "coalesce(ecommerce.purchase_revenue, " ~ ga4_number("event_params", "value") ~ ")", 18, 4
                )
            }} as purchase_revenue,
            items
        from placed
    )

select *
from renamed
