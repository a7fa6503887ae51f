"""GA4's BigQuery export, Parquet or newline-delimited JSON (plain or gzipped), into the raw contract.

Files differ in which columns and struct members they have and in what types; each is brought to the contract's shape
member by member. Nothing that the contract names is dropped: a value that cannot be read sets its row aside.
"""

import glob
from pathlib import Path
from typing import Any

import duckdb

from martlet.errors import MartletError
from martlet.loaders.landing import Lake, Landing, LoadReceipt, Progress, file_load_id, files_under, next_load_time
from martlet.loaders.ndjson_lines import stage_lines
from martlet.loaders.nested_types import TEXTS, conform, is_lost, is_scalar, take_apart
from martlet.raw_contract import Column, RawTable

SOURCE = "ga4"
PARQUET = (".parquet",)
JSON = (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz")
# microseconds since 1970: GA4 was not there before 2015; beyond 2100 the clock was wrong
FIRST_TIME, LAST_TIME = 1_420_070_400_000_000, 4_102_444_800_000_000
# column -> (SQL that is true of a bad value, what the reason says), beyond the value's type
RULES = {
    "event_timestamp": (
        f"event_timestamp not between {FIRST_TIME} and {LAST_TIME}",
        "is not in microseconds since 1970",
    ),
    "event_date": (
        "event_date is not null and"
        " try_strptime(case when regexp_matches(event_date, '^[0-9]{8}$') then event_date end, '%Y%m%d') is null",
        "is not a day such as 20261031",
    ),
}


def find_files(path: Path) -> list[Path]:
    """The export files that `path` names. Raises MartletError if there are none."""
    return files_under(path, PARQUET + JSON, "Parquet or newline-delimited JSON")


def load_file(lake: Lake, path: Path, progress: Progress) -> LoadReceipt:
    """Load one file. Raises MartletError where it cannot be read or is no GA4 export."""
    load_id = file_load_id(path, "ga4")
    if receipt := lake.find_receipt(load_id):
        return receipt
    table = lake.contract[SOURCE, "events"]
    landing = Landing(lake, SOURCE, "events", path, load_id, next_load_time(lake))
    try:
        progress(f"{path.name}: reading")
        rows_in = _stage(landing.connection, path, table, progress)
        _split(landing, table)
        landing.add("events", "good", "_row")
        return landing.finish(rows_in)
    except (duckdb.Error, UnicodeDecodeError) as error:
        raise MartletError(f"{path.name}: cannot be read as a GA4 export: {str(error).splitlines()[0]}") from None
    finally:
        landing.close()


def _stage(connection: duckdb.DuckDBPyConnection, path: Path, table: RawTable, progress: Progress) -> int:
    """Make view `source` with _row, _problem, _text and the file's own columns; return its number of rows."""
    with path.open("rb") as file:
        magic = file.read(4)
    if not magic:
        raise MartletError(f"{path.name}: the file is empty")
    if magic != b"PAR1" and not path.name.lower().endswith(PARQUET):
        rows_in = stage_lines(connection, path, progress)
        _take_columns(connection, path, table)
        return rows_in
    # a file's name may hold *, and its folder's may be event_date=20261031
    name = glob.escape(str(path)).replace("'", "''")
    connection.execute(
        f"""create temp view source as
        select * exclude (file_row_number), file_row_number + 1 as _row,
            cast(null as varchar) as _problem, cast(null as varchar) as _text
        from read_parquet('{name}', file_row_number = true, hive_partitioning = false)"""
    )
    _require(path, table, set(connection.sql("select * from source limit 0").columns))
    row = connection.execute("select count(*) from source").fetchone()
    return int(row[0]) if row else 0


def _take_columns(connection: duckdb.DuckDBPyConnection, path: Path, table: RawTable) -> None:
    """Make view `source` from the JSON texts in `lines`; members that the contract does not name are let go."""
    paths = ", ".join(f"""'$."{column.name}"'""" for column in table.columns)
    connection.execute(
        f"""create temp table parsed as
        select _row, _text, problem as _problem,
            case when problem is null then json_extract(_text, [{paths}]) end as parts
        from (
            select _row, _text, case when _problem is not null then _problem
                when not json_valid(_text) then 'the line is not valid JSON'
                when json_type(_text) <> 'OBJECT' then 'the line is not a JSON object' end as problem
            from lines
        )"""
    )
    counts = ", ".join(f"count(parts[{place}])" for place in range(1, len(table.columns) + 1))
    found = connection.execute(f"select count(*), count(*) filter (_problem is null), {counts} from parsed").fetchone()
    lines, objects, *counted = found or (0, 0)
    if not lines:
        raise MartletError(f"{path.name}: the file is empty")
    if not objects:
        raise MartletError(f"{path.name}: not a GA4 export: no line of it is a JSON object")
    _require(path, table, {column.name for column, count in zip(table.columns, counted, strict=True) if count})
    columns = ", ".join(
        f"nullif(cast(parts[{place}] as varchar), 'null')::json as \"{column.name}\""
        for place, column in enumerate(table.columns, 1)
    )
    connection.execute(f"create temp view source as select _row, _problem, _text, {columns} from parsed")


def _require(path: Path, table: RawTable, present: set[str]) -> None:
    missing = [column.name for column in table.columns if not column.nullable and column.name not in present]
    if missing:
        raise MartletError(f"{path.name}: not a GA4 export, without: {', '.join(missing)}")


def _split(landing: Landing, table: RawTable) -> None:
    """Make `good` and, where there are bad rows, reject them with the row as JSON."""
    connection = landing.connection
    columns = _conform_columns(connection, table)
    flags = ", ".join(f'{_fault(column)} as "bad_{column.name}"' for column in columns)
    reasons = ", ".join(_reason(column) for column in columns)
    connection.execute(
        f"""create temp view judged as
        select *, coalesce(_problem, nullif(concat_ws('; ', {reasons}), '')) as reason
        from (select *, {flags} from conformed)"""
    )
    names = ", ".join(f'"{column.name}"' for column in columns)
    connection.execute(f"create temp view good as select _row, {names} from judged where reason is null")
    if connection.execute("select 1 from judged where reason is not null limit 1").fetchone():
        # the row itself is made from the file again: most files have no bad row to pay for
        kinds = _types(connection, "source")
        values = ", ".join(f'case when "bad_{c.name}" then {_as_text(c.name, kinds[c.name])} end' for c in columns)
        landing.reject(
            f"""(select _row as line, judged.reason, coalesce({values}) as value,
                    coalesce(source._text, cast(to_json(source) as varchar)) as "row"
                from judged join source using (_row) where judged.reason is not null)"""
        )


def _conform_columns(connection: duckdb.DuckDBPyConnection, table: RawTable) -> list[Column]:
    """Make table `conformed` from `source`: the contract's columns that the file has, and for each whether it is lost.

    A column that holds JSON is taken apart first.
    """
    fields = ", ".join(f'"{column.name}" {column.duckdb_type}' for column in table.columns)
    connection.execute(f"create temp table contract ({fields})")
    have, want = _types(connection, "source"), _types(connection, "contract")
    columns = [column for column in table.columns if column.name in have]
    opened, conformed = [], []
    for name in (column.name for column in columns):
        column = f'"{name}"'
        expression, kind, is_given = _open(column, have[name], want[name])
        opened += [f"{expression} as {column}", f'{is_given} as "given_{name}"']
        conformed.append(f"{conform(column, kind, want[name])} as {column}")
        conformed.append(
            f'({is_lost(column, kind, want[name])} or ("given_{name}" and {column} is null)) as "lost_{name}"'
        )
    connection.execute(
        f"""create temp table conformed as
        select _row, _problem, {", ".join(conformed)} from (select _row, _problem, {", ".join(opened)} from source)"""
    )
    return columns


def _types(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, Any]:
    found = connection.sql(f"select * from {relation} limit 0")
    return dict(zip(found.columns, found.types, strict=True))


def _open(column: str, have: Any, want: Any) -> tuple[str, Any, str]:
    """SQL that takes JSON apart (anything else stands as it is), its type, and SQL that is true if there was any."""
    is_json = str(have) == "JSON"
    text = f"{column} ->> '$'" if is_json else column
    if is_scalar(want):
        return text, TEXTS if is_json else have, "false"
    if is_json or have.id == "varchar":
        return take_apart(f"({text})", want), TEXTS, f"coalesce(trim({text}) not in ('', 'null'), false)"
    return column, have, "false"


def _as_text(name: str, have: Any) -> str:
    return f"source.\"{name}\" ->> '$'" if str(have) == "JSON" else f'cast(source."{name}" as varchar)'


def _fault(column: Column) -> str:
    """SQL that is true where a column's value is bad; a blank one is not."""
    rule = f" or coalesce({RULES[column.name][0]}, false)" if column.name in RULES else ""
    return f'("lost_{column.name}"{rule})'


def _reason(column: Column) -> str:
    holds = "holds a value that cannot be read" if "<" in column.data_type else f"is not a {column.data_type}"
    words = RULES[column.name][1] if column.name in RULES else holds
    blank = "" if column.nullable else f"when \"{column.name}\" is null then '{column.name} is blank'"
    return f"case when \"bad_{column.name}\" then '{column.name} {words}' {blank} end"
