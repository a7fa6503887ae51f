"""Published tables as files: CSV that a spreadsheet opens right and safely, Parquet or JSON for programs."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from martlet import warehouse
from martlet.errors import MartletError
from martlet.project import Project
from martlet.rendering import render_rows

Format = Literal["csv", "parquet", "json"]
SCHEMAS = ("shortlists", "predictions", "marts", "ops")

PLAY_TABLES = (
    *("cross_sell", "upsell", "landing_page_test", "funnel_fix", "win_back", "re_engage", "nurture", "reorder_now"),
    *("slow_stock_shortlist", "price_gap", "search_opportunity"),
)

# What `martlet run` writes, and the order that an operator reads each in; others are ordered by all their columns.
DEFAULT_EXPORTS = (
    "shortlist",
    "matrix",
    "set_aside",
    *PLAY_TABLES,
    "reorder_points",
    "slow_stock",
    "vendor_scorecard",
    "marketing_targets",
    "product_performance",
    "growth_to_goal",
    "cohorts_monthly",
    "demand_forecast",
    "revenue_forecast",
    "revenue_forecast_monthly",
    "forecast_accuracy",
    "customer_value",
    "customer_value_fit",
    "customer_lifetime_value",
    "replenishment_plan",
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
    "matrix": "quadrant_number, rank",
    "set_aside": "play, subject, row_id",
    "campaign_audience": "campaign_type, is_included desc, value_at_risk_90d desc, customer_key",
    **dict.fromkeys(PLAY_TABLES, "rank"),
    "reorder_points": "needs_reorder desc nulls last, days_of_cover nulls last, reorder_point desc, sku",
    "fast_movers": "velocity_rank",
    "slow_stock": "is_slow desc, capital_tied_up desc nulls last, sku",
    "vendor_scorecard": "net_sales desc, vendor",
    "vendor_skus": "sku, is_primary desc, vendor",
    "inventory_position": "sku, stock_date, location_name",
    "marketing_targets": "campaign_type, net_sales desc, customer_key",
    "product_performance": "gross_margin desc nulls last, net_sales desc, sku",
    "growth_to_goal": "goal, sales_month",
    "cohorts_monthly": "cohort_month, sales_month",
    "demand_forecast": "sku, forecast_date",
    "revenue_forecast": "forecast_date",
    "revenue_forecast_monthly": "sales_month",
    "forecast_accuracy": "target, evidence, origin_date, segment_kind = 'all' desc, segment_kind, segment",
    "customer_value": "rank",
    "replenishment_plan": "is_funded desc, order_now desc nulls last, last_date_to_order nulls last, sku",
    "policy_simulation": "policy_number",
    "customer_lifetime_value": "net_sales desc, customer_key",
    "funnel_by_product": "viewed_item desc, item_id",
    "experiment_users": "experiment, exposed_at, user_pseudo_id",
    "order_matches": "match_date desc, match_id",
    "step_health": "session_date, step_number",
    "tracking_health": "event_date",
    "search_queries": "impressions desc, query, page_path",
    "funnel_by_segment": "sessions desc, channel_group, device_category, browser",
    "search_performance": "search_date, clicks desc, impressions desc, query, page_path, country, device_category",
    "landing_pages": "sessions desc nulls last, search_impressions desc nulls last, landing_page",
    "category_trends": "category, month",
    "competitor_prices": "is_stale, gap_rate desc nulls last, sku, competitor",
}
MANIFEST = "manifest.json"
_VERSIONS = ("martlet", "dbt-core", "dbt-duckdb", "duckdb", "great-expectations")


@dataclass(frozen=True)
class Selection:
    """Which rows of a table: a surface (fast-movers), a vendor's, and one page of so many rows; all of them without."""

    fast_movers: bool = False
    vendor: str | None = None
    page: int | None = None
    page_size: int = 500

    def file_name(self, table: str, format_: Format) -> str:
        """The file's name says what was left out."""
        words = [table, *(["fast_movers"] if self.fast_movers else []), *([slug(self.vendor)] if self.vendor else [])]
        page = f".page{self.page:04d}" if self.page else ""
        return f"{'-'.join(words)}{page}.{format_}"


EVERYTHING = Selection()


@dataclass(frozen=True)
class ExportedFile:
    """One file written: its name, the table in it, rows, the SHA-256 of its bytes, and what stands behind them."""

    file: str
    table: str
    rows: int
    sha256: str
    as_of_date: str
    source_modes: str


def export_tables(
    project: Project, names: Sequence[str], format_: Format, folder: Path, selection: Selection = EVERYTHING
) -> list[ExportedFile]:
    """Write each named table (`reorder_points` or `marts.reorder_points`) to `folder`, and a manifest beside them.

    Without names, those of DEFAULT_EXPORTS that are published (a build on its own publishes no predictions). Raises
    MartletError for a name that is not published, a selection that the table does not allow or a folder that cannot be
    written.
    """
    make_folder(folder)
    with warehouse.published(project) as connection:
        known = _published_tables(connection)
        tables = [_find_table(known, name) for name in names] or [
            f"{schema}.{name}" for name in DEFAULT_EXPORTS for schema in SCHEMAS if f"{schema}.{name}" in known
        ]
        files = [_export_table(connection, table, format_, folder, selection) for table in dict.fromkeys(tables)]
    write_manifest(folder, files)
    return files


