"""martlet dbt: dbt in the workshop, with this store's sources."""

import click


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, required=True, type=click.UNPROCESSED)
def dbt(arguments: tuple[str, ...]) -> None:
    """Run a dbt command in the workshop file on this store's sources; nothing is published.

    Example: martlet dbt build --select reorder_points
    """
    if arguments[0] == "--help":
        click.echo(click.get_current_context().get_help())
        return
    from martlet import pipeline  # noqa: PLC0415
    from martlet.project import open_project  # noqa: PLC0415

    pipeline.dbt(open_project(), arguments)
