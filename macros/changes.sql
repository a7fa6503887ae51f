{#
    Which days of a published table changed, and when: ops.changes, in which no day stands for the whole table. What differs
    from what is published (ops.unpublished, by_day.sql) is tested and copied.
#}

{# pre-hook of what is published by day: that the whole table is made anew, if it is. #}
{% macro remember_remake() -%} {{ adapter.dispatch('remember_remake')() }} {%- endmacro %}

{% macro default__remember_remake() -%} {%- endmacro %}

{% macro duckdb__remember_remake() -%}
    {%- if not is_incremental() -%} {{ remember_change("select cast(null as date) as changed_date") }} {%- endif -%}
{%- endmacro %}

{% macro remember_change(days) -%}
    insert into ops.changes
    select '{{ this.name }}', changed_date, (select coalesce(max(number), 0) + 1 from ops.changes)
    from ({{ days }}) as days
{%- endmacro %}


{# The days of `model` that differ from what is published; none if the whole table may. #}
{% macro unpublished_days(model) -%} {{ return(adapter.dispatch('unpublished_days')(model)) }} {%- endmacro %}

{% macro default__unpublished_days(model) -%} {{ return(none) }} {%- endmacro %}

{% macro duckdb__unpublished_days(model) -%}
    {%- set changes -%}
        select distinct cast(changed_date as string) from ops.unpublished where model = '{{ model }}'
    {%- endset -%}
    {%- set days = run_query(changes).columns[0].values() | list -%}
    {{ return(none if none in days else days) }}
{%- endmacro %}


{# The rows of `table` of days, in this column, that differ from what is published: a subquery, or the table itself. #}
{% macro changed_rows(table, day) -%}
    {%- set days = unpublished_days(table.identifier) if execute else none -%}
    {{ return(table if days is none else '(select * from ' ~ table ~ ' where ' ~ is_read_day(day, days) ~ ')') }}
{%- endmacro %}
