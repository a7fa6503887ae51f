"""Levels of thousands of intermittent series at once: simple exponential smoothing of weekly sums.

Weekly sums tame intermittence (temporal aggregation: Nikolopoulos et al. 2011, ADIDA); each series gets the
smoothing constant that forecast its next two weeks best, with the constant's record over all series as a prior. Part
of that level is then replaced by what a long and a short memory agree on: a series that sold long ago but not lately,
or lately but never before, is believed less. What this takes from the sum is given back where series are reconciled
with their category, so it moves demand from doubtful series to steady ones.
"""

from dataclasses import dataclass

import numpy as np

from martlet.forecasting.panel import Floats
from martlet.forecasting.pooling import ALONE, Pool

#: Smoothing constants per week; 0 stands for the plain mean of the whole history.
ALPHAS = (0.0, 0.03, 0.06, 0.1, 0.2, 0.35, 0.5)
#: So many errors' worth of weight that the record over all series has in the choice for one of them.
CHOICE_PRIOR = 12.0
CHOICE_STEPS = 2
#: Weeks after which an error counts half: what suited a series two years ago may not now.
CHOICE_HALF_LIFE = 26.0
#: Smoothing constants of a long and a short memory, and the part of the level that must be what both say.
MEMORIES = (0.03, 0.35)
AGREED_SHARE = 0.4


@dataclass(frozen=True)
class Levels:
    """Levels (n, K) after each week, in units per day of normal trade, and the constant chosen for each series (n,).

    `smoothed` is the level itself; `path` is the level as far as memories agree, and adds up to less.
    """

    smoothed: Floats
    path: Floats
    alpha: Floats


def smoothed_rate(sums: Floats, due: Floats, alpha: float) -> Floats:
    """Exponentially weighted units over exponentially weighted days due: (n, K) each -> (n, K).

    With every week due alike this is simple exponential smoothing whose start is weighted out (bias-corrected);
    weeks in which nothing could be sold leave it as it is. alpha 0 is the running mean.
    """
    from scipy.signal import lfilter  # noqa: PLC0415  (half a second, which commands that forecast nothing do not need)

    if alpha == 0.0:
        units, days = np.cumsum(sums, axis=1), np.cumsum(due, axis=1)
    else:
        units = lfilter([alpha], [1.0, alpha - 1.0], sums, axis=1)
        days = lfilter([alpha], [1.0, alpha - 1.0], due, axis=1)
    return np.asarray(np.where(days > 1e-9, units / np.maximum(days, 1e-9), 0.0), dtype=np.float64)


def choose_levels(sums: Floats, due: Floats, pool: Pool = ALONE) -> Levels:
    """Level paths of the best constant for each series. sums, due : (n, K) units and normal trading days by week."""
    count, weeks = sums.shape
    error = np.zeros((len(ALPHAS), count))
    origins = max(weeks - CHOICE_STEPS, 0)
    rates = [smoothed_rate(sums, due, alpha) for alpha in ALPHAS]
    if origins > 1:
        ahead_units, ahead_due = (_next_weeks(array, origins) for array in (sums, due))
        started = np.cumsum(due, axis=1)[:, :origins] > 0
        weight = 0.5 ** ((origins - 1 - np.arange(origins)) / CHOICE_HALF_LIFE)
        for index, rate in enumerate(rates):
            gap = (rate[:, :origins] * ahead_due - ahead_units) * started
            error[index] = (gap**2 * weight).sum(axis=1)
        tested = (started * weight).sum(axis=1)
    else:
        tested = np.zeros(count)
    scale = error.mean(axis=0)
    relative = np.where(scale > 0, error / np.where(scale > 0, scale, 1.0), 1.0)
    *records, series = pool.total(np.append(relative.sum(axis=1), count))
    pooled = np.array(records) / series if series else np.ones(len(ALPHAS))
    judged = (relative * tested + CHOICE_PRIOR * pooled[:, None]) / (tested + CHOICE_PRIOR)
    best = np.argmin(judged, axis=0)
    smoothed = np.stack(rates)[best, np.arange(count)]
    agreed = np.minimum(*(smoothed_rate(sums, due, alpha) for alpha in MEMORIES))
    path = (1.0 - AGREED_SHARE) * smoothed + AGREED_SHARE * agreed
    return Levels(smoothed, path, np.asarray(ALPHAS)[best])


def _next_weeks(values: Floats, origins: int) -> Floats:
    """Sum of the CHOICE_STEPS weeks after each of the first `origins` weeks."""
    running = np.cumsum(values, axis=1)
    return np.asarray(running[:, CHOICE_STEPS : CHOICE_STEPS + origins] - running[:, :origins])
