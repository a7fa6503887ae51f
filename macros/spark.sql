{#
    How dbt makes schemas, seeds and raw tables on Spark. What differs inside a query stands in engine.sql.
#}

{#
    With the catalog in memory, whatever an earlier session left in a schema's folder belongs to nobody, and Spark
    refuses to make a table where files lie. Dropping a schema that this session has only just made clears its folder.
    A catalog that lasts (Hive, Glue, Unity) knows its schemas, so nothing of it is ever dropped.
#}
{% macro spark__create_schema(relation) -%}
    {%- set catalog = run_query('set spark.sql.catalogImplementation').rows[0][1] -%}
    {%- call statement('create_schema') -%} create schema if not exists {{ relation }} {%- endcall -%}
    {%- if catalog == 'in-memory' -%}
        {%- do run_query('drop schema ' ~ relation ~ ' cascade') -%}
        {%- do run_query('create schema ' ~ relation) -%}
    {%- endif -%}
{%- endmacro %}


{# A folder that may be given from where dbt was started, as Spark needs it: absolute, or the address of a store. #}
{% macro spark_path(path) -%}
    {%- if path.startswith('/') or '://' in path -%} {{ return(path) }} {%- endif -%}
    {%- set seeds = graph.nodes.values() | selectattr('resource_type', 'equalto', 'seed') | list -%}
    {{ return(seeds[0].root_path ~ '/' ~ path) }}
{%- endmacro %}


{#
    A raw table over the lake's files, by the declared columns alone: one that an older file does not have is null there,
    and so is one that none has. Files that are not there yet make an empty table. `lake` (variable) is the folder or the
    address of a store that holds <source>/<table>/*.parquet.
#}
{% macro spark__raw_view_sql(node, source_name) -%}
    {%- set lake = spark_path(var('lake') or env_var('MARTLET_HOME', '.') ~ '/data/raw') -%}
    {%- set relation = node.schema ~ '.' ~ node.name -%}
    {%- set columns = [] -%}
    {%- for column in node.columns.values() -%}
        {%- do columns.append('`' ~ column.name ~ '` ' ~ column.data_type) -%}
    {%- endfor -%}
    {%- for name, type in load_columns() -%} {%- do columns.append('`' ~ name ~ '` ' ~ type) -%} {%- endfor -%}
    {%- do run_query('drop table if exists ' ~ relation) -%}
    {{
        return(
            'create table ' ~ relation ~ ' (' ~ columns | join(', ') ~ ') using parquet location ' ~ spark_text(
                lake ~ '/' ~ source_name ~ '/' ~ node.name
            )
        )
    }}
{%- endmacro %}

{% macro spark_text(text) -%} {{ return("'" ~ text | replace('\\', '\\\\') | replace("'", "\\'") ~ "'") }} {%- endmacro %}


{#
    A seed's table, read from its file by Spark. dbt's own way sends every row as SQL text, knows no nested types, and
    writes a cell without a value as the word None. `seed_files` (variable) is where Spark finds the folder seeds/, if it
    does not see this disk.
#}
{% macro spark__create_csv_table(model, agate_table) -%}
    {%- set types = seed_types(model, agate_table) -%}
    {%- set texts, values = [], [] -%}
    {%- for name in agate_table.column_names -%}
        {%- set type = types[name] -%}
        {%- do texts.append('`' ~ name ~ '` string') -%}
        {%- if '<' in type -%}
            {%- do values.append(from_json_text('`' ~ name ~ '`', type) ~ ' as `' ~ name ~ '`') -%}
        {%- else -%} {%- do values.append('cast(`' ~ name ~ '` as ' ~ type ~ ') as `' ~ name ~ '`') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set path = spark_text((var('seed_files') or model.root_path) ~ '/' ~ model.original_file_path) -%}
    {%- do run_query(
        'create or replace temporary view seed_file (' ~ texts | join(', ') ~ ') using csv options (path ' ~ path
        ~ ", header 'true', multiLine 'true', escape '\"', mode 'FAILFAST')"
    ) -%}
    {%- set sql = 'create table ' ~ this.render() ~ ' using parquet as select ' ~ values | join(', ') ~ ' from seed_file' -%}
    {%- call statement('_') -%}{{ sql }}{%- endcall -%}
    {{ return(sql) }}
{%- endmacro %}

{# The table was made with its rows. #}
{% macro spark__load_csv_rows(model, agate_table) -%} {{ return('') }} {%- endmacro %}

{# The type of each column of a seed: the declared one of a mock raw table, else what the YAML or the file says. #}
{% macro seed_types(model, agate_table) -%}
    {%- set types = {} -%}
    {%- if model.name.startswith('mock_') -%}
        {%- do types.update(raw_types(model.name)) -%}
    {%- else -%}
        {%- for name in agate_table.column_names -%}
            {%- do types.update({name: model.config.column_types.get(name) or adapter.convert_type(agate_table, loop.index0)}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(types) }}
{%- endmacro %}
