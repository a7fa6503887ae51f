"""Rows of a vendor's tables into `records`: every row one JSON object, whatever its columns' types were."""

import glob
from collections import Counter
from typing import Any

import duckdb

from martlet.errors import MartletError
from martlet.loaders.csv_rows import open_csv, stage_rows
from martlet.loaders.landing import Progress
from martlet.loaders.ndjson_lines import stage_lines
from martlet.loaders.shopify_records.judging import LINE_BITS
from martlet.loaders.shopify_records.shapes import Shape, sql_text
from martlet.loaders.shopify_records.tables import Table
from martlet.loaders.table_files import TableFile

MAX_NESTED_CELL = 16_000_000
_WHOLE = (
    "tinyint",
    "smallint",
    "integer",
    "bigint",
    "utinyint",
    "usmallint",
    "uinteger",
    "ubigint",
    "hugeint",
    "uhugeint",
)
_NUMBERS = (*_WHOLE, "float", "double", "decimal")
_TIMES = ("timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns", "timestamp with time zone", "date")
# what a column must hold -> the types that can, beside text and JSON; and what a refusal calls it
_ACCEPTED = {
    "id": (_NUMBERS, "whole numbers"),
    "integer": (_NUMBERS, "whole numbers"),
    "decimal": (_NUMBERS, "numbers"),
    "timestamp": (_TIMES, "times"),
    "boolean": (("boolean", *_WHOLE), "true or false"),
    "text": ((*_NUMBERS, *_TIMES, "boolean", "uuid", "list"), "text"),
    "json": (("struct", "list", "map"), "lists or structs"),
}


def stage_table(
    connection: duckdb.DuckDBPyConnection,
    file: TableFile,
    number: int,
    shape: Shape,
    tables: dict[str, Table],
    progress: Progress,
) -> None:
    """Append the file's rows to `records` as objects of kind `file.table`. Raises MartletError if it cannot be read."""
    try:
        if file.kind == "json":
            stage_lines(connection, file.path, progress)
            _take_lines(connection, file, number)
        else:
            _take_rows(connection, file, number, _wanted(shape, tables, file.table), progress)
    except (duckdb.Error, UnicodeDecodeError) as error:  # names that are no text come with damaged Parquet
        raise MartletError(f"{file.label}: cannot be read ({str(error).splitlines()[0]})") from None
    finally:
        for name in ("lines", "staged"):
            connection.execute(f"drop table if exists {name}")


def _wanted(shape: Shape, tables: dict[str, Table], kind: str) -> dict[str, str]:
    """What each column that the shape reads must hold."""
    wanted = {
        path: tables[mapping.table].columns.get(name, "text") if field.sql == "{x}" else "text"
        for mapping in shape.mappings
        if mapping.kind == kind
        for name, field in mapping.fields.items()
        for path in field.paths
        if "." not in path
    }
    ids = {
        path: "id"
        for mapping in shape.mappings
        if mapping.kind == kind
        for name, field in mapping.fields.items()
        for path in field.paths
        if "." not in path and tables[mapping.table].columns.get(name) == "id"
    }
    return {**wanted, **ids, **dict.fromkeys(shape.columns_with_json(kind), "json"), "_airbyte_data": "json"}


def _take_lines(connection: duckdb.DuckDBPyConnection, file: TableFile, number: int) -> None:
    connection.execute(
        f"""insert into records
        select {number << LINE_BITS} + _row, {sql_text(file.table)}, null, null, problem,
            case when problem is not null then _text
                when json_type(_text, '$._airbyte_data') = 'OBJECT'
                then cast(json_merge_patch(_text::json, json_extract(_text, '$._airbyte_data')) as varchar)
                else _text end
        from (
            select _row, _text, case when _problem is not null then _problem
                when not json_valid(_text) then 'the line is not valid JSON'
                when json_type(_text) <> 'OBJECT' then 'the line is not a JSON object' end as problem
            from lines
        )"""
    )


