"""How forecasts are judged: scales, origins, classes, what was published, and too little history."""

import numpy as np
import pytest
from series import demand_frame, sales_frame, weekly_units

from martlet.forecasting import (
    BacktestSettings,
    forecast_demand,
    forecast_revenue,
)
from martlet.forecasting.backtest import naive_scales, relative_error, rolling_origins, seasonal_naive
from martlet.forecasting.panel import Panel


def test_seasonal_naive_and_scales_by_hand() -> None:
    history = np.array([[1.0, 2, 3, 4, 5, 6, 7, 2, 2, 3, 4, 5, 6, 9]])
    assert seasonal_naive(history, 9, 7)[0].tolist() == [2, 2, 3, 4, 5, 6, 9, 2, 2]
    squared, absolute = naive_scales(history, 7)
    assert squared[0] == pytest.approx((1 + 4) / 7)
    assert absolute[0] == pytest.approx(3 / 7)
    assert relative_error(0.8, 1.1, 1.0, 1.0) == pytest.approx(0.95)


def test_origins_shrink_with_the_history() -> None:
    settings = BacktestSettings()

    def origins(length: int, horizon: int, season: int = 7) -> list[int]:
        days = np.arange(np.datetime64("2024-01-01"), np.datetime64("2024-01-01") + length)
        return rolling_origins(Panel((), np.empty(0), days, np.empty((0, length)), season), horizon, settings)

    assert origins(365, 28) == [337, 309, 281, 253, 225, 197]
    assert origins(120, 28) == [92, 64]
    assert origins(83, 28) == []
    assert origins(52, 4, season=1) == [48, 44, 40, 36, 32, 28]


@pytest.mark.parametrize("length", [1, 6, 30, 83])
def test_too_little_history_is_refused_with_the_reason(length: int) -> None:
    demand = forecast_demand(demand_frame(weekly_units(5)[:, :length]))
    revenue = forecast_revenue(sales_frame(np.full(length, 100.0)))
    for result in (demand, revenue):
        row = result.accuracy.iloc[0]
        assert result.forecast.empty
        assert not row["published"]
        assert row["reason"].startswith(f"Too little history: {length} days")
        assert np.isnan(row["rmsse"])


def test_accuracy_is_told_by_demand_class_and_abc_class() -> None:
    units = weekly_units(30)
    frame = demand_frame(units)
    frame["abc_class"] = np.where(frame["sku"] < "SKU-010", "A", "B")
    accuracy = forecast_demand(frame).accuracy
    assert set(accuracy.loc[accuracy["segment_kind"] == "abc_class", "segment"]) == {"A", "B"}
    parts = accuracy[accuracy["segment_kind"] == "demand_class"]
    whole = accuracy.iloc[0]
    assert parts["actual"].sum() == pytest.approx(whole["actual"])
    assert parts["forecast"].sum() == pytest.approx(whole["forecast"])


def test_a_published_forecast_is_held_against_what_came() -> None:
    units = weekly_units(30)
    made = forecast_demand(demand_frame(units[:, :344])).forecast
    accuracy = forecast_demand(demand_frame(units), kept=[made]).accuracy
    row = accuracy[accuracy["evidence"] == "record"].iloc[0]
    assert row["origin_date"] == made["as_of_date"].iloc[0]
    assert row["days"] == 21
    assert row["actual"] == units[:, 344:].sum()
    assert row["forecast"] == pytest.approx(made.loc[made["horizon_day"] <= 21, "mean"].sum())
    # a forecast of today or later has nothing to be held against
    assert (forecast_demand(demand_frame(units[:, :344]), kept=[made]).accuracy["evidence"] == "backtest").all()
