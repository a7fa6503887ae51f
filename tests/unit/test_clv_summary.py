"""From orders to frequency, recency and age; what no customer can be is refused."""

import numpy as np
import pytest

from martlet.clv import gamma_gamma
from martlet.clv.summary import daily_transactions, distinct_tuples, summarize


def test_orders_of_a_day_are_one_transaction() -> None:
    days = np.array(["2024-01-01", "2024-01-15", "2024-01-15", "2024-02-05", "2024-01-08"], dtype="datetime64[D]")
    made = daily_transactions(np.array([0, 0, 0, 0, 1]), days, np.array([10.0, 20.0, 5.0, 35.0, 7.0]))
    assert made.value.tolist() == [10.0, 25.0, 35.0, 7.0]
    whole = summarize(made, 2, np.datetime64("2024-02-12"), 7.0)
    assert whole.frequency.tolist() == [2, 0]
    assert whole.recency.tolist() == [5, 0]
    assert whole.age.tolist() == [6, 5]
    assert whole.value[0] == 30
    assert np.isnan(whole.value[1])
    early = summarize(made, 2, np.datetime64("2024-01-15"))
    assert early.frequency.tolist() == [1, 0]
    assert early.value[0] == 25
    with pytest.raises(ValueError, match="every customer"):
        summarize(made, 2, np.datetime64("2024-01-02"))


@pytest.mark.parametrize(
    ("x", "recency", "age", "match"),
    [
        ([], [], [], "no customers"),
        ([1.5], [1.0], [2.0], "whole number"),
        ([-1.0], [1.0], [2.0], "whole number"),
        ([1.0], [3.0], [2.0], "between zero and age"),
        ([0.0], [1.0], [2.0], "exactly where"),
        ([2.0], [0.0], [2.0], "exactly where"),
        ([1.0], [np.nan], [2.0], "finite"),
        ([1.0, 2.0], [1.0], [2.0], "one length"),
    ],
)
def test_impossible_customers_are_refused(x: list[float], recency: list[float], age: list[float], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        distinct_tuples(*(np.array(values, dtype=float) for values in (x, recency, age)))


def test_spend_that_is_no_spend_is_refused() -> None:
    for x, value in (([0.0], [5.0]), ([1.0], [0.0]), ([1.0], [np.inf]), ([], [])):
        with pytest.raises(ValueError, match=r"must be|customers"):
            gamma_gamma.fit(np.array(x), np.array(value))
