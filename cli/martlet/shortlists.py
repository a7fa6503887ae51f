"""Ranked actions beside the predictions: read what the plays need, rank, and write the `shortlists` schema."""

from collections.abc import Callable, Sequence

import pandas as pd

from martlet import decisions
from martlet.drafts import Stage
from martlet.errors import MartletError
from martlet.margins import margin_rate
from martlet.project import Project
from martlet.shortlist.plays import PLAYS, score_plays
from martlet.shortlist.rows import PLAY_SETTINGS, Settings
from martlet.shortlist.scoring import combine, in_quadrants_of, matrix

Progress = Callable[[str], None]

# A shortlist without rows must have the same types as one with rows.
SQL_TYPES = {
    "object": "varchar",
    "int64": "bigint",
    "float64": "double",
    "bool": "boolean",
    "datetime64[s]": "date",
}


def write_shortlists(staged: Stage, project: Project, progress: Progress) -> list[str]:
    """Write shortlists.shortlist, its matrix, what was set aside, and a table per play with its own evidence.

    Returns what to tell the user. Raises MartletError where the merchant's play settings make no sense.
    """
    progress("ranking actions")
    settings = _settings(staged, project)
    inputs: dict[str, tuple[str, ...]] = {"marts.plays": PLAY_SETTINGS}
    for play in PLAYS:
        for name, columns in play.inputs.items():
            table = name if "." in name else f"marts.{name}"
            inputs[table] = tuple(dict.fromkeys((*inputs.get(table, ()), *columns)))
    frames = {table.removeprefix("marts."): _read(staged, table, columns) for table, columns in inputs.items()}
    try:
        found = score_plays(frames, settings)
    except ValueError as error:
        raise MartletError(str(error)) from None
    shortlist = combine(list(found.rows.values()), settings)
    tables = {"shortlist": shortlist, "matrix": matrix(shortlist), "set_aside": found.set_aside}
    tables["campaign_audience"] = found.audience
    tables |= {play.table: in_quadrants_of(shortlist, found.rows[play.name]) for play in PLAYS}
    for name, frame in tables.items():
        types = {str(column): SQL_TYPES[str(dtype)] for column, dtype in frame.dtypes.items()}
        staged.write(f"shortlists.{name}", frame, types)
    counts = [f"{name}: {len(frame):,} rows" for name, frame in found.rows.items()]
    return [f"{len(shortlist):,} actions ranked, {len(found.set_aside):,} set aside with a reason", *counts]


def _read(staged: Stage, table: str, columns: Sequence[str]) -> pd.DataFrame:
    """The columns of a table, without rows where the command that makes it has not run yet."""
    schema, name = table.split(".")
    where = f"schema_name = '{schema}' and table_name = '{name}'"
    if staged.read_value(f"select 1 from duckdb_tables() where {where}") is None:
        return pd.DataFrame(columns=list(columns))
    return staged.read(f"select {', '.join(columns)} from {table}")


def _settings(staged: Stage, project: Project) -> Settings:
    as_of = staged.read_value("select max(as_of_date) from ops.build")
    source_modes = staged.read_value("select max(source_modes) from ops.build")
    currency = staged.read_value("select mode(currency) from marts.orders")
    quiet = staged.read("select play, quiet_days from marts.plays")
    return Settings(
        as_of=as_of,
        source_modes=source_modes,
        currency=currency or "",
        assumed_margin_rate=margin_rate(staged),
        decided=decisions.resting(
            decisions.read(project), dict(zip(quiet["play"], quiet["quiet_days"], strict=True)), as_of
        ),
    )
