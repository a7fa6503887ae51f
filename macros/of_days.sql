{#
    Tables that are made day by day of one that is built by day and keeps which days of it changed (ops.changes, as sessions
    does): only those are made again. ops.changes_read has how far such a table has read.

    What makes a table by day anew makes these anew too, and so does a table of days that was made anew itself.
#}
{% macro build_of_days(table, day) -%}
    {{
        config(
            materialized=adapter.dispatch('materialized_by_day')(),
            incremental_strategy='by_days',
            on_schema_change='fail',
            made_of=table,
            day=day,
            post_hook='{{ remember_changes_read() }}',
        )
    }}
{%- endmacro %}


{# post-hook: how far it has read, in the transaction that wrote it. #}
{% macro remember_changes_read() -%} {{ adapter.dispatch('remember_changes_read')() }} {%- endmacro %}

{% macro default__remember_changes_read() -%} {%- endmacro %}

{% macro duckdb__remember_changes_read() -%}
    delete from ops.changes_read where model = '{{ this.name }}';
    insert into ops.changes_read
    select '{{ this.name }}', '{{ var("build_digest") }}', coalesce(max(number), 0) from ops.changes
{%- endmacro %}


{# As a subquery: the days, one of them null for all, that this model has not read as they are now. #}
{% macro unread_changes() -%}
    (
        select distinct changed_date
        from ops.changes
        where
            model = '{{ config.get("made_of") }}'
            and number > (select max(number) from ops.changes_read where model = '{{ this.name }}')
    )
{%- endmacro %}

{% macro has_unread_table() -%}
    {%- set told -%}
        select
            (
                select coalesce(max(build_digest), '') <> '{{ var("build_digest") }}'
                from ops.changes_read
                where model = '{{ this.name }}'
            )
            or exists (select 1 from {{ unread_changes() }} as unread where changed_date is null)
    {%- endset -%}
    {{ return(run_query(told).rows[0][0]) }}
{%- endmacro %}


{# The days that this model makes again, in order; none if it makes everything. #}
{% macro changed_days() -%}
    {%- if not this or not is_incremental() -%} {{ return(none) }} {%- endif -%}
    {%- set days = "select cast(changed_date as string) from " ~ unread_changes() ~ " as unread order by 1" -%}
    {{ return(run_query(days).columns[0].values() | list) }}
{%- endmacro %}
