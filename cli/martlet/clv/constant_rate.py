"""Orders at a constant rate for good, rates shrunk to the shop's: the gamma-Poisson model (NBD, Ehrenberg 1959).

What is left where no model of leaving can be trusted. Nobody leaves in it, so it cannot say who is alive.
"""

from dataclasses import dataclass
from itertools import compress

import numpy as np
from scipy.special import digamma, gammaln

from martlet.clv.likelihood import Fit, maximize
from martlet.clv.summary import Floats, Tuples

MODEL = "constant rate, shrunk"
PARAMETERS = ("r", "alpha")


@dataclass(frozen=True)
class Parameters:
    """r is a pure number, alpha in the caller's unit of time: rates across customers are Gamma(r, alpha)."""

    r: float
    alpha: float


def fit(tuples: Tuples) -> Fit[Parameters]:
    """Maximum likelihood on x and T of distinct customers. Without a repeat, rates are next to nought.

    Where `boundary` names a parameter, rates do not differ or there are none to learn from.
    """
    x, weight = tuples.frequency, tuples.weight
    total = float(weight.sum())
    scale = tuples.time_scale()
    age = tuples.age / scale

    def objective(values: Floats) -> tuple[float, Floats]:
        r, alpha = (float(value) for value in values)
        log_ahead = np.log(alpha + age)
        value = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - (r + x) * log_ahead
        by_r = digamma(r + x) - digamma(r) + np.log(alpha) - log_ahead
        by_alpha = r / alpha - (r + x) / (alpha + age)
        sums = [float((part * weight).sum()) / total for part in (value, by_r, by_alpha)]
        return sums[0], np.array(sums[1:])

    found = maximize(objective, np.array([1.0, 1.0]))
    r, alpha = (float(value) for value in found.parameters)
    value = objective(found.parameters)[0] * total - float((x * weight).sum()) * float(np.log(scale))
    at_edge = [met or not (x > 0).any() for met in found.at_bound]
    boundary = tuple(compress(PARAMETERS, at_edge))
    return Fit(Parameters(r, alpha * scale), value, total, found.converged, boundary)


def p_alive(parameters: Parameters, frequency: Floats, recency: Floats, age: Floats) -> Floats:
    """NaN for everybody (n,): the model cannot say."""
    return np.full(len(frequency), np.nan)


def expected_transactions(
    parameters: Parameters, horizon: float, frequency: Floats, recency: Floats, age: Floats
) -> Floats:
    """Expected transactions of each customer (n,) in the time `horizon` after T: (r + x) / (alpha + T) times it."""
    return np.asarray(horizon * (parameters.r + frequency) / (parameters.alpha + age), dtype=np.float64)


def expected_repeats(parameters: Parameters, time: Floats) -> Floats:
    """Expected repeat transactions of a new customer up to each time (n,) after the first transaction."""
    return np.asarray(parameters.r / parameters.alpha * np.asarray(time, dtype=np.float64), dtype=np.float64)
