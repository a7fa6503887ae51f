"""Ranked actions beside the predictions: read what the plays need, rank, and write the `shortlists` schema."""

from collections.abc import Callable

from martlet.errors import MartletError
from martlet.margins import margin_rate
from martlet.shortlist.plays import PLAYS, score_plays
from martlet.shortlist.rows import Settings
from martlet.shortlist.scoring import combine
from martlet.warehouse import Stage

Progress = Callable[[str], None]

# A shortlist without rows must have the same types as one with rows.
SQL_TYPES = {
    "object": "varchar",
    "int64": "bigint",
    "float64": "double",
    "bool": "boolean",
    "datetime64[s]": "date",
}


def write_shortlists(staged: Stage, progress: Progress) -> list[str]:
    """Write shortlists.shortlist and a table per play with its own evidence; return what to tell the user.

    Raises MartletError where the merchant's play settings make no sense.
    """
    progress("ranking actions")
    settings = _settings(staged)
    inputs = {"plays": ("*",)}
    for play in PLAYS:
        for mart, columns in play.inputs.items():
            inputs[mart] = tuple(dict.fromkeys((*inputs.get(mart, ()), *columns)))
    marts = {mart: staged.read(f"select {', '.join(columns)} from marts.{mart}") for mart, columns in inputs.items()}
    try:
        rows = score_plays(marts, settings)
    except ValueError as error:
        raise MartletError(str(error)) from None
    shortlist = combine(list(rows.values()), settings)
    for name, frame in {"shortlist": shortlist, **rows}.items():
        types = {str(column): SQL_TYPES[str(dtype)] for column, dtype in frame.dtypes.items()}
        staged.write(f"shortlists.{name}", frame, types)
    counts = [f"{name}: {len(frame):,} rows" for name, frame in rows.items()]
    return [f"{len(shortlist):,} actions ranked", *counts]


def _settings(staged: Stage) -> Settings:
    as_of = staged.read_value("select max(as_of_date) from ops.build")
    source_modes = staged.read_value("select max(source_modes) from ops.build")
    currency = staged.read_value("select mode(currency) from marts.orders")
    return Settings(
        as_of=as_of, source_modes=source_modes, currency=currency or "", assumed_margin_rate=margin_rate(staged)
    )
