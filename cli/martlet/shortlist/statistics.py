"""Tests, intervals and sample sizes that the plays share. Arrays in, arrays out."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]
#: Terms of a tail below this share of its sum are left out.
_TAIL_TOLERANCE = 1e-14


def benjamini_hochberg(p_values: ArrayLike, tests: int | None = None) -> Floats:
    """Adjusted p-values (q-values) of the step-up procedure of Benjamini and Hochberg (1995).

    p_values : (k,). tests : number of tests made, at least k; the tests - k that are not listed count with p = 1,
    for leaving the unpromising ones out of the count would make the others look better than they are.
    """
    p = np.asarray(p_values, dtype=np.float64)
    total = len(p) if tests is None else tests
    if total < len(p):
        raise ValueError(f"{len(p)} p-values for {total} tests")
    order = np.argsort(p, kind="stable")
    stepped = p[order] * total / np.arange(1, len(p) + 1)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.minimum.accumulate(stepped[::-1])[::-1], 1.0)
    return adjusted


def hypergeometric_tail(both: ArrayLike, first: ArrayLike, second: ArrayLike, total: int) -> Floats:
    """P(X >= both) when `second` of `total` orders are drawn and `first` of the total are marked: Fisher's exact test.

    Arrays (k,) of counts. Sums the probability mass upwards from `both` by the ratio of neighbouring terms, which
    falls below one above the mode; where `both` is at or under the expectation, 1 is returned, for no claim is made.
    """
    x, a, b = (np.asarray(array, dtype=np.float64) for array in (both, first, second))
    tail = np.ones(len(x))
    todo = np.flatnonzero(x > a * b / total)
    x, a, b = x[todo], a[todo], b[todo]
    log_mass = _log_choose(a, x) + _log_choose(total - a, b - x) - _log_choose(np.full(len(b), float(total)), b)
    term, running = np.ones(len(x)), np.ones(len(x))
    active = np.arange(len(x))
    while len(active):
        i = active
        term[i] *= (a[i] - x[i]) * (b[i] - x[i]) / ((x[i] + 1) * (total - a[i] - b[i] + x[i] + 1))
        running[i] += term[i]
        x[i] += 1
        active = i[term[i] > _TAIL_TOLERANCE * running[i]]
    tail[todo] = np.minimum(np.exp(log_mass + np.log(running)), 1.0)
    return tail


def _log_choose(n: Floats, k: Floats) -> Floats:
    return np.asarray(special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1))


def poisson_tail(count: ArrayLike, expected: ArrayLike) -> Floats:
    """P(X >= count) of a Poisson count: the regularised lower incomplete gamma function at (count, expected)."""
    counts = np.asarray(count, dtype=np.float64)
    return np.where(counts > 0, special.gammainc(np.maximum(counts, 1e-9), expected), 1.0)


def gamma_quantile(shape: ArrayLike, rate: ArrayLike, probability: ArrayLike) -> Floats:
    """Quantile of a gamma distribution with that shape and rate."""
    return np.asarray(special.gammaincinv(shape, probability) / np.asarray(rate), dtype=np.float64)


def normal_quantile(probability: float) -> float:
    """Quantile of the standard normal distribution."""
    return float(special.ndtri(probability))


def sample_size_per_arm(p1: float, p2: float, alpha: float = 0.05, power: float = 0.8) -> int:
    """Sessions each arm of a two-sided test of two proportions needs to tell p2 from p1.

    Normal approximation with the pooled variance under the null (Fleiss, Levin and Paik 2003, equation 4.14, without
    continuity correction): n = (z_a sqrt(2 pm qm) + z_b sqrt(p1 q1 + p2 q2))^2 / (p2 - p1)^2, pm = (p1 + p2) / 2.
    2.5% against 2.75% gives 64,199.
    """
    if not (0 < p1 < 1 and 0 < p2 < 1) or p1 == p2:
        raise ValueError("two different rates between 0 and 1 are needed")
    pooled = (p1 + p2) / 2
    null = normal_quantile(1 - alpha / 2) * math.sqrt(2 * pooled * (1 - pooled))
    alternative = normal_quantile(power) * math.sqrt(p1 * (1 - p1) + p2 * (1 - p2))
    return math.ceil((null + alternative) ** 2 / (p2 - p1) ** 2)


def sample_size_per_arm_evan_miller(p1: float, p2: float, alpha: float = 0.05, power: float = 0.8) -> int:
    """Sessions per arm as Evan Miller's calculator gives them: the null variance is that of the baseline, 2 p1 q1.

    n = (z_a sqrt(2 p1 q1) + z_b sqrt(p1 q1 + p2 q2))^2 / (p2 - p1)^2, to the nearest whole; 20% + 5 points: 1,030.
    """
    null = normal_quantile(1 - alpha / 2) * math.sqrt(2 * p1 * (1 - p1))
    alternative = normal_quantile(power) * math.sqrt(p1 * (1 - p1) + p2 * (1 - p2))
    return round((null + alternative) ** 2 / (p2 - p1) ** 2)


def minimum_detectable_effect(p1: float, per_arm: float, alpha: float = 0.05, power: float = 0.8) -> float:
    """Smallest rise over p1 that `per_arm` sessions an arm can show by `sample_size_per_arm`; inf if none."""
    low, high = p1, 1.0 - 1e-9
    if sample_size_per_arm(p1, high, alpha, power) > per_arm:
        return math.inf
    # the sample size falls as the rise grows, so halving closes in on it
    for _ in range(60):
        middle = (low + high) / 2
        if middle > p1 and sample_size_per_arm(p1, middle, alpha, power) <= per_arm:
            high = middle
        else:
            low = middle
    return high - p1
