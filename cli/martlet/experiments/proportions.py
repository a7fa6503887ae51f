"""Two proportions: rates with Wilson's interval, their difference with Newcombe's, and the z test."""

import math

from martlet.experiments.estimate import Estimate, normal_quantile, two_sided_normal


def wilson(successes: int, units: int, alpha: float = 0.05) -> tuple[float, float]:
    """Score interval of a rate (Wilson 1927): 25 of 1,000 gives 0.01699 to 0.03665.

    Raises ValueError unless 0 <= successes <= units and units > 0.
    """
    if units < 1 or not 0 <= successes <= units:
        raise ValueError(f"{successes} successes of {units} units")
    z = normal_quantile(1 - alpha / 2)
    rate = successes / units
    centre = (rate + z * z / (2 * units)) / (1 + z * z / units)
    half = z * math.sqrt(rate * (1 - rate) / units + z * z / (4 * units * units)) / (1 + z * z / units)
    # at 0 and at 1 the interval reaches them; rounding alone would keep it off
    low = 0.0 if successes == 0 else centre - half
    return low, 1.0 if successes == units else centre + half


def compare_proportions(
    control_successes: int, control_units: int, treatment_successes: int, treatment_units: int, alpha: float = 0.05
) -> Estimate:
    """Treatment's rate less control's: the z test with the pooled variance and Newcombe's interval.

    The interval is the hybrid score interval without continuity correction, method 10 of Newcombe (1998), Statistics
    in Medicine 17: 873-890. 250 of 10,000 against 300 of 10,000: z 2.16194, p 0.03062, interval 0.000464 to 0.009556.
    Where all units of both arms did the same there is nothing to tell apart: p is 1. Raises ValueError as `wilson`.
    """
    low_1, high_1 = wilson(control_successes, control_units, alpha)
    low_2, high_2 = wilson(treatment_successes, treatment_units, alpha)
    p_1, p_2 = control_successes / control_units, treatment_successes / treatment_units
    pooled = (control_successes + treatment_successes) / (control_units + treatment_units)
    null_error = math.sqrt(pooled * (1 - pooled) * (1 / control_units + 1 / treatment_units))
    difference = p_2 - p_1
    statistic = difference / null_error if null_error > 0 else 0.0
    return Estimate(
        difference=difference,
        standard_error=math.sqrt(p_1 * (1 - p_1) / control_units + p_2 * (1 - p_2) / treatment_units),
        low=difference - math.hypot(p_2 - low_2, high_1 - p_1),
        high=difference + math.hypot(high_2 - p_2, p_1 - low_1),
        statistic=statistic,
        p_value=two_sided_normal(statistic),
    )
