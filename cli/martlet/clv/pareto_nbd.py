"""The Pareto/NBD model: Schmittlein, Morrison and Colombo (1987), "Counting Your Customers", Management Science.

While alive a customer buys at rate lambda ~ Gamma(r, alpha); she leaves at any time at rate mu ~ Gamma(s, beta). Unlike
in BG/NBD someone who bought once can have left. Likelihood, P(alive) and expectations are those of Fader and Hardie
(2005), "A Note on Deriving the Pareto/NBD Model and Related Expressions".

The likelihood's integral over the time of leaving is done by Gauss-Legendre instead of by differences of 2F1, which
cancel for large x: it is exact to about ten digits, cannot overflow, and has a gradient by the same nodes.

Symbols: x repeat transactions, the last at t_x, observed for T since the first transaction.
"""

from dataclasses import dataclass
from itertools import compress

import numpy as np
from scipy.special import digamma, expit, exprel, gammaln

from martlet.clv.likelihood import Fit, maximize
from martlet.clv.summary import Floats, Tuples

MODEL = "Pareto/NBD"
PARAMETERS = ("r", "alpha", "s", "beta")
#: s below this is on the boundary (nobody leaves), and so is beta above its inverse times the mean age (all alike).
BOUNDARY = 1e-3
#: What is below exp(-DROP) of an integrand's beginning is left out of the integral.
DROP = 30.0
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(20)
_TINY = 1e-300


@dataclass(frozen=True)
class Parameters:
    """r and s are pure numbers, alpha and beta in the caller's unit of time: mean rates r / alpha and s / beta."""

    r: float
    alpha: float
    s: float
    beta: float


def fit(tuples: Tuples) -> Fit[Parameters]:
    """Maximum likelihood on distinct (x, t_x, T) and their weights."""
    total = float(tuples.weight.sum())
    scale = tuples.time_scale()
    x, t_x, T = tuples.frequency, tuples.recency / scale, tuples.age / scale  # noqa: N806
    shift = float((x * tuples.weight).sum()) / total * float(np.log(scale))

    def objective(values: Floats) -> tuple[float, Floats]:
        value, gradient = _total(Parameters(*(float(v) for v in values)), x, t_x, T, tuples.weight)
        return value / total - shift, gradient / total

    found = maximize(objective, np.array([1.0, 1.0, 1.0, 1.0]))
    r, alpha, s, beta = (float(value) for value in found.parameters)
    at_edge = list(found.at_bound)
    at_edge[0] |= not (x > 0).any()
    at_edge[2] |= s < BOUNDARY
    at_edge[3] |= beta > 1.0 / BOUNDARY
    parameters = Parameters(r, alpha * scale, s, beta * scale)
    return Fit(
        parameters=parameters,
        log_likelihood=log_likelihood(parameters, tuples),
        customers=total,
        converged=found.converged,
        boundary=tuple(compress(PARAMETERS, at_edge)),
    )


def log_likelihood(parameters: Parameters, tuples: Tuples) -> float:
    """Log-likelihood of all customers in the tuples' unit of time."""
    return log_likelihood_and_gradient(parameters, tuples)[0]


def log_likelihood_and_gradient(parameters: Parameters, tuples: Tuples) -> tuple[float, Floats]:
    """Log-likelihood of all customers and its derivatives by r, alpha, s and beta (4,)."""
    return _total(parameters, tuples.frequency, tuples.recency, tuples.age, tuples.weight)


def p_alive(parameters: Parameters, frequency: Floats, recency: Floats, age: Floats) -> Floats:
    """Probability that each customer (n,) is still alive at T: the share of the likelihood that is of people alive."""
    x, t_x, T = (np.asarray(values, dtype=np.float64) for values in (frequency, recency, age))  # noqa: N806
    gone = _leaving(parameters, x, t_x, T)
    return np.asarray(expit(_alive(parameters, x, T) - gone.log_integral), dtype=np.float64)


def expected_transactions(
    parameters: Parameters, horizon: float | Floats, frequency: Floats, recency: Floats, age: Floats
) -> Floats:
    """Expected transactions of each customer (n,) in the time `horizon` after T, P(alive) included."""
    x, T = (np.asarray(values, dtype=np.float64) for values in (frequency, age))  # noqa: N806
    rate = (parameters.r + x) / (parameters.alpha + T)
    return p_alive(parameters, x, recency, T) * rate * _lifetime(parameters.s, parameters.beta + T, horizon)


def expected_repeats(parameters: Parameters, time: Floats) -> Floats:
    """Expected repeat transactions of a new customer up to each time (n,) after the first transaction."""
    return parameters.r / parameters.alpha * _lifetime(parameters.s, np.float64(parameters.beta), time)


