"""A folder of a vendor's tables, or a DuckDB file of them, as one load: an order and its lines stand in two files."""

from collections.abc import Mapping
from pathlib import Path

from martlet.loaders.landing import Lake, Landing, LoadReceipt, Progress, connect, next_load_time
from martlet.loaders.shopify_records import SOURCE, create_records, land_records
from martlet.loaders.shopify_records.shapes import Shape
from martlet.loaders.shopify_records.table_rows import stage_table
from martlet.loaders.shopify_records.tables import tables_of
from martlet.loaders.table_files import open_tables


def load_tables(
    lake: Lake, path: Path, shape: Shape, aliases: Mapping[str, str], vendor: str, progress: Progress
) -> LoadReceipt:
    """Load what stands at `path`. `aliases`: a table's name there -> the shape's kind. Raises MartletError."""
    path = path.resolve()
    with connect(lake.raw_dir.parent / ".incoming" / "spill") as looking:
        load_id = open_tables(looking, path, aliases, vendor).load_id(vendor)
    if receipt := lake.find_receipt(load_id):
        return receipt
    landing = Landing(lake, SOURCE, f"{vendor} tables", path, load_id, next_load_time(lake))
    try:
        source = open_tables(landing.connection, path, aliases, vendor)
        create_records(landing.connection)
        tables = tables_of(lake.contract)
        for number, file in enumerate(source.files):
            progress(f"{source.name}: reading {file.label}")
            stage_table(landing.connection, file, number, shape, tables, progress)
        labels = [file.label for file in source.files]
        return land_records(lake, landing, shape, labels, progress, source.notes)
    finally:
        landing.close()
