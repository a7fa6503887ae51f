"""Forecasts against statsforecast's methods on the same folds: demand by SKU, and totals.

    make .venv-bench/.bench && .venv-bench/bin/python benchmarks/forecasts.py

The mock store is read from the published file: `make run` comes first.
Errors are scaled as in predictions.forecast_accuracy. Seconds are of the processor, BLAS and numba on one thread; what
numba compiles is compiled before the clock runs. The ledger is measured where its files are beside the checkout.
"""

import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from martlet.forecasting.backtest import BacktestSettings, backtest
from martlet.forecasting.demand import predict_demand
from martlet.forecasting.holidays import Holidays
from martlet.forecasting.panel import Panel, panel_from_frame
from martlet.forecasting.result import Prediction
from martlet.forecasting.revenue import predict_revenue

REPOSITORY = Path(__file__).parents[1]
LEDGER = REPOSITORY.parent / "shared" / "data" / "online_retail.parquet"
WAREHOUSE = REPOSITORY / "warehouse" / "martlet.duckdb"
BUSIEST = 1200
SKU_SETTINGS = BacktestSettings(origins=4)
TOTAL_SETTINGS = BacktestSettings(origins=10)
Predict = Callable[[Panel, int], Prediction]


def mock_demand(warehouse: Path) -> pd.DataFrame:
    query = (
        "select sku as series, category, demand_date as day, uncensored_units as units"
        " from marts.demand_daily left join marts.products using (sku)"
    )
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.execute(query).df()


def mock_revenue(warehouse: Path) -> pd.DataFrame:
    query = "select 'shop' as series, sales_date as day, cast(net_sales as double) as units from marts.sales_daily"
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.execute(query).df()


def ledger() -> pd.DataFrame:
    """Sales lines of the Online Retail ledger up to its last whole day."""
    lines = pd.read_parquet(LEDGER, columns=["stock_code", "quantity", "invoice_ts", "unit_price"])
    lines = lines[(lines["quantity"] > 0) & (lines["unit_price"] > 0)]
    lines = lines.assign(day=lines["invoice_ts"].dt.normalize(), revenue=lines["quantity"] * lines["unit_price"])
    return lines[lines["day"] < lines["day"].max()]


def ledger_demand(lines: pd.DataFrame) -> pd.DataFrame:
    """Units of the busiest SKUs on every day from their first one to the last day of all."""
    busiest = lines.groupby("stock_code")["day"].nunique().nlargest(BUSIEST).index
    units = lines[lines["stock_code"].isin(busiest)].groupby(["stock_code", "day"])["quantity"].sum().unstack()
    units = units.reindex(columns=pd.date_range(lines["day"].min(), lines["day"].max()))
    began = units.notna().cumsum(axis=1) > 0
    table = units.fillna(0.0).where(began).rename_axis(index="series", columns="day")
    return table.stack().rename("units").reset_index().assign(category="all")


def ledger_revenue(lines: pd.DataFrame) -> pd.DataFrame:
    days = pd.date_range(lines["day"].min(), lines["day"].max(), name="day")
    return lines.groupby("day")["revenue"].sum().reindex(days, fill_value=0.0).rename("units").reset_index()


