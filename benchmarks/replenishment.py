"""Replays simulated demand through four policies, and fits textbook policies, and prints CPU seconds.

    .venv-bench/bin/python benchmarks/replenishment.py [SKUs]

One process, medians over repeats. Where stockpyl is installed (`make .venv-bench/.bench`), the same
is asked of it, SKU by SKU: (r, Q) with a penalty by the same equations, and a simulation of some SKUs, scaled up.
"""

import statistics
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np

from martlet.inventory import policy
from martlet.inventory.lead_times import LeadTimes, lead_times
from martlet.inventory.setting import Terms, set_levels
from martlet.inventory.simulation import Levels, replay

REPEATS = 5
DAYS = 365
POLICIES = 4
SIMULATED_BY_STOCKPYL = 10


def seconds(job: Callable[[], object]) -> float:
    """Median CPU seconds of all threads."""
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        job()
        times.append(time.process_time() - start)
    return statistics.median(times)


def measure(count: int) -> list[tuple[str, float]]:
    """CPU seconds of each job, for `count` SKUs."""
    rng = np.random.default_rng(0)
    rate = np.exp(rng.uniform(np.log(0.02), np.log(2.0), count))
    units = rng.poisson(rate[:, None], (count, 2 * DAYS))
    demand = units[:, DAYS:].astype(np.int64)
    mean, deviation = rng.choice([7.0, 14.0, 30.0], count), rng.choice([0.0, 3.0, 6.0], count)
    lead = lead_times(mean, deviation)
    spread = policy.lead_time_deviation(rate, np.sqrt(rate), mean, deviation)
    schedule = _schedule(rate, mean, spread, rng)
    whole = np.ones(count, dtype=np.int64)
    terms = _terms(lead, mean, deviation, whole)

    def predict(day: int, ahead: int) -> np.ndarray:
        return np.tile(units[:, :day].mean(axis=1)[:, None], (1, ahead))

    fits = (2.0, 25.0, 50.0, 365 * rate, rate * mean, spread)
    label = f"{count:,} SKUs"
    return [
        (
            f"replay, {label} x {DAYS} days x {POLICIES} policies",
            seconds(lambda: replay(demand, schedule, whole, lead, whole * 0, 7)),
        ),
        (
            f"levels of 14 settings with their record, {label}, the forecast apart",
            seconds(lambda: set_levels(units.astype(float), terms, predict, range(DAYS, 2 * DAYS, 28))),
        ),
        (f"(r, Q) with a penalty for a unit short, {label}", seconds(lambda: policy.r_q_by_penalty(*fits))),
        (f"optimal (r, Q), {label}", seconds(lambda: policy.optimal_r_q(*fits))),
        *_stockpyl(fits, demand, count),
    ]


def _schedule(rate: np.ndarray, mean: np.ndarray, spread: np.ndarray, rng: np.random.Generator) -> list[Levels]:
    z = np.array([0.0, 1.0, 1.645, 2.33])[:, None]
    reorder = np.floor(rate * mean + z * spread).astype(np.int64)
    quantity = np.maximum(np.rint(rate * 30), 1).astype(np.int64)
    return [
        Levels(since, reorder + rng.integers(0, 2, reorder.shape), reorder + 1 + quantity, rate > 0)
        for since in range(0, DAYS, 28)
    ]


def _terms(lead: LeadTimes, mean: np.ndarray, deviation: np.ndarray, whole: np.ndarray) -> Terms:
    cost = np.full(len(mean), 20.0)
    service, order_cost = np.full(len(mean), 0.95), np.full(len(mean), 45.0)
    return Terms(lead, mean, deviation, service, whole, whole, cost, cost, order_cost, 0.25, 30.0, 182)


def _stockpyl(fits: Sequence[object], demand: np.ndarray, count: int) -> list[tuple[str, float]]:
    """The same by stockpyl, if it is there."""
    try:
        from stockpyl.rq import r_q_eil_approximation  # noqa: PLC0415
        from stockpyl.sim import simulation  # noqa: PLC0415
        from stockpyl.supply_chain_network import single_stage_system  # noqa: PLC0415
    except ImportError:
        return []
    h, p, k, d, mean, spread = (np.broadcast_to(np.asarray(array, dtype=float), (count,)) for array in fits)

    def fit() -> None:
        for i in range(count):
            # it asks for demand a year and a lead time in years, and works out the mean and deviation in between
            years = mean[i] / d[i]
            r_q_eil_approximation(h[i], p[i], k[i], d[i], spread[i] / np.sqrt(years), years)

    def simulate() -> None:
        for i in range(SIMULATED_BY_STOCKPYL):
            network = single_stage_system(
                holding_cost=0.01,
                stockout_cost=1,
                demand_type="D",
                demand_list=[int(units) for units in demand[i]],
                shipment_lead_time=14,
                policy_type="rQ",
                reorder_point=3,
                order_quantity=10,
            )
            simulation(network, DAYS, rand_seed=7, progress_bar=False)

    start = time.process_time()
    fit()
    fitted = time.process_time()
    simulate()
    simulated = (time.process_time() - fitted) * count * POLICIES / SIMULATED_BY_STOCKPYL
    return [
        (f"stockpyl, r_q_eil_approximation, {count:,} SKUs", fitted - start),
        (f"stockpyl, simulation, {SIMULATED_BY_STOCKPYL} SKUs scaled to {count:,} x {POLICIES} policies", simulated),
    ]


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_200
    for label, value in measure(count):
        print(f"{value:10.3f}  {label}")


if __name__ == "__main__":
    main()
