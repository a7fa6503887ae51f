"""Daily demand of every SKU for the coming days, with intervals.

Level by exponential smoothing of weekly sums (`levels`), a weekday profile shrunk to the category's (`profiles`),
then each SKU scaled so that categories and the total meet a forecast made for them directly (`aggregate`):
thousands of intermittent series say little about the trend that their sum shows plainly.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import pandas as pd

from martlet.forecasting.aggregate import forecast_weekly
from martlet.forecasting.backtest import (
    BacktestSettings,
    Row,
    accuracy_frame,
    judge_origins,
    record_rows,
    score_origins,
)
from martlet.forecasting.demand_classes import demand_classes
from martlet.forecasting.intervals import empirical_interval
from martlet.forecasting.levels import choose_levels
from martlet.forecasting.panel import Bools, Extent, Floats, Ints, Panel, open_days, panel_from_frame, weekly_sums
from martlet.forecasting.pooling import ALONE, Pool
from martlet.forecasting.profiles import group_sums, phase_sums, pooled_profile, shrunk_profiles
from martlet.forecasting.result import ForecastResult, Prediction, forecast_frame

MODEL = "smoothed level, weekday profile, reconciled"
HORIZON_WEEKS = 4
#: A day above this many times the SKU's usual sale is cut down to it: one wholesale order is no demand pattern.
SPIKE = 10.0
GROUP_SPIKE = 4.0
#: Bounds of the factor that takes a SKU to its category, and a category to the total.
SKU_SCALE = (0.4, 3.0)
GROUP_SCALE = (0.8, 1.25)
#: Power of a SKU's rate by which its level's variance is taken to rise: 1 for Poisson demand, 2 for bulk orders alone.
SPREAD = 1.3
#: Shape of the gamma distribution of rates over SKUs, for SKUs with hardly any history (coefficient of variation 2).
RATE_SHAPE = 0.25


def forecast_demand(
    demand: pd.DataFrame,
    horizon: int | None = None,
    settings: BacktestSettings | None = None,
    period: str = "day",
    kept: Sequence[pd.DataFrame] = (),
) -> ForecastResult:
    """Forecast units of each SKU, judge the method by a rolling-origin backtest, and published forecasts by what came.

    demand : rows of marts.demand_daily with sku, demand_date and units_sold, zeros included, null where it is not known
        (no stock); optionally category, which SKUs are reconciled with, and abc_class, which accuracy is told by.
    horizon : periods ahead, four weeks by default. period : "day", or "week" for rows a week apart.
    kept : forecasts of former days as they were published.
    Returns the rows of predictions.demand_forecast (none if the method was refused) and the accuracy rows.
    Raises ValueError on missing columns, repeated days or units that are not numbers.
    """
    panel = demand_panel(demand, period)
    horizon, settings = horizon or HORIZON_WEEKS * panel.season, settings or BacktestSettings()
    accuracy = judge_demand(panel, horizon, settings, score_demand(demand, panel, horizon, settings))
    record = record_rows("demand", panel, kept, "sku", settings.minimum_weeks)
    forecast = demand_frame(panel, horizon) if accuracy[0]["published"] else demand_frame(panel, horizon, is_empty=True)
    return ForecastResult(forecast, accuracy_frame(accuracy + record))


def demand_panel(demand: pd.DataFrame, period: str = "day", extent: Extent | None = None) -> Panel:
    """The panel of rows as `forecast_demand` takes them, or one part of a shop's with the extent of the whole."""
    group = "category" if "category" in demand.columns else None
    return panel_from_frame(demand, "sku", "demand_date", "units_sold", group, period, extent)


def score_demand(
    demand: pd.DataFrame, panel: Panel, horizon: int, settings: BacktestSettings, pool: Pool = ALONE
) -> pd.DataFrame:
    """Errors of each SKU at each past origin (`backtest.score_origins`), for a whole panel or for one part of it."""
    return score_origins(panel, partial(predict_demand, pool=pool), horizon, settings, _segments(demand))


def judge_demand(panel: Panel, horizon: int, settings: BacktestSettings, scores: pd.DataFrame) -> list[Row]:
    """Accuracy rows from the scores of every SKU; of the panel only its days count. The first row is the verdict."""
    return judge_origins("demand", MODEL, panel, horizon, settings, scores)


