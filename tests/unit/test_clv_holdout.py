"""Days held out of a history: how many, what is told of them, and that everybody is counted once."""

from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from clv_data import (
    PARAMETERS,
)
from martlet.clv import bg_nbd, constant_rate, pareto_nbd
from martlet.clv.holdout import deciles, hold_out, tracking
from martlet.clv.summary import daily_transactions


@pytest.mark.parametrize("model", [bg_nbd, pareto_nbd, constant_rate])
def test_tracking_is_the_sum_of_everybodys_own_expectation(model: ModuleType) -> None:
    first = np.array(["2024-01-01", "2024-01-09", "2024-02-20", "2024-03-05"], dtype="datetime64[D]")
    again = np.array(["2024-01-20", "2024-03-20"], dtype="datetime64[D]")
    bought = daily_transactions(np.array([0, 1, 2, 3, 0, 2]), np.concatenate([first, again]), np.ones(6))
    # who first buys after the cut is nobody that a model knew
    held = hold_out(bought, np.datetime64("2024-03-31"), days=30)
    assert held is not None
    assert len(held.actual) == 3
    parameters = PARAMETERS.get(model, constant_rate.Parameters(0.5, 40.0))
    weeks = tracking(model, parameters, held)
    for row in weeks.to_dict("records"):
        age = (row["week_end"] - pd.to_datetime(first[:3])).days.to_numpy().astype(float)
        expected = model.expected_repeats(parameters, np.maximum(age, 0.0)).sum()
        assert row["expected"] == pytest.approx(expected)
        assert row["actual"] == (pd.to_datetime(again) <= row["week_end"]).sum()
    assert weeks["week_end"].diff().dt.days.max() == 7
    assert weeks["week_end"].iloc[-1] == pd.Timestamp("2024-03-31")


def test_tenths_hold_everybody_once_least_expected_first() -> None:
    rng = np.random.default_rng(3)
    expected, actual = rng.gamma(1.0, 1.0, 1007), rng.poisson(1.0, 1007).astype(float)
    tenths = deciles(expected, actual)
    assert len(tenths) == 10
    assert set(tenths["customers"]) == {100, 101}
    assert tenths["expected"].is_monotonic_increasing
    assert (tenths["expected"] * tenths["customers"]).sum() == pytest.approx(expected.sum())
    assert (tenths["actual"] * tenths["customers"]).sum() == pytest.approx(actual.sum())
    assert len(deciles(expected[:4], actual[:4])) == 4


@pytest.mark.parametrize(("days", "held_days"), [(300, 100), (900, 182), (84, 28), (83, None)])
def test_the_last_third_is_held_out_up_to_half_a_year(days: int, held_days: int | None) -> None:
    first = np.datetime64("2024-01-01")
    bought = daily_transactions(np.zeros(1, dtype=np.int64), np.array([first]), np.ones(1))
    held = hold_out(bought, first + np.timedelta64(days - 1, "D"))
    assert (held and held.days) == held_days
