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


{# Strategy of sessions: what was read takes the place of all that had been found on those days, be it found again or not. #}
{% macro get_incremental_by_session_sql(arguments) -%}
    {%- set columns = arguments['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {%- set table, found = arguments['target_relation'], arguments['temp_relation'] -%}
    {#- not by session_key: the second in which a session began says where in the table it is -#}
    {%- set is_found -%}
        kept.user_pseudo_id = found.user_pseudo_id and kept.ga_session_id = found.ga_session_id
    {%- endset -%}
    {%- set was_there = spans_read_day("session_date", "ended_at", new_event_days()) -%}
    {{
        remember_change(
            "select session_date as changed_date from " ~ found
            ~ " union select kept.session_date from " ~ table ~ " as kept inner join " ~ found ~ " as found on " ~ is_found
            ~ " union select session_date from " ~ table ~ " where " ~ was_there
        )
    }};

    delete from {{ table }} as kept using {{ found }} as found where {{ is_found }};
    delete from {{ table }} where {{ was_there }};

    insert into {{ table }} ({{ columns }}) select {{ columns }} from {{ found }}
{%- endmacro %}


{#
    Steps that part the sessions to be made into shares of MARTLET_PART_EVENTS events, by the second in which GA4 says
    that they began. Events lie in their table by time, so that a share reads little more than its own.
#}
{% macro session_parts() -%}
    {%- set events -%}
        from {{ ref("stg_ga4__events") }}
        where ga_session_id is not null and {{ is_read_day("event_date", new_event_days()) }}
    {%- endset -%}
    {%- set most = env_var('MARTLET_PART_EVENTS', '10000000') | int -%}
    {%- set shares = (run_query("select count(*) " ~ events).rows[0][0] / most) | round(0, 'ceil') | int -%}
    {%- if shares < 2 -%} {{ return([]) }} {%- endif -%}
    {%- set quantiles -%}
        {%- for share in range(1, shares) -%} {{ share / shares }}{{ ', ' if not loop.last }} {%- endfor -%}
    {%- endset -%}
    {%- set steps = "select distinct unnest(approx_quantile(ga_session_id, [" ~ quantiles ~ "])) as step " ~ events -%}
    {{ return(run_query(steps ~ " order by step").columns[0].values() | list) }}
{%- endmacro %}
