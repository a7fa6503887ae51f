"""Rolling-origin backtest against seasonal-naive, and the rule by which a model earns its place.

Errors are scaled by the in-sample seasonal-naive error of period 7: MASE is Hyndman and Koehler (2006), equation for
seasonal series; RMSSE is its squared counterpart (Makridakis, Spiliotis and Assimakopoulos 2022, M5). A series is
scorable at an origin if it has `minimum_days` of history there and its in-sample seasonal-naive error is not zero.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from martlet.forecasting.panel import WEEK, Bools, Floats, Panel
from martlet.forecasting.result import Prediction

Predictor = Callable[[Panel, int], Prediction]


@dataclass(frozen=True)
class BacktestSettings:
    """How the past is replayed: number of origins, days between them, and the days of history a model must see."""

    origins: int = 4
    step_days: int = 28
    minimum_days: int = 56


@dataclass(frozen=True)
class Verdict:
    """One model's record: metrics are means over scorable series and origins, NaN where nothing could be scored."""

    target: str
    model: str
    rmsse: float
    mase: float
    bias_pct: float
    coverage_80: float
    coverage_95: float
    seasonal_naive_rmsse: float
    seasonal_naive_mase: float
    origins: int
    series: int
    beats_seasonal_naive: bool
    published: bool
    reason: str

    def frame(self) -> pd.DataFrame:
        """The verdict as one row of predictions.forecast_accuracy."""
        return pd.DataFrame([vars(self)])


@dataclass(frozen=True)
class _Score:
    """Sums over one origin, to be averaged over all of them."""

    scored: int
    rmsse: float
    mase: float
    naive_rmsse: float
    naive_mase: float
    inside_80: float
    inside_95: float
    days: int
    actual: float
    forecast: float


def rolling_origins(length: int, horizon: int, settings: BacktestSettings) -> list[int]:
    """Lengths of history to forecast from, newest first; empty if the history is too short for one."""
    newest = length - horizon
    lengths = [newest - index * settings.step_days for index in range(settings.origins)]
    return [length for length in lengths if length >= settings.minimum_days]


def seasonal_naive(history: Floats, horizon: int) -> Floats:
    """Last week's same weekday, repeated: (n, T) -> (n, horizon). Days without history count as zero."""
    week = np.nan_to_num(history[:, -WEEK:])
    return np.tile(week, (1, -(-horizon // WEEK)))[:, :horizon]


def naive_scales(history: Floats) -> tuple[Floats, Floats]:
    """Mean squared and mean absolute in-sample seasonal-naive error of each series (n,); NaN without two weeks."""
    error = history[:, WEEK:] - history[:, :-WEEK]
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
    target: str, model: str, panel: Panel, predict: Predictor, horizon: int, settings: BacktestSettings
) -> Verdict:
    """Forecast from each past origin with what was known then, and compare with what happened.

    A model is published if it beats seasonal-naive by the rule of `relative_error`.
    """
    lengths = rolling_origins(panel.values.shape[1], horizon, settings)
    scores: list[_Score] = []
    scorable = np.zeros(len(panel.ids), dtype=np.bool_)
    for length in lengths:
        history = panel.until(length)
        scales = naive_scales(history.values)
        use = (np.isfinite(history.values).sum(axis=1) >= settings.minimum_days) & (scales[0] > 0)
        if not use.any():
            continue
        actual = panel.values[:, length : length + horizon]
        scores.append(_score(actual, predict(history, horizon), history.values, scales, use))
        scorable |= use
    if not scores:
        return _unscored(target, model, panel, horizon, settings)
    return _judge(target, model, scores, int(scorable.sum()))


def _score(
    actual: Floats, prediction: Prediction, history: Floats, scales: tuple[Floats, Floats], use: Bools
) -> _Score:
    began = np.isfinite(history).any(axis=1)
    naive = seasonal_naive(history, actual.shape[1])
    squared, absolute = (scale[use] for scale in scales)
    truth = actual[use]

    def errors(forecast: Floats) -> tuple[float, float]:
        gap = truth - forecast[use]
        rmsse = np.sqrt((gap**2).mean(axis=1) / squared).sum()
        return float(rmsse), float((np.abs(gap).mean(axis=1) / absolute).sum())

    rmsse, mase = errors(prediction.mean)
    naive_rmsse, naive_mase = errors(naive)
    return _Score(
        scored=int(use.sum()),
        rmsse=rmsse,
        mase=mase,
        naive_rmsse=naive_rmsse,
        naive_mase=naive_mase,
        inside_80=float(((truth >= prediction.lo_80[use]) & (truth <= prediction.hi_80[use])).sum()),
        inside_95=float(((truth >= prediction.lo_95[use]) & (truth <= prediction.hi_95[use])).sum()),
        days=truth.size,
        # the total is over every series that had begun, scorable or not
        actual=float(actual[began].sum()),
        forecast=float(prediction.mean[began].sum()),
    )


def _judge(target: str, model: str, scores: list[_Score], series: int) -> Verdict:
    def mean(field: str, over: str) -> float:
        return float(sum(getattr(s, field) for s in scores) / sum(getattr(s, over) for s in scores))

    rmsse, mase = mean("rmsse", "scored"), mean("mase", "scored")
    naive_rmsse, naive_mase = mean("naive_rmsse", "scored"), mean("naive_mase", "scored")
    total = sum(s.actual for s in scores)
    bias = 100.0 * (sum(s.forecast for s in scores) / total - 1.0) if total > 0 else float("nan")
    # seasonal-naive without error (a series that repeats itself to the unit) cannot be beaten
    perfect = naive_rmsse <= 0 or naive_mase <= 0
    relative = float("inf") if perfect else relative_error(rmsse, mase, naive_rmsse, naive_mase)
    beats = relative < 1.0
    verb = "beats" if beats else "does not beat"
    share = "which is never wrong here" if perfect else f"{relative:.2f} of its error on average"
    reason = (
        f"The model {verb} seasonal-naive on {series:,} series from {len(scores)} past {_plural('day', len(scores))}: "
        f"RMSSE {rmsse:.3f} against {naive_rmsse:.3f}, MASE {mase:.3f} against {naive_mase:.3f}, {share}."
    )
    return Verdict(
        target, model, rmsse, mase, bias, mean("inside_80", "days"), mean("inside_95", "days"), naive_rmsse, naive_mase,
        len(scores), series, beats, beats, reason,
    )  # fmt: skip


def _plural(word: str, count: int) -> str:
    return word if count == 1 else word + "s"


def _unscored(target: str, model: str, panel: Panel, horizon: int, settings: BacktestSettings) -> Verdict:
    days = panel.values.shape[1]
    needed = settings.minimum_days + horizon
    if days < needed:
        reason = (
            f"Too little history: {days} days, and a backtest needs {needed} "
            f"({settings.minimum_days} to learn from, {horizon} to be judged on)."
        )
    else:
        reason = f"No series has {settings.minimum_days} days of history with sales before a test period."
    nan = float("nan")
    return Verdict(target, model, nan, nan, nan, nan, nan, nan, nan, 0, 0, False, False, reason)
