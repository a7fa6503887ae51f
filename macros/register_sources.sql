{#
    on-run-start: makes every source that is not mock, and every table with `meta.edited`, a typed view over data/raw/<source>/<table>/*.parquet,
    or an empty typed view where nothing was loaded. Types come from the sources YAML alone.
#}
{% macro register_sources() %}
    {%- if execute -%}
        {%- for node in graph.sources.values() -%}
            {%- set source_name = node.source_name | replace('raw_', '') -%}
            {%- if var('source_modes')[source_name] != 'mock' or node.config.meta.get('edited') -%}
                {%- do run_query('create schema if not exists ' ~ node.schema) -%}
                {%- do run_query(raw_view_sql(node, source_name)) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}


{% macro raw_view_sql(node, source_name) -%}
    {{ return(adapter.dispatch('raw_view_sql')(node, source_name)) }}
{%- endmacro %}

{% macro duckdb__raw_view_sql(node, source_name) -%}
    {%- set files = env_var('MARTLET_HOME', '.') ~ '/data/raw/' ~ source_name ~ '/' ~ node.name ~ '/*.parquet' -%}
    {%- set files = files | replace("'", "''") -%}
    {%- set loaded = run_query("select count(*) from glob('" ~ files ~ "')").rows[0][0] > 0 -%}
    {%- set from_clause = "from read_parquet('" ~ files ~ "', union_by_name = true)" if loaded else 'where false' -%}
    {%- set columns = [] -%}
    {%- set declared = node.columns.values() | map(attribute='name') | list -%}
    {%- set types = node.columns.values() | map(attribute='data_type') | list -%}
    {%- set present = [] -%}
    {%- if loaded -%}
        {%- for row in run_query('describe select * ' ~ from_clause).rows -%}{%- do present.append(row[0]) -%}{%- endfor -%}
    {%- endif -%}
    {%- for name, type in (zip(declared, types) | list) + load_columns() -%}
        {#- a column that an older load did not have is null there -#}
        {%- set value = '"' ~ name ~ '"' if name in present else 'null' -%}
        {%- do columns.append('cast(' ~ value ~ ' as ' ~ native_type(type) ~ ') as "' ~ name ~ '"') -%}
    {%- endfor -%}
    {#- so that the rows of new files can be told (cli/martlet/contracts.py) -#}
    {%- do columns.append(('filename' if loaded else 'cast(null as varchar)') ~ ' as "_raw_file"') -%}
    {{ return('create or replace view ' ~ node.schema ~ '.' ~ node.name ~ ' as select ' ~ columns | join(', ') ~ ' ' ~ from_clause) }}
{%- endmacro %}


{# The bookkeeping columns that loaders add to every row, with their types. #}
{% macro load_columns() -%}
    {{ return([('_loaded_at', 'timestamp'), ('_source_file', 'string'), ('_source_row', 'bigint')]) }}
{%- endmacro %}


{# The declared type of each column of the raw table that a mock seed stands for, as this engine spells it. #}
{% macro raw_types(seed_name) -%}
    {%- set source_name, table_name = seed_name.removeprefix('mock_').split('__') -%}
    {%- set types = {} -%}
    {%- for node in graph.sources.values() if node.source_name == 'raw_' ~ source_name and node.name == table_name -%}
        {%- for column in node.columns.values() -%}
            {%- do types.update({column.name: native_type(column.data_type)}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(types) }}
{%- endmacro %}


{#
    A raw type as this engine spells it. The YAML is in Spark's syntax: array<struct<a:string>>.
    The same translation stands in cli/martlet/raw_contract.py for the loaders; a test holds them equal.
#}
{% macro native_type(spark_type) -%}
    {{ return(adapter.dispatch('native_type')(spark_type)) }}
{%- endmacro %}

{% macro default__native_type(spark_type) -%}
    {{ return(spark_type) }}
{%- endmacro %}

{% macro duckdb__native_type(spark_type) -%}
    {%- set ns = namespace(type=spark_type) -%}
    {%- set re = modules.re -%}
    {%- for _ in range(20) -%}
        {%- if '<' in ns.type -%}
            {%- for inner in re.findall('struct<([^<>]*)>', ns.type) -%}
                {%- set members = re.sub('(\\w+):', '"\\1" ', inner) -%}
                {%- set ns.type = ns.type | replace('struct<' ~ inner ~ '>', 'struct(' ~ members ~ ')') -%}
            {%- endfor -%}
            {%- set ns.type = re.sub('array<([^<>]*)>', '\\1[]', ns.type) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(ns.type) }}
{%- endmacro %}


{#
    dbt calls this to make a seed's table. A mock seed takes the types of the raw table it stands for, so that
    the sources YAML stays the only definition; other seeds keep dbt's own behaviour.
#}
{% macro duckdb__create_csv_table(model, agate_table) -%}
    {%- if not model.name.startswith('mock_') -%}
        {{ return(default__create_csv_table(model, agate_table)) }}
    {%- endif -%}
    {%- set types = raw_types(model.name) -%}
    {%- set columns = [] -%}
    {%- for name in agate_table.column_names -%}
        {%- do columns.append('"' ~ name ~ '" ' ~ types[name]) -%}
    {%- endfor -%}
    {%- set sql = 'create table ' ~ this.render() ~ ' (' ~ columns | join(', ') ~ ')' -%}
    {%- call statement('_') -%}{{ sql }}{%- endcall -%}
    {{ return(sql) }}
{%- endmacro %}
