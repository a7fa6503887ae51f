"""martlet query: SQL on the published file."""

import sys

import click


@click.command()
@click.argument("sql")
@click.option("--format", "format_", type=click.Choice(["table", "csv", "json"]), help="table on a terminal, else csv.")
def query(sql: str, format_: str | None) -> None:
    """Run SQL on the published warehouse, read-only and with no access to other files.

    Example: martlet query "select * from marts.reorder_points order by days_of_cover limit 20"
    """
    from martlet.project import open_project  # noqa: PLC0415
    from martlet.rendering import render_rows  # noqa: PLC0415
    from martlet.warehouse import query_published  # noqa: PLC0415

    names, rows = query_published(open_project(), sql)
    chosen = format_ or ("table" if sys.stdout.isatty() else "csv")
    if chosen == "table":
        _print_table(names, rows)
    else:
        click.echo(render_rows(names, rows, chosen), nl=False)


def _print_table(names: list[str], rows: list[tuple[object, ...]]) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    from martlet.rendering import cell  # noqa: PLC0415

    table = Table(*names)
    for row in rows:
        table.add_row(*(cell(value) for value in row))
    Console(highlight=False, markup=False, emoji=False).print(table)
    click.echo(f"{len(rows):,} rows", err=True)
