"""martlet export: published tables as files."""

from pathlib import Path
from typing import get_args

import click


@click.command()
@click.argument("names", nargs=-1)
@click.option("--format", "format_", type=click.Choice(["csv", "parquet", "json"]), default="csv", show_default=True)
@click.option("--to", "folder", type=click.Path(path_type=Path, file_okay=False), help="Folder; exports/ by default.")
def export(names: tuple[str, ...], format_: str, folder: Path | None) -> None:
    """Write published tables as CSV (safe to open in a spreadsheet), Parquet or JSON lines.

    Without names, everything that `martlet run` writes.

    Example: martlet export reorder_points shortlist --format csv --to this_week/
    """
    from martlet.exporting import Format, export_tables  # noqa: PLC0415
    from martlet.project import open_project, shown  # noqa: PLC0415

    project = open_project()
    chosen = next(known for known in get_args(Format) if known == format_)
    for file in export_tables(project, names, chosen, folder or project.exports_dir):
        click.echo(f"{shown((folder or project.exports_dir) / file.file)}\t{file.rows:,} rows")
