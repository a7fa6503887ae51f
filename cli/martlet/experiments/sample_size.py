"""Sample sizes of two-sided tests of two proportions and of two means, and the effects that a size can show.

z_a and z_b are the normal quantiles of 1 - alpha / 2 and of the power. Sizes are per arm, arms of one size.
"""

import math
from collections.abc import Mapping
from typing import Literal

from martlet.experiments.estimate import normal_quantile

Formula = Literal["pooled", "evan-miller", "arcsine", "unpooled"]

FORMULAS: Mapping[Formula, str] = {
    "pooled": "n = (z_a sqrt(2 pm qm) + z_b sqrt(p1 q1 + p2 q2))^2 / (p2 - p1)^2, pm = (p1 + p2) / 2"
    " (Fleiss, Levin and Paik 2003, 4.14, no continuity correction)",
    "evan-miller": "n = (z_a sqrt(2 p1 q1) + z_b sqrt(p1 q1 + p2 q2))^2 / (p2 - p1)^2"
    " (Evan Miller's calculator: the baseline's variance under the null)",
    "arcsine": "n = 2 (z_a + z_b)^2 / h^2, h = 2 asin(sqrt(p2)) - 2 asin(sqrt(p1)) (Cohen 1988, 6.2)",
    "unpooled": "n = (z_a + z_b)^2 (p1 q1 + p2 q2) / (p2 - p1)^2 (Chow, Shao and Wang 2008, 4.2)",
}
MEANS_FORMULA = "n = 2 (z_a + z_b)^2 sd^2 / d^2 + z_a^2 / 4 (normal, with Guenther's 1981 correction for the t test)"


def exact_sample_size(
    p1: float, p2: float, alpha: float = 0.05, power: float = 0.8, formula: Formula = "pooled"
) -> float:
    """Units per arm, not yet a whole number, that tell p2 from p1 by one of FORMULAS.

    20% against 25%: evan-miller 1,030.2, arcsine 1,091.9. 2.5% against 2.75%: arcsine 64,164.1, pooled 64,198.7,
    unpooled 64,196.0. Raises ValueError for rates that are the same or not between 0 and 1.
    """
    if not (0 < p1 < 1 and 0 < p2 < 1) or p1 == p2:
        raise ValueError("two different rates between 0 and 1 are needed")
    z_a, z_b = normal_quantile(1 - alpha / 2), normal_quantile(power)
    if formula == "arcsine":
        return 2 * (z_a + z_b) ** 2 / (2 * math.asin(math.sqrt(p2)) - 2 * math.asin(math.sqrt(p1))) ** 2
    alternative = p1 * (1 - p1) + p2 * (1 - p2)
    pooled = (p1 + p2) / 2
    null = {
        "pooled": 2 * pooled * (1 - pooled),
        "evan-miller": 2 * p1 * (1 - p1),
        "unpooled": alternative,
    }[formula]
    return (z_a * math.sqrt(null) + z_b * math.sqrt(alternative)) ** 2 / (p2 - p1) ** 2


def sample_size_per_arm(p1: float, p2: float, alpha: float = 0.05, power: float = 0.8) -> int:
    """Units per arm by the pooled formula, rounded up: 2.5% against 2.75% gives 64,199."""
    return math.ceil(exact_sample_size(p1, p2, alpha, power))


def minimum_detectable_effect(
    p1: float, per_arm: float, alpha: float = 0.05, power: float = 0.8, formula: Formula = "pooled"
) -> float:
    """Smallest rise over p1, in rate, that `per_arm` units an arm can show by that formula; inf if none."""
    low, high, units = p1, 1.0 - 1e-9, math.floor(per_arm)
    if exact_sample_size(p1, high, alpha, power, formula) > units:
        return math.inf
    # the sample size falls as the rise grows, so halving closes in on it
    for _ in range(60):
        middle = (low + high) / 2
        if middle > p1 and exact_sample_size(p1, middle, alpha, power, formula) <= units:
            high = middle
        else:
            low = middle
    return high - p1


def exact_sample_size_means(difference: float, sd: float, alpha: float = 0.05, power: float = 0.8) -> float:
    """Units per arm, not yet a whole number, that show a difference of two means, both with that standard deviation.

    MEANS_FORMULA; within one unit of the noncentral t's answer. Raises ValueError for no difference or sd of 0 or less.
    """
    if difference == 0 or not sd > 0:
        raise ValueError("a difference other than 0 and a standard deviation above 0 are needed")
    z_a, z_b = normal_quantile(1 - alpha / 2), normal_quantile(power)
    return 2 * ((z_a + z_b) * sd / difference) ** 2 + z_a**2 / 4


def minimum_detectable_difference(sd: float, per_arm: float, alpha: float = 0.05, power: float = 0.8) -> float:
    """Smallest difference of means, in their unit, that `per_arm` units an arm can show: MEANS_FORMULA turned round."""
    z_a, z_b = normal_quantile(1 - alpha / 2), normal_quantile(power)
    units = math.floor(per_arm) - z_a**2 / 4
    return math.sqrt(2 / units) * (z_a + z_b) * sd if units > 0 else math.inf
