"""Deciding on a row of the shortlist: find it as it stands, with its play's own evidence, and write it down."""

from datetime import UTC, datetime
from typing import Any

from martlet import decisions, warehouse
from martlet.errors import MartletError
from martlet.project import Project
from martlet.shortlist.plays import PLAYS

TABLES = {play.name: play.table for play in PLAYS}
LEAST_PREFIX = 4


def decide(project: Project, row: str, verdict: str, by: str | None, note: str | None) -> decisions.Decision:
    """Keep a decision on the row whose id is, or begins with, `row`. Raises MartletError where none or several do.

    A row that is off the list because somebody approved it can still be called done, or rejected after all: its
    evidence is then the one of the decision before.
    """
    who = by or project.user
    if not who:
        raise MartletError("who decides? --by NAME, or set USER")
    if len(row) < LEAST_PREFIX:
        raise MartletError(f"'{row}' is too short for a row id: give {LEAST_PREFIX} characters of it or more")
    listed = _listed(project, row)
    newest = decisions.newest_by_row(decisions.read(project))
    found = sorted(listed.keys() | {row_id for row_id in newest if row_id.startswith(row)})
    if not found:
        raise MartletError(f"no row of the shortlist has an id that begins with '{row}': see `martlet query`")
    if len(found) > 1:
        raise MartletError(f"several rows begin with '{row}': {', '.join(found[:5])}")
    (row_id,) = found
    evidence = _evidence(project, row_id, listed[row_id]) if row_id in listed else dict(newest[row_id].evidence)
    _, ((as_of,),) = warehouse.query_published(project, "select max(as_of_date) from ops.build")
    return decisions.append(project, evidence, verdict, who, datetime.now(UTC), note, as_of)


def _listed(project: Project, prefix: str) -> dict[str, str]:
    """Ids of the shortlist that begin so, each with its play."""
    _, found = warehouse.query_published(
        project, "select row_id, play from shortlists.shortlist where starts_with(row_id, ?)", [prefix]
    )
    return dict(found)


def _evidence(project: Project, row_id: str, play: str) -> dict[str, Any]:
    """The row as it stands, with its play's own columns."""
    names, rows = warehouse.query_published(
        project, f"select * from shortlists.{TABLES[play]} where row_id = ?", [row_id]
    )
    evidence = dict(zip(names, rows[0], strict=True))
    evidence["customer_keys"] = _people(project, evidence)
    return {name: value for name, value in evidence.items() if value is not None}


def _people(project: Project, evidence: dict[str, Any]) -> list[str] | None:
    """Whom a campaign was decided for, as keys: only so can it be told later what they did."""
    if "campaign_type" not in evidence:
        return None
    _, rows = warehouse.query_published(
        project,
        "select customer_key from shortlists.campaign_audience where campaign_type = ? and is_included order by all",
        [evidence["campaign_type"]],
    )
    return [key for (key,) in rows]
