"""Published figures, tails against scipy, shrinkage that undoes the winner's curse, numbers that read well."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from martlet.experiments.multiplicity import benjamini_hochberg
from martlet.experiments.sample_size import minimum_detectable_effect, sample_size_per_arm
from martlet.shortlist.evidence import as_float, counted, money, percent, probability, product_name, sql_text, times
from martlet.shortlist.impact import log_normal_impact, product_impact, shrink_normal, shrink_ratios
from martlet.shortlist.statistics import hypergeometric_tail, poisson_tail, shortfall_tail


def test_benjamini_hochberg_published_vector() -> None:
    p_values = [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205]
    expected = [0.008, 0.032, 0.0672, 0.0672, 0.0672, 0.08, 0.0846, 0.205]
    assert benjamini_hochberg(p_values) == pytest.approx(expected, abs=5e-5)
    assert benjamini_hochberg(p_values[::-1]) == pytest.approx(expected[::-1], abs=5e-5)


def test_tests_that_are_not_listed_still_count() -> None:
    listed = benjamini_hochberg([0.001, 0.02], tests=10)
    assert listed == pytest.approx(benjamini_hochberg([0.001, 0.02] + [1.0] * 8)[:2])
    with pytest.raises(ValueError, match="2 p-values for 1 tests"):
        benjamini_hochberg([0.1, 0.2], tests=1)


def test_fishers_tail_equals_scipys() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.integers(5, 400, 200), rng.integers(5, 400, 200)
    both = np.minimum(rng.poisson(first * second / 1000 * 1.5) + 1, np.minimum(first, second))
    ours = hypergeometric_tail(both, first, second, 1000)
    theirs = stats.hypergeom.sf(both - 1, 1000, first, second)
    above = both > first * second / 1000
    assert above.sum() > 100
    assert ours[above] == pytest.approx(theirs[above], rel=1e-9)
    assert (ours[~above] == 1.0).all()


def test_poisson_tail_equals_scipys() -> None:
    assert poisson_tail([0, 3, 12], [2.0, 2.0, 4.5]) == pytest.approx(stats.poisson.sf([-1, 2, 11], [2.0, 2.0, 4.5]))


def test_a_shortfall_is_judged_as_scipys_binomial_and_allows_for_the_reference() -> None:
    # 12 where 20 are expected by 300 others: of the 312, a share of 20 / 320 is due
    tail = shortfall_tail([12.0, 0.0, 5.0], [20.0, 4.0, 0.0], [300.0, 50.0, 50.0])
    assert tail[0] == pytest.approx(stats.binom.cdf(12, 312, 20 / 320))
    assert tail[1] == pytest.approx((50 / 54) ** 50)
    assert tail[2] == 1.0
    assert shortfall_tail([12.0], [20.0], [1e9])[0] == pytest.approx(stats.poisson.cdf(12, 20), rel=1e-4)
    assert shortfall_tail([12.0], [20.0], [30.0])[0] > tail[0]


def test_sample_sizes_published() -> None:
    assert sample_size_per_arm(0.025, 0.0275) == 64199
    assert sample_size_per_arm(0.05, 0.055) == 31234
    with pytest.raises(ValueError, match="two different rates"):
        sample_size_per_arm(0.1, 0.1)


def test_minimum_detectable_effect_inverts_the_sample_size() -> None:
    rise = minimum_detectable_effect(0.025, 64199)
    assert rise == pytest.approx(0.0025, rel=1e-4)
    assert np.isinf(minimum_detectable_effect(0.025, 2))


def test_normal_shrinkage_by_hand() -> None:
    # equal errors of 1: mean 2, sum of squares 8, so tau^2 = 8 / 2 - 1 = 3 and B = 3 / 4
    shrunk = shrink_normal([0.0, 2.0, 4.0], [1.0, 1.0, 1.0])
    assert shrunk.prior_mean == pytest.approx(2.0)
    assert shrunk.mean == pytest.approx([0.5, 2.0, 3.5])
    assert shrunk.sd == pytest.approx([0.75**0.5] * 3)


def test_shrinkage_undoes_the_winners_curse() -> None:
    rng = np.random.default_rng(1)
    truth = rng.normal(10.0, 3.0, 4000)
    estimate = truth + rng.normal(0.0, 4.0, 4000)
    shrunk = shrink_normal(estimate, np.full(4000, 4.0))
    best = np.argsort(-estimate)[:200]
    assert estimate[best].mean() - truth[best].mean() > 4
    assert shrunk.mean[best].mean() == pytest.approx(truth[best].mean(), abs=0.5)
    inside = np.abs(shrunk.mean - truth)[best] < 1.2816 * shrunk.sd[best]
    assert inside.mean() == pytest.approx(0.8, abs=0.07)


def test_one_estimate_or_none_can_be_shrunk() -> None:
    assert shrink_normal([3.0], [1.0]).mean == pytest.approx([3.0])
    assert len(shrink_normal([], []).mean) == 0


def test_ratios_shrink_to_one_and_small_pages_more() -> None:
    posterior = shrink_ratios([2.0, 20.0, 100.0, 130.0], [4.0, 40.0, 100.0, 100.0])
    small, large = posterior.mean[:2]
    assert 0.5 < large < small < 1.0
    alike = shrink_ratios([10.0, 11.0, 9.0], [10.0, 10.0, 10.0])
    assert alike.mean == pytest.approx([1.0, 1.0, 1.0], abs=0.002)
    assert shrink_ratios([0.0], [0.0]).mean == pytest.approx([1.0])


def test_product_impact_matches_simulation() -> None:
    rng = np.random.default_rng(2)
    gap = np.sort(rng.normal(100.0, 30.0, 400))[None, :]
    impact = product_impact(gap, 0.4, 0.2)
    draws = rng.choice(gap[0], 200_000) * rng.gamma(4.0, 0.1, 200_000)
    assert impact.mean[0] == pytest.approx(draws.mean(), rel=0.02)
    assert [impact.low[0], impact.high[0]] == pytest.approx(list(np.quantile(draws, [0.1, 0.9])), rel=0.04)
    assert product_impact(gap, 0.4, 0.0).mean[0] == pytest.approx(0.4 * gap.mean())


def test_log_normal_impact_keeps_its_mean_and_covers() -> None:
    rng = np.random.default_rng(3)
    impact = log_normal_impact(np.array([4.0]), np.array([0.3]), 0.1, 0.06)
    spread = np.log1p(0.36) ** 0.5
    draws = np.exp(rng.normal(4.0, 0.3, 200_000)) * 0.1 * np.exp(rng.normal(-(spread**2) / 2, spread, 200_000))
    assert impact.mean[0] == pytest.approx(draws.mean(), rel=0.02)
    assert ((draws > impact.low[0]) & (draws < impact.high[0])).mean() == pytest.approx(0.8, abs=0.01)


def test_numbers_read_well() -> None:
    assert money(1234.4, "USD") == "USD 1,234"
    assert money(12.5) == "12.50"
    assert [percent(x) for x in (0.774, 0.034, 0.0021)] == ["77%", "3.4%", "0.21%"]
    assert [probability(x) for x in (0.9999, 0.953)] == ["over 99%", "95%"]
    assert [times(x) for x in (6.412, 76.83)] == ["6.4 times", "77 times"]
    assert [counted(1, "order"), counted(2345, "order")] == ["1 order", "2,345 orders"]
    assert product_name("  Oil   Pan ", "A1") == "Oil Pan (A1)"
    assert product_name(None, "A1") == "A1"
    assert sql_text("50'S BAG") == "'50''S BAG'"
    assert as_float(pd.Series([Decimal("1.50"), None], dtype=object)).tolist()[0] == 1.5
