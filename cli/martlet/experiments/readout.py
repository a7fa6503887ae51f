"""What an experiment says: the sample ratio first, then each metric of each treatment beside the control."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from martlet.experiments.estimate import Estimate, Floats
from martlet.experiments.means import Adjusted, compare_means, cuped, mean_interval, moments
from martlet.experiments.multiplicity import benjamini_hochberg
from martlet.experiments.proportions import compare_proportions, wilson
from martlet.experiments.sample_ratio import RatioCheck, check_ratio
from martlet.experiments.sequential import TUNING, always_valid_p_value, difference_interval
from martlet.experiments.units import PROPORTION, Metric, Units
from martlet.experiments.verdicts import Finding, verdict


@dataclass(frozen=True)
class Readout:
    """The check of the ratio, a Finding for each metric and treatment, and how many comparisons q-values count."""

    units: Units
    ratio: RatioCheck
    findings: tuple[Finding, ...]
    comparisons: int
    alpha: float
    tuning: float


@dataclass(frozen=True)
class _Arm:
    values: Floats
    value: float
    low: float
    high: float


def read_out(
    units: Units, ratio: Sequence[float] | None = None, alpha: float = 0.05, tuning: float = TUNING
) -> Readout:
    """Compare every treatment with the control on every metric.

    q-values are Benjamini and Hochberg's over all metrics and treatments; the always-valid interval is of the same
    estimate as the p-value that q adjusts: CUPED's where a covariate is given, else the plain one. Raises ValueError
    for a ratio that does not fit the arms.
    """
    check = check_ratio(units.counts, ratio, units.arms)
    found = [finding for metric in units.metrics for finding in _metric_findings(units, metric, alpha, tuning)]
    tested = [number for number, finding in enumerate(found) if not math.isnan(finding.decisive.p_value)]
    q_values = benjamini_hochberg([found[number].decisive.p_value for number in tested])
    for number, q_value in zip(tested, q_values, strict=True):
        found[number] = replace(found[number], q_value=float(q_value))
    spoken = (replace(finding, verdict=verdict(finding, len(tested), alpha, check.is_mismatched)) for finding in found)
    return Readout(units, check, tuple(spoken), len(tested), alpha, tuning)


def _metric_findings(units: Units, metric: Metric, alpha: float, tuning: float) -> list[Finding]:
    usable = np.isfinite(metric.values)
    values, place = metric.values[usable], units.arm[usable]
    arms = [_arm(values[place == number], metric.kind, alpha) for number in range(len(units.arms))]
    adjusted = None
    if metric.covariate is not None:
        adjusted = cuped(values, metric.covariate[usable], place)
    findings = []
    for number in range(1, len(arms)):
        finding = _finding(units.arms, metric, (arms[0], arms[number]), number, alpha)
        if adjusted is not None:
            pair = adjusted.values[place == 0], adjusted.values[place == number]
            finding = _with_cuped(finding, metric.covariate_name, adjusted, *pair, alpha)
        findings.append(_with_sequential(finding, alpha, tuning))
    return findings


def _arm(values: Floats, kind: str, alpha: float) -> _Arm:
    if not len(values):
        return _Arm(values, math.nan, math.nan, math.nan)
    low, high = (
        wilson(int(values.sum()), len(values), alpha) if kind == PROPORTION else mean_interval(moments(values), alpha)
    )
    return _Arm(values, float(values.mean()), low, high)


def _finding(names: Sequence[str], metric: Metric, pair: tuple[_Arm, _Arm], number: int, alpha: float) -> Finding:
    control, treatment = pair
    plain = _compare(control.values, treatment.values, metric.kind, alpha)
    return Finding(
        metric=metric.name,
        kind=metric.kind,
        control=names[0],
        treatment=names[number],
        control_units=len(control.values),
        treatment_units=len(treatment.values),
        control_value=control.value,
        control_low=control.low,
        control_high=control.high,
        treatment_value=treatment.value,
        treatment_low=treatment.low,
        treatment_high=treatment.high,
        plain=plain,
        relative_lift=plain.difference / abs(control.value) if control.value else math.nan,
    )


def _compare(control: Floats, treatment: Floats, kind: str, alpha: float) -> Estimate:
    if kind == PROPORTION and len(control) and len(treatment):
        return compare_proportions(int(control.sum()), len(control), int(treatment.sum()), len(treatment), alpha)
    return compare_means(moments(control), moments(treatment), alpha)


def _with_cuped(
    finding: Finding, covariate: str, adjusted: Adjusted, control: Floats, treatment: Floats, alpha: float
) -> Finding:
    return replace(
        finding,
        adjusted=compare_means(moments(control), moments(treatment), alpha),
        covariate=covariate,
        theta=adjusted.theta,
        variance_reduction=adjusted.variance_reduction,
    )


def _with_sequential(finding: Finding, alpha: float, tuning: float) -> Finding:
    estimate, units = finding.decisive, finding.control_units + finding.treatment_units
    if not units or not estimate.standard_error > 0:
        # where nothing varied yet, an interval without width would claim what nobody knows
        return finding
    low, high = difference_interval(estimate.difference, estimate.standard_error, units, alpha, tuning)
    p_value = always_valid_p_value(estimate.difference, estimate.standard_error, units, alpha, tuning)
    return replace(finding, sequential_low=low, sequential_high=high, sequential_p_value=p_value)
