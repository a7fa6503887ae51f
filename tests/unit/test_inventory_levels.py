"""Scenarios of lead-time demand hold on days they have not seen; levels and budgets choose from them as they say."""

from itertools import combinations

import numpy as np
import pytest

from martlet.inventory.budget import fund_orders
from martlet.inventory.lead_times import LeadTimes, lead_times
from martlet.inventory.levels import levels_each, levels_together, service_at
from martlet.inventory.scenarios import (
    SCENARIOS,
    Known,
    grouped_quantiles,
    lead_time_scenarios,
    past_orders,
    usual_lot,
)


def known_on(units: np.ndarray, day: int, horizon: int = 70) -> Known:
    seen = units[:, :day]
    mean = np.nanmean(seen, axis=1)
    quantity = np.maximum(np.rint(mean * 30), 1).astype(np.int64)
    everyone = np.ones(len(units), dtype=np.bool_)
    return Known(np.tile(mean[:, None], (1, horizon)), quantity, usual_lot(seen), everyone, everyone)


@pytest.fixture(scope="module")
def shop() -> tuple[np.ndarray, LeadTimes]:
    rng = np.random.default_rng(2)
    rate = np.exp(rng.uniform(np.log(0.02), np.log(0.6), 700))
    units = np.where(rng.random((700, 700)) < rate[:, None], rng.geometric(0.5, (700, 700)), 0).astype(float)
    return units, lead_times(np.full(700, 18.0), np.full(700, 4.0))


def test_scenarios_hold_on_orders_they_have_not_seen(shop: tuple[np.ndarray, LeadTimes]) -> None:
    units, lead = shop
    known = {day: known_on(units, day) for day in range(84, 560, 28)}
    past = past_orders(units, known, 560, lead)
    scenarios = lead_time_scenarios(past, known_on(units, 560), lead)
    assert scenarios.shape == (700, SCENARIOS)
    assert (np.diff(scenarios, axis=1) >= 0).all()
    assert (scenarios >= 0).all()
    assert (scenarios == np.floor(scenarios)).all()
    held = past_orders(units, {day: known_on(units, day) for day in range(560, 680, 28)}, 700, lead)
    for share in (0.5, 0.8, 0.9, 0.95, 0.98):
        level = levels_each(scenarios, np.full(700, share))
        promised = (held.weight * service_at(scenarios, level)[held.sku]).sum()
        kept = (held.weight * (held.asked <= level[held.sku])).sum()
        assert kept / held.weight.sum() == pytest.approx(promised / held.weight.sum(), abs=0.02)


def test_nothing_later_than_now_is_looked_at(shop: tuple[np.ndarray, LeadTimes]) -> None:
    units, lead = shop
    known = {day: known_on(units, day) for day in range(84, 420, 28)}
    other = units.copy()
    other[:, 420:] = 99.0
    for name, array in vars(past_orders(units, known, 420, lead)).items():
        assert (array == getattr(past_orders(other, known, 420, lead), name)).all()


def test_orders_whose_days_are_not_all_known_teach_nothing(shop: tuple[np.ndarray, LeadTimes]) -> None:
    units, lead = shop
    units = units.copy()
    units[::2, 300:] = np.nan
    past = past_orders(units, {day: known_on(units, day) for day in range(308, 420, 28)}, 420, lead)
    assert len(past.sku) > 0
    assert (past.sku % 2 == 1).all()


def test_without_a_record_scenarios_come_from_assumptions() -> None:
    units = np.tile(np.array([[0.0, 2.0, 0.0, 4.0, 0.0, 0.0, 0.0]]), (3, 3))
    lead = lead_times(np.array([7.0, 14.0, 28.0]), np.zeros(3))
    past = past_orders(units, {}, 21, lead)
    scenarios = lead_time_scenarios(past, known_on(units, 21), lead)
    mean = scenarios.mean(axis=1)
    # at least what is expected, for the order is placed by a sale
    assert (mean > np.array([6.0, 12.0, 24.0])).all()
    assert (mean < np.array([6.0, 12.0, 24.0]) + 3.0).all()


