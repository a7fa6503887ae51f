"""How large a test has to be and how long it takes, or what it can show in the days there are."""

import math
from dataclasses import dataclass

from martlet.errors import MartletError
from martlet.experiments.multiplicity import bonferroni
from martlet.experiments.sample_size import (
    FORMULAS,
    MEANS_FORMULA,
    Formula,
    exact_sample_size,
    exact_sample_size_means,
    minimum_detectable_difference,
    minimum_detectable_effect,
)
from martlet.experiments.sequential import LEAST_CONVERSIONS

#: Levels below this are beyond what quantiles can tell from 0.
LEAST_ALPHA = 1e-9
#: No shop has so many visits, in a day or in all.
MOST_UNITS = 10**12
#: A test that takes longer outlives cookies, seasons and the question.
LONGEST_DAYS = 60


@dataclass(frozen=True)
class Request:
    """What is asked: a `rate`, or a `mean` with its `sd`; a `lift` in their unit or relative to them, or the `days`.

    `arms` counts the control. `per_day`: units that enter the test a day, all arms together.
    """

    rate: float | None = None
    mean: float | None = None
    sd: float | None = None
    lift: float | None = None
    is_relative: bool = False
    alpha: float = 0.05
    power: float = 0.8
    arms: int = 2
    per_day: float | None = None
    days: float | None = None
    formula: Formula = "pooled"


@dataclass(frozen=True)
class Plan:
    """The answer: `lift` in the metric's unit, `per_arm` units, and with traffic known the `days` they take.

    `alpha_each` is the level of each treatment's comparison with the control. `notes` say what to mind.
    """

    kind: str
    formula: str
    baseline: float | None
    target: float | None
    lift: float
    relative_lift: float | None
    sd: float | None
    alpha: float
    alpha_each: float
    power: float
    arms: int
    per_arm: int
    total: int
    per_day: float | None
    days: int | None
    notes: tuple[str, ...]


def plan(request: Request) -> Plan:
    """Size a test for a lift, or find the lift that a test of so many days can show.

    Sizes are rounded to the nearest whole, as published tables are. Raises MartletError where what is asked makes no
    sense or no test can answer it.
    """
    _check(request)
    lift = _asked_lift(request)
    if lift is None:
        available = request.days or 0.0
        per_arm = math.floor(_daily(request) * available / request.arms)
        lift = _detectable(request, per_arm)
        if not math.isfinite(lift):
            raise MartletError(f"{per_arm:,} units an arm are too few to show any rise at all")
        days: int | None = math.ceil(available)
    else:
        needed = _size(request, lift)
        if needed > MOST_UNITS:
            raise MartletError(f"a lift of {lift:g} is too small for any test")
        per_arm = max(round(needed), 2)
        days = math.ceil(per_arm * request.arms / request.per_day) if request.per_day else None
    baseline = request.rate if request.rate is not None else request.mean
    return Plan(
        kind="proportion" if request.rate is not None else "mean",
        formula=f"{request.formula}: {FORMULAS[request.formula]}" if request.rate is not None else MEANS_FORMULA,
        baseline=baseline,
        target=baseline + lift if baseline is not None else None,
        lift=lift,
        relative_lift=lift / abs(baseline) if baseline else None,
        sd=request.sd,
        alpha=request.alpha,
        alpha_each=_alpha_each(request),
        power=request.power,
        arms=request.arms,
        per_arm=per_arm,
        total=per_arm * request.arms,
        per_day=request.per_day,
        days=days,
        notes=tuple(_notes(request, lift, per_arm, days)),
    )


