"""Maximum likelihood for positive parameters, on their logarithms, with an analytic gradient."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from martlet.clv.summary import Floats

#: Logarithms of the parameters, in units of the data's own scale, stay within this of zero.
BOUND = 12.0
#: A gradient of the mean log-likelihood no steeper than this, by every logarithm, is a maximum.
FLAT = 1e-5

Objective = Callable[[Floats], tuple[float, Floats]]


@dataclass(frozen=True)
class Maximum:
    """Where the search ended: parameters (k,), whether it is flat there, and which parameters met their bound (k,)."""

    parameters: Floats
    converged: bool
    at_bound: tuple[bool, ...]


def maximize(objective: Objective, start: Floats) -> Maximum:
    """Maximise `objective`, which gives the mean log-likelihood at parameters (k,) and its gradient by them (k,).

    L-BFGS-B on logarithms, where positive parameters have no edge to fall off and the bounds catch those that would run
    off to zero or infinity. The same numbers give the same answer: nothing is drawn, and no sum depends on threads.
    """

    def negative(logs: Floats) -> tuple[float, Floats]:
        parameters = np.exp(logs)
        value, gradient = objective(parameters)
        return -value, -gradient * parameters

    bounds = [(-BOUND, BOUND)] * len(start)
    options = {"maxiter": 1000, "maxfun": 2000, "ftol": 1e-15, "gtol": 1e-9, "maxcor": 20}
    found = minimize(negative, np.log(start), jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    at_bound = np.abs(found.x) > BOUND - 1e-6
    # what stands at its bound would go on, and its gradient says so
    steepest = np.abs(np.where(at_bound, 0.0, found.jac)).max()
    flat = bool(np.isfinite(found.fun) and steepest <= FLAT)
    return Maximum(np.exp(found.x), flat, tuple(bool(value) for value in at_bound))
