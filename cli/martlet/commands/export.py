"""martlet export: published tables as files."""

from pathlib import Path
from typing import get_args

import click


@click.command()
@click.argument("names", nargs=-1)
@click.option("--format", "format_", type=click.Choice(["csv", "parquet", "json"]), default="csv", show_default=True)
@click.option("--to", "folder", type=click.Path(path_type=Path, file_okay=False), help="Folder; exports/ by default.")
@click.option(
    "--surface",
    type=click.Choice(["all", "vendor", "fast-movers"]),
    default="all",
    show_default=True,
    help="Rows to write: all, one vendor's (with --vendor), or the fastest movers. The columns are the same.",
)
@click.option("--vendor", help="Only this vendor's rows; goes with every surface.")
@click.option("--page", type=click.IntRange(min=1), help="Only this page of --page-size rows.")
@click.option("--page-size", type=click.IntRange(min=1), default=500, show_default=True)
def export(
    names: tuple[str, ...],
    format_: str,
    folder: Path | None,
    surface: str,
    vendor: str | None,
    page: int | None,
    page_size: int,
) -> None:
    """Write published tables as CSV (safe to open in a spreadsheet), Parquet or JSON lines.

    Without names, everything that `martlet run` writes. Only a first page has the line of headings, so that the pages
    put together are the whole file, byte for byte. manifest.json beside the files tells their rows and SHA-256.

    \b
    Example: martlet export reorder_points shortlist --format csv --to this_week/
             martlet export reorder_points --surface fast-movers --vendor "Ironvale Speed" --page 1 --page-size 50
    """
    from martlet.exporting import Format, Selection, export_tables  # noqa: PLC0415
    from martlet.project import open_project, shown  # noqa: PLC0415

    if surface == "vendor" and vendor is None:
        raise click.UsageError("--surface vendor needs --vendor")
    if not names and (surface != "all" or vendor or page):
        raise click.UsageError("name the tables to select rows of, such as reorder_points")
    project = open_project()
    chosen = next(known for known in get_args(Format) if known == format_)
    selection = Selection(surface == "fast-movers", vendor, page, page_size)
    for file in export_tables(project, names, chosen, folder or project.exports_dir, selection):
        click.echo(f"{shown((folder or project.exports_dir) / file.file)}\t{file.rows:,} rows")
