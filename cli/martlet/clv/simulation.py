"""What customers may do after today, drawn from a model's posterior: intervals, and the day of the next order.

Whoever is alive at T has the posterior of (x, T), whenever the last order was; t_x only says how likely that is. So the
draws are of the distinct (x, T), and p_alive puts each customer's share of nothing under them.
"""

from dataclasses import dataclass

import numpy as np

from martlet.clv import bg_nbd, constant_rate, gamma_gamma, pareto_nbd
from martlet.clv.summary import Floats, Ints, Tuples

Parameters = bg_nbd.Parameters | pareto_nbd.Parameters | constant_rate.Parameters
DRAWS = 1000
SEED = 7
#: Pairs drawn at once, which bounds memory.
CHUNK = 1024
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
    """Draw the next `horizon` (the tuples' unit of time) of each distinct (x, T) DRAWS times, from one seed."""
    rng = np.random.default_rng(seed)
    alive = _p_alive(model, tuples)
    pairs, place = np.unique(np.stack([tuples.frequency, tuples.age]), axis=1, return_inverse=True)
    order = np.argsort(place, kind="stable")
    low, high, wait = (np.empty(len(alive)) for _ in range(3))
    for start in range(0, pairs.shape[1], CHUNK):
        x, T = pairs[:, start : start + CHUNK, None]  # noqa: N806
        worth, waits = draw_alive(rng, model, x, T, horizon)
        if spend is not None:
            known = np.broadcast_to(spend.p * x + spend.q, worth.shape)
            worth = rng.standard_gamma(spend.p * worth) / rng.standard_gamma(known)
        worth.sort(axis=1)
        waits.sort(axis=1)
        here = order[slice(*np.searchsorted(place, (start, start + len(x)), sorter=order))]
        row, chance = np.asarray(place[here] - start, dtype=np.int64), alive[here]
        low[here] = _quantile(worth, row, 1.0 - (1.0 - TAIL) / chance, 0.0)
        high[here] = _quantile(worth, row, 1.0 - TAIL / chance, 0.0)
        wait[here] = _quantile(waits, row, 0.5 / chance, np.inf)
    return Outlook(low, high, wait)


def draw_alive(
    rng: np.random.Generator,
    model: Parameters,
    x: Floats,
    T: Floats,  # noqa: N803
    horizon: float,
) -> tuple[Floats, Floats]:
    """Orders of people alive (k, 1) within the horizon, and time to the next, infinite if none: arrays (k, DRAWS)."""
    shape = (len(x), DRAWS)
    rate = rng.standard_gamma(np.broadcast_to(model.r + x, shape)) / (model.alpha + T)
    wait = rng.standard_exponential(shape) / np.maximum(rate, 1e-300)
    if isinstance(model, pareto_nbd.Parameters):
        leaving = np.maximum(rng.standard_gamma(model.s, shape), 1e-300) / (model.beta + T)
        life = rng.standard_exponential(shape) / leaving
        orders = rng.poisson(rate * np.minimum(life, horizon))
        return orders.astype(np.float64), np.where(wait < life, wait, np.inf)
    orders = rng.poisson(rate * horizon)
    if isinstance(model, bg_nbd.Parameters):
        leave = np.maximum(rng.beta(model.a, np.broadcast_to(model.b + x, shape)), 1e-12)
        # after each order she leaves with probability `leave`: the last order is the first one after which she does
        orders = np.minimum(orders, rng.geometric(leave))
    return orders.astype(np.float64), wait


def _p_alive(model: Parameters, tuples: Tuples) -> Floats:
    known = tuples.frequency, tuples.recency, tuples.age
    if isinstance(model, bg_nbd.Parameters):
        return np.maximum(bg_nbd.p_alive(model, *known), 1e-300)
    if isinstance(model, pareto_nbd.Parameters):
        return np.maximum(pareto_nbd.p_alive(model, *known), 1e-300)
    return np.ones(len(tuples.weight))


def _quantile(draws: Floats, row: Ints, level: Floats, otherwise: float) -> Floats:
    """The least draw that a share `level` (n,) of its sorted row does not exceed; `otherwise` outside 0 to 1."""
    inside = (level > 0.0) & (level <= 1.0)
    place = np.ceil(np.where(inside, level, 1.0) * draws.shape[1]).astype(np.int64) - 1
    return np.asarray(np.where(inside, draws[row, place], otherwise), dtype=np.float64)
