"""A panel in parts: each part's series get what they would get in one piece."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pandas as pd
import pytest

from martlet.forecasting.backtest import BacktestSettings
from martlet.forecasting.demand import demand_frame, demand_panel, judge_demand, score_demand
from martlet.forecasting.panel import Extent, Floats
from martlet.forecasting.pooling import Parts

HORIZON, SETTINGS = 28, BacktestSettings(origins=2)


class Table:
    """Where the parts meet: each lays its array down, and takes everybody's once all have."""

    def __init__(self, parts: int) -> None:
        self._barrier, self._laid = Barrier(parts, timeout=60), [np.empty(0)] * parts

    def exchange(self, part: int, own: Floats) -> list[Floats]:
        self._laid[part] = own
        self._barrier.wait()
        taken = list(self._laid)
        self._barrier.wait()
        return taken


@pytest.fixture(scope="module")
def demand() -> pd.DataFrame:
    """60 SKUs of three categories and one without, half a year, some young and some out of stock for weeks."""
    rng = np.random.default_rng(3)
    days = pd.date_range("2026-01-01", periods=200)
    frames = []
    for number in range(60):
        begun = int(rng.integers(0, 150)) if number % 5 == 0 else 0
        units = rng.poisson(rng.gamma(0.6, 2.0) * (1 + (days.dayofweek < 5)), len(days)).astype(float)
        if number % 7 == 0:
            units[120:140] = np.nan
        category = [None, "brakes", "engine", "trim"][number % 4]
        frame = pd.DataFrame({"sku": f"S{number:02}", "category": category, "demand_date": days, "units_sold": units})
        frames.append(frame[begun:])
    return pd.concat(frames, ignore_index=True)


def in_parts(demand: pd.DataFrame, parts: list[list[str]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Forecast and scores of every part, one after the other."""
    days = demand["demand_date"].to_numpy().astype("datetime64[D]")
    extent = Extent(days.min(), days.max(), ("brakes", "engine", "trim", None))
    table = Table(len(parts))

    def one(number: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        rows = demand[demand["sku"].isin(parts[number])]
        panel, pool = demand_panel(rows, extent=extent), Parts(lambda own: table.exchange(number, own))
        return demand_frame(panel, HORIZON, pool), score_demand(rows, panel, HORIZON, SETTINGS, pool)

    with ThreadPoolExecutor(len(parts)) as threads:
        forecasts, scores = zip(*threads.map(one, range(len(parts))), strict=True)
    return pd.concat(forecasts), pd.concat(scores)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_parts_forecast_what_the_whole_does(demand: pd.DataFrame, size: int) -> None:
    skus = sorted(demand["sku"].unique())
    # the last part has no SKU at all, and must not keep the others waiting
    forecast, scores = in_parts(demand, [*(skus[number::size] for number in range(size)), []])
    whole = demand_panel(demand)
    expected = demand_frame(whole, HORIZON)
    forecast = forecast.sort_values(["sku", "horizon_day"], ignore_index=True)
    pd.testing.assert_frame_equal(forecast, expected, rtol=1e-9, atol=1e-12, check_dtype=False)
    scores = scores.sort_values(["origin", "series"], ascending=[False, True], ignore_index=True)
    verdict = judge_demand(whole, HORIZON, SETTINGS, scores)
    of_whole = judge_demand(whole, HORIZON, SETTINGS, score_demand(demand, whole, HORIZON, SETTINGS))
    pd.testing.assert_frame_equal(pd.DataFrame(verdict), pd.DataFrame(of_whole), rtol=1e-9, check_dtype=False)


def test_parts_that_do_not_share_what_is_over_all_forecast_something_else(demand: pd.DataFrame) -> None:
    skus = sorted(demand["sku"].unique())
    alone = pd.concat([demand_frame(demand_panel(demand[demand["sku"].isin(skus[n::2])]), HORIZON) for n in range(2)])
    whole = demand_frame(demand_panel(demand), HORIZON)
    difference = alone.sort_values(["sku", "horizon_day"], ignore_index=True)["mean"] - whole["mean"]
    assert difference.abs().max() > 0.01
