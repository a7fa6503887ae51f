"""Two means: Welch's t test and interval, and CUPED, which takes off what was known of a unit before the test."""

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from martlet.experiments.estimate import Estimate, Floats, Ints


@dataclass(frozen=True)
class Moments:
    """Units, their mean and sample variance (of n - 1); NaN where there are too few."""

    units: int
    mean: float
    variance: float


@dataclass(frozen=True)
class Adjusted:
    """Values (n,) less theta times the covariate's distance from its mean, and the share of variance that went."""

    values: Floats
    theta: float
    variance_reduction: float


def moments(values: Floats) -> Moments:
    """Moments of values (n,)."""
    n = len(values)
    return Moments(
        units=n,
        mean=float(values.mean()) if n else math.nan,
        variance=float(values.var(ddof=1)) if n > 1 else math.nan,
    )


def mean_interval(arm: Moments, alpha: float = 0.05) -> tuple[float, float]:
    """Student's interval of a mean; NaN for fewer than two units."""
    if arm.units < 2:
        return math.nan, math.nan
    half = _t_quantile(arm.units - 1, alpha) * math.sqrt(arm.variance / arm.units)
    return arm.mean - half, arm.mean + half


def compare_means(control: Moments, treatment: Moments, alpha: float = 0.05) -> Estimate:
    """Treatment's mean less control's: Welch's t test (1947) with Satterthwaite's degrees of freedom.

    Fewer than two units in an arm: everything but the difference is NaN. Where neither arm varies p is 1 for equal
    means and NaN for others, which no test can judge.
    """
    difference = treatment.mean - control.mean
    if min(control.units, treatment.units) < 2:
        return Estimate(difference, math.nan, math.nan, math.nan, math.nan, math.nan)
    one, other = control.variance / control.units, treatment.variance / treatment.units
    error = math.sqrt(one + other)
    if error == 0:
        return Estimate(difference, 0.0, difference, difference, 0.0, 1.0 if difference == 0 else math.nan)
    # shares of the variance, so that the squares of very small variances do not vanish
    shares = one / (one + other), other / (one + other)
    degrees = 1 / (shares[0] ** 2 / (control.units - 1) + shares[1] ** 2 / (treatment.units - 1))
    statistic = difference / error
    half = _t_quantile(degrees, alpha) * error
    return Estimate(
        difference=difference,
        standard_error=error,
        low=difference - half,
        high=difference + half,
        statistic=statistic,
        p_value=float(2 * special.stdtr(degrees, -abs(statistic))),
    )


def cuped(values: Floats, covariate: Floats, arm: Ints) -> Adjusted:
    """Adjust values (n,) by a covariate (n,) from before the test: Deng, Xu, Kohavi and Walker (2013).

    theta = cov(covariate, values) / var(covariate), both within the arms (n,) and pooled, so that an effect of the
    treatment does not leak into it: with two arms the difference is analysis of covariance's. The covariate must not
    depend on the arm. Units without one (NaN) are set at the mean, which leaves them as they are. Raises ValueError for
    arrays of different lengths.
    """
    if not len(values) == len(covariate) == len(arm):
        raise ValueError("values, covariate and arm must have one entry a unit")
    is_known = np.isfinite(covariate)
    centre = float(covariate[is_known].mean()) if is_known.any() else 0.0
    known = np.where(is_known, covariate, centre)
    y, x = _within_arms(values, arm), _within_arms(known, arm)
    spread = float((x * x).sum())
    # a covariate that is the same for everybody, but for rounding, tells nothing
    if spread <= 1e-24 * max(float((known * known).sum()), 1e-300):
        return Adjusted(values, 0.0, 0.0)
    theta = float((x * y).sum()) / spread
    before, after = float((y * y).sum()), float(((y - theta * x) ** 2).sum())
    return Adjusted(values - theta * (known - centre), theta, 1 - after / before if before > 0 else 0.0)


def _within_arms(values: Floats, arm: Ints) -> Floats:
    """Values less the mean of their arm."""
    counts = np.bincount(arm)
    means = np.bincount(arm, weights=values) / np.maximum(counts, 1)
    return np.asarray(values - means[arm], dtype=np.float64)


def _t_quantile(degrees: float, alpha: float) -> float:
    return float(special.stdtrit(degrees, 1 - alpha / 2))
