"""Forecast of a few busy series (a shop's revenue, units by category): weekly damped trend, weekday profile, year.

The level and damped trend follow Gardner and McKenzie (1985) on weekly rates; several parameter sets run side by
side and are averaged by how well each has forecast four weeks ahead, which is steadier than picking one.
"""

from dataclasses import dataclass

import numpy as np

from martlet.forecasting.panel import WEEK, Floats

#: (alpha, beta) per week. beta 0 is simple exponential smoothing.
PARAMETERS = ((0.1, 0.0), (0.2, 0.0), (0.4, 0.0), (0.6, 0.0), (0.3, 0.1), (0.5, 0.1), (0.5, 0.25))
DAMPING = 0.9
#: Weights are mean squared error to the power of minus this.
SHARPNESS = 3.0
#: Four-week forecasts may leave the level by this much, no further.
GROWTH_BOUNDS = (0.6, 1.6)
#: Weeks of the same season one year ago that stand for the level then.
YEARLY_BASE_WEEKS = 8
YEAR_WEEKS = 52
#: Prior variance of the log of a season's swing (a standard deviation of 30%).
SEASON_VARIANCE = 0.09
SEASON_BOUNDS = (0.4, 2.5)


@dataclass(frozen=True)
class Smoothed:
    """Level and trend after each week for each parameter set: (p, m, K), in units per day of normal trade."""

    level: Floats
    trend: Floats


def smooth(rates: Floats, exposure: Floats) -> Smoothed:
    """Run every parameter set over weekly rates (m, K); a week with little exposure moves the level little.

    exposure : (m, K), share of a normal week's trade that could have happened, 0 to 1.
    """
    alpha = np.array([a for a, _ in PARAMETERS])[:, None]
    beta = np.array([b for _, b in PARAMETERS])[:, None]
    count, weeks = rates.shape
    level = np.empty((len(PARAMETERS), count, weeks))
    trend = np.empty_like(level)
    early = exposure[:, :4].sum(axis=1)
    start = (rates[:, :4] * exposure[:, :4]).sum(axis=1) / np.maximum(early, 1e-9)
    now, slope = np.tile(start, (len(PARAMETERS), 1)), np.zeros((len(PARAMETERS), count))
    for week in range(weeks):
        gain = alpha * exposure[:, week]
        ahead = now + DAMPING * slope
        moved = ahead + gain * (rates[:, week] - ahead)
        slope = DAMPING * slope + beta * exposure[:, week] * (moved - now - DAMPING * slope)
        now = np.maximum(moved, 0.0)
        level[:, :, week], trend[:, :, week] = now, slope
    return Smoothed(level, trend)


def paths(smoothed: Smoothed, steps: int) -> Floats:
    """Forecast rates made after every week for 1..steps weeks ahead: (p, m, K, steps), bounded by GROWTH_BOUNDS."""
    damp = np.cumsum(DAMPING ** np.arange(1, steps + 1))
    raw = smoothed.level[..., None] + smoothed.trend[..., None] * damp
    low, high = (smoothed.level[..., None] * bound for bound in GROWTH_BOUNDS)
    return np.asarray(np.clip(raw, low, high))


def combination(forecasts: Floats, rates: Floats, exposure: Floats, allow_trend: bool) -> Floats:
    """Weights (p, m), summing to 1, from each parameter set's squared error over the coming `steps` weeks.

    Without enough past origins every set weighs the same. `allow_trend` False leaves out sets with a trend.
    """
    sets, count, weeks, steps = forecasts.shape
    allowed = np.array([allow_trend or beta == 0 for _, beta in PARAMETERS], dtype=np.float64)[:, None]
    origins = np.arange(min(steps, weeks), weeks - steps)
    if len(origins) == 0:
        return np.tile(allowed / allowed.sum(), (1, count))
    error = np.zeros((sets, count))
    for origin in origins:
        seen = exposure[:, origin + 1 : origin + 1 + steps]
        gap = ((forecasts[:, :, origin, :] - rates[:, origin + 1 : origin + 1 + steps]) * seen).sum(axis=2)
        error += gap**2
    floor = np.maximum(error.min(axis=0), 1e-12)
    weight = allowed * (np.maximum(error, 1e-12) / floor) ** -SHARPNESS
    return np.asarray(weight / weight.sum(axis=0))


def yearly_factor(rates: Floats, exposure: Floats, steps: int) -> Floats | None:
    """Seasonal swing of the coming weeks against the past ones, as it was a year ago: (m, steps), or None.

    Needs YEAR_WEEKS + YEARLY_BASE_WEEKS weeks. The log ratio is shrunk by the share of its variance that is
    signal: SEASON_VARIANCE / (SEASON_VARIANCE + sampling variance), the latter from the weekly variation.
    """
    weeks = rates.shape[1]
    if weeks < YEAR_WEEKS + YEARLY_BASE_WEEKS + 1:
        return None
    first = weeks - YEAR_WEEKS
    base = _mean(rates, exposure, first - YEARLY_BASE_WEEKS, first)
    local = np.diff(rates[:, 1:], axis=1)
    cv2 = 0.5 * (local**2).mean(axis=1) / np.maximum(rates.mean(axis=1), 1e-12) ** 2
    factor = np.ones((rates.shape[0], steps))
    for step in range(steps):
        # three weeks around the week, for dates drift against the calendar; the last ones may be missing
        low, high = first + step - 1, min(first + step + 2, weeks)
        then = _mean(rates, exposure, low, high)
        noise = cv2 * (1.0 / (high - low) + 1.0 / YEARLY_BASE_WEEKS)
        shrink = SEASON_VARIANCE / (SEASON_VARIANCE + noise)
        usable = (then > 0) & (base > 0)
        ratio = np.where(usable, then / np.where(base > 0, base, 1.0), 1.0)
        factor[:, step] = np.clip(np.where(usable, ratio, 1.0) ** shrink, *SEASON_BOUNDS)
    return factor


def _mean(rates: Floats, exposure: Floats, low: int, high: int) -> Floats:
    weight = exposure[:, low:high]
    return np.asarray((rates[:, low:high] * weight).sum(axis=1) / np.maximum(weight.sum(axis=1), 1e-9))


@dataclass(frozen=True)
class WeeklyForecast:
    """`ahead` (m, steps): rates of the coming weeks. `past` (m, K, steps): what was to be said after each past week."""

    ahead: Floats
    past: Floats


def forecast_weekly(sums: Floats, due: Floats, steps: int) -> WeeklyForecast:
    """Forecast weekly rates. sums, due : (m, K), amounts sold and normal days of trade in each week, 7 if full."""
    rates = np.maximum(sums, 0.0) / np.maximum(due, 1e-9)
    rates = np.where(due > 0.5, rates, 0.0)
    exposure = np.minimum(due / WEEK, 1.0) * (due > 0.5)
    season = yearly_factor(rates, exposure, steps)
    forecasts = paths(smooth(rates, exposure), steps)
    weights = combination(forecasts, rates, exposure, allow_trend=season is None)
    past = np.einsum("pm,pmks->mks", weights, forecasts)
    ahead = past[:, -1, :] * (season if season is not None else 1.0)
    return WeeklyForecast(ahead, past)
