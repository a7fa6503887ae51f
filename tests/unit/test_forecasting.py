"""Forecasting: known values, sane output on bad histories, and refusal of what does not beat seasonal-naive."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter, lfiltic

from martlet.forecasting import (
    ACCURACY_COLUMNS,
    BacktestSettings,
    ForecastResult,
    forecast_demand,
    forecast_revenue,
)
from martlet.forecasting.aggregate import forecast_weekly
from martlet.forecasting.backtest import naive_scales, relative_error, rolling_origins, seasonal_naive
from martlet.forecasting.demand import cap_spikes, predict_demand
from martlet.forecasting.demand_classes import demand_classes
from martlet.forecasting.holidays import Holidays, holiday_factors
from martlet.forecasting.levels import choose_levels, smoothed_rate
from martlet.forecasting.panel import Panel, open_days, panel_from_frame, weekdays, weekly_sums
from martlet.forecasting.profiles import shrunk_profiles

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
LEDGER = SHARED / "online_retail.parquet"
WEEK_SHAPE = np.array([1.6, 1.2, 1.0, 1.0, 1.3, 0.9, 0.0])


def demand_frame(units: np.ndarray, categories: list[str | None] | None = None) -> pd.DataFrame:
    """One row a SKU and day out of (n, T) units; NaN is before a SKU's first day."""
    count, length = units.shape
    days = pd.date_range("2024-01-01", periods=length)
    frame = pd.DataFrame(
        {
            "sku": np.repeat([f"SKU-{i:03d}" for i in range(count)], length),
            "category": np.repeat(np.array(categories or ["all"] * count, dtype=object), length),
            "demand_date": np.tile(days, count),
            "units_sold": units.ravel(),
        }
    )
    return frame[frame["units_sold"].notna()].astype({"units_sold": int}).reset_index(drop=True)


def sales_frame(values: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"sales_date": pd.date_range("2024-01-01", periods=len(values)), "net_sales": values})


