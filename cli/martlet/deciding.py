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
    evidence = _listed(project, row) or _decided(project, row)
    if evidence is None:
        raise MartletError(f"no row of the shortlist has an id that begins with '{row}': see `martlet query`")
    return decisions.append(project, evidence, verdict, who, datetime.now(UTC), note)


def _listed(project: Project, row: str) -> dict[str, Any] | None:
    if len(row) < LEAST_PREFIX:
        raise MartletError(f"'{row}' is too short for a row id: give {LEAST_PREFIX} characters of it or more")
    names, found = warehouse.query_published(
        project, "select row_id, play from shortlists.shortlist where starts_with(row_id, ?) order by row_id", [row]
    )
    if not found:
        return None
    if len(found) > 1:
        raise MartletError(f"several rows begin with '{row}': {', '.join(row_id for row_id, _ in found[:5])}")
    row_id, play = found[0]
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


def _decided(project: Project, row: str) -> dict[str, Any] | None:
    newest = decisions.newest_by_row(decisions.read(project))
    found = [decision for row_id, decision in newest.items() if row_id.startswith(row)]
    if len(found) > 1:
        raise MartletError(f"several decided rows begin with '{row}': {', '.join(d.row_id for d in found[:5])}")
    return dict(found[0].evidence) if found else None
