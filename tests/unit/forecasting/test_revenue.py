"""Revenue forecasts by day and month: days of rest, closures, holidays, refunds, and refusal."""

import numpy as np
import pandas as pd
import pytest
from series import WEEK_SHAPE, assert_sane, sales_frame

from martlet.forecasting import (
    BacktestSettings,
    forecast_revenue,
)
from martlet.forecasting.backtest import relative_error
from martlet.forecasting.holidays import Holidays, holiday_factors


def test_revenue_knows_the_weekly_day_of_rest_and_a_christmas_closure() -> None:
    rng = np.random.default_rng(2)
    values = 1000 * WEEK_SHAPE[np.arange(400) % 7] * rng.lognormal(-0.045, 0.3, 400)
    values[358:368] = 0.0
    result = forecast_revenue(sales_frame(values))
    assert_sane(result.forecast)
    assert list(result.forecast.columns)[:3] == ["forecast_date", "horizon_day", "mean"]
    sundays = result.forecast["forecast_date"].dt.dayofweek == 6
    assert (result.forecast.loc[sundays, "hi_95"] == 0).all()
    assert result.forecast["mean"].mean() == pytest.approx(1000.0, rel=0.08)
    row = result.accuracy.iloc[0]
    assert row["published"]
    assert row["target"] == "revenue"


def test_revenue_intervals_cover_and_refund_days_may_be_negative() -> None:
    rng = np.random.default_rng(8)
    values = 1000 * (0.2 + WEEK_SHAPE)[np.arange(500) % 7] * rng.lognormal(-0.045, 0.3, 500)
    values[50] = -700.0
    row = forecast_revenue(sales_frame(values), settings=BacktestSettings(origins=10)).accuracy.iloc[0]
    assert row["coverage_80"] == pytest.approx(0.80, abs=0.07)
    assert row["coverage_95"] == pytest.approx(0.95, abs=0.04)
    assert abs(row["bias_pct"]) < 5


def test_a_model_that_loses_on_a_random_walk_is_refused() -> None:
    walk = 5000 + 60 * np.cumsum(np.random.default_rng(3).normal(size=300))
    result = forecast_revenue(sales_frame(walk))
    row = result.accuracy.iloc[0]
    assert not row["beats_seasonal_naive"]
    assert not row["published"]
    assert result.forecast.empty
    assert "does not beat seasonal-naive" in row["reason"]
    assert relative_error(row["rmsse"], row["mase"], row["seasonal_naive_rmsse"], row["seasonal_naive_mase"]) >= 1


def test_nothing_beats_a_seasonal_naive_that_is_never_wrong() -> None:
    values = np.concatenate([np.random.default_rng(4).lognormal(7.0, 0.3, 60), np.zeros(180)])
    row = forecast_revenue(sales_frame(values)).accuracy.iloc[0]
    assert not row["published"]
    assert "never wrong" in row["reason"]


def test_holidays_are_learnt_from_the_years_before() -> None:
    rng = np.random.default_rng(6)
    values = 1000 * (0.2 + WEEK_SHAPE)[np.arange(760) % 7] * rng.lognormal(-0.02, 0.2, 760)
    peak, closed = [100, 465], [200, 565]
    values[peak], values[closed] = values[peak] * 5, 0.0
    days = pd.date_range("2024-01-01", periods=900)
    named = pd.DataFrame({"holiday_date": days[[*peak, 770, *closed]], "holiday": ["sale"] * 3 + ["rest"] * 2})
    shape, dates = (0.2 + WEEK_SHAPE)[np.arange(760) % 7], days.to_numpy("datetime64[D]")
    past, ahead = holiday_factors(values, shape, dates[:760], dates[760:788], Holidays.from_frame(named))
    assert 3.0 < ahead[10] < 6.5
    assert past[closed] == pytest.approx([past[200]] * 2)
    assert past[200] < 0.2
    assert (np.delete(ahead, 10) == 1.0).all()
    with_names = forecast_revenue(sales_frame(values), holidays=named).forecast["mean"]
    without = forecast_revenue(sales_frame(values)).forecast["mean"]
    assert with_names[10] > 2.5 * without[10]


def test_holidays_without_an_effect_or_a_past_change_little() -> None:
    rng = np.random.default_rng(7)
    values = 1000 * rng.lognormal(-0.1, 0.5, 400)
    days = pd.date_range("2024-01-01", periods=430)
    named = pd.DataFrame({"holiday_date": days[[50, 415, 420]], "holiday": ["dull", "dull", "new"]})
    _, ahead = holiday_factors(
        values, np.ones(400), days[:400].to_numpy("datetime64[D]"), days[400:].to_numpy("datetime64[D]"),
        Holidays.from_frame(named),
    )  # fmt: skip
    assert ahead[15] == pytest.approx(1.0, abs=0.5)
    assert ahead[20] == 1.0
    with pytest.raises(ValueError, match="missing columns: holiday"):
        Holidays.from_frame(named[["holiday_date"]])


def test_months_add_what_is_known_to_what_is_ahead() -> None:
    rng = np.random.default_rng(12)
    values = 1000 * (0.2 + WEEK_SHAPE)[np.arange(500) % 7] * rng.lognormal(-0.045, 0.3, 500)
    result = forecast_revenue(sales_frame(values))
    months = result.months
    as_of = pd.Timestamp("2024-01-01") + pd.Timedelta(days=499)
    assert months["sales_month"].tolist() == [pd.Timestamp("2025-05-01") + pd.DateOffset(months=i) for i in range(3)]
    assert months["days_known"].tolist() == [as_of.day, 0, 0]
    assert months["net_sales_known"].iloc[0] == pytest.approx(values[-as_of.day :].sum(), abs=0.01)
    left = result.forecast[result.forecast["forecast_date"] < "2025-06-01"]
    assert months["mean"].iloc[0] == pytest.approx(months["net_sales_known"].iloc[0] + left["mean"].sum(), abs=0.02)
    bounds = months[["lo_95", "lo_80", "mean", "hi_80", "hi_95"]].to_numpy()
    assert (np.diff(bounds, axis=1) >= 0).all()
    # the whole coming month, of which nothing is known, is less sure than what is left of this one
    width = (months["hi_80"] - months["lo_80"]) / months["mean"]
    assert width.iloc[0] < width.iloc[1]


def test_monthly_intervals_cover() -> None:
    held = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        drift = np.exp(np.cumsum(rng.normal(0, 0.01, 520)))
        values = 1000 * drift * (0.2 + WEEK_SHAPE)[np.arange(520) % 7] * rng.lognormal(-0.045, 0.3, 520)
        # 425 days end on the last day of February
        months = forecast_revenue(sales_frame(values[:425])).months
        if len(months):
            held.append(months["lo_80"].iloc[0] <= values[425:456].sum() <= months["hi_80"].iloc[0])
    assert len(held) > 40
    assert np.mean(held) == pytest.approx(0.80, abs=0.15)