def weekly_units(count: int = 60, length: int = 365, seed: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rate = rng.gamma(0.8, 2.0, count)[:, None] * WEEK_SHAPE[np.arange(length) % 7]
    return np.asarray(rng.poisson(rate), dtype=np.float64)


def assert_sane(forecast: pd.DataFrame) -> None:
    bounds = forecast[["lo_95", "lo_80", "mean", "hi_80", "hi_95"]].to_numpy()
    assert np.isfinite(bounds).all()
    assert (bounds[:, :3] >= 0).all()
    assert (np.diff(bounds, axis=1) >= 0).all()


def test_smoothing_equals_scipys_recursion_when_every_week_is_alike() -> None:
    sums = np.random.default_rng(0).poisson(5.0, (3, 40)).astype(float)
    alpha = 0.2
    level = smoothed_rate(sums, np.ones_like(sums), alpha)
    for row in range(3):
        # textbook SES from zero, and its weights' sum, which the start lacks
        start = lfiltic([alpha], [1.0, alpha - 1.0], [0.0])
        ses, _ = lfilter([alpha], [1.0, alpha - 1.0], sums[row], zi=start)
        assert level[row] == pytest.approx(ses / (1 - (1 - alpha) ** np.arange(1, 41)))


def test_smoothing_by_hand() -> None:
    # weights .5 and .25 of two weeks of one day each: (.25 * 4 + .5 * 10) / .75
    assert smoothed_rate(np.array([[4.0, 10.0]]), np.ones((1, 2)), 0.5)[0] == pytest.approx([4.0, 8.0])


def test_a_week_closed_leaves_the_level_alone() -> None:
    level = smoothed_rate(np.array([[7.0, 0.0, 7.0]]), np.array([[7.0, 0.0, 7.0]]), 0.3)
    assert level[0] == pytest.approx([1.0, 1.0, 1.0])


def test_a_steady_series_gets_slow_smoothing_and_a_stepping_one_fast() -> None:
    rng = np.random.default_rng(1)
    steady = rng.poisson(70.0, (40, 80)).astype(float)
    stepping = rng.poisson(np.repeat(rng.uniform(10, 400, (40, 8)), 10, axis=1)).astype(float)
    levels = choose_levels(np.vstack([steady, stepping]), np.full((80, 80), 7.0))
    assert levels.alpha[:40].mean() < 0.15 < levels.alpha[40:].mean()


def test_profile_stays_with_the_prior_without_sales_and_leaves_it_with_many() -> None:
    prior = np.tile(WEEK_SHAPE / WEEK_SHAPE.mean(), (2, 1))
    sums = np.array([np.zeros(7), [0, 0, 0, 0, 0, 0, 7000.0]])
    profile = shrunk_profiles(sums, np.full((2, 7), 52.0), np.where(prior > 0, prior, 0.1), np.ones(2))
    assert profile[0] == pytest.approx(
        np.where(prior[0] > 0, prior[0], 0.1) / np.where(prior[0] > 0, prior[0], 0.1).mean()
    )
    assert profile[1, 6] > 6.5


def test_closures_are_found_and_days_of_rest_are_not() -> None:
    days = np.arange(np.datetime64("2024-01-01"), np.datetime64("2024-12-30"))
    totals = np.where(weekdays(days) == 5, 0.0, 100.0)
    totals[200:210] = 0.0
    is_open = open_days(totals, weekdays(days))
    closed = np.flatnonzero(~is_open)
    assert set(closed) == {d for d in range(200, 210) if weekdays(days)[d] != 5}
    # a shop that often sells nothing has no closures
    assert open_days(np.where(np.arange(364) % 3 == 0, 1.0, 0.0), weekdays(days)).all()


def test_weeks_end_on_the_last_day() -> None:
    assert weekly_sums(np.ones((1, 10)))[0].tolist() == [3.0, 7.0]


def test_one_wholesale_order_is_cut_down_and_usual_days_are_not() -> None:
    units = np.array([[2.0, 3, 0, 2, 5000, 3], [1, 0, 1, 2, 0, 1]])
    capped = cap_spikes(units)
    assert capped[0].tolist() == [2, 3, 0, 2, 25, 3]
    assert capped[1].tolist() == units[1].tolist()


def test_weekly_forecast_follows_a_damped_trend_and_last_years_season() -> None:
    full = np.full((1, 104), 7.0)
    rising = np.linspace(100, 300, 40)[None, :]
    ahead = forecast_weekly(rising, full[:, :40], 4, 7).ahead[0] * 7
    assert 285 < ahead[0] < ahead[3] < 330
    season = np.tile(np.where(np.arange(52) < 8, 300.0, 100.0), 2)[None, :]
    # a peak seen once is believed in good part, not wholly
    back_to_peak = forecast_weekly(season, full, 4, 7).ahead[0] * 7
    assert ((back_to_peak > 160) & (back_to_peak < 300)).all()


def test_growth_that_smoothing_lags_behind_is_learnt_before_there_is_a_year() -> None:
    steep = 100 * 1.06 ** np.arange(40)[None, :]
    full = np.full((1, 44), 7.0)
    ahead = forecast_weekly(steep, full[:, :40], 4, 7).ahead[0].sum() * 7
    assert ahead == pytest.approx((100 * 1.06 ** np.arange(40, 44)).sum(), rel=0.06)


def test_parts_levels_are_trusted_where_they_have_been_right() -> None:
    rng = np.random.default_rng(9)
    sums = rng.poisson(70.0, (1, 50)).astype(float)
    sure = forecast_weekly(sums, np.full((1, 50), 7.0), 4, 7, parts=np.full((1, 50), 10.0)).ahead[0]
    alone = forecast_weekly(sums, np.full((1, 50), 7.0), 4, 7).ahead[0]
    assert np.abs(sure - 10.0).mean() < np.abs(alone - 10.0).mean()


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


def test_demand_classes_by_hand() -> None:
    weeks = np.array(
        [
            [5.0] * 8,
            [1, 9, 1, 9, 1, 1, 20, 1],
            [0, 4, 0, 4, 0, 4, 0, 4],
            [0, 1, 0, 30, 0, 1, 0, 1],
            [0.0] * 8,
        ]
    )
    days = np.arange(np.datetime64("2024-01-07"), np.datetime64("2024-03-03"), np.timedelta64(7, "D"))
    panel = Panel(("a", "b", "c", "d", "e"), np.zeros(5, dtype=np.int64), days, weeks, 1)
    assert demand_classes(panel).tolist() == ["smooth", "erratic", "intermittent", "lumpy", "no demand"]


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


@pytest.mark.skipif(not LEDGER.exists(), reason="needs ../shared/data/online_retail.parquet")
def test_online_retail_is_forecast_better_than_statsforecast_does_and_covered() -> None:
    lines = pd.read_parquet(LEDGER, columns=["stock_code", "quantity", "invoice_ts", "unit_price"])
    lines = lines[(lines["quantity"] > 0) & (lines["unit_price"] > 0)]
    lines = lines.assign(day=lines["invoice_ts"].dt.normalize())
    lines = lines[lines["day"] < "2011-12-09"]
    busiest = lines.groupby("stock_code")["day"].nunique().nlargest(1200).index
    lines = lines[lines["stock_code"].isin(busiest)]
    days = pd.date_range(lines["day"].min(), lines["day"].max())
    units = lines.pivot_table(index="stock_code", columns="day", values="quantity", aggfunc="sum").reindex(columns=days)
    began = units.notna().cumsum(axis=1).to_numpy() > 0
    frame = demand_frame(np.where(began, units.fillna(0.0).to_numpy(), np.nan))
    row = forecast_demand(frame, settings=BacktestSettings(origins=4)).accuracy.iloc[0]
    # the best of six statsforecast methods on the same folds, as benchmarks/forecasting.py prints them
    assert row["rmsse"] < 0.8673
    assert row["mase"] < 1.2315
    assert row["coverage_80"] == pytest.approx(row["expected_coverage_80"], abs=0.03)
    assert row["coverage_95"] == pytest.approx(row["expected_coverage_95"], abs=0.03)
