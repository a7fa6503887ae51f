"""Demand and revenue forecasts with a built-in backtest. Pure functions on frames: no database, clock or randomness."""

from martlet.forecasting.backtest import ACCURACY_COLUMNS, BacktestSettings
from martlet.forecasting.demand import forecast_demand
from martlet.forecasting.result import ForecastResult
from martlet.forecasting.revenue import MONTH_COLUMNS, RevenueResult, forecast_revenue

__all__ = [
    "ACCURACY_COLUMNS",
    "MONTH_COLUMNS",
    "BacktestSettings",
    "ForecastResult",
    "RevenueResult",
    "forecast_demand",
    "forecast_revenue",
]
