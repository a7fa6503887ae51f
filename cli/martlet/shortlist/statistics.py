"""Tests, intervals and sample sizes that the plays share. Arrays in, arrays out."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]
#: Terms of a tail below this share of its sum are left out.
_TAIL_TOLERANCE = 1e-14


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


def shortfall_tail(observed: ArrayLike, expected: ArrayLike, reference: ArrayLike) -> Floats:
    """P(so few events or fewer) of `observed` (n,) against `expected` (n,), which itself rests on `reference` events.

    Of two Poisson counts, the one given their sum is binomial (Przyborowski and Wilenski 1940).
    """
    o, e, r = (np.asarray(array, dtype=np.float64) for array in (observed, expected, reference))
    known = (e > 0) & (r > 0)
    e, r = np.where(known, e, 1.0), np.where(known, r, 1.0)
    return np.where(known, special.betainc(r, o + 1.0, r / (e + r)), 1.0)


def gamma_quantile(shape: ArrayLike, rate: ArrayLike, probability: ArrayLike) -> Floats:
    """Quantile of a gamma distribution with that shape and rate."""
    return np.asarray(special.gammaincinv(shape, probability) / np.asarray(rate), dtype=np.float64)
