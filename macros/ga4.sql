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
