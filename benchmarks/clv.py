"""Fits and scores simulated customers with the lifetime-value models and prints CPU seconds and memory.

    .venv/bin/python benchmarks/clv.py [customers]

One process, medians over repeats. The customers are drawn from the CDNOW parameters in whole days, 27 to 39 weeks of
them. Memory is what the process held at most above what it held before the first fit.
"""

import resource
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

from martlet.clv import bg_nbd, gamma_gamma, pareto_nbd
from martlet.clv.summary import distinct_tuples

REPEATS = 5
HORIZON = 365.0


def simulated(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Frequency, recency and age in days, and mean value of a repeat purchase."""
    rng = np.random.default_rng(0)
    rate, leave = rng.gamma(0.2426, 1 / (7 * 4.4136), count), rng.beta(0.7929, 2.4259, count)
    age = rng.integers(189, 273, count).astype(np.float64)
    x, recency, now = np.zeros(count), np.zeros(count), np.zeros(count)
    who = np.arange(count)
    while len(who):
        now[who] += rng.exponential(1.0, len(who)) / rate[who]
        who = who[now[who] < age[who]]
        x[who] += 1
        recency[who] = np.maximum(np.floor(now[who]), 1.0)
        who = who[rng.random(len(who)) >= leave[who]]
    value = rng.gamma(6.25 * np.maximum(x, 1.0)) / rng.gamma(3.74, 1 / 15.44, count) / np.maximum(x, 1.0)
    return x, recency, age, value


def seconds(job: Callable[[], object]) -> float:
    """Median CPU seconds of all threads."""
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        job()
        times.append(time.process_time() - start)
    return statistics.median(times)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    x, recency, age, value = simulated(count)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def fit_and_score() -> int:
        tuples = distinct_tuples(x, recency, age)
        model = bg_nbd.fit(tuples).parameters
        known = tuples.frequency, tuples.recency, tuples.age
        bg_nbd.p_alive(model, *known)[tuples.inverse]
        bg_nbd.expected_transactions(model, HORIZON, *known)[tuples.inverse]
        repeats = x > 0
        spend = gamma_gamma.fit(x[repeats], value[repeats]).parameters
        gamma_gamma.expected_value(spend, x, value)
        return len(tuples.weight)

    def frequency_only() -> None:
        tuples = distinct_tuples(x, recency, age)
        model = bg_nbd.fit(tuples).parameters
        bg_nbd.expected_transactions(model, HORIZON, tuples.frequency, tuples.recency, tuples.age)[tuples.inverse]

    distinct = fit_and_score()
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"{count:,} customers, {distinct:,} distinct; CPU seconds, median of {REPEATS}")
    print(f"BG/NBD, fit and score                 {seconds(frequency_only):.2f}")
    print(f"BG/NBD and gamma-gamma, fit and score {seconds(fit_and_score):.2f}")
    print(
        f"Pareto/NBD, fit                       {seconds(lambda: pareto_nbd.fit(distinct_tuples(x, recency, age))):.2f}"
    )
    print(f"most memory above the data            {memory:.0f} MB")


if __name__ == "__main__":
    main()
