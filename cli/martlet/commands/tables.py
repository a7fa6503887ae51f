"""Rows on stdout: a table on a terminal, CSV or JSON lines for programs."""

import sys
from collections.abc import Sequence
from typing import Any

import click


def choose_format(format_: str | None) -> str:
    """What was asked for (table, csv or json); else a table on a terminal and CSV elsewhere."""
    return format_ or ("table" if sys.stdout.isatty() else "csv")


def print_rows(names: Sequence[str], rows: Sequence[tuple[Any, ...]], format_: str | None) -> None:
    """Print rows in the format of choose_format()."""
    from martlet.rendering import render_rows  # noqa: PLC0415

    chosen = choose_format(format_)
    if chosen == "table":
        _print_table(names, rows)
    else:
        click.echo(render_rows(names, rows, chosen), nl=False)


def _print_table(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    from rich.console import Console  # noqa: PLC0415  (slow to import; only a terminal pays for it)
    from rich.table import Column, Table  # noqa: PLC0415

    from martlet.rendering import cell  # noqa: PLC0415

    # a cell that is too wide goes on in the next line: half a SKU is none
    table = Table(*(Column(name, overflow="fold") for name in names))
    for row in rows:
        table.add_row(*(cell(value) for value in row))
    Console(highlight=False, markup=False, emoji=False).print(table)
    click.echo(f"{len(rows):,} rows", err=True)
