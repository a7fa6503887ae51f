"""What forecasts are made of, by known values: levels, profiles, closures, weekly totals, demand classes."""

import numpy as np
import pytest
from scipy.signal import lfilter, lfiltic
from series import WEEK_SHAPE

from martlet.forecasting.aggregate import forecast_weekly
from martlet.forecasting.demand import cap_spikes
from martlet.forecasting.demand_classes import demand_classes
from martlet.forecasting.levels import choose_levels, smoothed_rate
from martlet.forecasting.panel import Panel, open_days, weekdays, weekly_sums
from martlet.forecasting.profiles import shrunk_profiles


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
