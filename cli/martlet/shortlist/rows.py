"""What every row of a shortlist has in common: its columns, its settings, its id."""

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
from scipy import special

from martlet.shortlist.impact import One

#: The columns every row has, in this order, with their pandas dtypes. A play's own columns follow.
COMMON_COLUMNS: dict[str, str] = {
    "row_id": "object",
    "rank": "int64",
    "play": "object",
    "action": "object",
    "subject": "object",
    "evidence": "object",
    "baseline": "object",
    "impact_margin_90d": "float64",
    "impact_low_80": "float64",
    "impact_high_80": "float64",
    "impact_unshrunk_90d": "float64",
    "candidates": "int64",
    "confidence": "float64",
    "effort_hours": "float64",
    "score": "float64",
    "score_formula": "object",
    "quadrant": "object",
    "feasibility": "object",
    "sample_size": "float64",
    "days_to_run": "float64",
    "stock_available": "float64",
    "caveats": "object",
    "reproduce_sql": "object",
    "source_modes": "object",
    "as_of_date": "datetime64[s]",
}
#: What was found and is not proposed, with the reason: nothing is dropped in silence.
SET_ASIDE_COLUMNS: dict[str, str] = {
    "row_id": "object",
    "play": "object",
    "subject": "object",
    "reason": "object",
    "as_of_date": "datetime64[s]",
}
#: Impact is counted over this many days; a play's assumptions may not ask for another horizon.
HORIZON_DAYS = 90


@dataclass(frozen=True)
class Settings:
    """What a ranking is made for, and its limits.

    as_of : the last day the marts speak of.
    source_modes : where the data came from, such as "mock" or "shopify live; ga4 not connected".
    assumed_margin_rate : gross margin over net sales where costs are unknown, 0 to 1.
    currency : ISO code that money is written with in sentences; empty for none.
    max_rows : rows any play may propose; its own limit may be lower. rows_per_subject : rows that one SKU is in.
    false_discovery_rate : largest q-value of a cross-sell pair.
    minimum_probability : smallest probability that a landing page is truly worse.
    max_test_days : days beyond which a test counts as too long. quick_hours : most effort of a quick win or fill-in.
    hour_value : what an hour of work is worth, shop currency; an impact below its effort's worth is never high.
    decided : rows that someone has decided and that stay away for now, row id to the decision.
    """

    as_of: date
    source_modes: str = ""
    assumed_margin_rate: float = 0.4
    currency: str = ""
    max_rows: int = 50
    rows_per_subject: int = 3
    false_discovery_rate: float = 0.05
    minimum_probability: float = 0.95
    max_test_days: float = 60.0
    quick_hours: float = 4.0
    hour_value: float = 20.0
    decided: Mapping[str, str] = field(default_factory=dict)


#: The columns of marts.plays that a ranking reads.
PLAY_SETTINGS = (
    *("play", "effort_hours", "horizon_days", "response_mean", "response_sd", "minimum_support"),
    *("quiet_days", "max_rows"),
)


@dataclass(frozen=True)
class Assumptions:
    """One row of marts.plays: effort in hours, mean and standard deviation of the assumed response, and the limits."""

    play: str
    effort_hours: float
    response_mean: float
    response_sd: float
    minimum_support: int
    max_rows: int

    @property
    def probability_positive(self) -> float:
        """Probability that the response is above zero, read as normal: an offer or a new page may do nothing."""
        return float(special.ndtr(self.response_mean / self.response_sd)) if self.response_sd > 0 else 1.0

    @classmethod
    def from_frame(cls, plays: pd.DataFrame, play: str) -> "Assumptions | None":
        """The assumptions of `play`, or None if the merchant's table has no such row.

        Raises ValueError if a number is out of range or the horizon is not HORIZON_DAYS.
        """
        found = plays[plays["play"] == play]
        if found.empty:
            return None
        row = found.iloc[0]
        made = cls(
            play,
            float(row["effort_hours"]),
            float(row["response_mean"]),
            float(row["response_sd"]),
            int(row["minimum_support"]),
            int(row["max_rows"]),
        )
        if int(row["horizon_days"]) != HORIZON_DAYS:
            raise ValueError(f"plays: {play} has horizon_days {row['horizon_days']}, only {HORIZON_DAYS} is known")
        usable = made.effort_hours > 0 and made.response_mean > 0 and made.response_sd >= 0
        if not usable or made.minimum_support < 1 or made.max_rows < 1:
            raise ValueError(f"plays: {play} needs effort, response, support and rows above zero")
        return made


