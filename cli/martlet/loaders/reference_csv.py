"""The merchant's own tables (vendors, goals and so on) as CSV files whose headings are the raw contract's.

A file is told by its headings; the newest load of a vendor or SKU counts.
"""

from collections import Counter
from pathlib import Path

from martlet.errors import MartletError
from martlet.loaders.checks import later_copy, set_aside, type_rows
from martlet.loaders.csv_rows import open_csv, stage_rows
from martlet.loaders.landing import Lake, Landing, LoadReceipt, Progress, file_load_id, files_under, next_load_time
from martlet.raw_contract import RawTable

SOURCE = "reference"
KINDS = {"bigint": "integer", "double": "number", "decimal(18,4)": "decimal", "boolean": "boolean", "date": "date"}


def find_files(path: Path) -> list[Path]:
    """The CSV files that `path` names. Raises MartletError if there are none."""
    return files_under(path, (".csv",), "CSV")


def load_file(lake: Lake, path: Path, progress: Progress) -> LoadReceipt:
    """Load one file. Raises MartletError where its headings are those of no reference table."""
    file = open_csv(path)
    header = [heading.lower() for heading in file.header]
    table = _match_table(lake, path, header)
    load_id = file_load_id(path, "reference")
    if receipt := lake.find_receipt(load_id):
        return receipt
    landing = Landing(lake, SOURCE, table.name, path, load_id, next_load_time(lake))
    try:
        places = {name: header.index(name) for name in table.column_names if name in header}
        rows_in = stage_rows(landing.connection, file, places, progress)
        kinds = {column.name: KINDS[column.data_type] for column in table.columns if column.data_type in KINDS}
        type_rows(landing.connection, {name: name for name in table.column_names}, kinds)
        _split(landing, table)
        set_aside(landing, file)
        landing.add(table.name, "good", "_line")
        return landing.finish(rows_in)
    finally:
        landing.close()


def _match_table(lake: Lake, path: Path, header: list[str]) -> RawTable:
    tables = [table for (source, _), table in lake.contract.items() if source == SOURCE and not table.is_edited]
    required = {table.name: [c.name for c in table.columns if not c.nullable] for table in tables}
    repeated = sorted(heading for heading, times in Counter(header).items() if times > 1)
    if repeated:
        raise MartletError(f"{path.name}: a heading stands twice: {', '.join(repeated)}")
    # headings must be known: a misspelt optional one would be a column of blanks
    fitting = [table for table in tables if set(required[table.name]) <= set(header) <= set(table.column_names)]
    if not fitting:
        known = "; ".join(f"{table.name}: {', '.join(table.column_names)}" for table in tables)
        unknown = sorted(set(header) - {name for table in tables for name in table.column_names})
        fault = f"unknown headings: {', '.join(unknown)}" if unknown else "its headings are those of no reference table"
        raise MartletError(f"{path.name}: {fault} ({known})")
    return max(fitting, key=lambda table: len(required[table.name]))


def _split(landing: Landing, table: RawTable) -> None:
    blanks = " ".join(f"when {c.name} is null then '{c.name} is blank'" for c in table.columns if not c.nullable)
    landing.connection.execute(
        f"""create temp table judged as
        select *, coalesce(fault, {later_copy(" and ".join(table.key), *table.key)}) as reason
        from (select *, coalesce(_reason, case {blanks} end) as fault from typed)"""
    )
    landing.connection.execute(
        "create temp view bad as select _line as line, reason, _value as value from judged where reason is not null"
    )
    landing.connection.execute(
        "create temp view good as select * exclude (_reason, _value, fault, reason) from judged where reason is null"
    )
