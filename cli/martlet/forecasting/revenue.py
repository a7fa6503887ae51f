"""Net sales of the shop for the coming days and months, with intervals.

Level and damped trend of weekly rates (`aggregate`), times a weekday profile in which a weekly day of rest is a zero
like any other; long closures are left out of the level, extraordinary days are cut down before they reach it, and
holidays that the merchant names have their own factor, learnt from the years before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from martlet.forecasting.aggregate import WeeklyForecast, forecast_weekly
from martlet.forecasting.backtest import BacktestSettings, accuracy_frame, backtest, record_rows
from martlet.forecasting.holidays import Holidays, holiday_factors
from martlet.forecasting.panel import WEEK, Days, Floats, Ints, Panel, open_days, panel_from_frame, weekly_sums
from martlet.forecasting.profiles import phase_sums, pooled_profile
from martlet.forecasting.result import LEVELS, ForecastResult, Prediction, forecast_frame

MODEL = "damped trend, weekday profile"
HORIZON = 28
#: A day above this many times the median of its weekday is cut down to it before it moves the level.
SPIKE = 4.0
#: Weeks at the start whose forecasts are too raw to measure errors with.
BURN_IN_WEEKS = 3
#: Relative error assumed, either side, while there is no past forecast to measure.
UNKNOWN_ERROR = {0.80: 0.8, 0.95: 1.2}
#: Months that are forecast: what is left of this one, and those after it.
MONTHS = 3
#: Past forecasts of a month's weeks without which their errors say too little.
LEAST_MONTHS_SEEN = 12

MONTH_COLUMNS = {
    "sales_month": "date", "days_known": "bigint", "days_ahead": "bigint", "net_sales_known": "double",
    "mean": "double", "lo_80": "double", "hi_80": "double", "lo_95": "double", "hi_95": "double",
    "model": "varchar", "as_of_date": "date",
}  # fmt: skip


@dataclass(frozen=True)
class RevenueResult(ForecastResult):
    """A forecast by day, and `months`: rows of predictions.revenue_forecast_monthly, none if the model was refused."""

    months: pd.DataFrame


@dataclass(frozen=True)
class _Outlook:
    """Daily means (horizon,) and what the past says of their errors: sales, days due (T,) and past forecasts."""

    mean: Floats
    actual: Floats
    due: Floats
    weekly: WeeklyForecast


def forecast_revenue(
    sales: pd.DataFrame,
    horizon: int = HORIZON,
    settings: BacktestSettings | None = None,
    kept: Sequence[pd.DataFrame] = (),
    holidays: pd.DataFrame | None = None,
) -> RevenueResult:
    """Forecast net sales a day and a month, judge the method by a rolling-origin backtest, and past ones by what came.

    sales : rows of marts.sales_daily with sales_date and net_sales (shop currency), days without sales included.
    kept : forecasts of former days as they were published. holidays : holiday_date and holiday, past and to come.
    Returns the rows of predictions.revenue_forecast and revenue_forecast_monthly (none if the method was refused) and
    the accuracy rows. Raises ValueError on missing columns, repeated days or amounts that are not numbers.
    """
    panel = panel_from_frame(sales.assign(series="shop"), "series", "sales_date", "net_sales")
    settings = settings or BacktestSettings()
    named = Holidays.from_frame(holidays)
    predict = partial(predict_revenue, holidays=named)
    accuracy = backtest("revenue", MODEL, panel, predict, horizon, settings)
    is_published = accuracy[0]["published"]
    record = record_rows("revenue", panel, kept, None, settings.minimum_weeks)
    prediction = predict(panel, horizon) if is_published else None
    months = predict_months(panel, named) if is_published else pd.DataFrame(columns=list(MONTH_COLUMNS))
    forecast = forecast_frame(prediction, panel, horizon, MODEL, None)
    return RevenueResult(forecast, accuracy_frame(accuracy + record), months)


def predict_revenue(panel: Panel, horizon: int, holidays: Holidays) -> Prediction:
    """Daily means (1, horizon), never negative, and intervals in the shop's currency.

    Quantiles of actual / forecast among past forecasts made as many weeks ahead, times the mean.
    """
    outlook = _look_ahead(panel, horizon, holidays)
    bounds = {(level, side): np.empty_like(outlook.mean) for level in LEVELS for side in (0, 1)}
    for step in range(-(-horizon // WEEK)):
        days = slice(step * WEEK, (step + 1) * WEEK)
        for level, (low, high) in _quantiles(_day_ratios(outlook, step)).items():
            bounds[level, 0][days] = outlook.mean[days] * low
            bounds[level, 1][days] = outlook.mean[days] * high
    # a shop whose days never closed below zero is not told that they might
    floor = min(0.0, float(outlook.actual.min()))
    lo_80 = np.clip(bounds[0.80, 0], floor, outlook.mean)
    hi_80 = np.maximum(bounds[0.80, 1], outlook.mean)
    lo_95 = np.clip(bounds[0.95, 0], floor, lo_80)
    hi_95 = np.maximum(bounds[0.95, 1], hi_80)
    return Prediction(*(values[None, :] for values in (outlook.mean, lo_80, hi_80, lo_95, hi_95)))


def predict_months(panel: Panel, holidays: Holidays) -> pd.DataFrame:
    """Net sales of this month, so far and to come, and of the months after it, with intervals.

    A month's interval comes from past forecasts of the same weeks ahead taken together, for errors of days are not
    independent: a level that is wrong is wrong on all of them.
    """
    as_of = panel.days[-1]
    first = (as_of + np.timedelta64(1, "D")).astype("datetime64[M]")
    months = first + np.arange(MONTHS)
    horizon = int((months[-1] + 1).astype("datetime64[D]").astype(np.int64) - as_of.astype(np.int64)) - 1
    outlook = _look_ahead(panel, horizon, holidays)
    ahead = as_of + np.arange(1, horizon + 1).astype("timedelta64[D]")
    rows = []
    for month in months:
        coming = ahead.astype("datetime64[M]") == month
        known = panel.days.astype("datetime64[M]") == month
        so_far, mean = float(np.nansum(panel.values[0][known])), float(outlook.mean[coming].sum())
        weight = np.bincount(np.flatnonzero(coming) // WEEK, minlength=-(-horizon // WEEK)).astype(np.float64)
        row = {
            "sales_month": pd.Timestamp(month),
            "days_known": int(known.sum()),
            "days_ahead": int(coming.sum()),
            "net_sales_known": so_far,
            "mean": so_far + mean,
        }
        for level, (low, high) in _quantiles(_month_ratios(outlook.weekly, weight)).items():
            # both ends hold the mean, and nothing that is sold already is taken back
            row[f"lo_{level * 100:.0f}"] = so_far + mean * min(max(low, 0.0), 1.0)
            row[f"hi_{level * 100:.0f}"] = so_far + mean * max(high, 1.0)
        rows.append(row)
    frame = pd.DataFrame(rows).round(2).assign(model=MODEL, as_of_date=pd.Timestamp(as_of))
    return frame[list(MONTH_COLUMNS)]


def cap_days(sales: Floats, weekday: Ints) -> Floats:
    """Cut each day of (T,) to SPIKE times the median of its weekday's days with sales."""
    capped = sales.copy()
    for day in range(WEEK):
        same = (weekday == day) & (sales > 0)
        if same.any():
            capped[same] = np.minimum(sales[same], SPIKE * np.median(sales[same]))
    return capped