@dataclass(frozen=True)
class Draft:
    """A row before it is ranked. Impact is margin over HORIZON_DAYS days; confidence is a probability.

    impact_unshrunk : what the row's own data say, before it is pulled back for having been picked out of `candidates`.
    sample_size, days_to_run : observations a test needs in all, and days until it has them; NaN where none is due.
    stock_available : units on hand or on order of what would be sold, NaN where unknown or beside the point.
    """

    play: str
    subjects: tuple[str, ...]
    action: str
    evidence: str
    baseline: str
    impact: One
    impact_unshrunk: float
    candidates: int
    confidence: float
    effort_hours: float
    feasibility: str
    caveats: Sequence[str]
    reproduce_sql: str
    sample_size: float = math.nan
    days_to_run: float = math.nan
    stock_available: float = math.nan
    typed: Mapping[str, object] = field(default_factory=dict)

    @property
    def row_id(self) -> str:
        """The row's id."""
        return row_id(self.play, self.subjects)


@dataclass(frozen=True)
class SetAside:
    """A candidate that the evidence is for, and why it is not proposed."""

    play: str
    subjects: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Ranked:
    """What a play found: `rows` (the common columns, then its own) and `set_aside` (SET_ASIDE_COLUMNS).

    `audience`: for a play that writes to people, one row per person.
    """

    rows: pd.DataFrame
    set_aside: pd.DataFrame
    audience: pd.DataFrame | None = None


def row_id(play: str, subjects: Sequence[str]) -> str:
    """Twelve hex digits that depend on the play and its subject ids alone, and so survive from run to run."""
    return hashlib.sha256("\x1f".join([play, *subjects]).encode()).hexdigest()[:12]


def empty_rows(typed: Mapping[str, str]) -> pd.DataFrame:
    """No rows, with the common columns and the play's own, each of its dtype."""
    return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in {**COMMON_COLUMNS, **typed}.items()})


def set_aside_frame(set_aside: Sequence[SetAside], settings: Settings) -> pd.DataFrame:
    """Rows of SET_ASIDE_COLUMNS, by subject."""
    records = [
        {
            "row_id": row_id(each.play, each.subjects),
            "play": each.play,
            "subject": " + ".join(each.subjects),
            "reason": each.reason,
            "as_of_date": np.datetime64(settings.as_of, "s"),
        }
        for each in set_aside
    ]
    frame = pd.DataFrame.from_records(records, columns=list(SET_ASIDE_COLUMNS)).astype(SET_ASIDE_COLUMNS)
    return frame.sort_values(["subject", "row_id"], ignore_index=True)


def unranked_frame(drafts: Sequence[Draft], typed: Mapping[str, str], settings: Settings) -> pd.DataFrame:
    """Drafts as a frame of the right columns and dtypes; rank, score and quadrant are for `scoring.ranked` to fill."""
    if not drafts:
        return empty_rows(typed)
    as_of = np.datetime64(settings.as_of, "s")
    records = [
        {
            "row_id": row_id(draft.play, draft.subjects),
            "rank": 0,
            "play": draft.play,
            "action": draft.action,
            "subject": " + ".join(draft.subjects),
            "evidence": draft.evidence,
            "baseline": draft.baseline,
            "impact_margin_90d": round(draft.impact.mean, 2),
            "impact_low_80": round(draft.impact.low, 2),
            "impact_high_80": round(draft.impact.high, 2),
            "impact_unshrunk_90d": round(draft.impact_unshrunk, 2),
            "candidates": draft.candidates,
            "confidence": round(draft.confidence, 4),
            "effort_hours": draft.effort_hours,
            "score": 0.0,
            "score_formula": "",
            "quadrant": "",
            "feasibility": draft.feasibility,
            "sample_size": draft.sample_size,
            "days_to_run": round(draft.days_to_run, 1),
            "stock_available": draft.stock_available,
            "caveats": " ".join(draft.caveats),
            # on one line: a spreadsheet's cell shows no more
            "reproduce_sql": re.sub(r"\n\s*", " ", draft.reproduce_sql),
            "source_modes": settings.source_modes,
            "as_of_date": as_of,
            **draft.typed,
        }
        for draft in drafts
    ]
    frame = pd.DataFrame.from_records(records)
    return frame[[*COMMON_COLUMNS, *typed]].astype({**COMMON_COLUMNS, **typed})
