"""Published figures, agreement with scipy and with least squares, and what must hold of any input."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from martlet.experiments.means import compare_means, cuped, mean_interval, moments
from martlet.experiments.multiplicity import benjamini_hochberg, bonferroni
from martlet.experiments.proportions import compare_proportions, wilson
from martlet.experiments.sample_ratio import check_ratio
from martlet.experiments.sample_size import (
    FORMULAS,
    Formula,
    exact_sample_size,
    exact_sample_size_means,
    minimum_detectable_difference,
    minimum_detectable_effect,
    sample_size_per_arm,
)
from martlet.experiments.sequential import always_valid_p_value, difference_interval, half_width

COUNTS = st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
RATES = st.floats(0.001, 0.9)


@pytest.mark.parametrize(
    ("p1", "p2", "formula", "published"),
    [
        (0.20, 0.25, "evan-miller", 1030),
        (0.20, 0.25, "arcsine", 1092),
        (0.025, 0.0275, "arcsine", 64164),
        (0.025, 0.0275, "pooled", 64199),
        (0.025, 0.0275, "unpooled", 64196),
        (0.05, 0.055, "arcsine", 31217),
        (0.05, 0.055, "pooled", 31233),
        (0.05, 0.055, "unpooled", 31231),
    ],
)
def test_sample_sizes_published(p1: float, p2: float, formula: Formula, published: int) -> None:
    assert round(exact_sample_size(p1, p2, formula=formula)) == published


def test_a_size_in_whole_units_is_never_too_small() -> None:
    assert sample_size_per_arm(0.05, 0.055) == 31234
    assert sample_size_per_arm(0.025, 0.0275) == 64199


@pytest.mark.parametrize(("p1", "p2"), [(0.1, 0.1), (0.0, 0.1), (0.9, 1.0)])
def test_sizes_need_two_rates(p1: float, p2: float) -> None:
    with pytest.raises(ValueError, match="two different rates"):
        exact_sample_size(p1, p2)


@given(RATES, st.floats(0.01, 0.5), st.sampled_from(list(FORMULAS)))
def test_the_detectable_effect_turns_the_sample_size_round(p1: float, relative: float, formula: Formula) -> None:
    p2 = min(p1 * (1 + relative), 0.99)
    per_arm = math.ceil(exact_sample_size(p1, p2, formula=formula))
    rise = minimum_detectable_effect(p1, per_arm, formula=formula)
    assert rise <= (p2 - p1) * (1 + 1e-9)
    assert exact_sample_size(p1, p1 + rise, formula=formula) <= per_arm


def test_no_effect_can_be_shown_by_next_to_nobody() -> None:
    assert minimum_detectable_effect(0.025, 2) == math.inf
    assert minimum_detectable_difference(1.0, 0.5) == math.inf


@pytest.mark.parametrize("effect", [0.1, 0.3, 0.5, 1.0, 1.5])
@pytest.mark.parametrize("power", [0.8, 0.9])
def test_sizes_for_means_are_within_one_unit_of_the_noncentral_t(effect: float, power: float) -> None:
    def reached(n: float) -> float:
        critical = stats.t.ppf(0.975, 2 * n - 2)
        return float(stats.nct.sf(critical, 2 * n - 2, effect * math.sqrt(n / 2)))

    n = exact_sample_size_means(effect, 1.0, power=power)
    assert reached(n - 1) < power < reached(n + 1)
    assert minimum_detectable_difference(2.0, math.ceil(n), power=power) <= 2 * effect


def test_a_mean_without_a_difference_or_a_spread_has_no_size() -> None:
    for difference, sd in ((0.0, 1.0), (1.0, 0.0), (1.0, -1.0)):
        with pytest.raises(ValueError, match="a difference other than 0"):
            exact_sample_size_means(difference, sd)


@pytest.mark.parametrize(("second", "p_value", "alarm"), [(10_400, 0.0051, False), (10_500, 0.000479, True)])
def test_sample_ratio_published(second: int, p_value: float, alarm: bool) -> None:
    check = check_ratio([10_000, second])
    assert check.p_value == pytest.approx(p_value, rel=2e-3)
    assert check.is_mismatched is alarm


@given(st.lists(st.tuples(st.integers(0, 5000), st.floats(0.1, 10)), min_size=2, max_size=6))
def test_sample_ratio_equals_scipys_chi_square(arms: list[tuple[int, float]]) -> None:
    counts, ratio = [count for count, _ in arms], [part for _, part in arms]
    if not sum(counts):
        counts[0] = 1
    check = check_ratio(counts, ratio)
    expected = np.array(ratio) / sum(ratio) * sum(counts)
    theirs = stats.chisquare(counts, expected)
    assert (check.chi_square, check.p_value) == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-9, abs=1e-12)
    assert check.expected == pytest.approx(tuple(expected))


@pytest.mark.parametrize(
    ("counts", "ratio", "words"),
    [
        ([5], None, "two arms"),
        ([0, 0], None, "not all of them 0"),
        ([-1, 5], None, "0 or more"),
        ([1, 2], [1.0], "1 parts for 2 arms"),
        ([1, 2], [1.0, 0.0], "above 0"),
        ([1, 2], [1.0, math.nan], "above 0"),
    ],
)
def test_a_ratio_that_makes_no_sense_is_refused(counts: list[int], ratio: list[float] | None, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check_ratio(counts, ratio)


def test_proportions_published() -> None:
    found = compare_proportions(250, 10_000, 300, 10_000)
    assert (found.statistic, found.p_value) == pytest.approx((2.16194, 0.03062), abs=5e-6)
    assert (found.low, found.high) == pytest.approx((0.000464, 0.009556), abs=5e-7)
    assert wilson(25, 1000) == pytest.approx((0.01699, 0.03665), abs=5e-6)


def test_newcombes_own_example() -> None:
    # Newcombe 1998, table II (a), method 10: 56/70 less 48/80 is 0.0524 to 0.3339
    found = compare_proportions(48, 80, 56, 70)
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


@given(COUNTS)
def test_wilson_equals_scipys(count: tuple[int, int]) -> None:
    theirs = stats.binomtest(*count).proportion_ci(method="wilson")
    assert wilson(*count) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


@pytest.mark.parametrize("count", [(0, 0), (-1, 5), (6, 5)])
def test_no_rate_without_units(count: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="successes of"):
        wilson(*count)


@given(COUNTS, COUNTS)
def test_the_arms_of_a_comparison_can_change_places(one: tuple[int, int], other: tuple[int, int]) -> None:
    there, back = compare_proportions(*one, *other), compare_proportions(*other, *one)
    assert there.p_value == pytest.approx(back.p_value)
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))
    assert -1 <= there.low <= there.difference <= there.high <= 1
    assert 0 <= there.p_value <= 1


def test_arms_that_all_did_the_same_cannot_be_told_apart() -> None:
    assert compare_proportions(0, 50, 0, 60).p_value == 1.0
    assert compare_proportions(50, 50, 60, 60).p_value == 1.0


def test_welch_equals_scipys() -> None:
    rng = np.random.default_rng(1)
    for n, m, spread in ((5, 9, 3.0), (400, 50, 0.2), (2, 2, 1.0)):
        one, other = rng.gamma(2, 1, n), rng.gamma(2, spread, m)
        ours = compare_means(moments(one), moments(other), 0.1)
        theirs = stats.ttest_ind(other, one, equal_var=False)
        interval = theirs.confidence_interval(0.9)
        assert (ours.statistic, ours.p_value) == pytest.approx((theirs.statistic, theirs.pvalue))
        assert (ours.low, ours.high) == pytest.approx((interval.low, interval.high))
        mean = stats.t.interval(0.95, n - 1, one.mean(), stats.sem(one))
        assert mean_interval(moments(one)) == pytest.approx(mean)


def test_means_that_nobody_can_test() -> None:
    one, same = moments(np.array([3.0])), moments(np.full(4, 3.0))
    assert math.isnan(compare_means(one, same).p_value)
    assert all(math.isnan(bound) for bound in mean_interval(one))
    assert compare_means(same, same).p_value == 1.0
    assert math.isnan(compare_means(same, moments(np.full(4, 5.0))).p_value)
    assert math.isnan(compare_means(moments(np.array([])), same).p_value)


def test_cuped_of_two_arms_is_analysis_of_covariance() -> None:
    rng = np.random.default_rng(2)
    arm = rng.integers(0, 2, 500)
    before = rng.gamma(2, 10, 500)
    values = 3 + 0.7 * before + 2 * arm + rng.normal(0, 5, 500)
    adjusted = cuped(values, before, arm)
    design = np.column_stack([np.ones(500), arm, before])
    (_, effect, slope), *_ = np.linalg.lstsq(design, values, rcond=None)
    found = compare_means(moments(adjusted.values[arm == 0]), moments(adjusted.values[arm == 1]))
    assert (adjusted.theta, found.difference) == pytest.approx((slope, effect))
    within = [np.corrcoef(before[arm == k], values[arm == k])[0, 1] ** 2 for k in (0, 1)]
    assert min(within) - 0.02 < adjusted.variance_reduction < max(within) + 0.02
    assert adjusted.values.mean() == pytest.approx(values.mean())


def test_an_effect_does_not_leak_into_theta() -> None:
    before, arm = np.array([1.0, 2.0, 3.0, 11.0, 12.0, 13.0]), np.array([0, 0, 0, 1, 1, 1])
    # nothing within the arms goes with the covariate, though the arms differ in both
    adjusted = cuped(np.array([1.0, 2.0, 1.0, 51.0, 52.0, 51.0]), before, arm)
    assert (adjusted.theta, adjusted.variance_reduction) == pytest.approx((0.0, 0.0))


def test_a_covariate_that_says_nothing_changes_nothing() -> None:
    values, arm = np.array([1.0, 2.0, 3.0, 4.0]), np.array([0, 0, 1, 1])
    for covariate in (np.full(4, 0.1), np.full(4, np.nan)):
        adjusted = cuped(values, covariate, arm)
        assert adjusted.theta == adjusted.variance_reduction == 0.0
        assert (adjusted.values == values).all()
    # a unit without a covariate stays as it is
    assert cuped(values, np.array([1.0, np.nan, 3.0, 2.0]), arm).values[1] == values[1]
    with pytest.raises(ValueError, match="one entry a unit"):
        cuped(values, np.zeros(3), arm)


def test_the_always_valid_half_width_published() -> None:
    assert half_width(1.0, 10_000, 0.05, 5_000) == pytest.approx(0.0306148, abs=5e-8)
    assert stats.norm.ppf(0.975) / math.sqrt(10_000) == pytest.approx(0.0196, abs=5e-5)


def test_the_always_valid_interval_is_tightest_where_it_was_tuned() -> None:
    # in standard errors of that size: wider before and after
    widths = {tuning: half_width(1.0, 5_000, 0.05, tuning) for tuning in (500, 5_000, 50_000)}
    assert min(widths, key=widths.__getitem__) == 5_000


@given(
    st.floats(-1, 1), st.floats(0.001, 1), st.integers(10, 10**6), st.floats(0.001, 0.2), st.sampled_from([100, 5000])
)
def test_the_always_valid_p_value_is_the_intervals(
    difference: float, error: float, units: int, alpha: float, tuning: float
) -> None:
    low, high = difference_interval(difference, error, units, alpha, tuning)
    p_value = always_valid_p_value(difference, error, units, alpha, tuning)
    assert 0 <= p_value <= 1
    # on the very edge rounding decides
    if abs(p_value - alpha) > 1e-9:
        assert (p_value < alpha) == (not low <= 0 <= high)
    z = stats.norm.isf(alpha / 2)
    assert high - low > 2 * z * error


def test_an_always_valid_p_value_of_nothing() -> None:
    assert always_valid_p_value(0.0, 0.0, 100) == 1.0
    assert math.isnan(always_valid_p_value(1.0, 0.0, 100))


def test_q_values_published_and_scipys() -> None:
    p_values = [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205]
    expected = [0.008, 0.032, 0.0672, 0.0672, 0.0672, 0.08, 0.0846, 0.205]
    assert benjamini_hochberg(p_values) == pytest.approx(expected, abs=5e-5)
    assert bonferroni(0.05, 4) == 0.0125


@settings(max_examples=50)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_q_values_equal_scipys(p_values: list[float]) -> None:
    assert benjamini_hochberg(p_values) == pytest.approx(stats.false_discovery_control(p_values))
