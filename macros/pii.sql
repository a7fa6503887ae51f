{#
    on-run-start: the key behind every hash of a person. `martlet build` puts the shop's secret key there; a plain
    `dbt build` of the mock store uses a public one, so that the demo is the same for everyone.
    The key stands in a table, not in the SQL, so that compiled queries never show it.
#}
{% macro create_pii_key() %}
    {%- if execute -%}
        {%- do run_query('create schema if not exists ops') -%}
        {%- do run_query(pii_key_sql("select 'martlet-mock' as pii_key")) -%}
    {%- endif -%}
{% endmacro %}

{% macro pii_key_sql(key) -%} {{ return(adapter.dispatch('pii_key_sql')(key)) }} {%- endmacro %}
{% macro default__pii_key_sql(key) -%} {{ return('create table if not exists ops.pii_key as ' ~ key) }} {%- endmacro %}
{# a table would leave the key in a file beside the tables #}
{% macro spark__pii_key_sql(key) -%} {{ return('create view if not exists ops.pii_key as ' ~ key) }} {%- endmacro %}


{# Keyed SHA-256 of an e-mail or phone, trimmed and lower-cased, as 32 hex digits; null stays null. #}
{% macro pii_hash(column) -%}
    case
        when nullif(trim({{ column }}), '') is not null
        then
            left(
                {{ sha256_hex("concat((select max(keys.pii_key) from ops.pii_key as keys), '|', lower(trim(" ~ column ~ ")))") }},
                32
            )
    end
{%- endmacro %}


{#
    True where free text (a page's path, a search, a campaign) holds the shape of a person: an @ as in an e-mail address,
    or a telephone number, either international or grouped the North American way. Ten digits in a row are let be, and so
    are numbers within a word: they are part numbers and barcodes. So are +1964-1970 and other short runs after a plus.
#}
{% macro holds_people(text) -%}
    {{
        matches(
            text,
            "@|%40|([+]|%2[Bb])([ ().-]?[0-9]){9}|^[+][0-9][0-9 ().-]{7,}$"
            ~ "|(^|[^0-9A-Za-z.-])([(][0-9]{3}[)] ?|[0-9]{3}[ .-])[0-9]{3}[ .-][0-9]{4}([^0-9]|$)",
        )
    }}
{%- endmacro %}


{# Free text as marts may hold it: as it is, or (masked) where it holds the shape of a person. Null stays null. #}
{% macro mask_people(text) -%} case when {{ holds_people(text) }} then '(masked)' else {{ text }} end {%- endmacro %}
