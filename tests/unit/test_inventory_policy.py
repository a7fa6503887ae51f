"""Textbook policies reproduce their books' worked figures, and an independent computation on many SKUs at once."""

from statistics import NormalDist

import numpy as np
import pytest

from martlet.inventory import policy

MUSTARD = {"holding_cost": 2.0, "unit_penalty": 25.0, "order_cost": 50.0, "demand": 200.0}


def test_snyder_shen_3_1_economic_order_quantity() -> None:
    q = policy.economic_order_quantity(1300, 8, 0.225)
    assert q == pytest.approx(304.0468, abs=5e-5)
    assert policy.order_quantity_cost(q, 1300, 8, 0.225) == pytest.approx(68.4105, abs=5e-5)


def test_snyder_shen_4_3_newsvendor() -> None:
    level, cost = policy.newsvendor_normal(0.18, 0.70, 50, 8)
    assert (level, cost) == (pytest.approx(56.6040, abs=5e-5), pytest.approx(1.9976, abs=5e-5))


def test_snyder_shen_4_4_base_stock_with_lead_time() -> None:
    level, cost = policy.base_stock_normal(0.18, 0.70, 50, 8, 4)
    assert (level, cost) == (pytest.approx(264.7669, abs=5e-5), pytest.approx(4.4668, abs=5e-5))


def test_snyder_shen_5_1_cost_of_an_r_q_policy_and_the_optimum_near_it() -> None:
    given = policy.r_q_cost(126.8, 328.5, 0.225, 7.5, 8, 1300, 1300 / 12, 150 / np.sqrt(12))
    assert given == pytest.approx(78.0712, abs=5e-5)
    found = policy.optimal_r_q(0.225, 7.5, 8, 1300, 1300 / 12, 150 / np.sqrt(12))
    assert found.r == pytest.approx(126.8, abs=0.1)
    assert found.q == pytest.approx(328.5, abs=0.1)
    assert given - 1e-3 < found.cost < given


def test_snyder_shen_5_5_eoq_with_safety_stock() -> None:
    r, q = policy.r_q_eoq_safety_stock(0.225, 7.5, 8, 1300, 1300 / 12, 150 / np.sqrt(12))
    assert (r, q) == (pytest.approx(190.3369, abs=1e-4), pytest.approx(304.0468, abs=5e-5))


def test_nahmias_mustard_jar() -> None:
    found = policy.r_q_by_penalty(**MUSTARD, lead_time_mean=100, lead_time_deviation=25)
    assert found.q == pytest.approx(110.77, abs=0.005)
    assert found.r == pytest.approx(142.57, abs=0.005)
    assert policy.reorder_point_cycle_service(0.98, 100, 25) == pytest.approx(151.3, abs=0.05)
    assert policy.reorder_point_fill_rate(0.98, 100, 100, 25) == pytest.approx(125.5, abs=0.05)


def test_worked_reorder_point_and_variable_lead_time() -> None:
    spread = policy.lead_time_deviation(4, 2, 14)
    assert policy.reorder_point_cycle_service(0.95, 56, spread) == pytest.approx(68.309, abs=5e-4)
    weekly = policy.reorder_point_cycle_service(0.95, 0, policy.lead_time_deviation(100, 30, 4, 1))
    assert weekly == pytest.approx(191.82, abs=5e-3)
    # the same in days: demand / 7, its deviation / sqrt(7), lead times x 7
    daily = policy.lead_time_deviation(100 / 7, 30 / np.sqrt(7), 28, 7)
    assert policy.reorder_point_cycle_service(0.95, 0, daily) == pytest.approx(weekly)


def test_a_penalty_too_low_to_keep_any_stock_has_no_reorder_point() -> None:
    found = policy.r_q_by_penalty(2.0, 0.5, 50.0, 200.0, 100.0, 25.0)
    assert np.isnan(found.r)


def test_whole_packs_hold_the_quantity() -> None:
    assert policy.in_packs([0, 1, 12, 12.0000000001, 12.1, 30], 6).tolist() == [0, 6, 12, 12, 18, 30]


def test_optimal_r_q_of_many_skus_is_what_a_search_of_each_finds() -> None:
    rng = np.random.default_rng(3)
    h, p, k = rng.uniform(0.1, 3, 40), rng.uniform(3, 60, 40), rng.uniform(5, 90, 40)
    d, mean = rng.uniform(20, 3000, 40), rng.uniform(2, 200, 40)
    sd = mean * rng.uniform(0.05, 0.8, 40)
    found = policy.optimal_r_q(h, p, k, d, mean, sd)
    for i in range(len(h)):
        cost = brute_force_cost(found.r[i], found.q[i], h[i], p[i], k[i], d[i], mean[i], sd[i])
        assert cost == pytest.approx(found.cost[i], rel=1e-4)
        for r, q in ((1.01, 1.0), (0.99, 1.0), (1.0, 1.02), (1.0, 0.98)):
            around = brute_force_cost(found.r[i] * r, found.q[i] * q, h[i], p[i], k[i], d[i], mean[i], sd[i])
            assert around >= cost * (1 - 1e-9)


def brute_force_cost(r: float, q: float, h: float, p: float, k: float, d: float, mean: float, sd: float) -> float:
    """(K D + the cost rate summed over positions) / Q, with Python's own normal distribution."""
    normal = NormalDist()

    def rate(y: float) -> float:
        z = (y - mean) / sd
        short = sd * (normal.pdf(z) - z * (1 - normal.cdf(z)))
        return h * (y - mean + short) + p * short

    steps = 400
    return (k * d + sum(rate(r + q * (j + 0.5) / steps) for j in range(steps)) * q / steps) / q


def test_fill_rate_of_many_skus_is_met_exactly() -> None:
    rng = np.random.default_rng(4)
    rate, q = rng.uniform(0.5, 0.999, 500), rng.uniform(5, 500, 500)
    mean = rng.uniform(1, 300, 500)
    sd = mean * rng.uniform(0.05, 1.0, 500)
    r = policy.reorder_point_fill_rate(rate, q, mean, sd)
    assert np.allclose(1 - sd * policy.normal_loss((r - mean) / sd) / q, rate, atol=1e-9)


def test_loss_functions_are_integrals_of_each_other() -> None:
    z = np.linspace(-4, 4, 41)
    step = 1e-4
    slope = (policy.normal_second_order_loss(z + step) - policy.normal_second_order_loss(z - step)) / (2 * step)
    assert np.allclose(-slope, policy.normal_loss(z), atol=1e-7)
