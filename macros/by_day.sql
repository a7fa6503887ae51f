{#
    Tables that are built by day. A model that says `build_by_day(...)` reads again only the days of which new files of
    raw_ga4.events hold events, a late row's day and a restated day alike, and keeps a list of the files it has read:
    ops.files_read. What it holds is what a full refresh would make; tests/integration/test_by_day.py holds it to that.

    A table is made anew where that cannot be told: by a plain `dbt build`, which has no build_digest; where models, macros,
    rules, variables or the key for hashing people changed (the digest says so); where a file is gone or is another one; on
    the mock store's seeds. On other engines it is always a table like any other.
#}
{% macro build_by_day(strategy, day=none, pre_hook=[], in_parts=none) -%}
    {{
        config(
            materialized=adapter.dispatch('materialized_by_day')(),
            incremental_strategy=strategy,
            day=day,
            on_schema_change='fail',
            pre_hook=pre_hook,
            in_parts=in_parts,
            post_hook='{{ remember_files() }}',
        )
    }}
{%- endmacro %}

{% macro default__materialized_by_day() -%} {{ return('table') }} {%- endmacro %}
{% macro duckdb__materialized_by_day() -%} {{ return('incremental') }} {%- endmacro %}


{# on-run-start: the files there are. #}
{% macro register_files() %} {%- if execute -%} {%- do adapter.dispatch('register_files')() -%} {%- endif -%} {% endmacro %}

{% macro default__register_files() %} {% endmacro %}

{% macro duckdb__register_files() %}
    {%- set files = env_var('MARTLET_HOME', '.') ~ '/data/raw/ga4/events/*.parquet' -%}
    {%- do run_query('create schema if not exists ops') -%}
    {%- do run_query(
        "create table if not exists ops.files_read (model varchar, build_digest varchar, file varchar, identity varchar)"
    ) -%}
    {#- what changed, so that publishing can copy that alone; the id tells this file from one made after it -#}
    {%- do run_query("create table if not exists ops.workshop as select cast(uuid() as varchar) as workshop_id") -%}
    {%- do run_query("create table if not exists ops.changes (model varchar, changed_date date, number bigint)") -%}
    {%- do run_query("create table if not exists ops.changes_read (model varchar, build_digest varchar, number bigint)") -%}
    {%- do run_query("create table if not exists ops.published (workshop_id varchar, number bigint)") -%}
    {#- what a build left is not to be believed while another runs, or after one by hand (cli/martlet/standing.py) -#}
    {%- do run_query("create table if not exists ops.standing (node varchar, fingerprint varchar)") -%}
    {%- do run_query("delete from ops.standing") -%}
    {#- a day that is null stands for the whole table -#}
    {%- set unpublished -%}
        select model, changed_date
        from ops.changes
        where number > coalesce(
            (select max(number) from ops.published where workshop_id = (select workshop_id from ops.workshop)), -1
        )
    {%- endset -%}
    {%- do run_query("create or replace view ops.unpublished as " ~ unpublished) -%}
    {%- set files = "('" ~ files | replace("'", "''") ~ "')" -%}
    {#- read_blob() is upset where there is no file #}
    {%- set there_are_files = run_query('select count(*) > 0 from glob' ~ files).rows[0][0] -%}
    {%- do run_query(
        "create or replace table ops.files as select filename as file, concat_ws('/', size, last_modified) as identity from "
        ~ ('read_blob' ~ files if there_are_files else "(select '' as filename, 0 as size, '' as last_modified) where false")
    ) -%}
{% endmacro %}


{# post-hook of every incremental model: what it read, in the transaction that wrote it. #}
{% macro remember_files() -%} {{ adapter.dispatch('remember_files')() }} {%- endmacro %}

{% macro default__remember_files() -%} {%- endmacro %}

{% macro duckdb__remember_files() -%}
    delete from ops.files_read where model = '{{ this.name }}';
    insert into ops.files_read
    select '{{ this.name }}', '{{ var("build_digest") }}', file, identity from ops.files
{%- endmacro %}


{# dbt asks this before every incremental model; where a table cannot be kept, it is as if one had said --full-refresh. #}
{% macro should_full_refresh() -%}
    {%- set asked = config.get('full_refresh') -%}
    {%- if asked is none -%} {%- set asked = flags.FULL_REFRESH -%} {%- endif -%}
    {%- if not asked and model.config.materialized == 'incremental' -%}
        {%- set asked = is_out_of_date() -%}
    {%- endif -%}
    {{ return(asked) }}
{%- endmacro %}

{% macro is_out_of_date() -%}
    {%- if not var("build_digest", "") or var('source_modes')['ga4'] != 'live' -%} {{ return(true) }} {%- endif -%}
    {%- if config.get('made_of') -%} {{ return(has_unread_table()) }} {%- endif -%}
    {%- set told -%}
        select
            count(*) > 0
            and bool_and(files_read.build_digest = '{{ var("build_digest") }}' and files.file is not null)
        from ops.files_read
        left join ops.files on files_read.file = files.file and files_read.identity = files.identity
        where files_read.model = '{{ this.name }}'
    {%- endset -%}
    {{ return(not run_query(told).rows[0][0]) }}
{%- endmacro %}


{# The shop's days of which files hold events that this model has not read, in order; none if it reads everything. #}
{% macro new_event_days() -%}
    {#- a unit test builds nothing that could be kept -#}
    {%- if not this or not is_incremental() -%} {{ return(none) }} {%- endif -%}
    {%- set unread -%}
        select file from ops.files where file not in (select file from ops.files_read where model = '{{ this.name }}')
    {%- endset -%}
    {%- set files = run_query(unread).columns[0].values() -%}
    {%- if not files -%} {{ return([]) }} {%- endif -%}
    {%- set days -%}
        select distinct cast({{ shop_date(micros_to_timestamp("event_timestamp")) }} as string)
        from read_parquet(['{{ files | map('replace', "'", "''") | join("', '") }}'])
        order by 1
    {%- endset -%}
    {{ return(run_query(days).columns[0].values() | list) }}
{%- endmacro %}


{# Strategy of what knows its day: what was read takes the place of those days, of which there may be nothing any more. #}
{% macro get_incremental_by_days_sql(arguments) -%}
    {%- set columns = arguments['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {%- set days = changed_days() if config.get('made_of') else new_event_days() -%}
    {#- not those of the rows that were read, as dbt's own delete+insert: DuckDB would read the whole column -#}
    delete from {{ arguments['target_relation'] }} where {{ is_read_day(config.get('day'), days) }};

    insert into {{ arguments['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arguments['temp_relation'] }}
{%- endmacro %}
