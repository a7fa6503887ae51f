"""Published tables as files: CSV that a spreadsheet opens right and safely, Parquet or JSON for programs."""

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from martlet import warehouse
from martlet.errors import MartletError
from martlet.project import Project

Format = Literal["csv", "parquet", "json"]
SCHEMAS = ("shortlists", "predictions", "marts", "ops")

# What `martlet run` writes, and the order that an operator reads each in; others are ordered by all their columns.
DEFAULT_EXPORTS = (
    "shortlist",
    "cross_sell",
    "landing_page_test",
    "reorder_points",
    "demand_forecast",
    "revenue_forecast",
    "forecast_accuracy",
    "customer_lifetime_value",
    "funnel_daily",
    "funnel_by_product",
    "landing_pages",
    "category_trends",
    "competitor_prices",
    "sales_daily",
    "tracking_health",
)
ORDERS = {
    "shortlist": "rank",
    "cross_sell": "rank",
    "landing_page_test": "rank",
    "reorder_points": "needs_reorder desc nulls last, days_of_cover nulls last, reorder_point desc, sku",
    "demand_forecast": "sku, forecast_date",
    "revenue_forecast": "forecast_date",
    "customer_lifetime_value": "net_sales desc, customer_key",
    "funnel_by_product": "viewed_item desc, item_id",
    "order_matches": "match_date desc, match_id",
    "step_health": "session_date, step_number",
    "tracking_health": "event_date",
    "search_performance": "search_date, clicks desc, impressions desc, query, page_path, country, device_category",
    "landing_pages": "sessions desc nulls last, search_impressions desc nulls last, landing_page",
    "category_trends": "category, month",
    "competitor_prices": "is_stale, gap_rate desc nulls last, sku, competitor",
}
BATCH_ROWS = 20_000
# a cell that starts so is a formula to a spreadsheet
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class ExportedFile:
    """One file written: its name, the table in it, rows, and the SHA-256 of its bytes."""

    file: str
    table: str
    rows: int
    sha256: str


def export_tables(project: Project, names: Sequence[str], format_: Format, folder: Path) -> list[ExportedFile]:
    """Write each named table (`reorder_points` or `marts.reorder_points`) to `folder`, and a manifest beside them.

    Without names, those of DEFAULT_EXPORTS that are published (a build on its own publishes no predictions). Raises
    MartletError for a name that is not published or a folder that cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MartletError(f"{folder}: cannot be written ({error.strerror})") from None
    with warehouse.published(project) as connection:
        # as they were when this version was built, whatever was loaded since
        as_of, modes = connection.execute("select as_of_date, source_modes from ops.build").fetchone() or (None, "")
        known = _published_tables(connection)
        tables = [_find_table(known, name) for name in names] or [
            f"{schema}.{name}" for name in DEFAULT_EXPORTS for schema in SCHEMAS if f"{schema}.{name}" in known
        ]
        files = [_export_table(connection, table, format_, folder, modes) for table in dict.fromkeys(tables)]
    manifest = {"as_of_date": str(as_of), "source_modes": modes, "files": [asdict(file) for file in files]}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return files


def describe_modes(project: Project) -> str:
    """What stands behind every number: `mock`, or each source with its mode.

    A generated store is mock through and through, though it is read the way a live one is.
    """
    modes = project.source_modes()
    if set(modes.values()) == {"mock"} or project.is_generated:
        return "mock"
    return "; ".join(f"{source} {mode.replace('_', ' ')}" for source, mode in modes.items())


def _published_tables(connection: Any) -> set[str]:
    found = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
    return {f"{schema}.{table}" for schema, table in found}


def _find_table(known: set[str], name: str) -> str:
    wanted = [name] if "." in name else [f"{schema}.{name}" for schema in SCHEMAS]
    found = next((table for table in wanted if table in known), None)
    if found is None:
        names = ", ".join(sorted(table.split(".")[1] for table in known if not table.startswith("ops.")))
        raise MartletError(f"there is no published table '{name}'; there are {names}")
    return found


def render_rows(names: Sequence[str], rows: Sequence[tuple[Any, ...]], format_: str) -> str:
    """Rows as CSV or as JSON lines."""
    if format_ == "json":
        records = ({name: _json_value(value) for name, value in zip(names, row, strict=True)} for row in rows)
        return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([cell(value) for value in row] for row in rows)
    return text.getvalue()


def _export_table(connection: Any, table: str, format_: Format, folder: Path, modes: str) -> ExportedFile:
    name = table.split(".")[1]
    columns = [row[0] for row in connection.execute(f"describe {table}").fetchall()]
    mode_column = "" if "source_modes" in columns else f", '{modes}' as source_modes"
    query = f"select *{mode_column} from {table} order by {ORDERS.get(name, 'all')}"
    path = folder / f"{name}.{format_}"
    draft = path.with_suffix(".part")
    result = connection.execute(query)
    rows = {"csv": _write_csv, "json": _write_json, "parquet": _write_parquet}[format_](result, draft)
    draft.replace(path)
    return ExportedFile(path.name, table, rows, hashlib.sha256(path.read_bytes()).hexdigest())


def _write_csv(result: Any, path: Path) -> int:
    names = [column[0] for column in result.description]
    rows = 0
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(names)
    for row in _rows(result):
        writer.writerow([cell(value) for value in row])
        rows += 1
    # Excel takes a file for its own code page unless it starts with this mark; plain ASCII needs none
    encoding = "utf-8" if text.getvalue().isascii() else "utf-8-sig"
    path.write_text(text.getvalue(), encoding=encoding, newline="")
    return rows


def _write_json(result: Any, path: Path) -> int:
    names = [column[0] for column in result.description]
    rows = 0
    with path.open("w", encoding="utf-8") as file:
        for row in _rows(result):
            record = {name: _json_value(value) for name, value in zip(names, row, strict=True)}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
            rows += 1
    return rows


def _write_parquet(result: Any, path: Path) -> int:
    import pyarrow.parquet as pq  # noqa: PLC0415  (only this format pays for the import)

    table = result.to_arrow_table()
    pq.write_table(table, path, compression="zstd")
    return int(table.num_rows)


def _rows(result: Any) -> Iterator[tuple[Any, ...]]:
    while batch := result.fetchmany(BATCH_ROWS):
        yield from batch


def cell(value: Any) -> str:
    """A value as a spreadsheet reads it right: ISO dates, plain digits, and no text that is taken for a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, float):
        return _plain_float(value)
    text = str(value)
    if isinstance(value, str) and text.startswith(FORMULA_STARTS):
        return "'" + text
    return text


def _plain_float(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return ""
    return f"{value:.6f}".rstrip("0").rstrip(".") or "0"


def _json_value(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, float) and value != value:
        return None
    return str(value) if isinstance(value, (date, datetime)) else value