def make_folder(folder: Path) -> None:
    """Make a folder for exports. Raises MartletError where there cannot be one."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MartletError(f"{folder}: cannot be written ({error.strerror})") from None


@contextmanager
def draft_of(path: Path) -> Iterator[Path]:
    """A file to write beside `path`, which it replaces in one step when the block ends well, and else is gone.

    Raises MartletError where the folder or the path does not let itself be written.
    """
    draft = path.with_name(path.name + ".part")
    try:
        yield draft
        draft.replace(path)
    except OSError as error:
        raise MartletError(f"{path}: cannot be written ({error.strerror})") from None
    finally:
        draft.unlink(missing_ok=True)


def write_manifest(folder: Path, files: Sequence[ExportedFile]) -> None:
    """Tell of every file in the folder that is as some export left it: this one's, and older ones nobody changed."""
    path = folder / MANIFEST
    entries = {file.file: asdict(file) for file in files}
    older = unchanged_files(folder)
    files_told = [entry for _, entry in sorted({**older, **entries}.items())]
    manifest = {"versions": {package: version(package) for package in _VERSIONS}, "files": files_told}
    path.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def unchanged_files(folder: Path) -> dict[str, dict[str, Any]]:
    """The manifest's entries by file, of those that are still as they were written."""
    try:
        known = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
        return {entry["file"]: entry for entry in known if sha256(folder / entry["file"]) == entry["sha256"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def sha256(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


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


def _export_table(connection: Any, table: str, format_: Format, folder: Path, selection: Selection) -> ExportedFile:
    name = table.split(".")[1]
    columns = [row[0] for row in connection.execute(f"describe {table}").fetchall()]
    # as they were when this version was built, whatever was loaded since
    as_of, modes = connection.execute("select as_of_date, source_modes from ops.build").fetchone() or (None, "")
    mode_column = "" if "source_modes" in columns else f", '{modes}' as source_modes"
    conditions = _conditions(connection, table, columns, selection)
    where = f" where {' and '.join(conditions)}" if conditions else ""
    query = f"select *{mode_column} from {table}{where} order by {ORDERS.get(name, 'all')}"
    path = folder / selection.file_name(name, format_)
    parameters = [selection.vendor] if selection.vendor else []
    result = connection.execute(query, parameters)
    with draft_of(path) as draft:
        rows = (
            _write_parquet(result, draft, selection)
            if format_ == "parquet"
            else _write_text(result, draft, format_, selection)
        )
    return ExportedFile(path.name, table, rows, sha256(path) or "", str(as_of), modes)


def _conditions(connection: Any, table: str, columns: Sequence[str], selection: Selection) -> list[str]:
    """SQL for a selection; the vendor stands as a parameter. Raises MartletError where the table does not know it."""
    wanted = {"is_fast_mover": selection.fast_movers, "vendor": selection.vendor is not None}
    for column, asked in wanted.items():
        if asked and column not in columns:
            raise MartletError(f"{table} has no column {column}: this surface is for reorder_points and its like")
    if selection.vendor is not None:
        vendors = [row[0] for row in connection.execute(f"select distinct vendor from {table} order by all").fetchall()]
        if selection.vendor not in vendors:
            known = ", ".join(str(vendor) for vendor in vendors if vendor is not None)
            raise MartletError(f"{table} has no vendor '{selection.vendor}'; there are {known}")
    return [
        *(["is_fast_mover"] if selection.fast_movers else []),
        *(["vendor = $1"] if selection.vendor is not None else []),
    ]


def _write_text(result: Any, path: Path, format_: Format, selection: Selection) -> int:
    """CSV or JSON lines. Only the first page has the heading: pages put together are the whole file, byte for byte."""
    names = [column[0] for column in result.description]
    rows = result.fetchall()
    chosen = _page(rows, selection)
    is_first = selection.page in (None, 1)
    text = render_rows(names, chosen, format_, heading=is_first, line_end="\r\n")
    whole = text if selection.page is None else render_rows(names, rows, format_)
    is_marked = format_ == "csv" and is_first and not whole.isascii()
    _write_marked(path, text, is_marked)
    return len(chosen)


def write_csv(path: Path, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """A CSV file of its own, as safe for a spreadsheet as an exported table; readers never see half of it."""
    text = render_rows(names, rows, "csv", line_end="\r\n")
    draft = path.with_name(path.name + ".part")
    _write_marked(draft, text, is_marked=not text.isascii())
    draft.replace(path)


def _write_marked(path: Path, text: str, is_marked: bool) -> None:
    # Excel takes a file for its own code page unless it starts with this mark; plain ASCII needs none
    path.write_text(text, encoding="utf-8-sig" if is_marked else "utf-8", newline="")


def _page(rows: Sequence[tuple[Any, ...]], selection: Selection) -> Sequence[tuple[Any, ...]]:
    if selection.page is None:
        return rows
    pages = max(-(-len(rows) // selection.page_size), 1)
    if selection.page > pages:
        raise MartletError(f"there are {pages} pages of {selection.page_size} rows; there is no page {selection.page}")
    first = (selection.page - 1) * selection.page_size
    return rows[first : first + selection.page_size]


def _write_parquet(result: Any, path: Path, selection: Selection) -> int:
    import pyarrow.parquet as pq  # noqa: PLC0415  (only this format pays for the import)

    if selection.page is not None:
        raise MartletError("pages are for CSV and JSON: Parquet files cannot be put together")
    table = result.to_arrow_table()
    pq.write_table(table, path, compression="zstd")
    return int(table.num_rows)


def slug(text: str) -> str:
    return "_".join("".join(letter if letter.isalnum() else " " for letter in text.lower()).split())
