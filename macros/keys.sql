{# One key from several columns: MD5 of their texts with a separator, so that ('ab', 'c') is not ('a', 'bc'). #}
{% macro surrogate_key(columns) -%}
    md5(
        {%- for column in columns -%}
            concat(coalesce(cast({{ column }} as string), ''), '|') {{ ' || ' if not loop.last }}
        {%- endfor -%}
    )
{%- endmacro %}
