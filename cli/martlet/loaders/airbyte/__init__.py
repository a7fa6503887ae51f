"""Airbyte's Shopify streams into the raw contract.

A load is a folder with the streams as Parquet, CSV or JSONL files (or folders of such files), or a DuckDB file. Nested
columns may be structs and lists or JSON text; a raw table's `_airbyte_data` is looked into.
"""

from pathlib import Path

from martlet.loaders.airbyte.shape import SHAPE, STREAMS
from martlet.loaders.landing import Lake, LoadReceipt, Progress
from martlet.loaders.shopify_records.from_tables import load_tables
from martlet.loaders.table_files import find_sources


def find_files(path: Path) -> list[Path]:
    """The folder or DuckDB files that `path` names. Raises MartletError if there are none."""
    return find_sources(path)


def load_file(lake: Lake, path: Path, progress: Progress) -> LoadReceipt:
    """Load one folder or DuckDB file. Raises MartletError where it holds no known stream or one that cannot be read."""
    return load_tables(lake, path, SHAPE, STREAMS, "Airbyte", progress)
