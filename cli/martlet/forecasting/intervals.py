"""Prediction intervals from a series' own past: how far demand fell from what was expected two weeks before."""

import numpy as np

from martlet.forecasting.panel import Bools, Floats, Ints
from martlet.forecasting.pooling import ALONE, Pool
from martlet.forecasting.result import LEVELS, Prediction

#: Weeks between a past forecast and the day it is held against: the middle of a four-week horizon.
LAG_WEEKS = 2
#: Periods of history that weigh as much as the quantiles pooled over series that sell about as often.
POOL_PERIODS = 28.0
#: Classes of selling frequency (share of days with sales) for pooling.
FREQUENCY_EDGES = (0.01, 0.03, 0.1, 0.2, 0.35, 0.5, 0.75)
#: History read for the quantiles, in weeks.
WINDOW_WEEKS = 52
#: No bound stands above this many times the largest day of the history.
REACH = 1.5
#: Below this mean a ratio to the mean says nothing.
TINY = 1e-9


def empirical_interval(
    mean: Floats, actual: Floats, due: Floats, path: Floats, season: int, pool: Pool = ALONE
) -> Prediction:
    """Interval bounds (n, h) around `mean` (n, h) from the quantiles of actual / expected over the past.

    actual, due : (n, T) units, and normal trading days (weekday profile; 0 when closed or not listed).
    path : (n, K) level after each week. season : periods in a week.

    Where the lower tail lies on zero the interval is one-sided: it starts at 0 and its upper
    bound carries the whole level, so that an 80% interval of a slow seller is not a 90% one.
    """
    ratios, valid = _ratios(actual, due, path, season)
    count = valid.sum(axis=1)
    # what does not count sorts to the end, beyond the reach of a quantile of the first `count`
    ordered = np.sort(np.where(valid, ratios, np.finfo(np.float64).max), axis=1)
    sold = ((ratios > 0) & valid).sum(axis=1)
    zero_share = 1.0 - sold / np.maximum(count, 1)
    frequency = np.searchsorted(FREQUENCY_EDGES, 1.0 - zero_share)
    weight = count / (count + POOL_PERIODS)
    bounds: list[Floats] = []
    for level in LEVELS:
        tail = (1.0 - level) / 2.0
        low_at = np.full(len(count), tail)
        high_at = np.where(zero_share >= tail, level, 1.0 - tail)
        low = _blend(_quantile(ordered, count, low_at), frequency, count, weight, pool)
        high = _blend(_quantile(ordered, count, high_at), frequency, count, weight, pool)
        bounds += [low[:, None] * mean, high[:, None] * mean]
    lo_80, hi_80, lo_95, hi_95 = bounds
    # a ratio to a level that was tiny once is no measure of days to come; a new SKU has no largest day yet
    reach = np.where(count >= POOL_PERIODS, REACH * actual.max(axis=1, initial=0.0), np.inf)[:, None]
    hi_80, hi_95 = np.minimum(hi_80, reach), np.minimum(hi_95, reach)
    # demand comes in whole units: rounding every bound down would cover more than was asked, in the wide interval
    # too little to matter
    lo_80 = np.minimum(np.round(lo_80), mean)
    lo_95 = np.minimum(np.floor(lo_95), lo_80)
    hi_80 = np.maximum(hi_80, mean)
    return Prediction(mean, lo_80, hi_80, lo_95, np.maximum(hi_95, hi_80))


def _ratios(actual: Floats, due: Floats, path: Floats, season: int) -> tuple[Floats, Bools]:
    """Units over the units expected LAG_WEEKS before, and where that ratio means something: (n, W) each."""
    length = actual.shape[1]
    weeks = path.shape[1]
    week = (np.arange(length) + weeks * season - length) // season
    use = np.arange(max(length - WINDOW_WEEKS * season, 0), length)
    # the first weeks have no forecast that old; they are held against the first level there is
    level = path[:, np.maximum(week[use] - LAG_WEEKS, 0)]
    expected = level * due[:, use]
    valid = expected > TINY
    return np.where(valid, actual[:, use] / np.where(valid, expected, 1.0), 0.0), valid


def _quantile(ordered: Floats, count: Ints, at: Floats) -> Floats:
    """Quantile `at` (n,) of the first `count` entries of each sorted row, interpolated (Hyndman-Fan type 7)."""
    place = np.maximum(count - 1, 0) * at
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(count - 1, 0))
    row = np.arange(len(count))
    low, high = ordered[row, below], ordered[row, above]
    value = low + (place - below) * (high - low)
    return np.where(count > 0, value, 0.0)


def _blend(own: Floats, frequency: Ints, count: Ints, weight: Floats, pool: Pool) -> Floats:
    """Own quantiles mixed with the day-weighted mean over series of the same selling frequency."""
    size = len(FREQUENCY_EDGES) + 1
    days = np.bincount(frequency, weights=count.astype(np.float64), minlength=size)
    mass = np.bincount(frequency, weights=own * count, minlength=size)
    mass, days = pool.total(np.stack([mass, days]))
    pooled = mass / np.maximum(days, 1.0)
    mixed: Floats = weight * own + (1.0 - weight) * pooled[frequency]
    return mixed
