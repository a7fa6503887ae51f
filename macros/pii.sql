{#
    on-run-start: the key behind every hash of a person. `martlet build` puts the shop's secret key there; a plain
    `dbt build` of the mock store uses a public one, so that the demo is the same for everyone.
    The key stands in a table, not in the SQL, so that compiled queries never show it.
#}
{% macro create_pii_key() %}
    {%- if execute -%}
        {%- do run_query('create schema if not exists ops') -%}
        {%- do run_query("create table if not exists ops.pii_key as select 'martlet-mock' as pii_key") -%}
    {%- endif -%}
{% endmacro %}


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
