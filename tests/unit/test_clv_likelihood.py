"""Likelihoods, gradients and expectations against their integrals and derivatives; fits against what was simulated."""

from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import check_grad
from scipy.special import gammaln
from scipy.stats import beta as beta_distribution

from clv_data import (
    MODELS,
    customers,
    simulate,
)
from martlet.clv import bg_nbd, gamma_gamma, pareto_nbd
from martlet.clv.summary import distinct_tuples

positive = st.floats(0.05, 20.0)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([bg_nbd, pareto_nbd]), positive, positive, positive, positive)
def test_gradients_are_those_of_the_likelihoods(model: ModuleType, r: float, alpha: float, a: float, b: float) -> None:
    tuples = distinct_tuples(*customers(60))
    at = np.array([r, alpha, a, b])

    def value(values: np.ndarray) -> float:
        return float(model.log_likelihood(model.Parameters(*values), tuples))

    analytic = model.log_likelihood_and_gradient(model.Parameters(*at), tuples)[1]
    for index in range(4):
        step = np.zeros(4)
        step[index] = 1e-5 * at[index]
        numeric = (value(at + step) - value(at - step)) / (2 * step[index])
        assert analytic[index] == pytest.approx(numeric, rel=1e-4, abs=1e-4 * abs(value(at)))


@settings(max_examples=40, deadline=None)
@given(positive, st.floats(1.1, 20.0), positive)
def test_the_gamma_gamma_gradient_is_that_of_its_likelihood(p: float, q: float, v: float) -> None:
    rng = np.random.default_rng(5)
    x, z = rng.integers(1, 40, 50).astype(float), rng.lognormal(3.0, 1.0, 50)
    at = np.array([p, q, v])

    def value(logs: np.ndarray) -> float:
        return gamma_gamma.log_likelihood(gamma_gamma.Parameters(*np.exp(logs)), x, z)

    def gradient(logs: np.ndarray) -> np.ndarray:
        parameters = gamma_gamma.Parameters(*np.exp(logs))
        return gamma_gamma.log_likelihood_and_gradient(parameters, x, z)[1] * np.exp(logs)

    error = check_grad(value, gradient, np.log(at))
    assert error <= 1e-4 * max(1.0, np.abs(gradient(np.log(at))).max(), abs(value(np.log(at))))


def test_the_pareto_nbd_likelihood_is_its_integral() -> None:
    x, t_x, T = customers(40)  # noqa: N806
    for r, alpha, s, beta in (
        (0.55, 10.6, 0.6, 11.7),
        (3.0, 2.0, 2.5, 40.0),
        (0.3, 50.0, 1.0, 0.8),
        (5.0, 0.5, 0.1, 0.5),
    ):
        parameters = pareto_nbd.Parameters(r, alpha, s, beta)
        for i in range(40):
            # likelihoods over that of someone who left right after the last purchase
            def density(
                tau: float, i: int = i, r: float = r, al: float = alpha, s: float = s, be: float = beta
            ) -> float:
                fallen = -(r + x[i]) * np.log((al + tau) / (al + t_x[i]))
                return float(s * np.exp(fallen - (s + 1) * np.log((be + tau) / (be + t_x[i]))))

            scale = (alpha + t_x[i]) / (r + x[i])
            breaks = [t for t in t_x[i] + scale * np.array([0.1, 1.0, 5.0, 30.0]) if t < T[i]]
            gone = quad(density, t_x[i], T[i], points=breaks or None, epsabs=0, epsrel=1e-12, limit=200)[0]
            fallen = -(r + x[i]) * np.log((alpha + T[i]) / (alpha + t_x[i]))
            alive = np.exp(fallen - s * np.log((beta + T[i]) / (beta + t_x[i]))) * (beta + t_x[i])
            one = distinct_tuples(x[i : i + 1], t_x[i : i + 1], T[i : i + 1])
            height = -(r + x[i]) * np.log(alpha + t_x[i]) - (s + 1) * np.log(beta + t_x[i])
            constant = gammaln(r + x[i]) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
            assert pareto_nbd.log_likelihood(parameters, one) == pytest.approx(
                constant + height + np.log(alive + gone), rel=1e-9, abs=1e-8
            )
            chance = pareto_nbd.p_alive(parameters, x[i : i + 1], t_x[i : i + 1], T[i : i + 1])[0]
            assert chance == pytest.approx(alive / (alive + gone), rel=1e-7, abs=1e-12)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (0.7929, 2.4259),
        (1.0, 2.0),
        (1.0 + 1e-7, 3.0),
        (0.4, 0.6),
        (0.2, 0.3),
        (6.0, 0.5),
        (60, 200),
        (400, 600),
        (5e4, 2e5),
    ],
)
def test_bg_nbd_expectations_are_their_integral(a: float, b: float) -> None:
    r, alpha, t = 0.6, 5.0, 52.0
    for x, age in ((0.0, 0.0), (0.0, 30.0), (1.0, 30.0), (12.0, 40.0), (300.0, 40.0), (5000.0, 60.0)):
        # what someone alive with leaving probability p buys in t, over the posteriors of lambda and p
        p = np.maximum(beta_distribution.ppf((np.arange(100_000) + 0.5) / 100_000, a, b + x), 1e-300)
        integral = (-np.expm1(-(r + x) * np.log1p(p * t / (alpha + age))) / p).mean()
        parameters = bg_nbd.Parameters(r, alpha, a, b)
        if x == 0:
            found = bg_nbd.expected_transactions(parameters, t, np.zeros(1), np.zeros(1), np.array([age]))[0]
        else:
            now = np.array([age])
            found = bg_nbd.expected_transactions(parameters, t, np.array([x]), now, now)[0]
            found /= bg_nbd.p_alive(parameters, np.array([x]), now, now)[0]
        # beyond the boundary everybody's chance to leave is taken for one and the same
        assert found == pytest.approx(integral, rel=1e-5 if a + b <= bg_nbd.MOST_A_AND_B else 3e-3)


