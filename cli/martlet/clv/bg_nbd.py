"""The beta-geometric / NBD model: Fader, Hardie and Lee (2005), "Counting Your Customers the Easy Way".

While alive a customer buys at rate lambda ~ Gamma(r, alpha); after each repeat transaction she leaves with probability
p ~ Beta(a, b). Nobody can leave before a repeat transaction, so the model calls a customer with x = 0 alive with
probability 1, however long ago the one order was. That is an assumption, not a finding: read p_alive of one-time buyers
with it in mind, or ask `pareto_nbd`, where people can leave at any time.

Symbols are the paper's: x repeat transactions, the last at t_x, observed for T since the first transaction.
"""

from dataclasses import dataclass
from itertools import compress

import numpy as np
from scipy.special import betaln, digamma, expit, gammaln, hyp2f1

from martlet.clv.likelihood import Fit, maximize
from martlet.clv.summary import Floats, Ints, Tuples

MODEL = "BG/NBD"
PARAMETERS = ("r", "alpha", "a", "b")
#: a below this is on the boundary, and so is a mean chance to leave, a / (a + b), below a tenth of it: nobody leaves.
LEAST_A = 1e-2
#: a + b above this is on the boundary too, 1 / b near 0: all leave with one and the same probability, and expectations
#: take it so, for the hypergeometric functions would overflow.
MOST_A_AND_B = 300.0
#: The closed form of the expectation divides by a - 1; nearer to zero than this, an integral takes its place.
NEAR = 1e-4
#: The hypergeometric series needs a few terms where c is large, and never so many in a fit that is used.
MOST_TERMS = 20_000
#: With half as many, people who buy fast over a long horizon were 1.4% off.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)


@dataclass(frozen=True)
class Parameters:
    """r, a and b are pure numbers; alpha is in the caller's unit of time. r / alpha is the mean rate of those alive."""

    r: float
    alpha: float
    a: float
    b: float


def fit(tuples: Tuples) -> Fit[Parameters]:
    """Maximum likelihood (equations 6 and 7) on distinct (x, t_x, T) and their weights."""
    scale = tuples.time_scale()
    data = _Data(tuples, scale)
    start = np.array([1.0, 1.0, 1.0, 2.0])
    found = maximize(data.mean_log_likelihood, start)
    r, alpha, a, b = (float(value) for value in found.parameters)
    at_edge = list(found.at_bound)
    at_edge[0] |= not data.repeats.any()
    at_edge[2] |= a < LEAST_A or a / (a + b) < 0.1 * LEAST_A
    at_edge[3] |= a + b > MOST_A_AND_B
    parameters = Parameters(r, alpha * scale, a, b)
    return Fit(
        parameters=parameters,
        log_likelihood=log_likelihood(parameters, tuples),
        customers=float(tuples.weight.sum()),
        converged=found.converged,
        boundary=tuple(compress(PARAMETERS, at_edge)),
    )


def log_likelihood(parameters: Parameters, tuples: Tuples) -> float:
    """Log-likelihood of all customers (equation 7) in the tuples' unit of time."""
    return float(log_likelihood_and_gradient(parameters, tuples)[0])


def log_likelihood_and_gradient(parameters: Parameters, tuples: Tuples) -> tuple[float, Floats]:
    """Log-likelihood of all customers and its derivatives by r, alpha, a and b (4,)."""
    data = _Data(tuples, 1.0)
    mean, gradient = data.mean_log_likelihood(np.array(list(vars(parameters).values())))
    return mean * data.total, gradient * data.total


