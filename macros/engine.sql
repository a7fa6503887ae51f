{#
    Every difference between the engines stands in this file: dispatched one-liners, no model asks which
    engine it is on. DuckDB is the default.
#}

{# A day or time of the shop, from a UTC timestamp. #}
{% macro shop_time(utc_timestamp) -%}
    {{ adapter.dispatch('shop_time')(utc_timestamp, var('shop_timezone')) }}
{%- endmacro %}
{% macro duckdb__shop_time(utc_timestamp, tz) -%}
    (({{ utc_timestamp }} at time zone 'UTC') at time zone '{{ tz }}')
{%- endmacro %}
{% macro spark__shop_time(utc_timestamp, tz) -%} from_utc_timestamp({{ utc_timestamp }}, '{{ tz }}') {%- endmacro %}

{% macro shop_date(utc_timestamp) -%} cast({{ shop_time(utc_timestamp) }} as date) {%- endmacro %}


{# Microseconds since 1970, UTC, as a timestamp. #}
{% macro micros_to_timestamp(micros) -%} {{ adapter.dispatch('micros_to_timestamp')(micros) }} {%- endmacro %}
{% macro duckdb__micros_to_timestamp(micros) -%} make_timestamp({{ micros }}) {%- endmacro %}
{% macro spark__micros_to_timestamp(micros) -%} timestamp_micros({{ micros }}) {%- endmacro %}


{# Whole days from one date to a later one. #}
{% macro days_between(earlier, later) -%} {{ adapter.dispatch('days_between')(earlier, later) }} {%- endmacro %}
{% macro duckdb__days_between(earlier, later) -%} date_diff('day', {{ earlier }}, {{ later }}) {%- endmacro %}
{% macro spark__days_between(earlier, later) -%} datediff({{ later }}, {{ earlier }}) {%- endmacro %}


{# A date plus a whole number of days, as a date. #}
{% macro add_days(day, days) -%} cast({{ day }} + ({{ days }}) * interval '1' day as date) {%- endmacro %}


{# Turns a row into one row per day, both ends included; use it in a select list. #}
{% macro each_day(first_day, last_day) -%} {{ adapter.dispatch('each_day')(first_day, last_day) }} {%- endmacro %}
{% macro duckdb__each_day(first_day, last_day) -%}
    cast(unnest(generate_series(cast({{ first_day }} as timestamp), cast({{ last_day }} as timestamp), interval '1' day)) as date)
{%- endmacro %}
{% macro spark__each_day(first_day, last_day) -%}
    explode(sequence({{ first_day }}, {{ last_day }}, interval 1 day))
{%- endmacro %}


{# One GA4 parameter's value struct; ga4_text and ga4_number read it whichever type the tracker sent. #}
{% macro ga4_value(column, key) -%} {{ adapter.dispatch('ga4_value')(column, key) }} {%- endmacro %}
{% macro duckdb__ga4_value(column, key) -%}
    list_filter({{ column }}, lambda p: p.key = '{{ key }}')[1].value
{%- endmacro %}
{% macro spark__ga4_value(column, key) -%}
    get(filter({{ column }}, p -> p.key = '{{ key }}'), 0).value
{%- endmacro %}


{% macro sha256_hex(text) -%} {{ adapter.dispatch('sha256_hex')(text) }} {%- endmacro %}
{% macro duckdb__sha256_hex(text) -%} sha256({{ text }}) {%- endmacro %}
{% macro spark__sha256_hex(text) -%} sha2({{ text }}, 256) {%- endmacro %}


{# True where text matches a regular expression. #}
{% macro matches(text, pattern) -%} {{ adapter.dispatch('matches')(text, pattern) }} {%- endmacro %}
{% macro duckdb__matches(text, pattern) -%} regexp_matches({{ text }}, '{{ pattern }}') {%- endmacro %}
{% macro spark__matches(text, pattern) -%} ({{ text }} rlike '{{ pattern }}') {%- endmacro %}


{# The last day of a date's month. #}
{% macro last_day_of_month(day) -%} last_day({{ day }}) {%- endmacro %}


{# Turns a row into one row per month, given the first days of both; use it in a select list. #}
{% macro each_month(first_month, last_month) -%}
    {{ adapter.dispatch('each_month')(first_month, last_month) }}
{%- endmacro %}
{% macro duckdb__each_month(first_month, last_month) -%}
    cast(unnest(generate_series(cast({{ first_month }} as timestamp), cast({{ last_month }} as timestamp), interval '1' month)) as date)
{%- endmacro %}
{% macro spark__each_month(first_month, last_month) -%}
    explode(sequence({{ first_month }}, {{ last_month }}, interval 1 month))
{%- endmacro %}


{# Text with every match of a regular expression replaced. #}
{% macro replace_all(text, pattern, replacement) -%}
    {{ adapter.dispatch('replace_all')(text, pattern, replacement) }}
{%- endmacro %}
{% macro duckdb__replace_all(text, pattern, replacement) -%}
    regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}', 'g')
{%- endmacro %}
{% macro spark__replace_all(text, pattern, replacement) -%}
    regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}')
{%- endmacro %}


{# Turns a row into one row per element of an array; a row without elements is gone. Use it in a select list. #}
{% macro each_element(column) -%} {{ adapter.dispatch('each_element')(column) }} {%- endmacro %}
{% macro duckdb__each_element(column) -%} unnest({{ column }}) {%- endmacro %}
{% macro spark__each_element(column) -%} explode({{ column }}) {%- endmacro %}


{# Number of elements of an array; null where there is no array. #}
{% macro array_length(column) -%} {{ adapter.dispatch('array_length')(column) }} {%- endmacro %}
{% macro duckdb__array_length(column) -%} len({{ column }}) {%- endmacro %}
{# size() of null is -1 where spark.sql.legacy.sizeOfNull is set #}
{% macro spark__array_length(column) -%} nullif(size({{ column }}), -1) {%- endmacro %}


{# Number of an array's structs in which one member is known; null where there is no array. #}
{% macro count_known(column, member) -%} {{ adapter.dispatch('count_known')(column, member) }} {%- endmacro %}
{% macro duckdb__count_known(column, member) -%}
    len(list_filter({{ column }}, lambda e: e.{{ member }} is not null))
{%- endmacro %}
{% macro spark__count_known(column, member) -%}
    nullif(size(filter({{ column }}, e -> e.{{ member }} is not null)), -1)
{%- endmacro %}


{# A struct from names and expressions; structs compare by their members in order. #}
{% macro as_struct(members) -%} {{ adapter.dispatch('as_struct')(members) }} {%- endmacro %}
{% macro duckdb__as_struct(members) -%}
    struct_pack({% for name, value in members.items() %}{{ name }} := {{ value }}{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}
{% macro spark__as_struct(members) -%}
    named_struct({% for name, value in members.items() %}'{{ name }}', {{ value }}{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}


{#
    A double rounded to so many digits, and a double as a decimal. DuckDB shifts the point and rounds what it then holds;
    Spark alone would round the number as it is printed, and 1.005, which is a little less, would be 1.01 there and 1
    here. So Spark shifts the point too.
#}
{% macro round_to(number, digits) -%} {{ adapter.dispatch('round_to')(number, digits) }} {%- endmacro %}
{% macro duckdb__round_to(number, digits) -%} round({{ number }}, {{ digits }}) {%- endmacro %}
{% macro spark__round_to(number, digits) -%} (round(({{ number }}) * 1e{{ digits }}) / 1e{{ digits }}) {%- endmacro %}

{% macro to_decimal(number, precision, scale) -%}
    {{ adapter.dispatch('to_decimal')(number, precision, scale, 'cast') }}
{%- endmacro %}
{# Null where the number is too large, or none. #}
{% macro try_to_decimal(number, precision, scale) -%}
    {{ adapter.dispatch('to_decimal')(number, precision, scale, 'try_cast') }}
{%- endmacro %}
{% macro duckdb__to_decimal(number, precision, scale, cast) -%}
    {{ cast }}({{ number }} as decimal({{ precision }}, {{ scale }}))
{%- endmacro %}
{% macro spark__to_decimal(number, precision, scale, cast) -%}
    {{ cast }}({{ spark__round_to(number, scale) }} as decimal({{ precision }}, {{ scale }}))
{%- endmacro %}


{# A nested value from its JSON text, by a type in the spelling of the sources YAML; what the text lacks is null. #}
{% macro from_json_text(text, type) -%} {{ adapter.dispatch('from_json_text')(text, type) }} {%- endmacro %}
{% macro duckdb__from_json_text(text, type) -%} cast({{ text }} as {{ native_type(type) }}) {%- endmacro %}
{% macro spark__from_json_text(text, type) -%} from_json({{ text }}, '{{ type }}', map('mode', 'FAILFAST')) {%- endmacro %}
