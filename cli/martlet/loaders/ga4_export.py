"""GA4's BigQuery export, Parquet or newline-delimited JSON (plain or gzipped), into the raw contract.

Files differ in which columns and struct members they have and in what types; each is brought to the contract's shape
member by member. Nothing that the contract names is dropped: a value that cannot be read sets its row aside.
"""

from pathlib import Path
from typing import Any

import duckdb

from martlet.errors import MartletError
from martlet.loaders.landing import Lake, Landing, LoadReceipt, Progress, file_load_id, files_under, next_load_time
from martlet.raw_contract import Column, RawTable

SOURCE = "ga4"
PARQUET = (".parquet",)
JSON = (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz")
MAX_LINE = 16_000_000
# microseconds since 1970: GA4 was not there before 2015; beyond 2100 the clock was wrong
FIRST_TIME, LAST_TIME = 1_420_070_400_000_000, 4_102_444_800_000_000


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
        rows_in = _stage(landing.connection, path, table)
        _split(landing, table)
        landing.add("events", "good", "_row")
        return landing.finish(rows_in)
    except duckdb.Error as error:
        raise MartletError(f"{path.name}: cannot be read as a GA4 export: {str(error).splitlines()[0]}") from None
    finally:
        landing.close()


def _stage(connection: duckdb.DuckDBPyConnection, path: Path, table: RawTable) -> int:
    """Make view `source` with a `_row`, `_ok`, `_text` and the file's own columns; return its number of rows."""
    name = str(path).replace("'", "''")
    if path.name.lower().endswith(PARQUET):
        connection.execute(
            f"create temp view source as select * exclude (file_row_number), file_row_number + 1 as _row, true as _ok,"
            f" null as _text from read_parquet('{name}', file_row_number = true)"
        )
    else:
        _stage_json(connection, name, table)
    _require_columns(connection, path, table)
    row = connection.execute("select count(*) from source").fetchone()
    return int(row[0]) if row else 0


def _stage_json(connection: duckdb.DuckDBPyConnection, name: str, table: RawTable) -> None:
    # lines are read as text first, so that one malformed line costs one row and keeps its number
    connection.execute(
        f"""create temp table lines as
        select row_number() over () as _row, line as _text, coalesce(json_valid(line), false) as _ok
        from read_csv('{name}', columns = {{'line': 'varchar'}}, delim = '\x01', quote = '', escape = '', header = false,
            auto_detect = false, strict_mode = false, null_padding = true, max_line_size = {MAX_LINE},
            buffer_size = {2 * MAX_LINE}, parallel = false)
        where line is not null"""
    )
    keys = connection.execute(
        "select distinct unnest(json_keys(_text)) from (select * from lines where _ok limit 1000)"
    ).fetchall()
    present = {key for (key,) in keys}
    columns = ", ".join(
        f"""case when _ok then json_extract(_text, '$."{column.name}"') end as "{column.name}\""""
        for column in table.columns
        if column.name in present
    )
    connection.execute(
        f"create temp view source as select _row, _ok, _text{', ' + columns if columns else ''} from lines"
    )


def _require_columns(connection: duckdb.DuckDBPyConnection, path: Path, table: RawTable) -> None:
    present = set(connection.sql("select * from source limit 0").columns)
    missing = [column.name for column in table.columns if not column.nullable and column.name not in present]
    if missing:
        raise MartletError(f"{path.name}: not a GA4 export, without: {', '.join(missing)}")


def _split(landing: Landing, table: RawTable) -> None:
    """Make `good` and, where there are bad rows, reject them with the row as JSON."""
    connection = landing.connection
    relation = connection.sql("select * from source limit 0")
    have = dict(zip(relation.columns, relation.types, strict=True))
    want = _contract_types(connection, table)
    columns = [c for c in table.columns if c.name in have]
    conformed = ", ".join(f'{_conform(_q(c.name), have[c.name], want[c.name])} as "{c.name}"' for c in columns)
    given = ", ".join(f'source."{c.name}" is not null as "has_{c.name}"' for c in columns if _is_scalar(want[c.name]))
    connection.execute(
        f"""create temp table conformed as
        select _row, _ok, {given}, {conformed} from source"""
    )
    reasons = [_reason(c) for c in columns if _is_scalar(want[c.name])]
    connection.execute(
        f"""create temp view judged as
        select *, case when not _ok then 'the line is not valid JSON'
            when not coalesce(event_timestamp between {FIRST_TIME} and {LAST_TIME}, true)
            then 'event_timestamp is not in microseconds since 1970'
            when try_strptime(event_date, '%Y%m%d') is null and event_date is not null
            then 'event_date is not a day such as 20261031'
            else nullif(concat_ws('; ', {", ".join(reasons)}), '') end as reason
        from conformed"""
    )
    names = ", ".join(f'"{c.name}"' for c in columns)
    connection.execute(f"create temp view good as select _row, {names} from judged where reason is null")
    if connection.execute("select 1 from judged where reason is not null limit 1").fetchone():
        # the row itself is made from the file again: most files have no bad row to pay for
        landing.reject(
            """(select _row as line, judged.reason, null as value, coalesce(source._text, to_json(source)) as "row"
                from judged join source using (_row) where judged.reason is not null)"""
        )


def _reason(column: Column) -> str:
    unreadable = (
        f"when has_{column.name} and \"{column.name}\" is null then '{column.name} is not a {column.data_type}'"
    )
    blank = "" if column.nullable else f"when \"{column.name}\" is null then '{column.name} is blank'"
    return f"case {unreadable} {blank} end"


def _contract_types(connection: duckdb.DuckDBPyConnection, table: RawTable) -> dict[str, Any]:
    fields = ", ".join(f'"{column.name}" {column.duckdb_type}' for column in table.columns)
    connection.execute(f"create temp table contract ({fields})")
    relation = connection.sql("select * from contract")
    return dict(zip(relation.columns, relation.types, strict=True))


def _is_scalar(wanted: Any) -> bool:
    return wanted.id not in ("struct", "list")


def _q(name: str) -> str:
    return f'source."{name}"'


def _conform(expression: str, have: Any, want: Any, depth: int = 0) -> str:
    """SQL that brings a value of DuckDB type `have` to type `want`: struct members by name, lists element by element."""
    if str(have) == "JSON":
        return f"json_transform({expression}, '{_structure(want)}')"
    if want.id == "struct" and have.id == "struct":
        members = dict(have.children)
        fields = ", ".join(
            f'"{name}" := '
            + (
                _conform(f'{expression}."{name}"', members[name], child, depth)
                if name in members
                else f"cast(null as {child})"
            )
            for name, child in want.children
        )
        return f"case when {expression} is not null then struct_pack({fields}) end"
    if want.id == "list" and have.id == "list":
        item = f"item{depth}"
        inner = _conform(item, have.children[0][1], want.children[0][1], depth + 1)
        return f"list_transform({expression}, lambda {item}: {inner})"
    if not _is_scalar(want) and have.id == "varchar":
        return f"json_transform(try_cast({expression} as json), '{_structure(want)}')"
    if not _is_scalar(want) or not _is_scalar(have):
        return f"cast(null as {want})"
    return f"try_cast({expression} as {want})"


def _structure(want: Any) -> str:
    """A DuckDB type as json_transform wants it: {"key": "VARCHAR"} and ["BIGINT"]."""
    if want.id == "struct":
        return "{" + ", ".join(f'"{name}": {_structure(child)}' for name, child in want.children) + "}"
    if want.id == "list":
        return "[" + _structure(want.children[0][1]) + "]"
    return f'"{want}"'
