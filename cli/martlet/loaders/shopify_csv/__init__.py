"""Shopify admin CSV exports (orders, products, inventory, customers) into the raw contract."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import pyarrow as pa

from martlet.errors import MartletError
from martlet.loaders import checks
from martlet.loaders.csv_rows import CsvFile, open_csv, stage_rows
from martlet.loaders.landing import Lake, Landing, LoadReceipt, Progress, file_load_id, next_load_time
from martlet.loaders.shopify_csv import customers, inventory, orders, products
from martlet.loaders.shopify_csv.layouts import KINDS, Match, match_layout

SOURCE = "shopify"
RESOURCES = {"orders": orders, "customers": customers, "products": products, "inventory": inventory}


def find_files(path: Path) -> list[Path]:
    """The CSV files that `path` names: itself, or those in the folder. Raises MartletError if there are none."""
    if not path.exists():
        raise MartletError(f"{path}: no such file or folder")
    if path.is_file():
        return [path]
    files = sorted(p for p in path.iterdir() if p.is_file() and p.suffix.lower() == ".csv")
    if not files:
        raise MartletError(f"{path}: no CSV files in this folder")
    return files


def load_files(lake: Lake, files: list[Path], progress: Progress) -> Iterator[LoadReceipt | MartletError]:
    """Load each file; a file that is refused whole yields its error and does not stop the others."""
    for path in files:
        try:
            yield _load_file(lake, path, progress)
        except MartletError as error:
            yield error


def _load_file(lake: Lake, path: Path, progress: Progress) -> LoadReceipt:
    file = open_csv(path)
    match = match_layout(path.name, file.header)
    load_id = file_load_id(path, "shopify-csv")
    if receipt := lake.find_receipt(load_id):
        return receipt
    landing = Landing(lake, SOURCE, match.layout.resource, path, load_id, next_load_time(lake))
    try:
        rows_in = _stage(landing.connection, file, match, progress)
        progress(f"{path.name}: typing and checking {rows_in:,} rows")
        RESOURCES[match.layout.resource].split(landing.connection)
        _set_aside(landing, file)
        RESOURCES[match.layout.resource].land(landing)
        return landing.finish(rows_in)
    finally:
        landing.close()


def _stage(connection: duckdb.DuckDBPyConnection, file: CsvFile, match: Match, progress: Progress) -> int:
    """Make table `typed`: every row in its types, with `_reason` and `_value` where a cell is bad."""
    wanted = match.columns | match.locations
    rows_in = stage_rows(connection, file, wanted, progress)
    if match.layout.resource == "inventory":
        inventory.lengthen(connection, match)
    kinds = KINDS[match.layout.resource]
    names = [name for name, *_ in connection.execute("describe staged").fetchall() if not name.startswith("_")]
    reasons = {
        name: checks.reason(match.layout.headings.get(name, name), name, kinds[name]) for name in names if name in kinds
    }
    columns = [f"{checks.typed(name, kinds.get(name, 'text'))} as \"{name}\"" for name in names]
    columns += [
        f"{checks.typed_null(kinds.get(name, 'text'))} as \"{name}\"" for name in match.layout.headings if name not in names
    ]
    connection.execute(
        f"""create temp table typed as
        select _line, coalesce(_problem, {_concatenated(reasons)}) as _reason, {_first_bad_value(reasons)} as _value,
            {", ".join(columns)}
        from staged"""
    )
    return rows_in


def _concatenated(reasons: Mapping[str, str]) -> str:
    return f"nullif(concat_ws('; ', {', '.join(reasons.values())}), '')" if reasons else "null"


def _first_bad_value(reasons: Mapping[str, str]) -> str:
    cases = [f'case when ({reason}) is not null then "{name}" end' for name, reason in reasons.items()]
    return f"coalesce({', '.join([*cases, 'cast(null as varchar)'])})"


def _set_aside(landing: Landing, file: CsvFile) -> None:
    """Send the rows of `bad` (line, reason, value) to the rejected rows, each with the record itself."""
    lines = {line for (line,) in landing.connection.execute("select line from bad").fetchall()}
    if not lines:
        return
    found = dict(file.rows_at(lines))
    records = pa.table({"line": pa.array(found, pa.int64()), "row": pa.array(found.values(), pa.string())})
    landing.connection.register("records", records)
    landing.connection.execute(
        'create temp table rejected as select bad.*, records."row" from bad left join records using (line)'
    )
    landing.reject("rejected")
