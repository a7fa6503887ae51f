{#
    The funnel's counts over sessions. Loose: did the step. Closed: did the step and every step before it.
    Closed counts never rise from step to step.
#}
{% macro funnel_counts() -%}
    {%- set steps = ['viewed_item', 'added_to_cart', 'began_checkout', 'purchased'] -%}
    cast(count(*) as bigint) as sessions,
    {% for step in steps -%}
        cast(sum(case when {{ step }} then 1 else 0 end) as bigint) as {{ step }},
    {% endfor -%}
    {% for step in steps -%}
        cast(sum(case when {{ steps[: loop.index] | join(' and ') }} then 1 else 0 end) as bigint)
            as closed_{{ step }}{{ ',' if not loop.last }}
    {% endfor -%}
{%- endmacro %}


{# A page's path without host, query and fragment. A path that holds an e-mail address is masked. #}
{% macro page_path(location) -%}
    {%- set path -%}
        coalesce(nullif(regexp_extract({{ location }}, '^([a-zA-Z][a-zA-Z0-9+.-]*://[^/?#]*)?([^?#]*)', 2), ''), '/')
    {%- endset -%}
    case
        when {{ location }} is null then null when {{ path }} like '%@%' or lower({{ path }}) like '%!%40%' escape '!' then '(masked)' else {{ path }}
    end
{%- endmacro %}


{#
    GA4's default channel group by its published rules, for exports that do not carry Google's own answer.
    `category` is the source's category: search, social, shopping or video (seed source_categories).
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
