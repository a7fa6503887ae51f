"""What lifetime-value models must say of every customer, odd ones included."""

from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clv_data import (
    MODELS,
    PARAMETERS,
    customers,
    simulate,
)
from martlet.clv import bg_nbd, constant_rate, gamma_gamma, pareto_nbd
from martlet.clv.summary import distinct_tuples


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([(bg_nbd, bg_nbd.Parameters), (pareto_nbd, pareto_nbd.Parameters)]),
    st.lists(st.floats(0.02, 50.0), min_size=4, max_size=4),
    st.integers(0, 1000),
)
def test_chances_and_expectations_make_sense(kind: tuple[ModuleType, type], values: list[float], seed: int) -> None:
    model, parameters = kind[0], kind[1](*values)
    x, recency, age = customers(50, seed)
    chance = model.p_alive(parameters, x, recency, age)
    assert ((chance >= 0) & (chance <= 1)).all()
    expected = np.array(
        [model.expected_transactions(parameters, t, x, recency, age) for t in (0.0, 1.0, 13.0, 52.0, 500.0)]
    )
    assert np.isfinite(expected).all()
    assert expected[0] == pytest.approx(0.0, abs=1e-9)
    assert (np.diff(expected, axis=0) >= -1e-7 * (1 + expected[1:])).all()
    # no more than if nobody left
    rate = (values[0] + x) / (values[1] + age)
    assert (expected[3] <= rate * 52.0 * (1 + 1e-9)).all()
    new = model.expected_repeats(parameters, np.array([0.0, 1.0, 10.0, 100.0]))
    assert (np.diff(new) >= -1e-9).all()


@MODELS
def test_the_longer_the_silence_the_less_alive(model: ModuleType) -> None:
    recency = np.linspace(1.0, 50.0, 20)
    chance = model.p_alive(PARAMETERS[model], np.full(20, 4.0), recency, np.full(20, 50.0))
    assert (np.diff(chance) > 0).all()


@MODELS
def test_thousands_of_purchases_do_not_overflow(model: ModuleType) -> None:
    x, recency, age = np.array([5000.0, 5000.0]), np.array([39.0, 1.0]), np.array([39.0, 39.0])
    chance = model.p_alive(PARAMETERS[model], x, recency, age)
    assert chance[0] > 0.99
    assert chance[1] < 1e-6
    assert np.isfinite(model.expected_transactions(PARAMETERS[model], 52.0, x, recency, age)).all()
    assert np.isfinite(model.log_likelihood(PARAMETERS[model], distinct_tuples(x, recency, age)))


def test_a_one_time_buyer_is_alive_by_assumption_in_bg_nbd_and_not_in_pareto_nbd() -> None:
    once = np.zeros(2), np.zeros(2), np.array([1.0, 39.0])
    assert bg_nbd.p_alive(PARAMETERS[bg_nbd], *once).tolist() == [1.0, 1.0]
    recent, old = pareto_nbd.p_alive(PARAMETERS[pareto_nbd], *once)
    assert 0 < old < recent < 1


@MODELS
def test_a_purchase_today_leaves_no_time_to_go(model: ModuleType) -> None:
    now = np.array([20.0])
    chance = model.p_alive(PARAMETERS[model], np.array([3.0]), now, now)[0]
    # Pareto/NBD: nobody left since; BG/NBD: the chance to have left right after it, a / (a + b + x - 1)
    assert chance == pytest.approx(1.0 if model is pareto_nbd else 1 - 0.7929 / (0.7929 + 2.4259 + 2))


def test_the_constant_rate_is_a_mean_of_the_shop_and_the_customer() -> None:
    x, recency, age = simulate(5000, 10)
    tuples = distinct_tuples(x, recency, age)
    fit = constant_rate.fit(tuples)
    assert fit.converged
    assert not fit.boundary
    rate = constant_rate.expected_transactions(fit.parameters, 1.0, x, recency, age)
    shop = fit.parameters.r / fit.parameters.alpha
    assert (rate >= np.minimum(shop, x / age) - 1e-12).all()
    assert (rate <= np.maximum(shop, x / age) + 1e-12).all()
    # maximum likelihood makes the mean of posterior rates the prior's
    assert rate.mean() == pytest.approx(shop, rel=1e-3)
    assert np.isnan(constant_rate.p_alive(fit.parameters, x, recency, age)).all()
    assert "r" in constant_rate.fit(distinct_tuples(np.zeros(9), np.zeros(9), np.arange(9.0))).boundary


@MODELS
def test_nobody_came_back(model: ModuleType) -> None:
    fit = model.fit(distinct_tuples(np.zeros(50), np.zeros(50), np.linspace(1, 30, 50)))
    assert "r" in fit.boundary


def test_expected_spend_lies_between_the_shops_mean_and_the_customers_own() -> None:
    parameters = gamma_gamma.Parameters(6.25, 3.74, 15.44)
    mean = 6.25 * 15.44 / 2.74
    found = gamma_gamma.expected_value(parameters, np.array([0.0, 1.0, 10.0, 1.0]), np.array([np.nan, 90.0, 90.0, 5.0]))
    assert found[0] == pytest.approx(mean)
    assert mean < found[1] < found[2] < 90
    assert 5 < found[3] < mean
    with pytest.raises(ValueError, match="infinite"):
        gamma_gamma.expected_value(gamma_gamma.Parameters(6.0, 0.9, 15.0), np.zeros(1), np.zeros(1))
