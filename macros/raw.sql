{#
    The only way a staging model names raw data.

    Mock mode reads the committed seed; live mode reads the loaded Parquet; a source that is not
    connected reads an empty table. Mock rows get the bookkeeping columns that loaders add.

    `edited`: a table with `meta.edited`, whose rows the merchant's commands write on any store, the demo store too. It is
    read from the lake in every mode; each row says in which mode it was made. dbt must know at parse time what a model
    depends on, and the sources' meta is not known then, so the model says it too.
#}
{% macro raw(source_name, table_name, edited=false) -%}
    {%- if var('source_modes')[source_name] == 'mock' and not edited -%}
    (
        select
            *,
            cast('1970-01-01' as timestamp) as _loaded_at,
            'mock' as _source_file,
            cast(0 as bigint) as _source_row
        from {{ ref('mock_' ~ source_name ~ '__' ~ table_name) }}
    ) as mock_{{ table_name }}
    {%- else -%}
    {{ source('raw_' ~ source_name, table_name) }}
    {%- endif -%}
{%- endmacro %}


{#
    Rows of the newest load of each key, from a relation that raw() gave.

    `key` is a list of columns. A later load supersedes an earlier one; within a load the later row does.
#}
{% macro newest_load(relation, key) -%}
    select *
    from
        (
            select
                *,
                row_number() over (
                    partition by {{ key | join(', ') }}
                    order by _loaded_at desc, _source_file desc, _source_row desc
                ) as _recency
            from {{ relation }}
        ) as ranked
    where _recency = 1
{%- endmacro %}


{# True for an id that a loader made because the file gives none: Shopify's own are far below 2^60. #}
{% macro is_synthetic_id(id) -%} ({{ id }} >= 1152921504606846976) {%- endmacro %}