@pytest.mark.parametrize("values", [(23.0, 1.0, 7.0, 1.0), (45.0, 0.05, 3.0, 40.0)])
def test_fast_buyers_who_leave_in_the_end_buy_one_over_the_chance_to_leave(values: tuple[float, ...]) -> None:
    parameters = bg_nbd.Parameters(*values)
    forever = bg_nbd.expected_repeats(parameters, np.array([1e6 * parameters.alpha]))[0]
    # repeats are geometric once all have left, whatever the rate: the mean of 1/p, for a above 1
    assert forever == pytest.approx((parameters.a + parameters.b - 1) / (parameters.a - 1), rel=1e-6)


@MODELS
def test_weights_are_repeated_rows(model: ModuleType) -> None:
    x, recency, age = simulate(300, 2)
    weight = np.random.default_rng(3).integers(1, 5, 300)
    weighted = model.fit(distinct_tuples(x, recency, age, weight.astype(float)))
    repeated = model.fit(distinct_tuples(*(np.repeat(values, weight) for values in (x, recency, age))))
    assert weighted == repeated


@MODELS
def test_the_order_of_customers_does_not_matter(model: ModuleType) -> None:
    data = simulate(300, 4)
    shuffled = np.random.default_rng(5).permutation(300)
    assert model.fit(distinct_tuples(*data)) == model.fit(distinct_tuples(*(values[shuffled] for values in data)))


@MODELS
def test_the_unit_of_time_does_not_matter(model: ModuleType) -> None:
    x, recency, age = simulate(2000, 6)
    weeks, days = model.fit(distinct_tuples(x, recency, age)), model.fit(distinct_tuples(x, 7 * recency, 7 * age))
    there = np.array(list(vars(weeks.parameters).values()))
    here = np.array(list(vars(days.parameters).values()))
    units = np.array([1.0, 7.0, 1.0, 7.0 if model is pareto_nbd else 1.0])
    assert here == pytest.approx(there * units, rel=1e-3)
    assert days.log_likelihood == pytest.approx(weeks.log_likelihood - x.sum() * np.log(7.0), rel=1e-9)


def test_bg_nbd_finds_the_parameters_of_simulated_people() -> None:
    fit = bg_nbd.fit(distinct_tuples(*simulate(40_000, 7)))
    found = fit.parameters
    assert (found.r, found.alpha, found.a, found.b) == pytest.approx((0.8, 6.0, 1.2, 3.0), rel=0.12)


def test_pareto_nbd_finds_the_parameters_of_simulated_people() -> None:
    rng = np.random.default_rng(8)
    rate, end = rng.gamma(0.8, 1 / 6.0, 40_000), rng.exponential(1.0, 40_000) / rng.gamma(1.5, 1 / 30.0, 40_000)
    age = rng.uniform(30, 60, 40_000)
    life = np.minimum(age, end)
    x = rng.poisson(rate * life).astype(float)
    # the last of x uniform times
    recency = np.where(x > 0, life * rng.random(40_000) ** (1.0 / np.maximum(x, 1.0)), 0.0)
    found = pareto_nbd.fit(distinct_tuples(x, recency, age)).parameters
    assert (found.r, found.alpha) == pytest.approx((0.8, 6.0), rel=0.1)
    assert found.s / found.beta == pytest.approx(1.5 / 30.0, rel=0.2)


def test_gamma_gamma_finds_the_parameters_of_simulated_people() -> None:
    rng = np.random.default_rng(9)
    x = rng.integers(1, 12, 30_000).astype(float)
    scale = 1.0 / rng.gamma(3.5, 1 / 20.0, 30_000)
    fit = gamma_gamma.fit(x, rng.gamma(5.0 * x) * scale / x)
    assert tuple(vars(fit.parameters).values()) == pytest.approx((5.0, 3.5, 20.0), rel=0.05)
