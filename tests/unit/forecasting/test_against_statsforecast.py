"""Demand forecasts are nearer than the best of six statsforecast methods (benchmarks/forecasts.py prints them)."""

import pytest

from forecasts import SKU_SETTINGS, panels
from martlet.forecasting.backtest import backtest
from martlet.forecasting.demand import predict_demand
from stores import Store

# the best RMSSE and the best MASE of any of them, on the same folds (docs/performance.md)
BEST = {
    "Mock store, by day": (0.2488, 0.8797),
    "Mock store, by week": (0.3038, 0.8715),
    "Online Retail, 1,200 busiest SKUs, by day": (0.8710, 1.2372),
    "Online Retail, 1,200 busiest SKUs, by week": (0.9747, 1.2310),
}


def test_skus_are_forecast_better_and_their_intervals_cover(mock_store: Store) -> None:
    judged = 0
    for name, panel in panels(mock_store.home / "warehouse" / "martlet.duckdb"):
        row = backtest("demand", "Martlet", panel, predict_demand, 4 * panel.season, SKU_SETTINGS)[0]
        rmsse, mase = BEST[name.split(" (")[0]]
        assert row["rmsse"] < rmsse, name
        assert row["mase"] < mase, name
        assert row["coverage_80"] == pytest.approx(row["expected_coverage_80"], abs=0.03), name
        assert row["coverage_95"] == pytest.approx(row["expected_coverage_95"], abs=0.03), name
        judged += 1
    assert judged >= 2
