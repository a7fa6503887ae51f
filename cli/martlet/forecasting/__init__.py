"""Demand and revenue forecasts with a built-in backtest. Pure functions on frames: no database, clock or randomness."""

from martlet.forecasting.backtest import BacktestSettings
from martlet.forecasting.demand import forecast_demand
from martlet.forecasting.result import ForecastResult
from martlet.forecasting.revenue import forecast_revenue

__all__ = ["BacktestSettings", "ForecastResult", "forecast_demand", "forecast_revenue"]
