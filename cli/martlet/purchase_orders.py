"""The published plan as one purchase order a vendor, in the columns of a Shopify purchase order."""

from collections.abc import Sequence
from itertools import chain, count
from pathlib import Path

from martlet import warehouse
from martlet.exporting import ExportedFile, sha256, slug, unchanged_files, write_csv, write_manifest
from martlet.project import Project

FOLDER = "purchase_orders"
LONGEST_STEM = 60
TABLE = "predictions.replenishment_plan"
COLUMNS = ("Supplier SKU", "SKU", "Product", "Quantity", "Unit cost", "Total")
ORDERS = f"""
select
    vendor, vendor_sku, sku, product_title, order_quantity, cast(unit_cost as decimal(18, 2)),
    cast(order_cost_total as decimal(18, 2))
from {TABLE}
where is_funded
order by vendor, sku
"""


def write_purchase_orders(project: Project, vendor: str | None = None) -> list[ExportedFile]:
    """Write exports/purchase_orders/<vendor>.csv for each vendor with orders, and tell the manifest.

    Files of vendors that have none any more are removed, if nobody changed them; with `vendor`, the others' files stay
    as they are.
    """
    _, rows = warehouse.query_published(project, ORDERS)
    _, build = warehouse.query_published(project, "select max(as_of_date), max(source_modes) from ops.build")
    as_of, modes = build[0]
    folder = project.exports_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    _, vendors = warehouse.query_published(
        project, f"select distinct vendor from {TABLE} where vendor is not null order by all"
    )
    names = _file_names([row[0] for row in vendors])
    files = []
    for name, file in names.items():
        lines = [row[1:] for row in rows if row[0] == name]
        if lines:
            write_csv(folder / file, COLUMNS, lines)
            digest = sha256(folder / file) or ""
            files.append(ExportedFile(f"{FOLDER}/{file}", TABLE, len(lines), digest, str(as_of), modes))
    _remove_stale(project.exports_dir, {file.file for file in files}, names.get(vendor) if vendor else None)
    write_manifest(project.exports_dir, files)
    return files


def _file_names(vendors: Sequence[str]) -> dict[str, str]:
    """A file for each vendor; those whose names differ only in signs get a number."""
    files: dict[str, str] = {}
    for vendor in vendors:
        stem = slug(vendor).replace("_", "-")[:LONGEST_STEM] or "vendor"
        numbered = (f"{stem}-{number}.csv" for number in count(2))
        files[vendor] = next(file for file in chain([f"{stem}.csv"], numbered) if file not in files.values())
    return files


def _remove_stale(exports: Path, written: set[str], only: str | None) -> None:
    for file in unchanged_files(exports):
        is_order = file.startswith(f"{FOLDER}/") and file not in written
        if is_order and (only is None or file == f"{FOLDER}/{only}"):
            (exports / file).unlink()
