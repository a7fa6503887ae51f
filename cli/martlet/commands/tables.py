"""Rows on stdout: a table on a terminal, CSV or JSON lines for programs."""

import sys
from collections.abc import Sequence
from typing import Any

import click


def print_rows(names: Sequence[str], rows: Sequence[tuple[Any, ...]], format_: str | None) -> None:
    """Print rows as `format_` says (table, csv or json); without it, as a table on a terminal, else as CSV."""
    from martlet.rendering import render_rows  # noqa: PLC0415

    chosen = format_ or ("table" if sys.stdout.isatty() else "csv")
    if chosen == "table":
        _print_table(names, rows)
    else:
        click.echo(render_rows(names, rows, chosen), nl=False)


def _print_table(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    from rich.console import Console  # noqa: PLC0415  (slow to import; only a terminal pays for it)
    from rich.table import Table  # noqa: PLC0415

    from martlet.rendering import cell  # noqa: PLC0415

    table = Table(*names)
    for row in rows:
        table.add_row(*(cell(value) for value in row))
    Console(highlight=False, markup=False, emoji=False).print(table)
    click.echo(f"{len(rows):,} rows", err=True)
