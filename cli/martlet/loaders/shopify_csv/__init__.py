"""Shopify admin CSV exports (orders, products, inventory, customers) into the raw contract."""

from pathlib import Path

from martlet.loaders.checks import set_aside, type_rows
from martlet.loaders.csv_rows import CsvFile, open_csv, stage_rows
from martlet.loaders.landing import Lake, Landing, LoadReceipt, Progress, file_load_id, files_under, next_load_time
from martlet.loaders.shopify_csv import customers, inventory, orders, products
from martlet.loaders.shopify_csv.layouts import KINDS, Match, match_layout

SOURCE = "shopify"
RESOURCES = {"orders": orders, "customers": customers, "products": products, "inventory": inventory}


def find_files(path: Path) -> list[Path]:
    """The CSV files that `path` names. Raises MartletError if there are none."""
    return files_under(path, (".csv",), "CSV")


def load_file(lake: Lake, path: Path, progress: Progress) -> LoadReceipt:
    """Load one file. Raises MartletError where no layout fits its header or it cannot be read."""
    file = open_csv(path)
    match = match_layout(path.name, file.header)
    load_id = file_load_id(path, "shopify-csv")
    if receipt := lake.find_receipt(load_id):
        return receipt
    landing = Landing(lake, SOURCE, match.layout.resource, path, load_id, next_load_time(lake))
    try:
        rows_in = _stage(landing, file, match, progress)
        RESOURCES[match.layout.resource].split(landing.connection)
        set_aside(landing, file)
        RESOURCES[match.layout.resource].land(landing)
        return landing.finish(rows_in)
    finally:
        landing.close()


def _stage(landing: Landing, file: CsvFile, match: Match, progress: Progress) -> int:
    """Make table `typed` from the file; return the number of its rows."""
    rows_in = stage_rows(landing.connection, file, match.columns | match.location_columns, progress)
    progress(f"{file.path.name}: typing and checking {rows_in:,} rows")
    if match.layout.resource == "inventory":
        inventory.lengthen(landing.connection, match)
    type_rows(landing.connection, match.layout.headings, KINDS[match.layout.resource])
    return rows_in