def _look_ahead(panel: Panel, horizon: int, holidays: Holidays) -> _Outlook:
    actual = np.nan_to_num(panel.values[0])
    today, ahead = panel.phase(), panel.phase_ahead(horizon)
    sales = cap_days(np.maximum(actual, 0.0), today)
    is_open = open_days(sales, today)
    days_open = phase_sums(is_open[None, :].astype(np.float64), today, WEEK)[0]
    profile = pooled_profile(phase_sums(np.where(is_open, sales, 0.0)[None, :], today, WEEK)[0], days_open)
    past, coming = holiday_factors(actual, profile[today], panel.days, _days_ahead(panel, horizon), holidays)
    # what a holiday adds to a day is its own, not the level's
    sales = np.where(past == 1.0, sales, np.maximum(actual, 0.0))
    due = np.where(is_open, profile[today] * past, 0.0)
    weekly = forecast_weekly(weekly_sums(sales[None, :]), weekly_sums(due[None, :]), -(-horizon // WEEK), WEEK)
    mean = np.repeat(weekly.ahead[0], WEEK)[:horizon] * profile[ahead] * coming
    return _Outlook(np.asarray(mean, dtype=np.float64), actual, due, weekly)


def _days_ahead(panel: Panel, horizon: int) -> Days:
    return np.asarray(panel.days[-1] + np.arange(1, horizon + 1).astype("timedelta64[D]"), dtype="datetime64[D]")


def _quantiles(ratios: Floats) -> dict[float, tuple[float, float]]:
    """Both ends of each level's interval as factors of the mean.

    Sample quantiles are of Weibull's kind (Hyndman-Fan type 6), whose tails are honest about small samples.
    """
    if not len(ratios):
        return {level: (1.0 - error, 1.0 + error) for level, error in UNKNOWN_ERROR.items()}
    tails = {level: (1.0 - level) / 2.0 for level in LEVELS}
    found = {level: np.quantile(ratios, [tail, 1.0 - tail], method="weibull") for level, tail in tails.items()}
    return {level: (float(low), float(high)) for level, (low, high) in found.items()}


def _day_ratios(outlook: _Outlook, step: int) -> Floats:
    """Actual over forecast for every open day that was once `step` + 1 weeks ahead."""
    past, length = outlook.weekly.past[0], len(outlook.actual)
    week = (np.arange(length) + len(past) * WEEK - length) // WEEK
    origin = week - step - 1
    expected = past[np.maximum(origin, 0), step] * outlook.due
    use = (origin >= BURN_IN_WEEKS) & (expected > 0)
    return np.asarray(outlook.actual[use] / expected[use], dtype=np.float64)


def _month_ratios(weekly: WeeklyForecast, weight: Floats) -> Floats:
    """Actual over forecast of the weeks ahead that make a month, `weight` (steps,) days of each, from every past week.

    Where the history is too short for that, weeks nearer to the origin stand in for them.
    """
    rates, past = weekly.rates[0], weekly.past[0]
    steps = np.flatnonzero(weight)
    nearer = max(int(steps[-1]) + 1 + BURN_IN_WEEKS + LEAST_MONTHS_SEEN - len(rates), 0)
    days = np.bincount(np.maximum(steps - nearer, 0), weights=weight[steps])
    origins = np.arange(BURN_IN_WEEKS, len(rates) - len(days))
    if len(origins) < LEAST_MONTHS_SEEN:
        return np.empty(0)
    said = (past[origins, : len(days)] * days).sum(axis=1)
    came = (rates[origins[:, None] + 1 + np.arange(len(days))] * days).sum(axis=1)
    return np.asarray(came[said > 0] / said[said > 0], dtype=np.float64)
