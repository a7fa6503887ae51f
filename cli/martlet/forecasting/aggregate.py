"""Forecast of a few busy series (a shop's revenue, units by category and in all): level, damped trend, last year.

The level and damped trend follow Gardner and McKenzie (1985) on weekly rates; several parameter sets run side by
side and are averaged by how well each has forecast the coming weeks, which is steadier than picking one. What the
average would have missed a year ago at this time is taken as the season of the weeks ahead; before there is a year of
history, what it has missed lately is taken as growth. Both are shrunk by how sure they are.
"""

from dataclasses import dataclass

import numpy as np

from martlet.forecasting.panel import Bools, Floats

#: (alpha, beta) per week. beta 0 is simple exponential smoothing.
PARAMETERS = (
    (0.05, 0.0), (0.1, 0.0), (0.2, 0.0), (0.4, 0.0), (0.6, 0.0), (0.8, 0.0), (0.3, 0.1), (0.5, 0.1), (0.5, 0.25),
)  # fmt: skip
DAMPING = 0.9
#: Forecasts may leave the level by this much, no further.
GROWTH_BOUNDS = (0.6, 1.6)
#: Weights are the mean squared error to the power of minus this, ...
SHARPNESS = 4.0
#: ... in which the record over all series weighs as much as so many origins of a series' own.
RECORD_PRIOR = 10.0
#: Forecasts are judged on so many weeks ahead, however far they go.
JUDGED_STEPS = 4
#: Weeks at the start whose forecasts are too raw to be judged.
BURN_IN_WEEKS = 6

YEAR_WEEKS = 52
#: Weeks of history before the year that the season is read from.
BEFORE_YEAR_WEEKS = 8
#: Weeks either side of a week a year ago that stand for it: feasts move, and one week is noisy.
SEASON_MARGIN = 2
#: Prior variance of the log of a season's swing, and the part of the swing that comes again.
SEASON_VARIANCE = 0.03
SEASON_REPEATS = 0.75
SEASON_BOUNDS = (0.4, 2.5)
#: Standard deviation over median absolute deviation of normal errors; and the part of the mean square that is noise
#: even where most neighbours are alike.
NORMAL_MAD, LEAST_NOISE = 1.4826, 0.25

#: Standard deviation of the log of what smoothing lags behind over the weeks ahead, and half-life of its record.
GROWTH_SD = 0.1
GROWTH_HALF_LIFE = 8.0


@dataclass(frozen=True)
class WeeklyForecast:
    """`ahead` (m, steps): rates of the coming weeks. `past` (m, K, steps): what was to be said after each past week.

    `rates` (m, K): what each week brought, in the same units a normal day.
    """

    ahead: Floats
    past: Floats
    rates: Floats


@dataclass(frozen=True)
class _Smoothed:
    """Level and trend after each week for each parameter set: (p, m, K), in units per day of normal trade."""

    level: Floats
    trend: Floats


@dataclass(frozen=True)
class _Record:
    """Past origins (O,), and what happened in the steps after each: rates and exposure, (m, O, steps)."""

    origins: Floats
    rates: Floats
    exposure: Floats

    def totals(self, forecasts: Floats) -> tuple[Floats, Floats]:
        """Forecast and actual sums over the steps after each origin, by exposure: (..., m, O) and (m, O)."""
        said = forecasts[..., self.origins.astype(np.int64), : self.rates.shape[2]]
        return (said * self.exposure).sum(axis=-1), (self.rates * self.exposure).sum(axis=-1)


def forecast_weekly(
    sums: Floats, due: Floats, steps: int, normal: float, parts: Floats | None = None
) -> WeeklyForecast:
    """Forecast weekly rates.

    sums, due : (m, K), amounts sold and normal days of trade in each week, `normal` of them if it was open throughout.
    parts : (m, K), the sum of the parts' own levels after each week, one more forecast to be averaged by its record.
    With more than one row the last is the sum of the others: the season of each is shrunk to the season of the sum.
    """
    is_open = due > 0.07 * normal
    rates = np.where(is_open, np.maximum(sums, 0.0) / np.maximum(due, 1e-9), 0.0)
    exposure = np.minimum(due / normal, 1.0) * is_open
    forecasts = _paths(_smooth(rates, exposure), steps)
    if parts is not None:
        forecasts = np.concatenate([forecasts, np.repeat(parts[None, :, :, None], steps, axis=3)])
    record = _record(rates, exposure, min(steps, JUDGED_STEPS))
    past = np.einsum("pm,pmks->mks", _weights(forecasts, record), forecasts)
    if rates.shape[1] > YEAR_WEEKS + BEFORE_YEAR_WEEKS:
        factor = _season(rates, exposure, past[:, -1 - YEAR_WEEKS])
    else:
        factor = _growth(past, record)
    return WeeklyForecast(past[:, -1, :] * factor, past, rates)


def _smooth(rates: Floats, exposure: Floats) -> _Smoothed:
    """Run every parameter set over weekly rates (m, K); a week with little exposure moves the level little."""
    alpha = np.array([a for a, _ in PARAMETERS])[:, None]
    beta = np.array([b for _, b in PARAMETERS])[:, None]
    count, weeks = rates.shape
    level = np.empty((len(PARAMETERS), count, weeks))
    trend = np.empty_like(level)
    start = _mean(rates, exposure, 0, 4)
    now, slope = np.tile(start, (len(PARAMETERS), 1)), np.zeros((len(PARAMETERS), count))
    for week in range(weeks):
        # a small alpha starts as a plain mean, so that the first weeks do not weigh for ever
        gain = np.maximum(alpha, 1.0 / (week + 1.0)) * exposure[:, week]
        ahead = now + DAMPING * slope
        moved = ahead + gain * (rates[:, week] - ahead)
        slope = DAMPING * slope + beta * exposure[:, week] * (moved - now - DAMPING * slope)
        now = np.maximum(moved, 0.0)
        level[:, :, week], trend[:, :, week] = now, slope
    return _Smoothed(level, trend)


