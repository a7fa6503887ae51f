"""Impact after selection. The best of many noisy estimates is too good to be true; both tools here pull it back.

A Bayesian posterior is not moved by having been selected (Dawid 1994; Efron 2011, "Tweedie's formula and selection
bias"), provided its prior describes all the candidates, not the chosen. So the prior is fitted on every candidate.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]
#: Half of what an 80% interval leaves out.
TAIL = 0.1
#: Rate of the prior of an effect that is something, in standard errors: Johnstone and Silverman's.
LAPLACE_RATE = 0.5
#: Weight, in expected events, of a prior that says that all ratios are alike.
FLAT_PRIOR = 1000.0


@dataclass(frozen=True)
class Shrunk:
    """Posterior mean and standard deviation (n,) of normal effects, and the prior they were pulled to."""

    mean: Floats
    sd: Floats
    prior_mean: float
    prior_sd: float


def shrink_normal(estimate: ArrayLike, standard_error: ArrayLike) -> Shrunk:
    """Empirical-Bayes shrinkage of estimates (n,) with known standard errors (n,) to their common mean.

    Model: estimate ~ N(effect, se^2), effect ~ N(mu, tau^2) (Efron and Morris 1975). tau^2 by the moment estimator of
    DerSimonian and Laird (1986), equation 8, with mu the precision-weighted mean. Posterior mean
    mu + B (estimate - mu), variance B se^2, B = tau^2 / (tau^2 + se^2).
    """
    x, se = np.asarray(estimate, dtype=np.float64), np.asarray(standard_error, dtype=np.float64)
    if len(x) == 0:
        return Shrunk(x, se, float("nan"), float("nan"))
    fixed = 1.0 / se**2
    centre = float((fixed * x).sum() / fixed.sum())
    spread = float((fixed * (x - centre) ** 2).sum()) - (len(x) - 1)
    scale = float(fixed.sum() - (fixed**2).sum() / fixed.sum())
    tau2 = max(spread / scale, 0.0) if scale > 0 else 0.0
    if len(x) > 1:
        weight = 1.0 / (tau2 + se**2)
        centre = float((weight * x).sum() / weight.sum())
    keep = tau2 / (tau2 + se**2)
    return Shrunk(centre + keep * (x - centre), np.sqrt(keep) * se, centre, float(np.sqrt(tau2)))


@dataclass(frozen=True)
class Sparse:
    """Posterior (n,) of effects of which most are nought: probability of being other, and mean and sd if they are."""

    probability: Floats
    mean: Floats
    sd: Floats


def shrink_sparse(estimate: ArrayLike, standard_error: ArrayLike) -> Sparse:
    """Empirical-Bayes posterior of estimates (n,) with known standard errors (n,), most of them of nothing at all.

    Model: estimate / se ~ N(effect, 1); effect is 0, or with probability w Laplace with rate LAPLACE_RATE (Johnstone
    and Silverman 2004, "Needles and straw in haystacks"). w by expectation-maximisation. A normal prior would take its
    spread from the many that are nothing and pull the few that are something to them; this one pulls no effect by
    more than LAPLACE_RATE standard errors. The posterior of something is read as normal with the standard error.
    """
    x, se = np.asarray(estimate, dtype=np.float64), np.asarray(standard_error, dtype=np.float64)
    z, rate = x / se, LAPLACE_RATE
    # of effects above and below nought: the logs of both parts of the density of z
    above = special.log_ndtr(z - rate) - rate * z
    below = special.log_ndtr(-z - rate) + rate * z
    something = np.logaddexp(above, below)
    log_odds = np.log(rate / 2) + rate**2 / 2 + something + z**2 / 2 + np.log(2 * np.pi) / 2
    share, probability = 0.1, np.zeros(len(x))
    for _ in range(200):
        probability = special.expit(log_odds + np.log(share / (1 - share)))
        share = float((probability.sum() + 0.5) / (len(x) + 5.0))
    return Sparse(probability, (z - rate * (np.exp(above - something) - np.exp(below - something))) * se, se)


@dataclass(frozen=True)
class GammaPosterior:
    """Ratios of observed to expected (n,): each Gamma(shape, rate)."""

    shape: Floats
    rate: Floats

    @property
    def mean(self) -> Floats:
        """Posterior mean ratio (n,)."""
        return self.shape / self.rate

    def below(self, ratio: float) -> Floats:
        """Probability (n,) that the true ratio is below `ratio`."""
        return np.asarray(special.gammainc(self.shape, self.rate * ratio), dtype=np.float64)

    def quantiles(self, probabilities: Floats) -> Floats:
        """Quantiles (n, q) of the true ratios."""
        return np.asarray(special.gammaincinv(self.shape[:, None], probabilities) / self.rate[:, None])


def shrink_ratios(observed: ArrayLike, expected: ArrayLike) -> GammaPosterior:
    """Empirical-Bayes posterior of observed / expected for counts (n,) with expectations (n,).

    Model: observed ~ Poisson(expected * ratio), ratio ~ Gamma(alpha, alpha) (Clayton and Kaldor 1987). The prior's
    mean is 1, for the expectations are those of comparable cases: centred on the data it would count every case as
    worse once a few are. Its variance is Marshall's (1991) moment estimate around that mean,
    1 / alpha = sum E (O/E - 1)^2 / sum E - 1 / mean(E). If the spread is no more than chance gives, the prior weighs
    as much as FLAT_PRIOR expected events.
    """
    o, e = np.asarray(observed, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    known = e > 0
    if not known.any():
        return GammaPosterior(np.ones(len(o)), np.ones(len(o)))
    spread = float((e[known] * (o[known] / e[known] - 1.0) ** 2).sum() / e[known].sum())
    variance = spread - 1.0 / float(e[known].mean())
    alpha = min(1.0 / variance, FLAT_PRIOR) if variance > 0 else FLAT_PRIOR
    return GammaPosterior(o + alpha, e + alpha)


@dataclass(frozen=True)
class One:
    """Expected impact of one row and its 80% interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Impact:
    """Expected impact and its 80% interval, arrays (n,)."""

    mean: Floats
    low: Floats
    high: Floats

    def one(self, k: int) -> One:
        """The impact of candidate `k`."""
        return One(float(self.mean[k]), float(self.low[k]), float(self.high[k]))


