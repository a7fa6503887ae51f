"""Daily demand of every SKU for the coming days, with intervals.

Level by exponential smoothing of weekly sums (`levels`), a weekday profile shrunk to the category's (`profiles`),
then each SKU scaled so that categories and the total meet a forecast made for them directly (`aggregate`):
thousands of intermittent series say little about the trend that their sum shows plainly.
"""

import numpy as np
import pandas as pd

from martlet.forecasting.aggregate import forecast_weekly
from martlet.forecasting.backtest import BacktestSettings, backtest
from martlet.forecasting.intervals import empirical_interval
from martlet.forecasting.levels import choose_levels
from martlet.forecasting.panel import (
    WEEK,
    Bools,
    Floats,
    Ints,
    Panel,
    open_days,
    panel_from_frame,
    weekdays,
    weekly_sums,
)
from martlet.forecasting.profiles import group_sums, pooled_profile, shrunk_profiles, weekday_sums
from martlet.forecasting.result import ForecastResult, Prediction, days_ahead, forecast_frame

MODEL = "smoothed level, weekday profile, reconciled"
#: A day above this many times the SKU's usual sale is cut down to it: one wholesale order is no demand pattern.
SPIKE = 10.0
GROUP_SPIKE = 4.0
#: Bounds of the factor that takes a SKU to its category, and a category to the total.
SKU_SCALE = (0.5, 2.0)
GROUP_SCALE = (0.8, 1.25)
#: Shape of the gamma distribution of rates over SKUs, for SKUs with hardly any history (coefficient of variation 2).
RATE_SHAPE = 0.25


def forecast_demand(
    demand: pd.DataFrame, horizon: int = 28, settings: BacktestSettings | None = None
) -> ForecastResult:
    """Forecast units a day for each SKU and judge the method by a rolling-origin backtest.

    demand : rows of marts.demand_daily with sku, demand_date, units_sold and, if known, category; zeros included.
    Returns the rows of predictions.demand_forecast (none if the method was refused) and one accuracy row.
    Raises ValueError on missing columns, repeated days or units that are not numbers.
    """
    group = "category" if "category" in demand.columns else None
    panel = panel_from_frame(demand, "sku", "demand_date", "units_sold", group)
    verdict = backtest("demand", MODEL, panel, predict_demand, horizon, settings or BacktestSettings())
    prediction = predict_demand(panel, horizon) if verdict.published else None
    as_of = panel.days[-1] if len(panel.days) else None
    return ForecastResult(forecast_frame(prediction, panel.ids, as_of, horizon, MODEL), verdict.frame())


def predict_demand(panel: Panel, horizon: int) -> Prediction:
    """Daily means (n, horizon) and intervals in units. A SKU without a single day of history gets zeros."""
    listed = np.isfinite(panel.values)
    raw = np.maximum(np.where(listed, panel.values, 0.0), 0.0)
    units = cap_spikes(raw)
    is_open = open_days(units.sum(axis=0), panel.days)
    live = listed & is_open
    size = _sale_size(units)
    profile, group_profile = _profiles(units, live, panel, size)
    today = weekdays(panel.days)
    due = np.where(live, profile[:, today], 0.0)
    levels = choose_levels(weekly_sums(units), weekly_sums(due))
    rate = _shrink_young(levels.path[:, -1], live.sum(axis=1), size)
    ahead = days_ahead(panel.days[-1], horizon)
    scale = _reconciling_scale(raw, rate, group_profile, is_open, panel, horizon)
    mean = rate[:, None] * profile[:, weekdays(ahead)] * scale
    return empirical_interval(mean, units, due, levels.path)


def cap_spikes(units: Floats, spike: float = SPIKE) -> Floats:
    """Cut days above `spike` times the mean of the SKU's other days with sales; with no other, the shop's mean sale."""
    sold = units > 0
    count, total, top = sold.sum(axis=1), units.sum(axis=1), units.max(axis=1, initial=0.0)
    usual_everywhere = (total.sum() - top.sum()) / max(int((count - (count > 0)).sum()), 1)
    usual = np.where(count > 1, (total - top) / np.maximum(count - 1, 1), max(usual_everywhere, 1.0))
    return np.asarray(np.minimum(units, np.maximum(spike * usual, 1.0)[:, None]))


def _sale_size(units: Floats) -> Floats:
    """Units on a day with sales, weighted by units (n,): the index of dispersion of a compound Poisson sum."""
    total = units.sum(axis=1)
    return np.where(total > 0, (units**2).sum(axis=1) / np.maximum(total, 1e-9), 1.0)


def _profiles(units: Floats, live: Bools, panel: Panel, size: Floats) -> tuple[Floats, Floats]:
    """Weekday profiles of SKUs (n, 7) and of groups with the total as last row (G + 1, 7)."""
    groups, count = panel.groups, int(panel.groups.max(initial=0)) + 1
    sums = weekday_sums(units, panel.days)
    exposure = weekday_sums(live.astype(np.float64), panel.days)
    trading_days = exposure.max(axis=0)
    total = pooled_profile(sums.sum(axis=0), trading_days)
    by_group = group_sums(sums, groups, count)
    usual = group_sums(size[:, None], groups, count)[:, 0] / np.maximum(np.bincount(groups, minlength=count), 1)
    group_profile = shrunk_profiles(by_group, np.tile(trading_days, (count, 1)), np.tile(total, (count, 1)), usual)
    profile = shrunk_profiles(sums, exposure, group_profile[groups], size)
    return profile, np.vstack([group_profile, total])


def _shrink_young(rate: Floats, days: Ints, size: Floats) -> Floats:
    """Posterior mean rate of a gamma-Poisson model: m (a + sales) / (a + sales due at m), m the mean rate of all SKUs.

    `size` turns units into independent sales. A month of history all but removes the prior.
    """
    seen = days > 0
    if not seen.any():
        return rate
    mean = float((rate * days).sum() / days.sum())
    usual = float(np.median(size[seen]))
    sales = rate * days / np.maximum(size, usual)
    due = mean * days / np.maximum(size, usual)
    return np.where(seen, mean * (RATE_SHAPE + sales) / np.maximum(RATE_SHAPE + due, 1e-12), 0.0)


def _reconciling_scale(
    units: Floats, rate: Floats, group_profile: Floats, is_open: Bools, panel: Panel, horizon: int
) -> Floats:
    """Factor (n, horizon) that takes the sum of SKU rates to the category's forecast and categories to the total's."""
    count = len(group_profile) - 1
    steps = -(-horizon // WEEK)
    # whole categories see every unit, and only their own spikes are cut: many small bulk orders add up to a habit
    by_group = cap_spikes(group_sums(units, panel.groups, count), GROUP_SPIKE)
    sums = weekly_sums(np.vstack([by_group, by_group.sum(axis=0)]))
    due = weekly_sums(np.where(is_open, group_profile[:, weekdays(panel.days)], 0.0))
    forecast = forecast_weekly(sums, due, steps).ahead
    bottom = group_sums(rate[:, None], panel.groups, count)
    by_category, total = forecast[:-1], forecast[-1]
    known = np.maximum(by_category.sum(axis=0), 1e-12)
    by_category = by_category * np.clip(total / known, *GROUP_SCALE)
    scale = np.where(bottom > 0, by_category / np.maximum(bottom, 1e-12), 1.0)
    scale = np.clip(scale, *SKU_SCALE)
    return np.repeat(scale[panel.groups], WEEK, axis=1)[:, :horizon]
