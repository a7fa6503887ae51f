"""From rows with an impact, a confidence and an effort to a ranking."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from martlet.shortlist.rows import (
    COMMON_COLUMNS,
    Draft,
    Ranked,
    SetAside,
    Settings,
    empty_rows,
    set_aside_frame,
    unranked_frame,
)

WORTHLESS = "worth less than a cent"
SCORE_FORMULA = "score = impact_margin_90d x confidence / effort_hours"


def ranked(rows: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Score and rank `rows`, best first; equal scores are ordered by row id, so the order never depends on the input.

    score = impact x confidence / effort: margin expected over 90 days for each hour of work.
    Quadrant: impact is high at or above the median of these rows, if it is also worth its effort at
    `settings.hour_value` an hour; effort is low up to `settings.quick_hours`.
    quick win: high, low; big bet: high, high; fill-in: low impact, low effort; time sink: low impact, high effort.
    """
    scored = rows.copy()
    scored["score"] = (scored["impact_margin_90d"] * scored["confidence"] / scored["effort_hours"]).round(4)
    scored["score_formula"] = np.asarray(
        [
            f"{impact:,.2f} x {confidence:.4f} / {hours:g} h = {score:,.2f}"
            for impact, confidence, hours, score in zip(
                *(scored[name] for name in ("impact_margin_90d", "confidence", "effort_hours", "score")), strict=True
            )
        ],
        dtype=object,
    )
    scored = scored.sort_values(["score", "row_id"], ascending=[False, True], kind="stable", ignore_index=True)
    scored["rank"] = np.arange(1, len(scored) + 1, dtype=np.int64)
    worth_it = scored["impact_margin_90d"] >= settings.hour_value * scored["effort_hours"]
    high = worth_it & (scored["impact_margin_90d"] >= scored["impact_margin_90d"].median())
    quick = scored["effort_hours"] <= settings.quick_hours
    names = np.select([high & quick, high & ~quick, ~high & quick], ["quick win", "big bet", "fill-in"], "time sink")
    scored["quadrant"] = names.astype(object)
    return scored


def finished(
    drafts: Sequence[Draft], set_aside: Sequence[SetAside], typed: Mapping[str, str], settings: Settings
) -> Ranked:
    """A play's drafts ranked, the decided, the worthless and those beyond `settings.max_rows` set aside too."""
    undecided = [draft for draft in drafts if draft.row_id not in settings.decided]
    # an impact that is nothing to the cent is no reason to do anything
    open_drafts = [draft for draft in undecided if round(draft.impact.mean, 2) > 0]
    worthless = [
        SetAside(draft.play, draft.subjects, WORTHLESS) for draft in undecided if not round(draft.impact.mean, 2) > 0
    ]
    rows = ranked(unranked_frame(open_drafts, typed, settings), settings)
    kept = set(rows["row_id"].head(settings.max_rows))
    beyond = behind_best(open_drafts[0].play, len(open_drafts) - len(kept), settings) if open_drafts else []
    decided = [
        SetAside(draft.play, draft.subjects, settings.decided[draft.row_id])
        for draft in drafts
        if draft.row_id in settings.decided
    ]
    return Ranked(rows.head(settings.max_rows), set_aside_frame([*set_aside, *decided, *worthless, *beyond], settings))


def behind_best(play: str, number: int, settings: Settings) -> list[SetAside]:
    """One entry for the candidates behind the best ones: they are many, and ranking alone keeps them off."""
    if number == 0:
        return []
    return [SetAside(play, (f"{number:,} more",), f"behind the play's {settings.max_rows} best")]


def combine(frames: Sequence[pd.DataFrame], settings: Settings) -> pd.DataFrame:
    """One shortlist of the common columns out of the plays' own, ranked and sorted into quadrants anew."""
    filled = [frame[list(COMMON_COLUMNS)] for frame in frames if not frame.empty]
    if not filled:
        return empty_rows({})
    return ranked(pd.concat(filled, ignore_index=True), settings)


def in_quadrants_of(shortlist: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """A play's rows in the quadrants that they have on the shortlist: a row is in one, wherever it is read."""
    quadrants = shortlist.set_index("row_id")["quadrant"]
    return rows.assign(quadrant=rows["row_id"].map(quadrants).astype(object))


def matrix(shortlist: pd.DataFrame) -> pd.DataFrame:
    """The impact/effort matrix as points, quadrant by quadrant in the order to act: quick wins first."""
    place = {"quick win": 1, "big bet": 2, "fill-in": 3, "time sink": 4}
    points = shortlist.assign(quadrant_number=shortlist["quadrant"].map(place).astype("int64"))
    points = points.sort_values(["quadrant_number", "rank"], kind="stable", ignore_index=True)
    columns = ["quadrant_number", "quadrant", "rank", "row_id", "play", "action", "effort_hours", "impact_margin_90d"]
    return points[[*columns, "impact_low_80", "impact_high_80", "confidence", "score", "source_modes", "as_of_date"]]
