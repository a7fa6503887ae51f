"""martlet build: dbt and the contracts in the workshop, then publish."""

import click


@click.command()
def build() -> None:
    """Build the marts, check their contracts and publish them.

    What was published before stays as it is if anything fails.

    Example: martlet build
    """
    from martlet import pipeline  # noqa: PLC0415
    from martlet.commands.progress import progress  # noqa: PLC0415
    from martlet.project import open_project, shown  # noqa: PLC0415

    project = open_project()
    with progress() as show:
        outcomes = pipeline.build(project, show)
    click.echo(f"published {shown(project.published_file)}; {len(outcomes):,} contracts checked")
