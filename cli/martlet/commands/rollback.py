"""martlet rollback: the version before."""

import click


@click.command()
def rollback() -> None:
    """Point the published file at the version before the current one.

    Example: martlet rollback
    """
    from martlet import warehouse  # noqa: PLC0415
    from martlet.project import open_project  # noqa: PLC0415

    project = open_project()
    with warehouse.lock(project, "rollback"):
        current, earlier = warehouse.roll_back(project)
    click.echo(f"rolled back from {current.name} to {earlier.name}")
