"""martlet query: SQL on the published file."""

import click


@click.command()
@click.argument("sql")
@click.option("--format", "format_", type=click.Choice(["table", "csv", "json"]), help="table on a terminal, else csv.")
def query(sql: str, format_: str | None) -> None:
    """Run SQL on the published warehouse, read-only and with no access to other files.

    Example: martlet query "select * from marts.reorder_points order by days_of_cover limit 20"
    """
    from martlet.commands.tables import print_rows  # noqa: PLC0415
    from martlet.project import open_project  # noqa: PLC0415
    from martlet.warehouse import query_published  # noqa: PLC0415

    names, rows = query_published(open_project(), sql)
    print_rows(names, rows, format_)
