"""martlet score: ranked actions with their evidence."""

import click


@click.command()
def score() -> None:
    """Rank actions by expected impact, confidence and effort, and publish the shortlists.

    Example: martlet score && martlet export shortlist
    """
    from martlet import pipeline  # noqa: PLC0415
    from martlet.commands.progress import progress  # noqa: PLC0415
    from martlet.project import open_project  # noqa: PLC0415

    with progress() as show:
        for line in pipeline.score(open_project(), show):
            click.echo(line)
