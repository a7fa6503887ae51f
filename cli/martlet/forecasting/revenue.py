"""Daily net sales of the shop for the coming days, with intervals.

Level and damped trend of weekly rates (`aggregate`), times a weekday profile in which a weekly day of rest is a zero
like any other; long closures are left out of the level, and extraordinary days are cut down before they reach it.
"""

import numpy as np
import pandas as pd

from martlet.forecasting.aggregate import WeeklyForecast, forecast_weekly
from martlet.forecasting.backtest import BacktestSettings, backtest
from martlet.forecasting.panel import (
    WEEK,
    Floats,
    Ints,
    Panel,
    open_days,
    panel_from_frame,
    weekdays,
    weekly_sums,
)
from martlet.forecasting.profiles import pooled_profile, weekday_sums
from martlet.forecasting.result import LEVELS, ForecastResult, Prediction, days_ahead, forecast_frame

MODEL = "damped trend, weekday profile"
#: A day above this many times the median of its weekday is cut down to it before it moves the level.
SPIKE = 4.0
#: Weeks at the start whose forecasts are too raw to measure errors with.
BURN_IN_WEEKS = 3
#: Relative error assumed, either side, while there is no past forecast to measure.
UNKNOWN_ERROR = {0.80: 0.8, 0.95: 1.2}


def forecast_revenue(
    sales: pd.DataFrame, horizon: int = 28, settings: BacktestSettings | None = None
) -> ForecastResult:
    """Forecast net sales a day and judge the method by a rolling-origin backtest.

    sales : rows of marts.sales_daily with sales_date and net_sales (shop currency), days without sales included.
    Returns the rows of predictions.revenue_forecast (none if the method was refused) and one accuracy row.
    Raises ValueError on missing columns, repeated days or amounts that are not numbers.
    """
    panel = panel_from_frame(sales.assign(series="shop"), "series", "sales_date", "net_sales")
    verdict = backtest("revenue", MODEL, panel, predict_revenue, horizon, settings or BacktestSettings())
    prediction = predict_revenue(panel, horizon) if verdict.published else None
    as_of = panel.days[-1] if len(panel.days) else None
    return ForecastResult(forecast_frame(prediction, None, as_of, horizon, MODEL), verdict.frame())


def predict_revenue(panel: Panel, horizon: int) -> Prediction:
    """Daily means (1, horizon), never negative, and intervals in the shop's currency."""
    actual = np.nan_to_num(panel.values)
    today, ahead = weekdays(panel.days), weekdays(days_ahead(panel.days[-1], horizon))
    sales = cap_days(np.maximum(actual, 0.0), today)
    is_open = open_days(sales[0], panel.days)[None, :]
    exposure = weekday_sums(is_open.astype(np.float64), panel.days)[0]
    profile = pooled_profile(weekday_sums(np.where(is_open, sales, 0.0), panel.days)[0], exposure)
    due = np.where(is_open, profile[today], 0.0)
    steps = -(-horizon // WEEK)
    forecast = forecast_weekly(weekly_sums(sales), weekly_sums(due), steps)
    mean = (np.repeat(forecast.ahead, WEEK, axis=1)[:, :horizon] * profile[ahead]).astype(np.float64)
    return _with_intervals(mean, actual[0], due[0], forecast)


def cap_days(sales: Floats, weekday: Ints) -> Floats:
    """Cut each day of (1, T) to SPIKE times the median of its weekday's days with sales."""
    capped = sales.copy()
    for day in range(WEEK):
        same = (weekday == day) & (sales[0] > 0)
        if same.any():
            capped[0, same] = np.minimum(sales[0, same], SPIKE * np.median(sales[0, same]))
    return capped


def _with_intervals(mean: Floats, actual: Floats, due: Floats, forecast: WeeklyForecast) -> Prediction:
    """Quantiles of actual / forecast among past forecasts made as many weeks ahead, times the mean.

    Sample quantiles are of Weibull's kind (Hyndman-Fan type 6), whose tails are honest about small samples.
    """
    steps = forecast.past.shape[2]
    bounds = {(level, side): np.empty_like(mean) for level in LEVELS for side in (0, 1)}
    for step in range(steps):
        ratios = _past_ratios(actual, due, forecast.past[0], step)
        days = slice(step * WEEK, (step + 1) * WEEK)
        for level in LEVELS:
            tail = (1.0 - level) / 2.0
            if len(ratios):
                low, high = np.quantile(ratios, [tail, 1.0 - tail], method="weibull")
            else:
                low, high = 1.0 - UNKNOWN_ERROR[level], 1.0 + UNKNOWN_ERROR[level]
            bounds[level, 0][:, days] = mean[:, days] * low
            bounds[level, 1][:, days] = mean[:, days] * high
    # a shop whose days never closed below zero is not told that they might
    floor = min(0.0, float(actual.min()))
    lo_80 = np.clip(bounds[0.80, 0], floor, mean)
    hi_80 = np.maximum(bounds[0.80, 1], mean)
    lo_95 = np.clip(bounds[0.95, 0], floor, lo_80)
    return Prediction(mean, lo_80, hi_80, lo_95, np.maximum(bounds[0.95, 1], hi_80))


def _past_ratios(actual: Floats, due: Floats, past: Floats, step: int) -> Floats:
    """Actual over forecast for every open day that was once `step` + 1 weeks ahead. past : (K, steps) weekly rates."""
    weeks = past.shape[0]
    week = (np.arange(len(actual)) + weeks * WEEK - len(actual)) // WEEK
    origin = week - step - 1
    rate = past[np.maximum(origin, 0), step]
    expected = rate * due
    use = (origin >= BURN_IN_WEEKS) & (expected > 0)
    return np.asarray(actual[use] / expected[use], dtype=np.float64)
