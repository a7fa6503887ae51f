"""A finding of an experiment, and what may be said of it in one plain sentence."""

import math
from dataclasses import dataclass

from martlet.experiments.estimate import Estimate
from martlet.experiments.sequential import LEAST_CONVERSIONS, LEAST_UNITS
from martlet.experiments.units import PROPORTION


@dataclass(frozen=True)
class Finding:
    """One metric of one treatment beside the control; rates are 0 to 1, means in the metric's unit, NaN is unknown.

    `plain` is the estimate as measured, `adjusted` CUPED's. `sequential_*` is the always-valid interval and p-value of
    the decisive one of the two, `q_value` adjusts its p-value for all comparisons.
    """

    metric: str
    kind: str
    control: str
    treatment: str
    control_units: int
    treatment_units: int
    control_value: float
    control_low: float
    control_high: float
    treatment_value: float
    treatment_low: float
    treatment_high: float
    plain: Estimate
    relative_lift: float
    adjusted: Estimate | None = None
    covariate: str = ""
    theta: float = math.nan
    variance_reduction: float = math.nan
    sequential_low: float = math.nan
    sequential_high: float = math.nan
    sequential_p_value: float = math.nan
    q_value: float = math.nan
    verdict: str = ""

    @property
    def decisive(self) -> Estimate:
        """What the verdict stands on: CUPED's estimate where a covariate is given, chosen before anybody looked."""
        return self.adjusted or self.plain


def verdict(finding: Finding, comparisons: int, alpha: float, is_mismatched: bool) -> str:
    """What may be said, and what not: the difference, its interval, and whether one may stop on it.

    "significant" asks q to be below alpha; "whenever you look" asks the always-valid p-value, times the number of
    comparisons (Bonferroni), to be below alpha.
    """
    words = _verdict(finding, comparisons, alpha)
    if is_mismatched:
        return f"NOT TO BE TRUSTED, the sample ratio is off: {words}"
    return words


def _verdict(finding: Finding, comparisons: int, alpha: float) -> str:
    estimate, name = finding.decisive, f"{finding.treatment} against {finding.control}"
    if min(finding.control_units, finding.treatment_units) < 2:
        return f"{name}: fewer than two units in an arm; nothing can be said."
    if math.isnan(estimate.p_value):
        return f"{name}: neither arm varies, so no test can judge the difference."
    measured = f"{_values(finding)}{_difference(finding, alpha)}; {_p_and_q(finding, comparisons)}"
    return f"{measured}; {_conclusion(finding, comparisons, alpha)}{_caution(finding)}"


def _values(finding: Finding) -> str:
    one, other = (value(finding.kind, number) for number in (finding.treatment_value, finding.control_value))
    return f"{finding.treatment} {one} against {finding.control} {other}, "


def _difference(finding: Finding, alpha: float) -> str:
    estimate, kind = finding.decisive, finding.kind
    word = "more" if estimate.difference > 0 else "less"
    size = f"{amount(kind, abs(estimate.difference))}{unit(kind)} {word}" if estimate.difference else "no difference"
    lower = f"{finding.variance_reduction:.0%}"
    by = f" after CUPED on {finding.covariate} (variance {lower} lower)" if finding.adjusted else ""
    bounds = f"{amount(kind, estimate.low)} to {amount(kind, estimate.high)}"
    return f"{size}{by}, {100 * (1 - alpha):.4g}% interval {bounds}"


def _p_and_q(finding: Finding, comparisons: int) -> str:
    p_value = f"p {probability(finding.decisive.p_value)}"
    if comparisons == 1:
        return p_value
    return f"{p_value}, q {probability(finding.q_value)} over {comparisons} comparisons"


def _conclusion(finding: Finding, comparisons: int, alpha: float) -> str:
    always = f"{amount(finding.kind, finding.sequential_low)} to {amount(finding.kind, finding.sequential_high)}"
    survives = min(finding.sequential_p_value * comparisons, 1.0) < alpha
    if finding.q_value < alpha and survives:
        return f"significant, and the always-valid interval ({always}) leaves 0 out too: it holds whenever you look."
    if finding.q_value < alpha:
        return (
            "significant only if this is the one look that was planned; "
            f"the always-valid interval {_no_stop(finding, always, comparisons)}, so do not stop on this."
        )
    if finding.decisive.p_value < alpha:
        return f"not significant once {comparisons} comparisons are counted: no difference is shown."
    return "no difference is shown, which is not to say that there is none: the interval holds what is still possible."


def _no_stop(finding: Finding, always: str, comparisons: int) -> str:
    if math.isnan(finding.sequential_low):
        return "is not known, for neither arm varies"
    if finding.sequential_low <= 0 <= finding.sequential_high:
        return f"still holds 0 ({always})"
    return f"({always}) leaves 0 out, but not once {comparisons} comparisons are counted"


def _caution(finding: Finding) -> str:
    if min(finding.control_units, finding.treatment_units) < LEAST_UNITS:
        return f" Fewer than {LEAST_UNITS} units in an arm: too early for the always-valid interval."
    counts = (finding.control_units, finding.control_value), (finding.treatment_units, finding.treatment_value)
    fewest = min(units * min(rate, 1 - rate) for units, rate in counts)
    # counts are whole: half a conversion only keeps rounding out of it
    if finding.kind == PROPORTION and fewest < LEAST_CONVERSIONS - 0.5:
        return (
            f" Fewer than {LEAST_CONVERSIONS} conversions in an arm, or fewer without:"
            " p and the always-valid interval are rough."
        )
    return ""


def value(kind: str, number: float) -> str:
    """An arm's rate in percent, or its mean."""
    if math.isnan(number):
        return "unknown"
    return f"{100 * number:.2f}%" if kind == PROPORTION else _plain(number)


def amount(kind: str, number: float) -> str:
    """A difference: in percentage points for rates, else in the metric's unit."""
    if math.isnan(number):
        return "unknown"
    return _plain(100 * number if kind == PROPORTION else number)


def unit(kind: str) -> str:
    """What a difference is counted in."""
    return " points" if kind == PROPORTION else ""


def probability(number: float) -> str:
    """A p-value or q-value with three digits that count."""
    if math.isnan(number):
        return "unknown"
    return f"{number:.3g}" if number >= 1e-4 else "below 0.0001"


def _plain(number: float) -> str:
    """Two decimals, and more where two would say nothing."""
    small = 0 < abs(number) < 0.01
    return f"{number:.2g}" if small else f"{number:,.2f}"
