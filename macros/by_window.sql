{#
    Item events are built by day (by_day.sql), but of a window of days that moves with the web's as-of day: days that came
    into it are read, and days that fell out of it are dropped. Whether a purchase is a repeat of another may change on any
    day; there are few of them, and they are read anew.
#}

{% macro is_in_item_window(day, as_of) -%}
    {{ day }} <= {{ as_of }} and {{ days_between(day, as_of) }} < {{ var("product_funnel_window_days") }}
{%- endmacro %}


{# Those of `event_days` in the window that this model has not read as they are now; none if it reads everything. #}
{% macro new_item_days(event_days) -%}
    {%- set days = new_event_days() -%}
    {%- if days is none -%} {{ return(none) }} {%- endif -%}
    {%- set unread -%}
        select cast(event_date as string)
        from {{ event_days }}
        where
            {{ is_in_item_window("event_date", "(select web_as_of_date from " ~ ref("int_web_as_of") ~ ")") }}
            and ({{ is_read_day("event_date", days) }} or event_date not in (select event_date from {{ this }}))
        order by event_date
    {%- endset -%}
    {{ return(run_query(unread).columns[0].values() | list) }}
{%- endmacro %}


{# Strategy of item events: what was read takes the place of those days, of all purchases and of what left the window. #}
{% macro get_incremental_by_window_sql(arguments) -%}
    {%- set columns = arguments['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    delete from {{ arguments['target_relation'] }}
    where
        event_name = 'purchase'
        or {{ is_read_day("event_date", new_item_days(ref("int_event_days"))) }}
        or not ({{ is_in_item_window("event_date", "(select web_as_of_date from " ~ ref("int_web_as_of") ~ ")") }});

    insert into {{ arguments['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arguments['temp_relation'] }}
{%- endmacro %}
