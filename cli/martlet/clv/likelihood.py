"""Maximum likelihood for positive parameters, on their logarithms, with an analytic gradient."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from martlet.clv.summary import Floats

#: Logarithms of the parameters, in units of the data's own scale, stay within this of zero.
BOUND = 12.0
#: No logarithm moves further than this in one step.
LONGEST_STEP = 2.0
#: A gradient of the mean log-likelihood no steeper than this, by every logarithm, is as flat as doubles can tell ...
TARGET = 1e-9
#: ... and one no steeper than this is a maximum, if no step goes up from there.
FLAT = 1e-5
#: A step that gains no more than this share of the value is within rounding; so many in a row end the search.
LEAST_GAIN, MOST_IDLE_STEPS = 1e-13, 3
MOST_STEPS = 300

P = TypeVar("P")
Objective = Callable[[Floats], tuple[float, Floats]]


@dataclass(frozen=True)
class Fit(Generic[P]):
    """A model's parameters where its likelihood is greatest, and what is doubtful about them.

    `log_likelihood` is in the caller's unit of time or money. `boundary` names the parameters on the edge of their
    range; such a fit should not be used.
    """

    parameters: P
    log_likelihood: float
    customers: float
    converged: bool
    boundary: tuple[str, ...]


@dataclass(frozen=True)
class Maximum:
    """Where the search ended: parameters (k,), whether it is flat there, and which parameters met their bound (k,)."""

    parameters: Floats
    converged: bool
    at_bound: tuple[bool, ...]


def maximize(objective: Objective, start: Floats) -> Maximum:
    """Maximise `objective`, which gives the mean log-likelihood at parameters (k,) and its gradient by them (k,).

    BFGS with backtracking (Nocedal and Wright 2006, algorithm 6.1) on logarithms, where positive parameters have no
    edge to fall off. It ends where a logarithm meets its bound, for it would go on. Nothing is drawn, nothing summed
    by a library that uses threads: scipy's optimisers wake BLAS for vectors of four, and its threads then spin through
    the objective's work, which doubled the processor time of a fit.
    """

    def cost(logs: Floats) -> tuple[float, Floats]:
        parameters = np.exp(logs)
        value, gradient = objective(parameters)
        return -value, -gradient * parameters

    here = np.log(start)
    value, gradient = cost(here)
    inverse = np.eye(len(start))
    idle = 0
    for step_number in range(MOST_STEPS):
        if np.abs(gradient).max() <= TARGET:
            break
        direction = -(inverse * gradient).sum(axis=1)
        slope = float((direction * gradient).sum())
        if slope >= 0:
            inverse, direction = np.eye(len(start)), -gradient
            slope = float((direction * gradient).sum())
        length = min(1.0, LONGEST_STEP / float(np.abs(direction).max()))
        there, ahead, steeper = _search(cost, here, value, direction, slope, length)
        if there is here:
            break
        idle = idle + 1 if value - ahead <= LEAST_GAIN * (1.0 + abs(value)) else 0
        moved, change = there - here, steeper - gradient
        here, value, gradient = there, ahead, steeper
        if np.abs(here).max() >= BOUND or idle == MOST_IDLE_STEPS:
            break
        inverse = _updated(inverse, moved, change, first=step_number == 0)
    at_bound = np.abs(here) >= BOUND
    flat = bool(np.isfinite(value) and np.abs(gradient).max() <= FLAT)
    return Maximum(np.exp(here), flat, tuple(bool(met) for met in at_bound))


def _search(
    cost: Objective, here: Floats, value: float, direction: Floats, slope: float, length: float
) -> tuple[Floats, float, Floats]:
    """The first point back along the direction that is lower by enough (Armijo), or `here` itself if there is none."""
    for _ in range(20):
        there = np.clip(here + length * direction, -BOUND, BOUND)
        ahead, gradient = cost(there)
        if np.isfinite(ahead) and np.isfinite(gradient).all() and ahead <= value + 1e-4 * length * slope:
            return there, ahead, gradient
        length *= 0.4
    return here, value, direction


def _updated(inverse: Floats, moved: Floats, change: Floats, first: bool) -> Floats:
    """The inverse Hessian after a step (equation 6.17), left alone where the step shows no curvature."""
    curvature = float((moved * change).sum())
    if curvature <= 1e-12 * float(np.sqrt((moved**2).sum() * (change**2).sum())):
        return inverse
    if first:
        inverse = inverse * curvature / float((change**2).sum())
    turned = (inverse * change).sum(axis=1)
    along = moved[:, None] * moved[None, :]
    across = moved[:, None] * turned[None, :]
    weight = (1.0 + float((change * turned).sum()) / curvature) / curvature
    return np.asarray(inverse + weight * along - (across + across.T) / curvature, dtype=np.float64)