def log_normal_impact(log_mean: Floats, log_sd: Floats, response_mean: float, response_sd: float) -> Impact:
    """Impact = exp(N(log_mean, log_sd^2)) x response, the response log-normal with that mean and sd; arrays (n,)."""
    response_variance = np.log1p((response_sd / response_mean) ** 2)
    mean = np.exp(log_mean + log_sd**2 / 2) * response_mean
    sd = np.sqrt(log_sd**2 + response_variance)
    median = mean * np.exp(-(sd**2) / 2)
    reach = special.ndtri(1 - TAIL) * sd
    return Impact(mean, median * np.exp(-reach), median * np.exp(reach))


def product_impact(quantiles: Floats, response_mean: float, response_sd: float) -> Impact:
    """Impact = gap x response for gaps given by equally likely quantiles (n, q), with a gamma response.

    By quadrature on the grid of equally likely pairs. A gap below zero is no loss to win back: it counts as none.
    """
    probability = (np.arange(50) + 0.5) / 50
    if response_sd > 0:
        shape = (response_mean / response_sd) ** 2
        response = special.gammaincinv(shape, probability) * response_mean / shape
        response = response * (response_mean / response.mean())
    else:
        response = np.full(len(probability), response_mean)
    grid = (np.maximum(quantiles, 0.0)[:, :, None] * response).reshape(len(quantiles), -1)
    low, high = np.quantile(grid, [TAIL, 1 - TAIL], axis=1)
    return Impact(grid.mean(axis=1), low, high)
