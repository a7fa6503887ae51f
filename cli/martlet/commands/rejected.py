"""martlet rejected: the rows that were set aside, and why."""

import click


@click.command()
@click.option("--limit", default=50, show_default=True, help="How many rows to show, newest loads first.")
def rejected(limit: int) -> None:
    """Show rows that loaders set aside: file, line, reason, offending value.

    Example: martlet rejected --limit 10
    """
    from martlet import workshop  # noqa: PLC0415
    from martlet.project import open_project, shown  # noqa: PLC0415

    project = open_project()
    for file, line, reason, value in workshop.read_rejected(project, limit):
        click.echo(f"{file}\tline {line}\t{reason}" + (f"\t{value}" if value else ""))
    click.echo(f"whole rows: {shown(project.rejected_dir)}", err=True)