def _check(request: Request) -> None:
    numbers = (request.rate, request.mean, request.sd, request.lift, request.per_day, request.days)
    if not all(number is None or math.isfinite(number) for number in numbers):
        raise MartletError("every number must be finite")
    if (request.rate is None) == (request.sd is None):
        raise MartletError("give --rate for a proportion, or --sd (and --mean) for a mean")
    if request.rate is not None and request.mean is not None:
        raise MartletError("--mean goes with --sd, not with --rate")
    if request.rate is not None and not 0 < request.rate < 1:
        raise MartletError("--rate must lie between 0 and 1 (or 0% and 100%)")
    if request.sd is not None and not request.sd > 0:
        raise MartletError("--sd must be above 0")
    if not (LEAST_ALPHA <= request.alpha < 1 and 0 < request.power <= 1 - LEAST_ALPHA):
        raise MartletError("--alpha and --power must lie between 0 and 1")
    if request.power <= request.alpha:
        raise MartletError("--power must be above --alpha: a test that sees nothing has that much by chance")
    if request.per_day is not None and not 0.001 <= request.per_day <= MOST_UNITS:
        raise MartletError(f"--sessions-per-day must lie between 0.001 and {MOST_UNITS:,}")
    if (request.lift is None) == (request.days is None):
        raise MartletError("give --lift for a sample size, or --days for what a test of so long can show")
    if request.days is not None and not 0 < request.days <= 36_500:
        raise MartletError("--days must be above 0, and no more than a century")
    if request.days is not None and request.per_day is None:
        raise MartletError("--days needs --sessions-per-day")
    if request.is_relative and request.lift is not None and request.rate is None and not request.mean:
        raise MartletError("a relative lift of a mean needs --mean, other than 0")


def _asked_lift(request: Request) -> float | None:
    """The lift in the metric's unit."""
    if request.lift is None:
        return None
    baseline = request.rate if request.rate is not None else request.mean
    lift = request.lift * abs(baseline) if request.is_relative and baseline is not None else request.lift
    if lift == 0:
        raise MartletError("--lift must not be 0")
    if request.rate is not None and not 0 < request.rate + lift < 1:
        raise MartletError(f"a lift of {lift:g} takes the rate to {request.rate + lift:g}, beyond 0 to 1")
    return lift


def _alpha_each(request: Request) -> float:
    return bonferroni(request.alpha, request.arms - 1)


def _daily(request: Request) -> float:
    return request.per_day or 0.0


def _size(request: Request, lift: float) -> float:
    alpha = _alpha_each(request)
    try:
        if request.rate is not None:
            return exact_sample_size(request.rate, request.rate + lift, alpha, request.power, request.formula)
        return exact_sample_size_means(lift, request.sd or math.nan, alpha, request.power)
    except (ValueError, ZeroDivisionError, OverflowError):
        return math.inf


def _detectable(request: Request, per_arm: float) -> float:
    alpha = _alpha_each(request)
    if request.rate is not None:
        return minimum_detectable_effect(request.rate, per_arm, alpha, request.power, request.formula)
    return minimum_detectable_difference(request.sd or math.nan, per_arm, alpha, request.power)


def _notes(request: Request, lift: float, per_arm: int, days: int | None) -> list[str]:
    notes = ["This is for one look, at the end; whoever peeks reads the always-valid interval, which needs more units."]
    if request.arms > 2:
        notes.append(
            f"{request.arms - 1} treatments are compared with one control, so each is tested at alpha "
            f"{_alpha_each(request):.4g} (Bonferroni)."
        )
    if request.rate is not None:
        rates = (request.rate, request.rate + lift)
        fewest = per_arm * min(min(rate, 1 - rate) for rate in rates)
        if fewest < LEAST_CONVERSIONS:
            notes.append("An arm would see fewer than 10 conversions, or fewer than 10 without: a rough approximation.")
    if days is not None:
        notes.extend(_notes_on_days(request, days))
    return notes


def _notes_on_days(request: Request, days: int) -> list[str]:
    notes = []
    if days % 7:
        notes.append(f"Weekdays differ: run whole weeks, {math.ceil(days / 7) * 7:,} days.")
    if days > LONGEST_DAYS:
        could = _detectable(request, math.floor(_daily(request) * LONGEST_DAYS / request.arms))
        within = f"in {LONGEST_DAYS} days it could show a rise of {shown_lift(request, could)} or more"
        notes.append(
            f"TOO LONG: {days:,} days are more than {LONGEST_DAYS}; "
            f"{within if math.isfinite(could) else f'in {LONGEST_DAYS} days it could show none'}."
        )
    return notes


def shown_lift(request: Request, lift: float) -> str:
    """A lift as people read it: points of a rate, else the mean's own unit."""
    return f"{100 * lift:.3g} points" if request.rate is not None else f"{lift:.4g}"
