"""martlet build: dbt and the contracts in the workshop, then publish."""

import click


@click.command()
@click.option(
    "--full-refresh", is_flag=True, help="Make every table anew, also those that would come out as they stand."
)
def build(full_refresh: bool) -> None:
    """Build the marts, check their contracts and publish them.

    What was published before stays as it is if anything fails.

    Example: martlet build
    """
    from martlet import pipeline  # noqa: PLC0415
    from martlet.commands.progress import progress  # noqa: PLC0415
    from martlet.project import open_project, shown  # noqa: PLC0415

    project = open_project()
    with progress() as show:
        outcomes = pipeline.build(project, show, full_refresh=full_refresh)
    click.echo(f"published {shown(project.published_file)}; {len(outcomes):,} contracts checked")
