"""What customers may do after today, drawn from a model's posterior: intervals, and the day of the next order."""

from dataclasses import dataclass

import numpy as np

from martlet.clv import bg_nbd, constant_rate, gamma_gamma, pareto_nbd
from martlet.clv.summary import Floats, Tuples

Parameters = bg_nbd.Parameters | pareto_nbd.Parameters | constant_rate.Parameters
DRAWS = 400
SEED = 7
#: Tuples drawn at once, which bounds memory.
CHUNK = 4096
TAIL = 0.1


@dataclass(frozen=True)
class Outlook:
    """For each distinct customer (k,): 10% and 90% quantiles of spend ahead, in units of `unit`, and the median wait.

    With gamma-gamma, spend of a customer is its quantile times v + x zbar, for nu's posterior is Gamma(p x + q, v + x
    zbar); without, it is in transactions. The wait is infinite where another order is less likely than not.
    """

    low: Floats
    high: Floats
    wait: Floats


def look_ahead(
    model: Parameters, spend: gamma_gamma.Parameters | None, tuples: Tuples, horizon: float, seed: int = SEED
) -> Outlook:
    """Draw each distinct customer's next `horizon` (the tuples' unit of time) DRAWS times, from one seed."""
    rng = np.random.default_rng(seed)
    parts = []
    for start in range(0, len(tuples.weight), CHUNK):
        x, t_x, T = (  # noqa: N806
            values[start : start + CHUNK, None] for values in (tuples.frequency, tuples.recency, tuples.age)
        )
        orders, wait = _draw(rng, model, x, t_x, T, horizon)
        worth = orders
        if spend is not None:
            known = np.broadcast_to(spend.p * x + spend.q, orders.shape)
            worth = rng.standard_gamma(spend.p * orders) / rng.standard_gamma(known)
        low, high = np.quantile(worth, [TAIL, 1.0 - TAIL], axis=1)
        parts.append((low, high, np.quantile(wait, 0.5, axis=1, method="higher")))
    low, high, wait = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Outlook(low, high, wait)


def _draw(
    rng: np.random.Generator,
    model: Parameters,
    x: Floats,
    t_x: Floats,
    T: Floats,  # noqa: N803
    horizon: float,
) -> tuple[Floats, Floats]:
    """Orders within the horizon and time to the next one, infinite if there is none: two arrays (k, DRAWS)."""
    shape = (len(x), DRAWS)
    rate = rng.standard_gamma(np.broadcast_to(model.r + x, shape)) / (model.alpha + T)
    wait = rng.standard_exponential(shape) / np.maximum(rate, 1e-300)
    if isinstance(model, constant_rate.Parameters):
        return rng.poisson(rate * horizon).astype(np.float64), wait
    if isinstance(model, bg_nbd.Parameters):
        alive = rng.random(shape) < bg_nbd.p_alive(model, x, t_x, T)
        leave = np.maximum(rng.beta(model.a, np.broadcast_to(model.b + x, shape)), 1e-12)
        # after each order she leaves with probability `leave`: the last order is the first one after which she does
        orders = np.minimum(rng.poisson(rate * horizon), rng.geometric(leave))
        return np.where(alive, orders, 0).astype(np.float64), np.where(alive, wait, np.inf)
    alive = rng.random(shape) < pareto_nbd.p_alive(model, x, t_x, T)
    leaving = np.maximum(rng.standard_gamma(model.s, shape), 1e-300) / (model.beta + T)
    life = np.where(alive, rng.standard_exponential(shape) / leaving, 0.0)
    orders = rng.poisson(rate * np.minimum(life, horizon))
    return orders.astype(np.float64), np.where(wait < life, wait, np.inf)