def _take_rows(
    connection: duckdb.DuckDBPyConnection, file: TableFile, number: int, wanted: dict[str, str], progress: Progress
) -> None:
    source, line = _source(connection, file, progress)
    relation = connection.sql(f"select * from {source} limit 0")
    types = dict(zip(relation.columns, relation.types, strict=True))
    _refuse_wrong_types(connection, file, source, types, wanted)
    columns = {name: kind for name, kind in types.items() if name not in ("_line", "_problem", "file_row_number")}
    members = ", ".join(
        f'"{name.lower()}" := {_as_json(name, kind, wanted.get(name.lower()))}' for name, kind in columns.items()
    )
    unread = " ".join(
        f"when trim({_quoted(name)}) <> '' and not json_valid({_quoted(name)})"
        f" then {sql_text(f'{name} is not valid JSON')}"
        for name, kind in columns.items()
        if wanted.get(name.lower()) == "json" and kind.id == "varchar"
    )
    problem = "_problem" if "_problem" in types else "null"
    text = f"to_json(struct_pack({members}))"
    if "_airbyte_data" in {name.lower() for name in columns}:
        text = f"json_merge_patch({text}, coalesce(json_extract({text}, '$._airbyte_data'), '{{}}'::json))"
    connection.execute(
        f"""insert into records
        select {number << LINE_BITS} + {line}, {sql_text(file.table)}, null, null,
            coalesce({problem}, {f"case {unread} end" if unread else "null"}), cast({text} as varchar)
        from {source}"""
    )


def _source(connection: duckdb.DuckDBPyConnection, file: TableFile, progress: Progress) -> tuple[str, str]:
    """What to select from, and SQL for a row's line in it."""
    if file.kind == "csv":
        csv = open_csv(file.path)
        header = [heading.lower() for heading in csv.header]
        if repeated := sorted(heading for heading, times in Counter(header).items() if times > 1):
            raise MartletError(f"{file.label}: a heading stands twice: {', '.join(repeated)[:200] or 'an empty one'}")
        places = {heading: place for place, heading in enumerate(header) if heading}
        stage_rows(connection, csv, places, progress, MAX_NESTED_CELL)
        return "staged", "_line"
    if file.kind == "parquet":
        # a file's name may hold *, and its folder's may be day=20261031
        name = sql_text(glob.escape(str(file.path)))
        return f"read_parquet({name}, file_row_number = true, hive_partitioning = false)", "file_row_number + 1"
    return file.relation, "row_number() over ()"


def _refuse_wrong_types(
    connection: duckdb.DuckDBPyConnection, file: TableFile, source: str, types: dict[str, Any], wanted: dict[str, str]
) -> None:
    """A column of another type holds nothing that could be meant; one without a single value has any type."""
    wrong = [
        (name, kind)
        for name, kind in types.items()
        if name.lower() in wanted and file.kind != "csv" and not _is_accepted(kind, wanted[name.lower()])
    ]
    for name, kind in wrong:
        if connection.execute(f"select 1 from {source} where {_quoted(name)} is not null limit 1").fetchone():
            words = _ACCEPTED[wanted[name.lower()]][1]
            raise MartletError(f"{file.label}: column {name} is {str(kind).lower()[:60]} and cannot hold {words}")


def _is_accepted(kind: Any, wanted: str) -> bool:
    return str(kind) == "JSON" or kind.id == "varchar" or kind.id in _ACCEPTED[wanted][0]


def _as_json(name: str, kind: Any, wanted: str | None) -> str:
    """SQL for a value that JSON shows without loss: numbers and times as text, nested ones as they are."""
    column = _quoted(name)
    if wanted == "json" and kind.id == "varchar" and str(kind) != "JSON":
        return f"case when json_valid({column}) then cast({column} as json) end"
    if kind.id in ("float", "double"):
        exact = f"coalesce(cast(try_cast({column} as decimal(38, 8)) as varchar), cast({column} as varchar))"
        return f"case when isfinite({column}) then {exact} else cast({column} as varchar) end"
    if kind.id == "timestamp with time zone":
        return f"cast({column} at time zone 'UTC' as varchar)"
    if kind.id in _TIMES:
        return f"cast(cast({column} as timestamp) as varchar)"
    if kind.id in ("struct", "list", "map", "boolean", "varchar"):
        return column
    return f"cast({column} as varchar)"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
