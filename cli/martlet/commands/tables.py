"""Rows on stdout: a table on a terminal, CSV or JSON lines for programs."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

import click

# what a terminal shows of a result; more is for a file
MOST_ROWS = 10_000


def choose_format(format_: str | None) -> str:
    """What was asked for (table, csv or json); else a table on a terminal and CSV elsewhere."""
    return format_ or ("table" if sys.stdout.isatty() else "csv")


def print_rows(names: Sequence[str], rows: Sequence[tuple[Any, ...]], format_: str | None) -> None:
    """Print rows in the format of choose_format()."""
    from martlet.rendering import render_rows  # noqa: PLC0415

    chosen = choose_format(format_)
    if chosen == "table":
        from martlet.rendering import cell  # noqa: PLC0415

        _print_table(names, [[cell(value) for value in row] for row in rows])
        click.echo(f"{len(rows):,} rows", err=True)
    else:
        click.echo(render_rows(names, rows, chosen), nl=False)


def print_pieces(pieces: Callable[[str], Iterator[str]], format_: str | None) -> None:
    """Print what `pieces` yields for the format of choose_format(): text as it comes, or JSON arrays of cells."""
    chosen = choose_format(format_)
    if chosen != "table":
        for piece in pieces(chosen):
            click.echo(piece, nl=False)
        return
    lines = (json.loads(line) for piece in pieces(chosen) for line in piece.splitlines())
    names: list[str] = next(lines, [])
    rows = list(islice(lines, MOST_ROWS))
    _print_table(names, rows)
    more = next(lines, None) is not None
    click.echo(f"the first {MOST_ROWS:,} rows; --format csv has them all" if more else f"{len(rows):,} rows", err=True)


def _print_table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console  # noqa: PLC0415  (slow to import; only a terminal pays for it)
    from rich.table import Column, Table  # noqa: PLC0415

    # a cell that is too wide goes on in the next line: half a SKU is none
    table = Table(*(Column(name, overflow="fold") for name in names))
    for row in rows:
        table.add_row(*row)
    Console(highlight=False, markup=False, emoji=False).print(table)