def _lifetime(s: float, beta: Floats | np.float64, horizon: float | Floats) -> Floats:
    """Expected time alive within the horizon, beta / (s - 1) [1 - (beta / (beta + t))^(s-1)], also where s is 1."""
    length = np.log1p(np.asarray(horizon, dtype=np.float64) / beta)
    return np.asarray(beta * length * exprel((1.0 - s) * length), dtype=np.float64)


@dataclass(frozen=True)
class _Leaving:
    """The likelihood's term of those who left, s * integral over tau from t_x to T, as a logarithm (n,), with
    means of ln(alpha + tau), ln(beta + tau) and of their inverses over that time, for the gradient."""

    log_integral: Floats
    log_alpha: Floats
    log_beta: Floats
    over_alpha: Floats
    over_beta: Floats


def _alive(parameters: Parameters, x: Floats, T: Floats) -> Floats:  # noqa: N803
    """Logarithm of the likelihood's term of those alive, (alpha + T)^-(r + x) (beta + T)^-s."""
    r, alpha, s, beta = vars(parameters).values()
    return np.asarray(-(r + x) * np.log(alpha + T) - s * np.log(beta + T), dtype=np.float64)


def _leaving(parameters: Parameters, x: Floats, t_x: Floats, T: Floats) -> _Leaving:  # noqa: N803
    """s * integral of (alpha + tau)^-(r + x) (beta + tau)^-(s + 1) over tau.

    In y = ln(m + tau), m the smaller of alpha and beta, the integrand is log-concave. Where it drops a long way (large
    x), Newton's method on that convex drop, from the far end, finds how far to go; it never stops short of it.
    """
    r, alpha, s, beta = vars(parameters).values()
    m = min(alpha, beta)
    begin = m + t_x
    length = np.log((m + T) / begin)
    at_start = np.log(alpha + t_x), np.log(beta + t_x)

    def drop(y: Floats) -> tuple[Floats, Floats]:
        step = begin * np.expm1(y)
        ahead_alpha, ahead_beta = alpha + t_x + step, beta + t_x + step
        fallen = (r + x) * (np.log(ahead_alpha) - at_start[0]) + (s + 1.0) * (np.log(ahead_beta) - at_start[1]) - y
        return fallen, (begin + step) * ((r + x) / ahead_alpha + (s + 1.0) / ahead_beta) - 1.0

    for _ in range(6):
        fallen, slope = drop(length)
        far = fallen > DROP
        if not far.any():
            break
        length = np.where(far, length - (fallen - DROP) / np.maximum(slope, 1e-12), length)
    sums = [np.zeros_like(length) for _ in range(5)]
    for node, weight in zip(0.5 * (_NODES + 1.0), 0.5 * _WEIGHTS, strict=True):
        y = node * length
        step = begin * np.expm1(y)
        ahead_alpha, ahead_beta = alpha + t_x + step, beta + t_x + step
        log_alpha, log_beta = np.log(ahead_alpha), np.log(ahead_beta)
        value = weight * np.exp(y - (r + x) * (log_alpha - at_start[0]) - (s + 1.0) * (log_beta - at_start[1]))
        for total, factor in zip(sums, (1.0, log_alpha, log_beta, 1.0 / ahead_alpha, 1.0 / ahead_beta), strict=True):
            total += value * factor
    whole = np.maximum(sums[0], _TINY)
    height = np.log(s) - (r + x) * at_start[0] - (s + 1.0) * at_start[1] + np.log(begin)
    # nobody can have left between t_x and T where they are one
    log_integral = np.where(length > 0, height + np.log(np.maximum(length, _TINY)) + np.log(whole), -np.inf)
    return _Leaving(log_integral, *(total / whole for total in sums[1:]))


def _total(
    parameters: Parameters,
    x: Floats,
    t_x: Floats,
    T: Floats,  # noqa: N803
    weight: Floats,
) -> tuple[float, Floats]:
    """Weighted sum of log-likelihoods and its gradient (4,)."""
    r, alpha, s, beta = vars(parameters).values()
    alive, gone = _alive(parameters, x, T), _leaving(parameters, x, t_x, T)
    both = np.logaddexp(alive, gone.log_integral)
    value = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta) + both
    left = weight * expit(gone.log_integral - alive)
    stayed = weight - left
    total = float(weight.sum())
    gradient = np.array(
        [
            ((digamma(r + x) - digamma(r) + np.log(alpha)) * weight).sum()
            - (stayed * np.log(alpha + T) + left * gone.log_alpha).sum(),
            r / alpha * total - ((r + x) * (stayed / (alpha + T) + left * gone.over_alpha)).sum(),
            np.log(beta) * total - (stayed * np.log(beta + T)).sum() + (left * (1.0 / s - gone.log_beta)).sum(),
            s / beta * total - (s * stayed / (beta + T) + (s + 1.0) * left * gone.over_beta).sum(),
        ]
    )
    return float((value * weight).sum()), gradient
