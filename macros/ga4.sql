{# One GA4 parameter as text, whichever of the four slots the tracker put it in. #}
{% macro ga4_text(column, key) -%}
    {%- set v = ga4_value(column, key) -%}
    coalesce(
        {{ v }}.string_value,
        cast({{ v }}.int_value as string),
        cast({{ v }}.double_value as string),
        cast({{ v }}.float_value as string)
    )
{%- endmacro %}


{# One GA4 parameter as a number, whichever slot it is in; null if it is no number. #}
{% macro ga4_number(column, key) -%}
    {%- set v = ga4_value(column, key) -%}
    coalesce(
        cast({{ v }}.int_value as double),
        {{ v }}.double_value,
        {{ v }}.float_value,
        try_cast({{ v }}.string_value as double)
    )
{%- endmacro %}


{# Text that GA4 fills with its own words for "nothing" becomes null. #}
{% macro ga4_set(text) -%} nullif(nullif(nullif(trim({{ text }}), ''), '(not set)'), '(data deleted)') {%- endmacro %}


{#
    An event's source, medium or campaign, all three from one record: the session's last click across channels, its last
    tagged click, what the event itself collected, else the parameters (columns source_param and so on). Taken one by one
    they would mix the source of one click with the medium of another.
#}
{% macro ga4_traffic(member) -%}
    {%- set last_click = 'session_traffic_source_last_click' -%}
    {%- set records = [
        [last_click ~ '.cross_channel_campaign.', 'source', 'medium', 'campaign_name'],
        [last_click ~ '.manual_campaign.', 'source', 'medium', 'campaign_name'],
        ['collected_traffic_source.', 'manual_source', 'manual_medium', 'manual_campaign_name'],
        ['', 'source_param', 'medium_param', 'campaign_param'],
    ] -%}
    {%- set place = ['source', 'medium', 'campaign'].index(member) -%}
    case
        {%- for record in records %}
            {%- set values = [ga4_set(record[0] ~ record[1]), ga4_set(record[0] ~ record[2]), ga4_set(record[0] ~ record[3])] %}
        when coalesce({{ values | join(', ') }}) is not null
        then {{ values[place] }}
        {%- endfor %}
    end
{%- endmacro %}


{#
    What an order is called, brought to one spelling so that trackers and Shopify agree: #1001, 1001 and 1001.0 are
    1001; gid://shopify/Order/5400001001?x=y is 5400001001; a checkout token is itself in lower case. Trackers' words
    for nothing are null.
#}
{% macro order_key(text) -%}
    {%- set key -%}
        regexp_extract(lower(trim({{ text }})), '^(gid://shopify/[a-z]+/)?#?([^?]*?)([.]0+)?([?]|$)', 2)
    {%- endset -%}
    case when {{ key }} not in ('', '(not set)', '(data deleted)', 'undefined', 'null', 'none', 'nan') then {{ key }} end
{%- endmacro %}


{# The key of a Shopify order by which trackers know it, as the variable order_match_key says. #}
{% macro shopify_order_key(orders) -%}
    {%- set columns = {'order_name': orders ~ '.order_name', 'order_id': 'cast(' ~ orders ~ '.order_id as string)', 'checkout_token': orders ~ '.checkout_token'} -%}
    {%- if var('order_match_key') not in columns -%}
        {{ exceptions.raise_compiler_error("order_match_key is order_name, order_id or checkout_token, not " ~ var('order_match_key')) }}
    {%- endif -%}
    {{ order_key(columns[var('order_match_key')]) }}
{%- endmacro %}


{# Columns that put events in the order in which they happened: those of one batch share their time, GA4 numbers them. #}
{% macro event_order(events) -%}
    {{ events }}.event_timestamp,
    {{ events }}.batch_page_id nulls first,
    {{ events }}.batch_ordering_id nulls first,
    {{ events }}._source_file,
    {{ events }}._source_row
{%- endmacro %}


{# The same order as one value to compare, for min_by: a session's events need not be sorted to find the first. #}
{% macro event_position(events) -%}
    {{
        as_struct(
            {
                "at": events ~ ".event_timestamp",
                "page": "coalesce(" ~ events ~ ".batch_page_id, -1)",
                "place": "coalesce(" ~ events ~ ".batch_ordering_id, -1)",
                "file": "coalesce(" ~ events ~ "._source_file, '')",
                "line": "coalesce(" ~ events ~ "._source_row, -1)",
            }
        )
    }}
{%- endmacro %}


{# The first known value of a column among a group's events, whose columns are placed by `position`. #}
{% macro first_known(column, condition=none) -%}
    min_by({{ column }}, case when {{ condition or column ~ ' is not null' }} then position end)
{%- endmacro %}
