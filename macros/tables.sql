{#
    How DuckDB makes a table, in place of dbt's own way: what was there goes and the new table comes, in one transaction. dbt
    makes the new one beside the old, renames both and drops the old one afterwards, with a query to the catalogue and an
    event for each step, which on a small store takes longer than the table (docs/scale.md).
#}
{% materialization table, adapter="duckdb" %}
    {%- set table = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- call statement('main') -%}
        {%- if existing is not none %} drop {{ existing.type }} {{ existing }}; {% endif %}
        {{ create_table_as(false, table, compiled_code) }}
    {%- endcall -%}
    {%- do persist_docs(table, model) -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [table]}) }}
{% endmaterialization %}


{# What models and columns mean, as comments, all at once: a contract has seen that every column is there. #}
{% macro duckdb__persist_docs(relation, model, for_relation, for_columns) -%}
    {%- if config.persist_relation_docs() -%}
        {%- set comments -%}
            {{ alter_relation_comment(relation, model.description) }}
            {%- for column in model.columns.values() %}
            comment on column {{ relation }}.{{ adapter.quote(column.name) }} is {{ duckdb_escape_comment(column.description) }};
            {%- endfor -%}
        {%- endset -%}
        {%- do run_query(comments) -%}
    {%- endif -%}
{%- endmacro %}
