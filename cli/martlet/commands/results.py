"""martlet results: what the actions that were done have brought."""

import click


@click.command()
@click.option("--format", "format_", type=click.Choice(["table", "csv", "json"]), help="table on a terminal, else csv.")
def results(format_: str | None) -> None:
    """Compare each action done with what it was expected to bring, with an interval for what happened since.

    Before and after is no experiment: season and all else that changed are in it. Where it matters, hold back a tenth
    by chance and read it out with `martlet experiment readout`.

    \b
    Example: martlet decide a33b done
             martlet results
    """
    from martlet.commands.tables import print_rows  # noqa: PLC0415
    from martlet.project import open_project  # noqa: PLC0415
    from martlet.results import COLUMNS, read_results  # noqa: PLC0415

    print_rows(COLUMNS, read_results(open_project()), format_)
