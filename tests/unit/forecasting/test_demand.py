"""Demand forecasts: better than others, covered, and sane on bad histories."""

import numpy as np
import pandas as pd
import pytest
from series import assert_sane, demand_frame, weekly_units

from martlet.forecasting import (
    ACCURACY_COLUMNS,
    ForecastResult,
    forecast_demand,
)
from martlet.forecasting.demand import predict_demand
from martlet.forecasting.panel import panel_from_frame


@pytest.fixture(scope="module")
def weekly_result() -> ForecastResult:
    return forecast_demand(demand_frame(weekly_units()))


def test_demand_beats_seasonal_naive_on_a_weekly_pattern(weekly_result: ForecastResult) -> None:
    row = weekly_result.accuracy.iloc[0]
    assert list(weekly_result.accuracy.columns) == list(ACCURACY_COLUMNS)
    assert row["published"]
    assert row["beats_seasonal_naive"]
    assert row["rmsse"] < 0.85 * row["seasonal_naive_rmsse"]
    assert row["mase"] < 0.95 * row["seasonal_naive_mase"]
    assert abs(row["bias_pct"]) < 3
    assert row["origins"] == 6
    assert "beats seasonal-naive" in row["reason"]


def test_demand_intervals_cover(weekly_result: ForecastResult) -> None:
    row = weekly_result.accuracy.iloc[0]
    # a seventh of the days are days of rest, on which every interval is right
    assert row["coverage_80"] == pytest.approx(row["expected_coverage_80"], abs=0.05)
    assert row["coverage_95"] == pytest.approx(row["expected_coverage_95"], abs=0.03)


def test_demand_rows_are_complete_and_sane(weekly_result: ForecastResult) -> None:
    forecast = weekly_result.forecast
    assert list(forecast.columns) == [
        "sku", "forecast_date", "horizon_day", "mean", "lo_80", "hi_80", "lo_95", "hi_95", "model", "as_of_date",
    ]  # fmt: skip
    assert len(forecast) == 60 * 28
    assert_sane(forecast)
    assert forecast["as_of_date"].unique() == [pd.Timestamp("2024-12-30")]
    first = forecast[forecast["sku"] == "SKU-000"]
    assert first["horizon_day"].tolist() == list(range(1, 29))
    assert (first["forecast_date"] - first["as_of_date"]).dt.days.tolist() == list(range(1, 29))
    # 2025-01-05 is a Sunday, and the shop never sells on one
    assert first.loc[first["forecast_date"] == "2025-01-05", "hi_95"].item() < 0.5


def test_demand_is_the_same_whatever_the_order_of_rows(weekly_result: ForecastResult) -> None:
    shuffled = demand_frame(weekly_units()).sample(frac=1.0, random_state=5)
    pd.testing.assert_frame_equal(forecast_demand(shuffled).forecast, weekly_result.forecast)


def test_dead_new_and_mixed_skus_do_not_crash_or_explode() -> None:
    units = weekly_units(20)
    units[0] = 0.0
    units[1, :-1] = np.nan
    units[2, :-1] = np.nan
    units[1, -1], units[2, -1] = 40.0, 0.0
    units[3, 100] = 90_000.0
    categories: list[str | None] = ["a", None] * 10
    result = forecast_demand(demand_frame(units, categories))
    assert_sane(result.forecast)
    mean = result.forecast.groupby("sku")["mean"].mean()
    assert mean["SKU-000"] < 0.05
    assert 0 < mean["SKU-002"] < mean["SKU-001"] < 40.0
    assert mean["SKU-003"] < 20.0


def test_a_sku_that_took_off_is_not_given_bounds_from_its_tiny_start() -> None:
    rng = np.random.default_rng(12)
    units = weekly_units(20)
    units[0] = np.concatenate([[1.0], np.zeros(164), rng.poisson(100.0, 200)])
    forecast = forecast_demand(demand_frame(units)).forecast
    assert forecast.loc[forecast["sku"] == "SKU-000", "hi_95"].max() <= 1.5 * units[0].max()


def test_nothing_ever_sold_forecasts_zero_without_a_warning() -> None:
    panel = panel_from_frame(demand_frame(np.zeros((3, 100))), "sku", "demand_date", "units_sold")
    assert predict_demand(panel, 28).hi_95.max() == 0.0
    refused = forecast_demand(demand_frame(np.zeros((3, 100))))
    assert refused.forecast.empty
    assert "No series" in refused.accuracy["reason"].item()


def test_totals_of_categories_are_unbiased_where_skus_alone_lag() -> None:
    rng = np.random.default_rng(11)
    growth = np.linspace(1.0, 3.0, 300)
    units = rng.poisson(0.15 * growth, (300, 300)).astype(float)
    panel = panel_from_frame(demand_frame(units), "sku", "demand_date", "units_sold", "category")
    total = predict_demand(panel.until(272), 28).mean.sum()
    assert total == pytest.approx(units[:, 272:].sum(), rel=0.08)


def test_an_empty_frame_is_refused_and_bad_frames_raise() -> None:
    nothing = demand_frame(weekly_units(1)).head(0)
    assert not forecast_demand(nothing).accuracy["published"].item()
    assert next(iter(forecast_demand(nothing).forecast.columns)) == "sku"
    good = demand_frame(weekly_units(1))
    with pytest.raises(ValueError, match="missing columns: units_sold"):
        forecast_demand(good.drop(columns="units_sold"))
    with pytest.raises(ValueError, match="more than one row"):
        forecast_demand(pd.concat([good, good.head(1)]))
    with pytest.raises(ValueError, match="finite"):
        forecast_demand(good.assign(units_sold=np.inf))


def test_days_without_stock_do_not_lower_the_forecast() -> None:
    units = weekly_units(30)
    out = units.copy()
    out[:10, 250:] = 0.0
    frame, sold_out = demand_frame(units), demand_frame(out)
    sold_out["units_sold"] = sold_out["units_sold"].astype(float)
    days = sorted(frame["demand_date"].unique())
    first_ten = sold_out["sku"] < "SKU-010"
    sold_out.loc[first_ten & sold_out["demand_date"].isin(days[250:]), "units_sold"] = np.nan

    def total(rows: pd.DataFrame) -> float:
        panel = panel_from_frame(rows, "sku", "demand_date", "units_sold", "category")
        return float(predict_demand(panel, 28).mean[:10].sum())

    assert total(sold_out) == pytest.approx(total(frame), rel=0.15)
    assert total(sold_out.fillna({"units_sold": 0.0})) < 0.3 * total(frame)


def test_weeks_are_forecast_as_days_are() -> None:
    daily = weekly_units(40, 364)
    weeks = daily.reshape(40, 52, 7).sum(axis=2)
    frame = pd.DataFrame(
        {
            "sku": np.repeat([f"SKU-{i:03d}" for i in range(40)], 52),
            "demand_date": np.tile(pd.date_range("2024-01-07", periods=52, freq="7D"), 40),
            "units_sold": weeks.ravel(),
        }
    )
    result = forecast_demand(frame, period="week")
    assert_sane(result.forecast)
    assert result.forecast["horizon_day"].unique().tolist() == [7, 14, 21, 28]
    by_day = predict_demand(panel_from_frame(demand_frame(daily), "sku", "demand_date", "units_sold"), 28).mean
    assert result.forecast["mean"].sum() == pytest.approx(by_day.sum(), rel=0.03)
    assert result.accuracy["coverage_80"].iloc[0] == pytest.approx(0.80, abs=0.06)
    with pytest.raises(ValueError, match="whole weeks"):
        forecast_demand(demand_frame(daily[:2]), period="week")
