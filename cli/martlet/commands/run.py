"""martlet run: the main job."""

import click


@click.command()
@click.option(
    "--full-refresh", is_flag=True, help="Make every table anew, also those that would come out as they stand."
)
def run(full_refresh: bool) -> None:
    """Build, check, forecast, plan orders, score, publish and export; prints what was found and where the files are.

    Without loaded data it runs on the mock store and says so.

    Example: martlet run
    """
    from martlet import pipeline  # noqa: PLC0415
    from martlet.commands.progress import progress  # noqa: PLC0415
    from martlet.commands.summary import print_summary  # noqa: PLC0415
    from martlet.project import open_project  # noqa: PLC0415

    project = open_project()
    with progress() as show:
        result = pipeline.run(project, show, full_refresh=full_refresh)
    print_summary(project, result)
