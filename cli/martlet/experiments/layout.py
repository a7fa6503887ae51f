"""Plans, checks and readouts as lines of text for people, and as records for programs."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from martlet.experiments.plan import Plan
from martlet.experiments.readout import Readout
from martlet.experiments.sample_ratio import RatioCheck
from martlet.experiments.units import PROPORTION, SetAside
from martlet.experiments.verdicts import Finding, amount, probability, unit, value

TRUST = "NONE of these results can be trusted until its cause is found"


def plan_lines(plan: Plan) -> list[str]:
    """A plan, one fact a line, and what to mind."""
    is_rate = plan.kind == PROPORTION
    lift = f"{amount(plan.kind, plan.lift)}{unit(plan.kind)}"
    relative = "" if plan.relative_lift is None else f" ({plan.relative_lift:+.2%} relative)"
    facts = [
        ("formula", plan.formula),
        ("baseline", "" if plan.baseline is None else value(plan.kind, plan.baseline)),
        ("lift", f"{lift}{relative}"),
        ("sd", "" if is_rate or plan.sd is None else f"{plan.sd:,.4g}"),
        ("alpha, power", f"{plan.alpha:g} two-sided, {plan.power:g}"),
        ("arms", f"{plan.arms}" + (f", alpha {plan.alpha_each:.4g} each" if plan.arms > 2 else "")),
        ("units per arm", f"{plan.per_arm:,}"),
        ("units in all", f"{plan.total:,}"),
        ("units a day", "" if plan.per_day is None else f"{plan.per_day:,g}"),
        ("days", "" if plan.days is None else f"{plan.days:,}"),
    ]
    return [*(f"{name:<14} {text}" for name, text in facts if text), *plan.notes]


def plan_record(plan: Plan) -> dict[str, Any]:
    """A plan for programs."""
    return asdict(plan)


def ratio_lines(check: RatioCheck) -> list[str]:
    """Units of each arm beside what was expected, and the test."""
    rows = [
        [arm, f"{count:,}", f"{expected:,.1f}", f"{count / sum(check.counts):.2%}"]
        for arm, count, expected in zip(check.arms, check.counts, check.expected, strict=True)
    ]
    verdict = (
        f"SAMPLE RATIO MISMATCH: p is below {check.alarm:g}; find the cause before you read any result"
        if check.is_mismatched
        else f"no sample ratio mismatch: p is not below {check.alarm:g}"
    )
    return [
        *_table(["arm", "units", "expected", "share"], rows),
        f"chi-square {check.chi_square:.4f}, degrees of freedom {check.degrees_of_freedom}, p {check.p_value:.3g}",
        verdict,
    ]


def ratio_record(check: RatioCheck) -> dict[str, Any]:
    """A check for programs."""
    return {**asdict(check), "is_mismatched": check.is_mismatched}


def readout_lines(readout: Readout) -> list[str]:
    """The sample ratio, first of all where it is off; units; rows set aside; the table; a sentence for each finding."""
    check = readout.ratio
    arms = " : ".join(f"{arm} {count:,}" for arm, count in zip(check.arms, check.counts, strict=True))
    planned = ":".join(f"{part:g}" for part in check.ratio)
    against = f"{arms} against {planned}, chi-square {check.chi_square:.3f}, p {check.p_value:.3g}"
    first = f"SAMPLE RATIO MISMATCH: {against}: {TRUST}" if check.is_mismatched else f"units  {against}: no mismatch"
    always = f"always-valid, tuned to {readout.tuning:,g}"
    heading = ["metric", "arm", "units", "value", "interval", "difference", "interval", "lift", "p", "q", always]
    rows = [row for finding in readout.findings for row in _rows(finding)]
    return [
        first,
        *(f"set aside  {described(entry)}" for entry in readout.units.set_aside),
        "",
        *_table(heading, rows),
        "",
        *(f"{finding.metric}: {finding.verdict}" for finding in readout.findings),
    ]


def described(entry: SetAside) -> str:
    """How many rows were set aside, of which metric and why."""
    of = f"{entry.metric}: " if entry.metric else ""
    return f"{of}{entry.rows:,} {'row' if entry.rows == 1 else 'rows'}, {entry.reason}"


def readout_record(readout: Readout) -> dict[str, Any]:
    """A readout for programs; what is unknown is null."""
    return {
        "sample_ratio": ratio_record(readout.ratio),
        "alpha": readout.alpha,
        "tuning": readout.tuning,
        "comparisons": readout.comparisons,
        "set_aside": [asdict(entry) for entry in readout.units.set_aside],
        "findings": [finding_record(finding, readout) for finding in readout.findings],
    }


def finding_record(finding: Finding, readout: Readout) -> dict[str, Any]:
    """A finding on one level: columns of the CSV, members of the JSON."""
    adjusted = finding.adjusted
    record = {
        "metric": finding.metric,
        "kind": finding.kind,
        "control": finding.control,
        "treatment": finding.treatment,
        "control_units": finding.control_units,
        "treatment_units": finding.treatment_units,
        "control_value": finding.control_value,
        "control_low": finding.control_low,
        "control_high": finding.control_high,
        "treatment_value": finding.treatment_value,
        "treatment_low": finding.treatment_low,
        "treatment_high": finding.treatment_high,
        "difference": finding.plain.difference,
        "difference_low": finding.plain.low,
        "difference_high": finding.plain.high,
        "relative_lift": finding.relative_lift,
        "statistic": finding.plain.statistic,
        "p_value": finding.plain.p_value,
        "covariate": finding.covariate,
        "theta": finding.theta,
        "variance_reduction": finding.variance_reduction,
        "adjusted_difference": adjusted.difference if adjusted else math.nan,
        "adjusted_low": adjusted.low if adjusted else math.nan,
        "adjusted_high": adjusted.high if adjusted else math.nan,
        "adjusted_p_value": adjusted.p_value if adjusted else math.nan,
        "q_value": finding.q_value,
        "always_valid_low": finding.sequential_low,
        "always_valid_high": finding.sequential_high,
        "always_valid_p_value": finding.sequential_p_value,
        "is_sample_ratio_mismatched": readout.ratio.is_mismatched,
        "verdict": finding.verdict,
    }
    return {
        name: None if isinstance(cell, float) and not math.isfinite(cell) else cell for name, cell in record.items()
    }


def _rows(finding: Finding) -> list[list[str]]:
    kind, plain = finding.kind, finding.plain
    control = [
        finding.metric,
        finding.control,
        f"{finding.control_units:,}",
        value(kind, finding.control_value),
        _interval(value, kind, finding.control_low, finding.control_high),
    ]
    lift = "" if math.isnan(finding.relative_lift) else f"{finding.relative_lift:+.1%}"
    treatment = [
        finding.metric,
        finding.treatment,
        f"{finding.treatment_units:,}",
        value(kind, finding.treatment_value),
        _interval(value, kind, finding.treatment_low, finding.treatment_high),
        f"{amount(kind, plain.difference)}{unit(kind)}",
        _interval(amount, kind, plain.low, plain.high),
        lift,
        probability(plain.p_value),
    ]
    decided = [probability(finding.q_value), _interval(amount, kind, finding.sequential_low, finding.sequential_high)]
    if finding.adjusted is None:
        return [control, [*treatment, *decided]]
    adjusted = [
        *(finding.metric, f"{finding.treatment}, CUPED", "", "", f"theta {finding.theta:.4g}"),
        f"{amount(kind, finding.adjusted.difference)}{unit(kind)}",
        _interval(amount, kind, finding.adjusted.low, finding.adjusted.high),
        "",
        probability(finding.adjusted.p_value),
        *decided,
    ]
    return [control, treatment, adjusted]


def _interval(shown: Any, kind: str, low: float, high: float) -> str:
    return "" if math.isnan(low) else f"{shown(kind, low)} to {shown(kind, high)}"


def _table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns as wide as their widest cell; words to the left, numbers to the right."""
    padded = [[*row, *[""] * (len(heading) - len(row))] for row in (heading, *rows)]
    widths = [max(len(row[column]) for row in padded) for column in range(len(heading))]
    is_word = [name in ("metric", "arm") for name in heading]
    return [
        "  ".join(
            cell.ljust(width) if word else cell.rjust(width)
            for cell, width, word in zip(row, widths, is_word, strict=True)
        ).rstrip()
        for row in padded
    ]
