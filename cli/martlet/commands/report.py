"""martlet report: what is published, as one page to read and forward."""

from pathlib import Path

import click


@click.command()
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE", help="The file; exports/report.html by default."
)
def report(out: Path | None) -> None:
    """Write the report: one HTML file that needs no network and opens on any phone.

    Key figures, the impact/effort matrix, the ten best actions with their evidence, the funnel and what to reorder.
    `martlet run` writes it too; the same data give the same bytes.

    Example: martlet report --out for_my_partner.html
    """
    from martlet.project import open_project, shown  # noqa: PLC0415
    from martlet.report.write import write_report  # noqa: PLC0415

    click.echo(shown(write_report(open_project(), out)))
