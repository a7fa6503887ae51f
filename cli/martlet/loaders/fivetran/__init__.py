"""Fivetran's Shopify tables, in its REST or GraphQL shape, into the raw contract.

A load is a folder with one Parquet or CSV file for each table, or a DuckDB file whose schema holds the tables. A table
that is not there has no rows yet: Fivetran makes the refund tables with the first refund.
"""

from pathlib import Path

from martlet.loaders.fivetran.shape import ALIASES, SHAPE
from martlet.loaders.landing import Lake, LoadReceipt, Progress
from martlet.loaders.shopify_records.from_tables import load_tables
from martlet.loaders.table_files import find_sources


def find_files(path: Path) -> list[Path]:
    """The folder or DuckDB files that `path` names. Raises MartletError if there are none."""
    return find_sources(path)


def load_file(lake: Lake, path: Path, progress: Progress) -> LoadReceipt:
    """Load one folder or DuckDB file. Raises MartletError where it holds no known table or one that cannot be read."""
    return load_tables(lake, path, SHAPE, ALIASES, "Fivetran", progress)
