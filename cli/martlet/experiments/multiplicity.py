"""Several tests at once."""

import numpy as np
from numpy.typing import ArrayLike

from martlet.experiments.estimate import Floats


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


def bonferroni(alpha: float, comparisons: int) -> float:
    """Level of each of so many comparisons that holds all of them together to alpha, whatever their dependence."""
    return alpha / comparisons
