"""From rows with an impact, a confidence and an effort to a ranking."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from martlet.shortlist.rows import COMMON_COLUMNS, Settings, empty_rows

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
    scored = scored.sort_values(["score", "row_id"], ascending=[False, True], kind="stable", ignore_index=True)
    scored["rank"] = np.arange(1, len(scored) + 1, dtype=np.int64)
    worth_it = scored["impact_margin_90d"] >= settings.hour_value * scored["effort_hours"]
    high = worth_it & (scored["impact_margin_90d"] >= scored["impact_margin_90d"].median())
    quick = scored["effort_hours"] <= settings.quick_hours
    names = np.select([high & quick, high & ~quick, ~high & quick], ["quick win", "big bet", "fill-in"], "time sink")
    scored["quadrant"] = names.astype(object)
    return scored


def combine(frames: Sequence[pd.DataFrame], settings: Settings) -> pd.DataFrame:
    """One shortlist of the common columns out of the plays' own, ranked and sorted into quadrants anew."""
    filled = [frame[list(COMMON_COLUMNS)] for frame in frames if not frame.empty]
    if not filled:
        return empty_rows({})
    return ranked(pd.concat(filled, ignore_index=True), settings)