def test_quantiles_of_groups_are_those_of_each_group() -> None:
    rng = np.random.default_rng(6)
    group, value = rng.integers(0, 5, 400), rng.normal(size=400)
    table = grouped_quantiles(group, value, np.ones(400), 7, 50)
    for index in range(5):
        mine = np.sort(value[group == index])
        place = np.ceil((np.arange(50) + 0.5) / 50 * len(mine) - 1e-9).astype(int) - 1
        assert np.array_equal(table[index], mine[place])
    assert not table[5:].any()


def levels_case() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(8)
    scenarios = np.sort(rng.poisson(rng.uniform(0.1, 6.0, 300)[:, None], (300, 200)), axis=1).astype(float)
    return scenarios, np.where(np.arange(300) % 3 == 0, 0.9, 0.95), rng.uniform(0.2, 5.0, 300), rng.uniform(1, 90, 300)


def test_each_level_is_the_least_that_meets_its_target() -> None:
    scenarios, target, _, _ = levels_case()
    level = levels_each(scenarios, target)
    assert (service_at(scenarios, level) >= target).all()
    assert (service_at(scenarios, level - 1) < target).all()


def test_together_the_target_is_just_met_with_less_stock() -> None:
    scenarios, target, cycles, cost = levels_case()
    each, together = levels_each(scenarios, target), levels_together(scenarios, target, target, cycles, cost)
    assert ((each - together >= 0) & (each - together <= 1)).all()
    assert (together * cost).sum() < 0.95 * (each * cost).sum()
    for share in (0.9, 0.95):
        alike = target == share
        service = np.average(service_at(scenarios, together)[alike], weights=cycles[alike])
        # the last SKU raised takes the service over the target, by no more than its own gain
        assert share <= service < share + 0.01


def test_held_levels_move_only_as_far_as_the_target_asks() -> None:
    scenarios, target, cycles, cost = levels_case()
    held = levels_together(scenarios, target, target, cycles, cost)
    rng = np.random.default_rng(1)
    shaken = cycles * rng.uniform(0.7, 1.4, len(cycles))
    kept = levels_together(scenarios, target, target, shaken, cost, held)
    anew = levels_together(scenarios, target, target, shaken, cost)
    assert (kept != held).sum() < (anew != held).sum()
    assert np.array_equal(levels_together(scenarios, target, target, cycles, cost, held), held)


def test_a_budget_is_never_exceeded_and_goes_to_the_best_worth() -> None:
    rng = np.random.default_rng(12)
    for _ in range(50):
        cost, worth = np.round(rng.uniform(1, 60, 8), 2), rng.uniform(0, 40, 8)
        budget = float(np.round(rng.uniform(0, 200), 2))
        chosen = fund_orders(cost, worth, budget)
        assert round(cost[chosen].sum(), 2) <= budget
        # whatever is left over buys none of the rest
        assert all(cost[i] > round(budget - cost[chosen].sum(), 2) for i in np.flatnonzero(~chosen))
        best = max(
            sum(worth[list(some)])
            for size in range(9)
            for some in combinations(range(8), size)
            if round(cost[list(some)].sum(), 2) <= budget
        )
        # greedy and the dearest single order between them hold at least half of the best (Dantzig 1957)
        single = max((worth[i] for i in range(8) if cost[i] <= budget), default=0.0)
        assert max(worth[chosen].sum(), single) >= best / 2


def test_an_order_without_a_cost_is_not_held_to_a_budget() -> None:
    chosen = fund_orders(np.array([np.nan, 0.0, 10.0, 10.005]), np.array([99.0, 99.0, 1.0, 0.5]), 20.0)
    assert chosen.tolist() == [False, False, True, False]
