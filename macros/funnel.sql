{#
    The funnel's counts over sessions. Loose: did the step. Closed: did the step and every step before it, in any order.
    Closed counts never rise from step to step. The payment step is counted loose only: express checkouts (Shop Pay,
    PayPal, Apple Pay) buy without it, so a closed purchase does not ask for it.
#}
{% macro funnel_counts() -%}
    {%- set steps = ['viewed_item', 'added_to_cart', 'began_checkout', 'purchased'] -%}
    cast(count(*) as bigint) as sessions,
    cast(sum(case when is_engaged then 1 else 0 end) as bigint) as engaged_sessions,
    cast(sum(case when added_payment_info then 1 else 0 end) as bigint) as added_payment_info,
    {% for step in steps -%}
        cast(sum(case when {{ step }} then 1 else 0 end) as bigint) as {{ step }},
    {% endfor -%}
    {% for step in steps -%}
        cast(sum(case when {{ steps[: loop.index] | join(' and ') }} then 1 else 0 end) as bigint)
            as closed_{{ step }}{{ ',' if not loop.last }}
    {% endfor -%}
{%- endmacro %}


{#
    The funnel over the last landing_page_window_days days of sessions, one row per value of `keys` (column: expression).
#}
{% macro recent_funnel(keys) -%}
    with
        -- named one by one, so that DuckDB passes over the sessions of other days
        recent_days as (
            select
                {{ each_day(add_days("web_as_of_date", 1 - var("landing_page_window_days")), "web_as_of_date") }}
                as recent_day
            from {{ ref("int_web_as_of") }}
        ),

        recent as (
            select sessions.*
            from {{ ref("sessions") }} as sessions
            where sessions.session_date in (select recent_days.recent_day from recent_days)
        )

    select
        {% for name, expression in keys.items() -%}
            {{ expression }}{{ ' as ' ~ name if name != expression }},
        {% endfor -%}
        min(session_date) as first_date,
        max(session_date) as last_date,
        {{ funnel_counts() }},
        cast(sum(purchases) as bigint) as purchases,
        {{ money("sum(revenue)") }} as revenue
    from recent
    group by {{ keys.values() | join(', ') }}
{%- endmacro %}


{#
    A page's path without host, query, fragment and slashes at its end: one page has one path, whoever names it. Whoever
    uses it masks what people left in it (mask_people).
#}
{% macro page_path(location) -%}
    case
        when {{ location }} is not null
        then
            coalesce(
                nullif(
                    regexp_extract(
                        {{ location }}, '^([a-zA-Z][a-zA-Z0-9+.-]*://[^/?#]*)?([^?#]*?)/*([?#]|$)', 2
                    ),
                    ''
                ),
                '/'
            )
    end
{%- endmacro %}


{#
    GA4's default channel group by its published rules for manual traffic (support.google.com/analytics/answer/9756891),
    in their order, for exports that do not carry Google's own answer. `category` is the source's category: search,
    social, shopping or video (seed source_categories). A click id without source and medium is Google Ads', whose
    networks the export does not tell apart: Paid Search.
#}
{% macro default_channel_group(source, medium, campaign, has_gclid, category) -%}
    {%- set is_paid = matches('lower(' ~ medium ~ ')', '^(.*cp.*|ppc|retargeting|paid.*)$') -%}
    {%- set is_shopping = "(" ~ category ~ " = 'shopping' or " ~ matches('lower(' ~ campaign ~ ')', '^(.*(([^a-df-z]|^)shop|shopping).*)$') ~ ")" -%}
    case
        when {{ source }} is null and {{ medium }} is null and {{ has_gclid }} then 'Paid Search'
        when
            coalesce({{ source }}, '(direct)') = '(direct)' and coalesce({{ medium }}, '(none)') in ('(none)', '(not set)')
        then 'Direct'
        when lower({{ campaign }}) like '%cross-network%' then 'Cross-network'
        when {{ is_shopping }} and {{ is_paid }} then 'Paid Shopping'
        when {{ category }} = 'search' and {{ is_paid }} then 'Paid Search'
        when {{ category }} = 'social' and {{ is_paid }} then 'Paid Social'
        when {{ category }} = 'video' and {{ is_paid }} then 'Paid Video'
        when lower({{ medium }}) in ('display', 'banner', 'expandable', 'interstitial', 'cpm') then 'Display'
        when {{ is_paid }} then 'Paid Other'
        when lower({{ medium }}) = 'ai-assistant' then 'AI Assistant'
        when {{ is_shopping }} then 'Organic Shopping'
        when
            {{ category }} = 'social'
            or lower({{ medium }}) in ('social', 'social-network', 'social-media', 'sm', 'social network', 'social media')
        then 'Organic Social'
        when {{ category }} = 'video' or lower({{ medium }}) like '%video%' then 'Organic Video'
        when {{ category }} = 'search' or lower({{ medium }}) = 'organic' then 'Organic Search'
        when lower({{ medium }}) in ('referral', 'app', 'link') then 'Referral'
        when
            lower({{ source }}) in ('email', 'e-mail', 'e_mail', 'e mail')
            or lower({{ medium }}) in ('email', 'e-mail', 'e_mail', 'e mail')
        then 'Email'
        when lower({{ medium }}) = 'affiliate' then 'Affiliates'
        when lower({{ medium }}) = 'audio' then 'Audio'
        when lower({{ source }}) = 'sms' or lower({{ medium }}) = 'sms' then 'SMS'
        when
            lower({{ medium }}) like '%push'
            or lower({{ medium }}) like '%mobile%'
            or lower({{ medium }}) like '%notification%'
            or lower({{ source }}) = 'firebase'
        then 'Mobile Push Notifications'
        else 'Unassigned'
    end
{%- endmacro %}


{# Clicks per impression and the mean position, each impression counting once; rows without a position have no say. #}
{% macro search_rates(clicks, impressions, position) -%}
    cast(sum({{ clicks }}) as double) / nullif(sum({{ impressions }}), 0) as ctr,
    -- decimals add up to the same sum in any order
    cast(sum({{ to_decimal(position ~ " * " ~ impressions, 28, 6) }}) as double)
    / nullif(sum(case when {{ position }} is not null then {{ impressions }} end), 0) as position
{%- endmacro %}