def weekly(demand: pd.DataFrame) -> pd.DataFrame:
    """Sums over the whole weeks that end on the last day."""
    age = (demand["day"].max() - demand["day"]).dt.days
    weeks = demand.assign(day=demand["day"].max() - pd.to_timedelta(age // 7 * 7, unit="D"))
    whole = age // 7 < (age.max() + 1) // 7
    return weeks[whole].groupby(["series", "category", "day"], as_index=False)["units"].sum(min_count=1)


def statsforecast_method(model: Any) -> Predict:
    """Means of a statsforecast model fitted series by series, never negative; it gives no intervals here."""

    def predict(panel: Panel, horizon: int) -> Prediction:
        mean = np.zeros((len(panel.ids), horizon))
        for row, values in enumerate(panel.values):
            known = np.isfinite(values)
            if known.any():
                # a day without stock counts as one without demand: the models know no other
                history = np.nan_to_num(values[np.argmax(known) :])
                try:
                    mean[row] = np.maximum(np.nan_to_num(model.forecast(history, horizon)["mean"]), 0.0)
                except (IndexError, ValueError, ZeroDivisionError, NotImplementedError):
                    # AutoETS cannot fit the shortest series
                    mean[row] = history[-4 * panel.season :].mean()
        return Prediction(mean, mean, mean, mean, mean)

    return predict


def demand_methods(season: int) -> Iterator[tuple[str, Predict]]:
    from statsforecast.models import (  # noqa: PLC0415  (takes seconds; only benchmarks have it)
        ADIDA,
        IMAPA,
        TSB,
        AutoETS,
        CrostonSBA,
        SimpleExponentialSmoothingOptimized,
    )

    yield "Martlet", predict_demand
    yield "CrostonSBA", statsforecast_method(CrostonSBA())
    yield "TSB", statsforecast_method(TSB(0.1, 0.1))
    yield "ADIDA", statsforecast_method(ADIDA())
    yield "IMAPA", statsforecast_method(IMAPA())
    yield "SES", statsforecast_method(SimpleExponentialSmoothingOptimized())
    yield "AutoETS", statsforecast_method(AutoETS(season_length=season))


def total_methods(season: int) -> Iterator[tuple[str, Predict]]:
    from statsforecast.models import AutoETS, DynamicOptimizedTheta  # noqa: PLC0415

    yield "Martlet", lambda panel, horizon: predict_revenue(panel, horizon, Holidays.from_frame(None))
    yield "DynamicOptimizedTheta", statsforecast_method(DynamicOptimizedTheta(season_length=season))
    yield "AutoETS", statsforecast_method(AutoETS(season_length=season))


def table(panel: Panel, methods: Iterator[tuple[str, Predict]], settings: BacktestSettings) -> Iterator[str]:
    """Rows of a Markdown table: each method's record on the panel and its CPU seconds for one forecast."""
    horizon = 4 * panel.season
    yield "| method | RMSSE | MASE | bias of the total | 80% covers | 95% covers | CPU s a forecast |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for name, predict in methods:
        predict(panel.until(panel.values.shape[1] // 2), horizon)
        start = time.process_time()
        row = backtest("", name, panel, predict, horizon, settings)[0]
        seconds = (time.process_time() - start) / max(row["origins"], 1)
        covers = f"{row['coverage_80']:.1%} | {row['coverage_95']:.1%}" if name == "Martlet" else "|"
        yield (
            f"| {name} | {row['rmsse']:.4f} | {row['mase']:.4f} | {row['bias_pct']:+.1f}% | {covers} | {seconds:.3f} |"
        )


def panels(warehouse: Path) -> Iterator[tuple[str, Panel]]:
    frames = [("Mock store", mock_demand(warehouse))]
    if LEDGER.exists():
        frames.append((f"Online Retail, {BUSIEST:,} busiest SKUs", ledger_demand(ledger())))
    for name, frame in frames:
        daily = panel_from_frame(frame, "series", "day", "units", "category")
        zeros = float(np.nanmean(daily.values == 0))
        yield f"{name}, by day ({len(daily.ids):,} SKUs, {zeros:.0%} of days without a sale)", daily
        yield f"{name}, by week", panel_from_frame(weekly(frame), "series", "day", "units", "category", "week")


def totals(warehouse: Path) -> Iterator[tuple[str, Panel]]:
    yield "Mock store", panel_from_frame(mock_revenue(warehouse), "series", "day", "units")
    if LEDGER.exists():
        yield (
            "Online Retail",
            panel_from_frame(ledger_revenue(ledger()).assign(series="shop"), "series", "day", "units"),
        )


def section(warehouse: Path = WAREHOUSE) -> Sequence[str]:
    """Lines of docs/performance.md."""
    # statsforecast's own numerics on series of zeros
    warnings.filterwarnings("ignore", category=RuntimeWarning)
    lines = ["## Forecasts against statsforecast", ""]
    lines += [f"Demand: four weeks ahead from {SKU_SETTINGS.origins} past days, four weeks apart.", ""]
    for name, panel in panels(warehouse):
        lines += [f"**{name}**", "", *table(panel, demand_methods(panel.season), SKU_SETTINGS), ""]
    lines += [f"Daily revenue: 28 days ahead from {TOTAL_SETTINGS.origins} past days, 28 apart.", ""]
    for name, panel in totals(warehouse):
        lines += [f"**{name}**", "", *table(panel, total_methods(panel.season), TOTAL_SETTINGS), ""]
    return lines


if __name__ == "__main__":
    print("\n".join(section()))
