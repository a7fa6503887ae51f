"""Forecasts held against what happened: past ones made anew (the backtest) and published ones (the record).

Errors are scaled by the in-sample seasonal-naive error: MASE is Hyndman and Koehler (2006), equation for seasonal
series; RMSSE is its squared counterpart (Makridakis, Spiliotis and Assimakopoulos 2022, M5). A series is scorable at an
origin if it has `minimum_weeks` of history there and its in-sample seasonal-naive error is not zero.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from martlet.forecasting.panel import Bools, Floats, Panel
from martlet.forecasting.result import Prediction, kept_prediction

Predictor = Callable[[Panel, int], Prediction]
#: One row of predictions.forecast_accuracy, by column.
Row = dict[str, Any]
#: Labels of each series by kind of segment, as known at the end of a panel.
Segments = Callable[[Panel], Mapping[str, pd.Series]]

#: Columns of predictions.forecast_accuracy.
ACCURACY_COLUMNS = {
    "target": "varchar", "evidence": "varchar", "origin_date": "date", "segment_kind": "varchar", "segment": "varchar",
    "model": "varchar", "origins": "bigint", "series": "bigint", "days": "bigint", "rmsse": "double", "mase": "double",
    "seasonal_naive_rmsse": "double", "seasonal_naive_mase": "double", "bias_pct": "double", "forecast": "double",
    "actual": "double", "coverage_80": "double", "expected_coverage_80": "double", "coverage_95": "double",
    "expected_coverage_95": "double",
    "beats_seasonal_naive": "boolean", "published": "boolean", "reason": "varchar", "as_of_date": "date",
}  # fmt: skip
#: Weeks of history that say how often a series sells nothing.
EMPTY_WEEKS = 26
SCORE_COLUMNS = (
    "series", "rmsse", "mase", "naive_rmsse", "naive_mase", "inside_80", "expected_80", "inside_95", "expected_95",
    "periods", "actual", "forecast", "length",
)  # fmt: skip
ORIGIN = "origin"


@dataclass(frozen=True)
class BacktestSettings:
    """How the past is replayed: number of origins, weeks between them, and the weeks of history a model must see."""

    origins: int = 6
    step_weeks: int = 4
    minimum_weeks: int = 8


def rolling_origins(panel: Panel, horizon: int, settings: BacktestSettings) -> list[int]:
    """Lengths of history to forecast from, newest first; empty if the history is too short for one."""
    newest = panel.values.shape[1] - horizon
    lengths = [newest - index * settings.step_weeks * panel.season for index in range(settings.origins)]
    return [length for length in lengths if length >= settings.minimum_weeks * panel.season]


def seasonal_naive(history: Floats, horizon: int, season: int) -> Floats:
    """Last week's same weekday (or last week), repeated: (n, T) -> (n, horizon). What is not known counts as zero."""
    week = np.nan_to_num(history[:, -season:])
    return np.tile(week, (1, -(-horizon // season)))[:, :horizon]


def naive_scales(history: Floats, season: int) -> tuple[Floats, Floats]:
    """Mean squared and mean absolute in-sample seasonal-naive error of each series (n,); NaN without two weeks."""
    error = history[:, season:] - history[:, :-season]
    known = np.isfinite(error)
    error = np.where(known, error, 0.0)
    count = known.sum(axis=1)
    squared = np.where(count > 0, (error**2).sum(axis=1) / np.maximum(count, 1), np.nan)
    absolute = np.where(count > 0, np.abs(error).sum(axis=1) / np.maximum(count, 1), np.nan)
    return squared, absolute


def relative_error(rmsse: float, mase: float, naive_rmsse: float, naive_mase: float) -> float:
    """Mean of the RMSSE and the MASE, each over seasonal-naive's; below 1 beats it.

    The overall weighted average of the M4 competition (Makridakis, Spiliotis and Assimakopoulos 2020), with RMSSE in
    place of sMAPE, which zeros break. Both errors count, for RMSSE rewards the mean and MASE the median: on a series
    that is mostly zeros a biased forecast of nothing has the best MASE, and no honest mean can win on that alone.
    """
    return 0.5 * (rmsse / naive_rmsse + mase / naive_mase)


def backtest(
    target: str,
    model: str,
    panel: Panel,
    predict: Predictor,
    horizon: int,
    settings: BacktestSettings,
    segments: Segments | None = None,
) -> list[Row]:
    """Forecast from each past origin with what was known then, and compare with what happened.

    The first row is over all series; a model is published if it beats seasonal-naive there by the rule of
    `relative_error`. The rows after it are one for each segment, by the labels that series had at each origin.
    """
    scores = score_origins(panel, predict, horizon, settings, segments)
    return judge_origins(target, model, panel, horizon, settings, scores)


def score_origins(
    panel: Panel, predict: Predictor, horizon: int, settings: BacktestSettings, segments: Segments | None = None
) -> pd.DataFrame:
    """The rows of `score` for each past origin, newest first: its length of history as `origin`, and its labels."""
    scores = [pd.DataFrame(columns=[*SCORE_COLUMNS, ORIGIN])]
    for length in rolling_origins(panel, horizon, settings):
        history = panel.until(length)
        found = score(panel, length, predict(history, horizon), settings.minimum_weeks)
        labels = segments(history) if segments else {}
        named = {kind: found["series"].map(label) for kind, label in labels.items()}
        scores.append(found.assign(**{ORIGIN: length}, **named))
    return pd.concat(scores[1:] or scores, ignore_index=True)


def judge_origins(
    target: str, model: str, panel: Panel, horizon: int, settings: BacktestSettings, scores: pd.DataFrame
) -> list[Row]:
    """The rows of `backtest` from those of `score_origins`, over all series of the panel."""
    by_origin = (part for _, part in scores.groupby(ORIGIN, sort=False))
    scorable = [part for part in by_origin if part["rmsse"].notna().any()]
    if not scorable:
        return _unscored(target, model, panel, horizon, settings)
    found = pd.concat(scorable, ignore_index=True)
    whole = _judged(_summary(found), len(scorable))
    rows = [_named(whole, "all", "all")]
    for kind in found.columns[len(SCORE_COLUMNS) + 1 :]:
        for label, part in found.groupby(kind, sort=True):
            rows.append(_named(_summary(part) | {"published": whole["published"]}, kind, str(label)))
    shared = _origin(target, "backtest", panel) | {"model": model, "origins": len(scorable)}
    return [shared | row for row in rows]


def score(panel: Panel, length: int, prediction: Prediction, minimum_weeks: int) -> pd.DataFrame:
    """One forecast made after `length` periods against what followed: a row for every series that had begun.

    Errors are NaN for series that are not scorable; periods whose demand is not known count nowhere.
    """
    history, horizon = panel.values[:, :length], prediction.mean.shape[1]
    actual = panel.values[:, length : length + horizon]
    horizon = actual.shape[1]
    known = np.isfinite(actual)
    periods = np.maximum(known.sum(axis=1), 1)
    squared, absolute = naive_scales(history, panel.season)
    enough = np.isfinite(history).sum(axis=1) >= minimum_weeks * panel.season
    scorable: Bools = enough & (squared > 0) & known.any(axis=1)
    truth = np.where(known, actual, 0.0)

    def errors(forecast: Floats) -> tuple[Floats, Floats]:
        gap = np.where(known, truth - forecast[:, :horizon], 0.0)
        rmsse = np.sqrt((gap**2).sum(axis=1) / periods / np.where(scorable, squared, np.nan))
        return rmsse, np.abs(gap).sum(axis=1) / periods / np.where(scorable, absolute, np.nan)

    def inside(low: Floats, high: Floats) -> Floats:
        held = known & (truth >= low[:, :horizon]) & (truth <= high[:, :horizon])
        return np.where(scorable, held.sum(axis=1), 0).astype(np.float64)

    # an interval that starts at nothing covers every empty day, so that is the least it can cover
    recent = history[:, -EMPTY_WEEKS * panel.season :]
    empty = (recent == 0).sum(axis=1) / np.maximum(np.isfinite(recent).sum(axis=1), 1)
    counted = np.where(scorable, known.sum(axis=1), 0)
    rmsse, mase = errors(prediction.mean)
    naive_rmsse, naive_mase = errors(seasonal_naive(history, horizon, panel.season))
    found = pd.DataFrame(
        {
            "series": np.asarray(panel.ids, dtype=object),
            "rmsse": rmsse,
            "mase": mase,
            "naive_rmsse": naive_rmsse,
            "naive_mase": naive_mase,
            "inside_80": inside(prediction.lo_80, prediction.hi_80),
            "expected_80": np.maximum(0.80, empty) * counted,
            "inside_95": inside(prediction.lo_95, prediction.hi_95),
            "expected_95": np.maximum(0.95, empty) * counted,
            "periods": counted,
            "actual": truth.sum(axis=1),
            "forecast": np.where(known, prediction.mean[:, :horizon], 0.0).sum(axis=1),
            "length": horizon,
        },
        columns=list(SCORE_COLUMNS),
    )
    return found[pd.Series(np.isfinite(history).any(axis=1))]


def record_rows(
    target: str, panel: Panel, kept: Sequence[pd.DataFrame], series: str | None, minimum_weeks: int
) -> list[Row]:
    """A row for each forecast that was published on an earlier day, against what has happened since.

    kept : frames of forecasts as they were published, each made on one day; `series` is their column of ids, or None.
    """
    rows = []
    for frame in kept:
        made_on, model = pd.Timestamp(frame["as_of_date"].iloc[0]), str(frame["model"].iloc[0])
        length = int((np.datetime64(made_on, "D") - panel.days[0]).astype(np.int64)) + 1
        if not 0 < length < panel.values.shape[1]:
            continue
        known, prediction = kept_prediction(panel, frame, series)
        found = score(known, length, prediction, minimum_weeks)
        if found.empty:
            continue
        row = _origin(target, "record", panel) | _named(_summary(found), "all", "all")
        told = f"Published on {made_on:%Y-%m-%d}, held against the {row['days']} days since."
        rows.append(row | {"model": model, "origins": 1, "origin_date": made_on, "published": True, "reason": told})
    return rows


def accuracy_frame(rows: Sequence[Row]) -> pd.DataFrame:
    """Rows of predictions.forecast_accuracy with every column, in order."""
    return pd.DataFrame(rows, columns=list(ACCURACY_COLUMNS))


def _origin(target: str, evidence: str, panel: Panel) -> Row:
    as_of = pd.Timestamp(panel.days[-1]) if len(panel.days) else pd.NaT
    return {"target": target, "evidence": evidence, "as_of_date": as_of}


def _summary(found: pd.DataFrame) -> Row:
    """Means over scorable series and origins; totals over every series that had begun, scorable or not."""
    periods = float(found["periods"].sum())
    actual, forecast = float(found["actual"].sum()), float(found["forecast"].sum())

    def share(column: str) -> float:
        return float(found[column].sum()) / periods if periods else float("nan")

    rmsse, mase, naive_rmsse, naive_mase = (
        float(found[name].mean()) for name in ("rmsse", "mase", "naive_rmsse", "naive_mase")
    )
    return {
        "series": int(found.loc[found["rmsse"].notna(), "series"].nunique()),
        "days": int(found["length"].max()),
        "rmsse": rmsse,
        "mase": mase,
        "seasonal_naive_rmsse": naive_rmsse,
        "seasonal_naive_mase": naive_mase,
        "bias_pct": 100.0 * (forecast / actual - 1.0) if actual > 0 else float("nan"),
        "forecast": forecast,
        "actual": actual,
        "coverage_80": share("inside_80"),
        "expected_coverage_80": share("expected_80"),
        "coverage_95": share("inside_95"),
        "expected_coverage_95": share("expected_95"),
        # seasonal-naive without error (a series that repeats itself to the unit) cannot be beaten
        "beats_seasonal_naive": naive_rmsse > 0
        and naive_mase > 0
        and relative_error(rmsse, mase, naive_rmsse, naive_mase) < 1.0,
    }


def _judged(summary: Row, origins: int) -> Row:
    """The summary over all series with the verdict and its reason."""
    rmsse, mase = summary["rmsse"], summary["mase"]
    naive_rmsse, naive_mase = summary["seasonal_naive_rmsse"], summary["seasonal_naive_mase"]
    perfect = naive_rmsse <= 0 or naive_mase <= 0
    verb = "beats" if summary["beats_seasonal_naive"] else "does not beat"
    share = (
        "which is never wrong here"
        if perfect
        else f"{relative_error(rmsse, mase, naive_rmsse, naive_mase):.2f} of its error on average"
    )
    reason = (
        f"The model {verb} seasonal-naive on {summary['series']:,} series from {origins} past"
        f" {'day' if origins == 1 else 'days'}: RMSSE {rmsse:.3f} against {naive_rmsse:.3f},"
        f" MASE {mase:.3f} against {naive_mase:.3f}, {share}."
    )
    return summary | {"published": summary["beats_seasonal_naive"], "reason": reason}


def _named(row: Row, kind: str, segment: str) -> Row:
    return row | {"segment_kind": kind, "segment": segment}


def _unscored(target: str, model: str, panel: Panel, horizon: int, settings: BacktestSettings) -> list[Row]:
    length, least = panel.values.shape[1], settings.minimum_weeks * panel.season
    unit = "weeks" if panel.season == 1 else "days"
    if length < least + horizon:
        reason = (
            f"Too little history: {length} {unit}, and a backtest needs {least + horizon} "
            f"({least} to learn from, {horizon} to be judged on)."
        )
    else:
        reason = f"No series has {least} {unit} of history with sales before a test period."
    row = _origin(target, "backtest", panel) | {"model": model, "origins": 0, "series": 0, "days": 0}
    return [_named(row, "all", "all") | {"beats_seasonal_naive": False, "published": False, "reason": reason}]
