{#
    Sessions are built by day (by_day.sql), but last over midnight, and a restated event may leave its session: what was found
    on the days that are read is replaced by session, and the days of sessions that changed are kept for publishing.
#}

{#
    CTEs of what sessions reads again of `events` on `days`; the last of them, read_events, is what it makes sessions of.
    session_purchases is there before them: purchases and revenue of each session as they count now.
#}
{% macro sessions_read_again(events, days) %}
    -- sessions with events on a day that is read, now or before, and those whose purchases count otherwise than
    -- they did
    read_sessions as (
        select user_pseudo_id, ga_session_id
        from {{ events }}
        where {{ is_read_day("event_date", days) }} and user_pseudo_id is not null and ga_session_id is not null
        union
        select user_pseudo_id, ga_session_id
        from {{ this }}
        where {{ spans_read_day("session_date", "ended_at", days) }}
        union
        select kept.user_pseudo_id, kept.ga_session_id
        from {{ this }} as kept
        left join
            session_purchases
            on kept.user_pseudo_id = session_purchases.user_pseudo_id
            and kept.ga_session_id = session_purchases.ga_session_id
        where
            kept.purchased
            and (
                kept.purchases <> coalesce(session_purchases.purchases, 0)
                or kept.revenue <> coalesce(session_purchases.revenue, 0)
            )
    ),

    -- the days on which they have events: the table is read no further
    read_days as (
        select event_date as read_day
        from {{ events }}
        where {{ is_read_day("event_date", days) }}
        union
        select {{ each_day("kept.session_date", shop_date("kept.ended_at")) }} as read_day
        from {{ this }} as kept
        inner join
            read_sessions
            on kept.user_pseudo_id = read_sessions.user_pseudo_id
            and kept.ga_session_id = read_sessions.ga_session_id
    ),

    read_events as (
        select events.*
        from {{ events }} as events
        inner join
            read_sessions
            on events.user_pseudo_id = read_sessions.user_pseudo_id
            and events.ga_session_id = read_sessions.ga_session_id
        where events.event_date in (select read_day from read_days)
    )
{% endmacro %}


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
