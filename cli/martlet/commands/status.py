"""martlet status: where each source's rows come from, how fresh they are, and the last run."""

import click


@click.command()
def status() -> None:
    """Show sources (live, mock or not connected), freshness, what is published and the last run.

    Example: martlet status
    """
    from martlet.project import open_project  # noqa: PLC0415
    from martlet.reporting import describe_status  # noqa: PLC0415

    for line in describe_status(open_project()):
        click.echo(line)
