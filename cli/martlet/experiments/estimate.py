"""What a comparison of two arms comes to, whichever test made it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Estimate:
    """Treatment less control, in the metric's unit, with the interval and p-value of one look that was planned.

    `standard_error` does not assume that the arms are alike; NaN in `p_value` where nothing can be tested.
    """

    difference: float
    standard_error: float
    low: float
    high: float
    statistic: float
    p_value: float


def normal_quantile(probability: float) -> float:
    """Quantile of the standard normal distribution."""
    return float(special.ndtri(probability))


def two_sided_normal(statistic: float) -> float:
    """P(|Z| >= |statistic|) of a standard normal Z."""
    return float(2.0 * special.ndtr(-abs(statistic)))
