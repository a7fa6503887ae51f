"""martlet run: the main job."""

import click


@click.command()
def run() -> None:
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
        result = pipeline.run(project, show)
    print_summary(project, result)