def demand_frame(panel: Panel, horizon: int, pool: Pool = ALONE, *, is_empty: bool = False) -> pd.DataFrame:
    """The rows of predictions.demand_forecast for a whole panel or for one part of it; none if `is_empty`."""
    prediction = None if is_empty else predict_demand(panel, horizon, pool)
    return forecast_frame(prediction, panel, horizon, MODEL, "sku")


def _segments(demand: pd.DataFrame) -> Callable[[Panel], dict[str, pd.Series]]:
    """Demand class of each SKU as of a panel's end, and ABC class where the rows have one."""
    fixed = {}
    if "abc_class" in demand.columns:
        fixed["abc_class"] = demand.drop_duplicates("sku").set_index("sku")["abc_class"].dropna()

    def labels(panel: Panel) -> dict[str, pd.Series]:
        return {"demand_class": demand_classes(panel), **fixed}

    return labels


def predict_demand(panel: Panel, horizon: int, pool: Pool = ALONE) -> Prediction:
    """Means (n, horizon) and intervals in units a period. A SKU without a single day of history gets zeros.

    The panel may be one part of the shop's, with the others' in the same `pool`: its SKUs get what they would in one.
    """
    known = np.isfinite(panel.values)
    raw = np.maximum(np.where(known, panel.values, 0.0), 0.0)
    units = cap_spikes(raw, SPIKE, pool)
    phase, season = panel.phase(), panel.season
    is_open = open_days(pool.total(units.sum(axis=0)), phase)
    live = known & is_open
    size = _sale_size(units, known)
    profile, group_profile = _profiles(units, live, panel, size, pool)
    due = np.where(live, profile[:, phase], 0.0)
    levels = choose_levels(weekly_sums(units, season), weekly_sums(due, season), pool)
    rate = _shrink_young(levels.path[:, -1], live.sum(axis=1), size, pool)
    filled = _fill_unknown(raw, known, profile[:, phase] * is_open, levels.path, season)
    scale = _reconciling_scale(filled, rate, levels.smoothed, group_profile, is_open, panel, horizon, pool)
    mean = rate[:, None] * profile[:, panel.phase_ahead(horizon)] * scale
    return empirical_interval(mean, units, due, levels.path, season, pool)


def _fill_unknown(units: Floats, known: Bools, usual: Floats, path: Floats, season: int) -> Floats:
    """Units (n, T) with what the level expected where demand is not known (no stock), so that sums are of demand."""
    unknown = ~known & (np.cumsum(known, axis=1) > 0)
    if not unknown.any():
        return units
    length, weeks = units.shape[1], path.shape[1]
    week = (np.arange(length) + weeks * season - length) // season
    row, period = np.nonzero(unknown)
    filled = units.copy()
    filled[row, period] = path[row, np.maximum(week[period] - 1, 0)] * usual[row, period]
    return filled


def cap_spikes(units: Floats, spike: float = SPIKE, pool: Pool = ALONE) -> Floats:
    """Cut days above `spike` times the mean of the SKU's other days with sales; with no other, the shop's mean sale."""
    sold = units > 0
    count, total, top = sold.sum(axis=1), units.sum(axis=1), units.max(axis=1, initial=0.0)
    sums = pool.total(np.array([total.sum(), top.sum(), (count - (count > 0)).sum()]))
    usual_everywhere = (sums[0] - sums[1]) / max(sums[2], 1.0)
    usual = np.where(count > 1, (total - top) / np.maximum(count - 1, 1), max(usual_everywhere, 1.0))
    return np.asarray(np.minimum(units, np.maximum(spike * usual, 1.0)[:, None]))


def _sale_size(units: Floats, known: Bools) -> Floats:
    """Units that count as one independent sale (n,), 1 or more: the variance of a period's units over their mean.

    That is the index of dispersion of a compound Poisson sum, whatever the size of its orders.
    """
    total = units.sum(axis=1)
    spread = (units**2).sum(axis=1) / np.maximum(total, 1e-9) - total / np.maximum(known.sum(axis=1), 1)
    return np.asarray(np.maximum(spread, 1.0), dtype=np.float64)


