"""The shortlist's rows as actions, whatever columns the version at hand has beyond those every version has."""

from typing import Any

from martlet.report.facts import Action
from martlet.report.reader import Reader, integer, number, text

SHORTLIST = "select * from shortlists.shortlist order by rank, row_id"


def read_actions(reader: Reader) -> list[Action]:
    """All actions, best first; none if nothing is scored yet."""
    return [action(row) for row in reader.rows("shortlists.shortlist", SHORTLIST)]


def action(row: dict[str, Any]) -> Action:
    """One row; columns that it has not are as good as null."""
    impact, low, high, confidence, hours, score = (
        number(row.get(name))
        for name in ("impact_margin_90d", "impact_low_80", "impact_high_80", "confidence", "effort_hours", "score")
    )
    return Action(
        rank=row["rank"],
        row_id=text(row.get("row_id")),
        play=text(row.get("play")),
        action=text(row.get("action")),
        evidence=text(row.get("evidence")),
        baseline=text(row.get("baseline")),
        impact=impact,
        low=low,
        high=high,
        confidence=confidence,
        hours=hours,
        score=score,
        formula=text(row.get("score_formula")) or written_out(impact, confidence, hours, score),
        quadrant=text(row.get("quadrant")),
        feasibility=text(row.get("feasibility")),
        caveats=text(row.get("caveats")),
        sql=str(row.get("reproduce_sql") or ""),
        unshrunk=number(row.get("impact_unshrunk_90d")),
        candidates=integer(row.get("candidates")),
        sample_size=number(row.get("sample_size")),
        days_to_run=number(row.get("days_to_run")),
        stock=number(row.get("stock_available")),
    )


def written_out(impact: float | None, confidence: float | None, hours: float | None, score: float | None) -> str:
    """The score with its numbers in it, none rounded so far that the sum would not come out; nothing without them."""
    if impact is None or confidence is None or hours is None or score is None:
        return ""
    return f"{impact:,.2f} x {confidence:.4f} / {hours:g} h = {score:,.2f}"