class _Data:
    """The tuples laid out for the likelihood, in time units of `scale`.

    Functions of x alone are worked out once for each x there is; only repeaters have a second term in equation 6.
    """

    def __init__(self, tuples: Tuples, scale: float) -> None:
        self.total = float(tuples.weight.sum())
        self.counts, self.place = _distinct(tuples.frequency)
        self.count_weights = np.bincount(self.place, weights=tuples.weight, minlength=len(self.counts))
        self.mean_count = float((self.counts * self.count_weights).sum()) / self.total
        self.log_scale = float(np.log(scale))
        self.weight, self.frequency = tuples.weight, tuples.frequency
        self.age = tuples.age / scale
        self.repeats = tuples.frequency > 0
        self.recency = tuples.recency[self.repeats] / scale

    def mean_log_likelihood(self, values: Floats) -> tuple[float, Floats]:
        """Mean log-likelihood in the tuples' own time unit at (r, alpha, a, b) of this scale, and its gradient (4,)."""
        r, alpha, a, b = (float(value) for value in values)
        x, by_count = self.counts, self.count_weights
        # ln A1 and ln A2 of equation 6; the ratio of betas is B(a, b + x) / B(a, b)
        of_count = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + betaln(a, b + x) - betaln(a, b)
        log_age = np.log(alpha + self.age)
        alive = -(r + self.frequency) * log_age
        repeats, n = self.repeats, self.frequency[self.repeats]
        log_recency = np.log(alpha + self.recency)
        odds = np.log(a / (b + n - 1.0)) + (r + n) * (log_age[repeats] - log_recency)
        # ln(A3 + A4) = ln A3 + ln(1 + A4 / A3)
        alive[repeats] += np.logaddexp(0.0, odds)
        total = (of_count * by_count).sum() + (alive * self.weight).sum()
        gone = self.weight[repeats] * expit(odds)
        gap = log_age[repeats] - log_recency
        sum_digamma = digamma(a + b) - digamma(a + b + x)
        age_inverse = 1.0 / (alpha + self.age)
        gradient = np.array(
            [
                ((digamma(r + x) - digamma(r) + np.log(alpha)) * by_count).sum()
                - (log_age * self.weight).sum()
                + (gone * gap).sum(),
                r / alpha * self.total
                - ((r + self.frequency) * age_inverse * self.weight).sum()
                + ((r + n) * gone * (age_inverse[repeats] - 1.0 / (alpha + self.recency))).sum(),
                (sum_digamma * by_count).sum() + gone.sum() / a,
                ((sum_digamma + digamma(b + x) - digamma(b)) * by_count).sum() - (gone / (b + n - 1.0)).sum(),
            ]
        )
        return float(total) / self.total - self.mean_count * self.log_scale, gradient / self.total


def p_alive(parameters: Parameters, frequency: Floats, recency: Floats, age: Floats) -> Floats:
    """Probability that each customer (n,) is still alive at T.

    Fader and Hardie (2008), "Computing P(alive) Using the BG/NBD Model". For x = 0 it is 1 by the model (see above).
    """
    r, alpha, a, b = vars(parameters).values()
    x, t_x, T = (np.asarray(values, dtype=np.float64) for values in (frequency, recency, age))  # noqa: N806
    odds = np.log(a / np.maximum(b + x - 1.0, 1e-300)) + (r + x) * (np.log(alpha + T) - np.log(alpha + t_x))
    return np.asarray(np.where(x > 0, expit(-odds), 1.0), dtype=np.float64)


def expected_transactions(
    parameters: Parameters, horizon: float | Floats, frequency: Floats, recency: Floats, age: Floats
) -> Floats:
    """Expected transactions of each customer (n,) in the time `horizon` after T (equation 10)."""
    return p_alive(parameters, frequency, recency, age) * _if_alive(parameters, horizon, frequency, age)


def expected_repeats(parameters: Parameters, time: Floats) -> Floats:
    """Expected repeat transactions of a new customer up to each time (n,) after the first transaction (equation 9)."""
    nothing = np.zeros_like(np.asarray(time, dtype=np.float64))
    return _if_alive(parameters, time, nothing, nothing)


