{#
    Conditions for the days that a table built by day reads (by_day.sql), written so that DuckDB passes over files and row
    groups of other days. `days` are as new_event_days() gave them: none for all.
#}

{# True for a day that the model reads. No null stands in the list: with one, DuckDB would read other days too. #}
{% macro is_read_day(day, days) -%}
    {%- if days is none -%} true
    {%- elif not days -%} false
    {%- else -%} {{ day }} in (cast('{{ days | join("' as date), cast('") }}' as date))
    {%- endif -%}
{%- endmacro %}


{# The same for microseconds, so that files and row groups of other times are not opened: a day more on both sides. #}
{% macro is_read_time(micros, days) -%}
    {%- if days is none -%} true
    {%- elif not days -%} false
    {%- else -%}
        {{ micros }} between epoch_us(cast('{{ days | first }}' as timestamp) - interval 1 day)
        and epoch_us(cast('{{ days | last }}' as timestamp) + interval 2 day)
    {%- endif -%}
{%- endmacro %}


{#
    True for a session that had events on one of `days`, or may have had: it began by that day and ended on it or later. A
    day is allowed for clocks that are put back over midnight. Its last time stands bare, so that DuckDB can pass over all
    that ended before. Days in a row are one condition.
#}
{% macro spans_read_day(first_day, last_time, days) -%}
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
        {{ first_day }} <= cast('{{ end + one_day }}' as date)
        and {{ last_time }}
            >= (cast('{{ start - one_day }}' as timestamp) at time zone '{{ var("shop_timezone") }}') at time zone 'UTC' or
        {%- endfor %}
        false
    )
{%- endmacro %}
