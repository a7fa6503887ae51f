"""martlet load: vendors' files into the raw lake."""

from pathlib import Path

import click

PATHS = click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))


@click.group()
def load() -> None:
    """Load files into the raw lake; loading the same file twice changes nothing.

    \b
    Examples: martlet load shopify-csv exports_from_admin/
              martlet load shopify-bulk orders.jsonl
              martlet load fivetran exported/shopify/
              martlet load airbyte destination.duckdb
              martlet load ga4 events_*.parquet
              martlet load search-console search_2026-10.json
              martlet load reference vendors.csv
    """


@load.command("shopify-csv")
@PATHS
def shopify_csv(paths: tuple[Path, ...]) -> None:
    """Shopify admin exports: orders, products, inventory and customers, in any of their layouts.

    Example: martlet load shopify-csv exports_from_admin/
    """
    _load("shopify-csv", paths)


@load.command("shopify-bulk")
@PATHS
def shopify_bulk(paths: tuple[Path, ...]) -> None:
    """Results of Shopify's GraphQL bulk operations, JSONL, plain or gzipped; children may stand anywhere.

    Example: martlet load shopify-bulk orders.jsonl
    """
    _load("shopify-bulk", paths)


@load.command("fivetran")
@PATHS
def fivetran(paths: tuple[Path, ...]) -> None:
    """Fivetran's Shopify tables (REST or GraphQL shape): a folder of Parquet or CSV files, or a DuckDB file.

    Example: martlet load fivetran exported/shopify/
    """
    _load("fivetran", paths)


@load.command("airbyte")
@PATHS
def airbyte(paths: tuple[Path, ...]) -> None:
    """Airbyte's Shopify streams: a folder of Parquet, CSV or JSONL files, or a DuckDB file.

    Example: martlet load airbyte destination.duckdb
    """
    _load("airbyte", paths)


@load.command("ga4")
@PATHS
def ga4(paths: tuple[Path, ...]) -> None:
    """GA4's BigQuery export, Parquet or newline-delimited JSON, plain or gzipped.

    Example: martlet load ga4 events_*.parquet
    """
    _load("ga4", paths)


@load.command("search-console")
@PATHS
def search_console(paths: tuple[Path, ...]) -> None:
    """Search Console's figures by date, query and page: answers of its API as JSON, or a flat CSV.

    Example: martlet load search-console search_2026-10.json
    """
    _load("search-console", paths)


@load.command("reference")
@PATHS
def reference(paths: tuple[Path, ...]) -> None:
    """Your own tables as CSV: vendors, vendor_skus, service_levels, goals, holidays, category_map, competitor_prices.

    Each is told by its headings: docs/loading.md.

    Example: martlet load reference vendors.csv
    """
    _load("reference", paths)


def _load(loader: str, paths: tuple[Path, ...]) -> None:
    from martlet import loading  # noqa: PLC0415
    from martlet.commands.progress import progress  # noqa: PLC0415
    from martlet.errors import MartletError  # noqa: PLC0415
    from martlet.project import open_project  # noqa: PLC0415

    refused = 0
    with progress() as show:
        for outcome in loading.load(open_project(), loader, paths, show):
            if isinstance(outcome, MartletError):
                refused += 1
                click.echo(f"martlet: {outcome}", err=True)
                continue
            if outcome.was_loaded_before:
                click.echo(f"{outcome.file}: already loaded, nothing changed")
                continue
            click.echo(
                f"{outcome.file}: {outcome.resource}, {outcome.rows_in:,} rows in,"
                f" {outcome.rows_loaded:,} loaded, {outcome.rows_rejected:,} set aside"
            )
            for note in outcome.notes:
                click.echo(f"  {note}")
            for reject in outcome.examples:
                value = f" ({reject.value})" if reject.value else ""
                file = f"{reject.file} " if reject.file != outcome.file else ""
                click.echo(f"  {file}line {reject.line}: {reject.reason}{value}", err=True)
            if outcome.rows_rejected > len(outcome.examples):
                click.echo("  see all with: martlet rejected", err=True)
    if refused:
        raise SystemExit(2)