def _if_alive(parameters: Parameters, horizon: float | Floats, frequency: Floats, age: Floats) -> Floats:
    """Expected transactions in the time ahead of someone known to be alive at T, the numerator of equation 10.

    Euler's transformation of the paper's 2F1 takes the power of r + x into it and leaves x in one place only,
    (1 - z)^(a-1) 2F1(a - 1, a + b - 1 - r; a + b + x - 1; z): no power overflows however large x is. It divides by
    a - 1, and for x = 0 by a + b - 1, either of which may be zero: there the expected rate is integrated instead.
    """
    x, T, t = np.broadcast_arrays(  # noqa: N806
        *(np.atleast_1d(np.asarray(values, dtype=np.float64)) for values in (frequency, age, horizon))
    )
    if parameters.a + parameters.b > MOST_A_AND_B:
        return _one_chance(parameters, t, x, T)
    by_integral = (x == 0) | (abs(parameters.a - 1.0) < NEAR)
    expected = np.empty(x.shape)
    for chosen, form in ((by_integral, _rate_integral), (~by_integral, _closed_form)):
        if chosen.any():
            expected[chosen] = form(parameters, t[chosen], x[chosen], T[chosen])
    return np.maximum(expected, 0.0)


def _one_chance(parameters: Parameters, t: Floats, x: Floats, T: Floats) -> Floats:  # noqa: N803
    """Expected transactions where p is its posterior mean: 1 / p [1 - ((alpha + T) / (alpha + T + p t))^(r + x)]."""
    r, alpha, a, b = vars(parameters).values()
    p = a / (a + b + x)
    return np.asarray(-np.expm1(-(r + x) * np.log1p(p * t / (alpha + T))) / p, dtype=np.float64)


def _closed_form(parameters: Parameters, t: Floats, x: Floats, T: Floats) -> Floats:  # noqa: N803
    r, alpha, a, b = vars(parameters).values()
    rest, top = alpha + T, a + b + x - 1.0
    series = _hypergeometric(a - 1.0, a + b - 1.0 - r, top, t / (rest + t))
    return np.asarray(top / (a - 1.0) * (1.0 - np.exp((1.0 - a) * np.log1p(t / rest)) * series), dtype=np.float64)


def _rate_integral(parameters: Parameters, t: Floats, x: Floats, T: Floats) -> Floats:  # noqa: N803
    """Integral over the time ahead s of the rate (r + x) / (alpha + T) 2F1(r + x + 1, a; a + b + x; -s / (alpha + T)).

    Pfaff's transformation makes its last argument s / (alpha + T + s). Nodes are even in ln(1 + s / (alpha + T)).
    """
    r, alpha, a, b = vars(parameters).values()
    length = np.log1p(t / (alpha + T))
    total = np.zeros(t.shape)
    for node, weight in zip(0.5 * (_NODES + 1.0), 0.5 * _WEIGHTS, strict=True):
        y = node * length
        total += weight * np.exp((1.0 - a) * y) * _hypergeometric(a + b - 1.0 - r, a, a + b + x, -np.expm1(-y))
    return np.asarray((r + x) * length * total, dtype=np.float64)


def _hypergeometric(a: float, b: float, c: Floats, z: Floats) -> Floats:
    """2F1(a, b; c; z) for 0 <= z < 1. scipy's is no number for c above 170 where z is near 1; the plain series is."""
    value = np.asarray(hyp2f1(a, b, c, z), dtype=np.float64)
    missing = ~np.isfinite(value)
    if missing.any():
        c, z = c[missing], z[missing]
        term = np.ones(c.shape)
        total = term.copy()
        for k in range(MOST_TERMS):
            term = term * ((a + k) * (b + k) / ((c + k) * (k + 1.0)) * z)
            total += term
            if (np.abs(term) <= 1e-17 * np.abs(total)).all():
                break
        value[missing] = total
    return value


def _distinct(values: Floats) -> tuple[Floats, Ints]:
    found, place = np.unique(values, return_inverse=True)
    return found, np.asarray(place, dtype=np.int64)
