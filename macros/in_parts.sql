{#
    Tables that are made in parts, one statement after the other: DuckDB keeps what it knows of a group until the last row
    is read, and puts on disk of it only what has a fixed size, so that text about all sessions of a big store at once does
    not fit into memory.

    Such a model names the macro that gives the steps between the parts, build_by_day(..., in_parts="session_parts"), and
    takes of what it reads what is_in_part() says: everything, where nobody asked for a part.
#}
{% macro is_in_part(column) -%} {{ adapter.dispatch('is_in_part')(column) }} {%- endmacro %}

{% macro default__is_in_part(column) -%} true {%- endmacro %}

{% macro duckdb__is_in_part(column) -%}
    (getvariable('part_start') is null or {{ column }} >= getvariable('part_start'))
    and (getvariable('part_end') is null or {{ column }} < getvariable('part_end'))
{%- endmacro %}


{# dbt asks this for every table. The first part makes the table, the others are added to it. #}
{% macro duckdb__create_table_as(
    temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none
) -%}
    {%- set steps = context[config.get('in_parts')]() if config.get('in_parts') else [] -%}
    {%- set create = dbt.duckdb__create_table_as(
        temporary, relation, compiled_code, language, partitioned_by, sorted_by
    ) -%}
    {%- if not steps -%} {{ create }}
    {%- else -%}
        set variable part_end = {{ steps | first }};
        {{ create }};
        {%- for step in steps %}
        set variable part_start = {{ step }};
        set variable part_end = {{ steps[loop.index] if not loop.last else 'null' }};
        insert into {{ relation.include(database=not temporary, schema=not temporary) }} by name (
            {{ compiled_code }}
        );
        {%- endfor %}
        reset variable part_start;
        reset variable part_end
    {%- endif -%}
{%- endmacro %}
