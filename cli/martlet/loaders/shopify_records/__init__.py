"""Shopify's objects from any vendor into raw_shopify: one contract, one judgement, and a thin shape for each vendor.

A loader fills table `records` (_row, _kind, _up, _order, _problem, _text) with one row for each row of its files, the
row itself as a JSON object, and `broken_lines` (_line, order_id) with rows that cannot be read but whose order is
known; then `land_records` does the rest. See shapes.py for how a vendor's fields are written down.
"""

from collections.abc import Sequence

import duckdb

from martlet.loaders.landing import Lake, Landing, LoadReceipt, Progress
from martlet.loaders.shopify_records.finishing import land
from martlet.loaders.shopify_records.judging import LINE_BITS, file_of, judge, line_of
from martlet.loaders.shopify_records.objects import make_objects, make_tables
from martlet.loaders.shopify_records.shapes import Shape
from martlet.loaders.shopify_records.tables import tables_of

SOURCE = "shopify"

__all__ = ["LINE_BITS", "SOURCE", "create_records", "land_records"]


def create_records(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the empty tables that a loader fills."""
    connection.execute(
        "create temp table records"
        " (_row bigint, _kind varchar, _up varchar, _order varchar, _problem varchar, _text varchar)"
    )
    connection.execute("create temp table broken_lines (_line bigint, order_id bigint)")


def land_records(
    lake: Lake, landing: Landing, shape: Shape, files: Sequence[str], progress: Progress, notes: tuple[str, ...] = ()
) -> LoadReceipt:
    """Judge and write what stands in `records`; `files` are the names that the high bits of a row's number count."""
    connection = landing.connection
    tables = tables_of(lake.contract)
    row = connection.execute("select count(*) from records").fetchone()
    rows_in = int(row[0]) if row else 0
    progress(f"{files[0]}: typing and checking {rows_in:,} rows")
    make_objects(connection, shape)
    connection.execute("insert into faults select _row, _problem, _up from records where _problem is not null")
    make_tables(connection, shape, tables)
    judge(connection, tables, files)
    if connection.execute("select 1 from verdicts limit 1").fetchone():
        landing.reject(
            f"""(select {line_of("_line")} as line, {file_of("_line", files)} as _file, reason, value,
                    trim(_text, chr(13) || chr(10)) as "row"
                from verdicts inner join records on verdicts._line = records._row)""",
            "_file",
        )
    progress(f"{files[0]}: writing")
    raw = [(name, tuple(lake.contract[SOURCE, name].column_names)) for name, table in tables.items() if table.is_raw]
    land(landing, raw, files)
    return landing.finish(rows_in, notes)
