"""Intervals hold what they promise, on simulated experiments whose truth is known; seeds are fixed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from martlet.experiments.means import compare_means, cuped, moments
from martlet.experiments.proportions import compare_proportions
from martlet.experiments.sample_size import Formula, exact_sample_size
from martlet.experiments.sequential import always_valid_p_value, half_width

Floats = NDArray[np.float64]
FIRST_LOOK, LAST_LOOK = 100, 2_500
"""Units of each arm at the first and the last look; in between, one looks at every unit."""


@settings(max_examples=8, deadline=None, derandomize=True)
@given(
    st.floats(0.02, 0.5), st.floats(-0.3, 0.5), st.integers(300, 3000), st.integers(300, 3000), st.integers(0, 10**6)
)
def test_newcombes_interval_covers_the_difference(p1: float, lift: float, n1: int, n2: int, seed: int) -> None:
    rng, p2, sims = np.random.default_rng(seed), p1 * (1 + lift), 2000
    one, other = rng.binomial(n1, p1, sims), rng.binomial(n2, p2, sims)
    found = [compare_proportions(int(x), n1, int(y), n2) for x, y in zip(one, other, strict=True)]
    covered = np.mean([estimate.low <= p2 - p1 <= estimate.high for estimate in found])
    # four standard errors of 2,000 trials around 95%, and the half percent that counts in steps may cost
    assert 0.925 < covered < 0.975


@pytest.mark.parametrize("formula", ["pooled", "unpooled", "arcsine"])
def test_a_test_of_the_planned_size_has_the_planned_power(formula: Formula) -> None:
    rng, p1, p2 = np.random.default_rng(5), 0.1, 0.12
    n = round(exact_sample_size(p1, p2, formula=formula))
    one, other = rng.binomial(n, p1, 4000), rng.binomial(n, p2, 4000)
    seen = [compare_proportions(int(x), n, int(y), n).p_value < 0.05 for x, y in zip(one, other, strict=True)]
    assert np.mean(seen) == pytest.approx(0.8, abs=0.025)


def test_cuped_covers_the_effect_and_is_narrower_by_what_it_says() -> None:
    rng, sims, n, effect = np.random.default_rng(6), 2000, 400, 1.5
    covered, plainly_covered, widths, reductions = [], [], [], []
    for _ in range(sims):
        arm = rng.permutation(np.arange(n) % 2)
        before = rng.gamma(0.5, 20, n)
        values = 0.8 * before + rng.gamma(1.0, 8.0, n) + effect * arm
        adjusted = cuped(values, before, arm)
        found = compare_means(moments(adjusted.values[arm == 0]), moments(adjusted.values[arm == 1]))
        plain = compare_means(moments(values[arm == 0]), moments(values[arm == 1]))
        covered.append(found.low <= effect <= found.high)
        plainly_covered.append(plain.low <= effect <= plain.high)
        widths.append(((found.high - found.low) / (plain.high - plain.low)) ** 2)
        reductions.append(adjusted.variance_reduction)
    assert 0.935 < np.mean(covered) < 0.965
    assert 0.935 < np.mean(plainly_covered) < 0.965
    # 0.8 of a gamma of variance 200 beside one of variance 64
    assert np.mean(reductions) == pytest.approx(128 / (128 + 64), abs=0.03)
    assert np.mean(widths) == pytest.approx(1 - np.mean(reductions), abs=0.01)


def _running(values: Floats) -> tuple[Floats, Floats]:
    """Mean and sample variance of each row's first k values (sims, looks)."""
    k = np.arange(1, values.shape[1] + 1)
    mean = values.cumsum(axis=1) / k
    variance = ((values**2).cumsum(axis=1) / k - mean**2) * k / np.maximum(k - 1, 1)
    return mean[:, FIRST_LOOK - 1 :], np.maximum(variance[:, FIRST_LOOK - 1 :], 0.0)


def _looked(draw: Floats, other: Floats) -> tuple[Floats, Floats]:
    """Difference and its standard error at each look (sims, looks)."""
    (mean_1, variance_1), (mean_2, variance_2) = _running(draw), _running(other)
    k = np.arange(FIRST_LOOK, draw.shape[1] + 1)
    return mean_2 - mean_1, np.sqrt((variance_1 + variance_2) / k)


def _ever_left_out(difference: Floats, error: Floats, truth: float = 0.0) -> tuple[float, float]:
    """Share of experiments in which the always-valid and the fixed interval left the truth out at some look."""
    units = 2 * np.arange(FIRST_LOOK, LAST_LOOK + 1)
    always = np.sqrt(units) * np.array([half_width(1.0, int(n)) for n in units]) * error
    distance = np.abs(difference - truth)
    fixed = stats.norm.ppf(0.975) * error
    return float((distance > always).any(axis=1).mean()), float((distance > fixed).any(axis=1).mean())


@pytest.mark.parametrize(
    ("metric", "always_wrong", "fixed_wrong"), [("rate of 10%", 0.019, 0.37), ("spend", 0.016, 0.39)]
)
def test_who_looks_at_every_unit_is_wrong_less_often_than_alpha(
    metric: str, always_wrong: float, fixed_wrong: float
) -> None:
    rng, shape = np.random.default_rng(7), (1000, LAST_LOOK)

    def draw() -> Floats:
        if metric == "spend":
            return np.asarray(rng.binomial(1, 0.3, shape) * rng.lognormal(3, 0.7, shape))
        return rng.binomial(1, 0.1, shape).astype(np.float64)

    always, fixed = _ever_left_out(*_looked(draw(), draw()))
    assert always < 0.05
    # what the always-valid interval is there for; docs/experiments.md has these shares
    assert (always, fixed) == pytest.approx((always_wrong, fixed_wrong), abs=0.005)


def test_the_always_valid_interval_covers_a_true_difference_at_every_look() -> None:
    rng, shape = np.random.default_rng(8), (1000, LAST_LOOK)
    control, treatment = (rng.binomial(1, rate, shape).astype(np.float64) for rate in (0.1, 0.14))
    always, fixed = _ever_left_out(*_looked(control, treatment), truth=0.04)
    assert always < 0.05
    assert fixed > 0.25


def test_the_always_valid_interval_sees_what_is_there() -> None:
    rng, shape = np.random.default_rng(9), (300, LAST_LOOK)
    control, treatment = (rng.binomial(1, rate, shape).astype(np.float64) for rate in (0.1, 0.16))
    always, _ = _ever_left_out(*_looked(control, treatment), truth=0.0)
    assert always > 0.95


def test_who_looks_at_cupeds_estimate_is_wrong_less_often_than_alpha() -> None:
    rng, sims, wrong = np.random.default_rng(10), 400, 0
    for _ in range(sims):
        before = rng.gamma(0.5, 20, 3000)
        values = 0.8 * before + rng.gamma(1.0, 8.0, 3000)
        arm = rng.integers(0, 2, 3000)
        for n in range(200, 3001, 100):
            adjusted = cuped(values[:n], before[:n], arm[:n]).values
            found = compare_means(moments(adjusted[arm[:n] == 0]), moments(adjusted[arm[:n] == 1]))
            if always_valid_p_value(found.difference, found.standard_error, n) < 0.05:
                wrong += 1
                break
    assert wrong / sims < 0.05
