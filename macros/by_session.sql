{#
    Sessions are built by day (by_day.sql), but last over midnight, and a restated event may leave its session: what was found
    on the days that are read is replaced by session, and the days of sessions that changed are kept for publishing.
#}

{# pre-hook of what is published by day: that the whole table is made anew, if it is; no day stands for all of them. #}
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


{#
    True for a session that had events on one of `days`, or may have had: it began by that day and ended on it or later. A
    day is allowed for clocks that are put back over midnight. Days in a row are one condition.
#}
{% macro spans_read_day(first_day, last_day, days) -%}
    {%- set one_day = modules.datetime.timedelta(days=1) -%}
    {%- set spans = [] -%}
    {%- for text in days -%}
        {%- set day = modules.datetime.date.fromisoformat(text) -%}
        {%- if spans and spans[-1][1] + one_day >= day -%} {%- do spans[-1].append(day) or spans[-1].pop(1) -%}
        {%- else -%} {%- do spans.append([day, day]) -%}
        {%- endif -%}
    {%- endfor -%}
    (
        {%- for start, end in spans %}
        {{ first_day }} <= cast('{{ end + one_day }}' as date) and {{ last_day }} >= cast('{{ start - one_day }}' as date) or
        {%- endfor %}
        false
    )
{%- endmacro %}


{# Strategy of sessions: what was read takes the place of all that had been found on those days, be it found again or not. #}
{% macro get_incremental_by_session_sql(arguments) -%}
    {%- set columns = arguments['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {%- set table, found = arguments['target_relation'], arguments['temp_relation'] -%}
    {%- set was_found -%} session_key in (select session_key from {{ found }}) {%- endset -%}
    {%- set was_there = spans_read_day("session_date", shop_date("ended_at"), new_event_days()) -%}
    {{
        remember_change(
            "select session_date as changed_date from " ~ found
            ~ " union select session_date from " ~ table ~ " where " ~ was_found
            ~ " union select session_date from " ~ table ~ " where " ~ was_there
        )
    }};

    delete from {{ table }} where {{ was_found }};
    delete from {{ table }} where {{ was_there }};

    insert into {{ table }} ({{ columns }}) select {{ columns }} from {{ found }}
{%- endmacro %}