def _profiles(units: Floats, live: Bools, panel: Panel, size: Floats, pool: Pool) -> tuple[Floats, Floats]:
    """Profiles of SKUs (n, season) and of groups with the total as last row (G + 1, season)."""
    groups = panel.groups
    count = int(pool.largest(np.array([groups.max(initial=0)], dtype=np.float64))[0]) + 1
    sums = phase_sums(units, panel.phase(), panel.season)
    exposure = phase_sums(live.astype(np.float64), panel.phase(), panel.season)
    trading_days = pool.largest(exposure.max(axis=0, initial=0.0))
    total = pooled_profile(pool.total(sums.sum(axis=0)), trading_days)
    by_group = pool.total(group_sums(sums, groups, count))
    sizes, skus = pool.total(group_sums(np.stack([size, np.ones(len(size))], axis=1), groups, count)).T
    usual = sizes / np.maximum(skus, 1.0)
    group_profile = shrunk_profiles(by_group, np.tile(trading_days, (count, 1)), np.tile(total, (count, 1)), usual)
    profile = shrunk_profiles(sums, exposure, group_profile[groups], size, pool)
    return profile, np.vstack([group_profile, total])


def _shrink_young(rate: Floats, days: Ints, size: Floats, pool: Pool) -> Floats:
    """Posterior mean rate of a gamma-Poisson model: m (a + sales) / (a + sales due at m), m the mean rate of all SKUs.

    `size` turns units into independent sales. A month of history all but removes the prior.
    """
    seen = days > 0
    expected, exposed = pool.total(np.array([(rate * days).sum(), days.sum()]))
    if exposed == 0:
        return rate
    mean = float(expected / exposed)
    usual = float(np.median(pool.together(size[seen])))
    sales = rate * days / np.maximum(size, usual)
    due = mean * days / np.maximum(size, usual)
    return np.where(seen, mean * (RATE_SHAPE + sales) / np.maximum(RATE_SHAPE + due, 1e-12), 0.0)


def _reconciling_scale(
    units: Floats,
    rate: Floats,
    path: Floats,
    group_profile: Floats,
    is_open: Bools,
    panel: Panel,
    horizon: int,
    pool: Pool,
) -> Floats:
    """Factor (n, horizon) that takes the sum of SKU rates to the category's forecast and categories to the total's."""
    count, season = len(group_profile) - 1, panel.season
    # whole categories see every unit, and only their own spikes are cut: many small bulk orders add up to a habit
    by_group = cap_spikes(pool.total(group_sums(units, panel.groups, count)), GROUP_SPIKE)
    sums = weekly_sums(_with_total(by_group), season)
    due = weekly_sums(np.where(is_open, group_profile[:, panel.phase()], 0.0), season)
    parts = _with_total(pool.total(group_sums(path, panel.groups, count)))
    forecast = forecast_weekly(sums, due, -(-horizon // season), season, parts).ahead
    by_category, total = forecast[:-1], forecast[-1]
    by_category = by_category * np.clip(total / np.maximum(by_category.sum(axis=0), 1e-12), *GROUP_SCALE)
    return np.repeat(_spread(by_category, rate, panel.groups, pool), season, axis=1)[:, :horizon]


def _with_total(by_group: Floats) -> Floats:
    return np.vstack([by_group, by_group.sum(axis=0)])


def _spread(target: Floats, rate: Floats, groups: Ints, pool: Pool) -> Floats:
    """Factors (n, steps) for rates (n,) so that each group's sum meets its target (groups, steps).

    Least squares with variances rising as rate ** SPREAD (Wickramasuriya, Athanasopoulos and Hyndman 2019, WLS): what
    is missing falls on a busy SKU more than in proportion, for its level is the less sure one in units. Factors stay
    within SKU_SCALE, and what that leaves over is spread in proportion.
    """
    count = len(target)
    weight = rate**SPREAD
    weights, rates = pool.total(group_sums(np.stack([weight, rate], axis=1), groups, count)).T
    share = (weight / np.maximum(weights[groups], 1e-300))[:, None]
    missing = target - rates[:, None]
    scale = 1.0 + np.where(rate > 0, 1.0 / np.maximum(rate, 1e-300), 0.0)[:, None] * share * missing[groups]
    scale = np.clip(scale, *SKU_SCALE)
    for _ in range(3):
        reached = pool.total(group_sums(rate[:, None] * scale, groups, count))
        rest = np.where(reached > 0, target / np.maximum(reached, 1e-12), 1.0)
        scale = np.clip(scale * rest[groups], *SKU_SCALE)
    return np.asarray(scale, dtype=np.float64)
