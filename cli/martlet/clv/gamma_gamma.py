"""The gamma-gamma model of spend: Fader and Hardie (2013), "The Gamma-Gamma Model of Monetary Value" (note 025).

A transaction's value is Gamma(p, nu) with nu ~ Gamma(q, v) across customers, and independent of how often they buy. Of
a customer are known x, the number of transactions, and zbar, their mean value, above zero.
"""

from dataclasses import dataclass
from itertools import compress

import numpy as np
from scipy.special import digamma, gammaln

from martlet.clv.likelihood import Fit, maximize
from martlet.clv.summary import Floats

MODEL = "Gamma-Gamma"
PARAMETERS = ("p", "q", "v")
#: p below this or above its inverse, and the same of q, is on the boundary.
BOUNDARY = 1e-3


@dataclass(frozen=True)
class Parameters:
    """p and q are pure numbers, v is in the currency. Mean spend across customers is p v / (q - 1), for q above 1."""

    p: float
    q: float
    v: float


def fit(frequency: Floats, value: Floats) -> Fit[Parameters]:
    """Maximum likelihood (equation 1a) on customers (n,) with x transactions of mean value zbar each.

    `boundary` also names q where it is 1 or less: mean spend is infinite then.
    Raises ValueError for no customer, x below 1 and values that are not finite and above zero: leave those out.
    """
    x, z = (np.asarray(values, dtype=np.float64) for values in (frequency, value))
    _check(x, z)
    scale = float(z.mean())
    data = _Data(x, z, scale)
    found = maximize(data.mean_log_likelihood, np.array([2.0, 3.0, 1.0]))
    p, q, v = (float(number) for number in found.parameters)
    at_edge = list(found.at_bound)
    at_edge[0] |= not BOUNDARY < p < 1.0 / BOUNDARY
    at_edge[1] |= not 1.0 < q < 1.0 / BOUNDARY
    parameters = Parameters(p, q, v * scale)
    return Fit(
        parameters=parameters,
        log_likelihood=log_likelihood(parameters, x, z),
        customers=float(len(x)),
        converged=found.converged,
        boundary=tuple(compress(PARAMETERS, at_edge)),
    )


def log_likelihood(parameters: Parameters, frequency: Floats, value: Floats) -> float:
    """Log-likelihood of all customers (equation 1a)."""
    return log_likelihood_and_gradient(parameters, frequency, value)[0]


def log_likelihood_and_gradient(parameters: Parameters, frequency: Floats, value: Floats) -> tuple[float, Floats]:
    """Log-likelihood of all customers and its derivatives by p, q and v (3,)."""
    x, z = (np.asarray(values, dtype=np.float64) for values in (frequency, value))
    _check(x, z)
    data = _Data(x, z, 1.0)
    mean, gradient = data.mean_log_likelihood(np.array(list(vars(parameters).values())))
    return mean * len(x), gradient * len(x)


def expected_value(parameters: Parameters, frequency: Floats, value: Floats) -> Floats:
    """Expected value of a transaction of each customer (n,), p (v + x zbar) / (p x + q - 1) (equation 5).

    It lies between the mean across customers, which x = 0 gets whatever its value, and the customer's own mean.
    Raises ValueError where that mean across customers is infinite (q of 1 or less).
    """
    p, q, v = vars(parameters).values()
    if q <= 1.0:
        raise ValueError("q is 1 or less: mean spend is infinite")
    x, z = (np.asarray(values, dtype=np.float64) for values in (frequency, value))
    total = np.where(x > 0, x * np.where(x > 0, z, 0.0), 0.0)
    return np.asarray(p * (v + total) / (p * x + q - 1.0), dtype=np.float64)


class _Data:
    """Customers laid out for the likelihood, spend in units of `scale`; functions of x alone once for each x."""

    def __init__(self, x: Floats, z: Floats, scale: float) -> None:
        self.customers = len(x)
        self.counts, place = np.unique(x, return_inverse=True)
        self.count_weights = np.bincount(place, minlength=len(self.counts)).astype(np.float64)
        self.frequency, self.spent = x, x * z / scale
        log_spent = np.log(self.spent)
        self.weighted_log_spent = float((x * log_spent).sum())
        self.log_value = float(np.log(z).sum())

    def mean_log_likelihood(self, values: Floats) -> tuple[float, Floats]:
        """Mean log-likelihood in the caller's currency at (p, q, v) of this scale, and its gradient (3,)."""
        p, q, v = (float(value) for value in values)
        x, by_count, n = self.counts, self.count_weights, float(self.customers)
        of_count = gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(v)
        ahead = v + self.spent
        log_ahead = np.log(ahead)
        sum_log, sum_x_log = float(log_ahead.sum()), float((self.frequency * log_ahead).sum())
        total = (of_count * by_count).sum() + p * self.weighted_log_spent - self.log_value - p * sum_x_log - q * sum_log
        psi = digamma(p * x + q)
        inverse = 1.0 / ahead
        gradient = np.array(
            [
                (x * (psi - digamma(p * x)) * by_count).sum() + self.weighted_log_spent - sum_x_log,
                ((psi - digamma(q)) * by_count).sum() + n * np.log(v) - sum_log,
                n * q / v - p * float((self.frequency * inverse).sum()) - q * float(inverse.sum()),
            ]
        )
        return float(total) / n, gradient / n


def _check(x: Floats, z: Floats) -> None:
    if len(x) == 0 or len(x) != len(z):
        raise ValueError("there must be customers, each with a frequency and a value")
    if not (x >= 1).all():
        raise ValueError("frequency must be 1 or more")
    if not (np.isfinite(z) & (z > 0)).all():
        raise ValueError("value must be a finite number above zero")