def _paths(smoothed: _Smoothed, steps: int) -> Floats:
    """Forecast rates made after every week for 1..steps weeks ahead: (p, m, K, steps), bounded by GROWTH_BOUNDS."""
    damp = np.cumsum(DAMPING ** np.arange(1, steps + 1))
    raw = smoothed.level[..., None] + smoothed.trend[..., None] * damp
    low, high = (smoothed.level[..., None] * bound for bound in GROWTH_BOUNDS)
    return np.asarray(np.clip(raw, low, high))


def _record(rates: Floats, exposure: Floats, steps: int) -> _Record:
    origins = np.arange(BURN_IN_WEEKS, rates.shape[1] - steps)
    ahead = origins[:, None] + 1 + np.arange(steps)
    return _Record(origins.astype(np.float64), rates[:, ahead], exposure[:, ahead])


def _weights(forecasts: Floats, record: _Record) -> Floats:
    """Weights (p, m), summing to 1, from each parameter set's squared error over the steps after past origins.

    Without a past origin every set weighs the same.
    """
    sets, count = forecasts.shape[:2]
    tested = len(record.origins)
    if tested == 0:
        return np.full((sets, count), 1.0 / sets)
    said, happened = record.totals(forecasts)
    error = ((said - happened) ** 2).mean(axis=2)
    relative = error / np.maximum(error.mean(axis=0), 1e-12)
    judged = (tested * relative + RECORD_PRIOR * relative.mean(axis=1, keepdims=True)) / (tested + RECORD_PRIOR)
    judged = np.maximum(judged, 1e-9)
    weight = (judged / judged.min(axis=0)) ** -SHARPNESS
    return np.asarray(weight / weight.sum(axis=0))


def _season(rates: Floats, exposure: Floats, said: Floats) -> Floats:
    """Factor (m, steps) by which the weeks of a year ago left what was forecast then, `said` (m, steps).

    The forecast of then lags behind the season as the one of now does, so nothing is counted twice. The log ratio is
    shrunk by the share of its variance that is signal, SEASON_VARIANCE / (SEASON_VARIANCE + sampling variance), the
    latter from the variation between neighbouring weeks.
    """
    count, weeks = rates.shape
    steps = said.shape[1]
    first = weeks - YEAR_WEEKS
    swing = np.zeros((count, steps))
    for step in range(steps):
        then = _mean(rates, exposure, first + step - SEASON_MARGIN, min(first + step + 1 + SEASON_MARGIN, weeks))
        usable = (then > 0) & (said[:, step] > 0)
        swing[:, step] = np.log(np.where(usable, then, 1.0) / np.where(usable, said[:, step], 1.0))
    swing = np.clip(swing, *np.log(SEASON_BOUNDS))
    # the usual step between neighbouring weeks; the few great steps of a season are no noise
    local = np.abs(np.diff(rates[:, 1:], axis=1))
    usual = np.maximum((NORMAL_MAD * np.median(local, axis=1)) ** 2, LEAST_NOISE * (local**2).mean(axis=1))
    variation = 0.5 * usual / np.maximum(rates.mean(axis=1), 1e-12) ** 2
    noise = variation * (1.0 / (2 * SEASON_MARGIN + 1) + 1.0 / BEFORE_YEAR_WEEKS)
    sure = (SEASON_VARIANCE / (SEASON_VARIANCE + noise))[:, None]
    whole = swing[-1:] * sure[-1:]
    shrunk = np.vstack([whole + sure[:-1] * (swing[:-1] - whole), whole])
    return np.asarray(np.exp(SEASON_REPEATS * shrunk))


def _growth(past: Floats, record: _Record) -> Floats:
    """Factor (m, 1) by which past forecasts fell short of what came, newest first in weight, shrunk by its variance."""
    said, happened = record.totals(past)
    usable: Bools = (said > 0) & (happened > 0)
    if usable.shape[1] == 0:
        return np.ones((len(past), 1))
    short = np.clip(np.log(np.where(usable, happened, 1.0) / np.where(usable, said, 1.0)), -1.0, 1.0)
    weight = 0.5 ** ((record.origins[-1] - record.origins) / GROWTH_HALF_LIFE)
    mean = (short * weight).sum(axis=1) / weight.sum()
    spread = ((short - mean[:, None]) ** 2 * weight).sum(axis=1) / weight.sum()
    # origins closer than the steps they are judged on tell the same story again
    witnesses = max(weight.sum() ** 2 / (weight**2).sum() / record.rates.shape[2], 1.0)
    sure = GROWTH_SD**2 / (GROWTH_SD**2 + spread / witnesses)
    # two origins agree by chance; the spread of so few says nothing
    sure = sure if len(record.origins) > 2 * record.rates.shape[2] else np.zeros_like(sure)
    return np.asarray(np.exp(sure * mean))[:, None]


def _mean(rates: Floats, exposure: Floats, low: int, high: int) -> Floats:
    weight = exposure[:, low:high]
    return np.asarray((rates[:, low:high] * weight).sum(axis=1) / np.maximum(weight.sum(axis=1), 1e-9))
