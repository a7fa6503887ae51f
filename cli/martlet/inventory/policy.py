"""Textbook inventory policies for many SKUs at once: how much to order, and when.

Every function takes arrays that broadcast against each other and returns arrays. Rates and costs share one unit of
time: with demand a year, the holding cost is for a unit and a year. Lead-time demand is normal here; policies on whole
units and on demand that is not normal stand in `levels.py`.

S&S is Snyder and Shen, Fundamentals of Supply Chain Theory (2nd ed.); Nahmias is Production and Operations Analysis.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

Floats = NDArray[np.float64]

_ROOT_STEPS = 60


@dataclass(frozen=True)
class ReorderPolicy:
    """`r`: reorder point, `q`: order quantity, units; `cost`: expected cost a unit of time. Arrays of one shape."""

    r: Floats
    q: Floats
    cost: Floats


def economic_order_quantity(demand: ArrayLike, order_cost: ArrayLike, holding_cost: ArrayLike) -> Floats:
    """The quantity of least cost, sqrt(2 K D / h) (Harris 1913; S&S 3.4): demand, holding_cost for a unit and time."""
    return np.asarray(np.sqrt(2.0 * _array(order_cost) * _array(demand) / _array(holding_cost)))


def order_quantity_cost(
    quantity: ArrayLike, demand: ArrayLike, order_cost: ArrayLike, holding_cost: ArrayLike
) -> Floats:
    """Cost of ordering and of keeping half a lot, K D / Q + h Q / 2 (S&S chapter 3)."""
    lot = _array(quantity)
    return np.asarray(_array(order_cost) * _array(demand) / lot + _array(holding_cost) * lot / 2.0)


def in_packs(quantity: ArrayLike, pack_size: ArrayLike) -> Floats:
    """The least whole number of packs that holds a quantity, in units; the rule of the macro `in_packs`."""
    pack = _array(pack_size)
    return np.asarray(np.ceil(np.round(_array(quantity) / pack, 6)) * pack)


def normal_loss(z: ArrayLike) -> Floats:
    """E[(Z - z)+] of a standard normal Z (S&S C.22)."""
    x = _array(z)
    return np.asarray(_density(x) - x * ndtr(-x))


def normal_second_order_loss(z: ArrayLike) -> Floats:
    """E[((Z - z)+)^2] / 2 of a standard normal Z (S&S C.27): the integral of the loss from z up."""
    x = _array(z)
    return np.asarray(0.5 * ((x * x + 1.0) * ndtr(-x) - x * _density(x)))


def newsvendor_normal(
    holding_cost: ArrayLike, stock_out_cost: ArrayLike, mean: ArrayLike, deviation: ArrayLike
) -> tuple[Floats, Floats]:
    """Base-stock level and its expected cost a period, normal demand (S&S 4.24, 4.30)."""
    h, p, sd = _array(holding_cost), _array(stock_out_cost), _array(deviation)
    z = ndtri(p / (p + h))
    return _array(mean) + z * sd, (h + p) * _density(z) * sd


def base_stock_normal(
    holding_cost: ArrayLike, stock_out_cost: ArrayLike, mean: ArrayLike, deviation: ArrayLike, lead_time: ArrayLike
) -> tuple[Floats, Floats]:
    """The same with a lead time of L periods: demand of L + 1 periods is at stake (S&S example 4.4)."""
    periods = _array(lead_time) + 1.0
    return newsvendor_normal(holding_cost, stock_out_cost, _array(mean) * periods, _array(deviation) * np.sqrt(periods))


def r_q_cost(
    reorder_point: ArrayLike,
    quantity: ArrayLike,
    holding_cost: ArrayLike,
    stock_out_cost: ArrayLike,
    order_cost: ArrayLike,
    demand: ArrayLike,
    lead_time_mean: ArrayLike,
    lead_time_deviation: ArrayLike,
) -> Floats:
    """Cost a unit of time of an (r, Q) policy where units wait (S&S 5.7): (K D + integral of the cost rate) / Q."""
    r, q, mean, sd = (_array(a) for a in (reorder_point, quantity, lead_time_mean, lead_time_deviation))
    area = _cost_area(r, r + q, _array(holding_cost), _array(stock_out_cost), mean, sd)
    return np.asarray((_array(order_cost) * _array(demand) + area) / q)


def optimal_r_q(
    holding_cost: ArrayLike,
    stock_out_cost: ArrayLike,
    order_cost: ArrayLike,
    demand: ArrayLike,
    lead_time_mean: ArrayLike,
    lead_time_deviation: ArrayLike,
) -> ReorderPolicy:
    """The optimal (r, Q) where units wait, each at `stock_out_cost` a unit of time: the least of `r_q_cost`.

    With g(y) the cost rate at position y, the optimum has g(r) = g(r + Q) = the cost, (K D + integral of g) / Q. Two
    nested root searches: r by bisection, the other root of g by Newton's method from above, where g is convex.
    """
    h, p, k, d, mean, sd = np.broadcast_arrays(
        *(_array(a) for a in (holding_cost, stock_out_cost, order_cost, demand, lead_time_mean, lead_time_deviation))
    )

    def rate(y: Floats) -> Floats:
        return np.asarray(h * (y - mean) + (h + p) * sd * normal_loss((y - mean) / sd))

    def mirror(low: Floats) -> Floats:
        # above the line h (y - mean) the rate only lies higher, so its root is no further than the line's
        cost = rate(low)
        high = mean + cost / h
        for _ in range(_ROOT_STEPS):
            slope = h - (h + p) * ndtr(-(high - mean) / sd)
            step = (rate(high) - cost) / np.where(slope > 0, slope, np.inf)
            high = high - step
            if np.all(np.abs(step) <= 1e-12 * np.maximum(np.abs(high), 1.0)):
                break
        return np.asarray(high)

    bottom = mean + ndtri(p / (p + h)) * sd
    # without randomness Q is that of the EOQ with backorders; its reorder point and some deviations lie below r
    widest = np.sqrt(2.0 * k * d * h / (p * (p + h)))
    low, high = bottom - 2.0 * widest - 6.0 * sd, bottom
    for _ in range(_ROOT_STEPS):
        middle = (low + high) / 2.0
        top = mirror(middle)
        too_high = rate(middle) * (top - middle) - _cost_area(middle, top, h, p, mean, sd) < k * d
        low, high = np.where(too_high, low, middle), np.where(too_high, middle, high)
    r = (low + high) / 2.0
    return ReorderPolicy(r, mirror(r) - r, rate(r))


def r_q_by_penalty(
    holding_cost: ArrayLike,
    unit_penalty: ArrayLike,
    order_cost: ArrayLike,
    demand: ArrayLike,
    lead_time_mean: ArrayLike,
    lead_time_deviation: ArrayLike,
) -> ReorderPolicy:
    """The (r, Q) where each unit short costs `unit_penalty` once (Hadley and Whitin; Nahmias 5.5; S&S 5.17, 5.18).

    Iterates Q = sqrt(2 D (K + p n(r)) / h) and F(r) = 1 - Q h / (p D) from the EOQ, until neither moves. A penalty so
    low that Q h > p D leaves r without a solution: NaN.
    """
    h, p, k, d = (_array(a) for a in (holding_cost, unit_penalty, order_cost, demand))
    mean, sd = _array(lead_time_mean), _array(lead_time_deviation)
    q = economic_order_quantity(d, k, h)
    r = mean
    for _ in range(_ROOT_STEPS):
        share = q * h / (p * d)
        r = mean + ndtri(np.where(share < 1.0, 1.0 - share, np.nan)) * sd
        short = sd * normal_loss((r - mean) / sd)
        q, before = np.sqrt(2.0 * d * (k + p * short) / h), q
        if np.all(np.abs(q - before) <= 1e-12 * q):
            break
    cost = h * (r - mean + q / 2.0) + k * d / q + p * d * short / q
    return ReorderPolicy(r, q, cost)


def r_q_eoq_safety_stock(
    holding_cost: ArrayLike,
    stock_out_cost: ArrayLike,
    order_cost: ArrayLike,
    demand: ArrayLike,
    lead_time_mean: ArrayLike,
    lead_time_deviation: ArrayLike,
) -> tuple[Floats, Floats]:
    """The approximation that most shops use: the newsvendor's reorder point beside the EOQ (S&S 3.4, 5.21); r and Q."""
    reorder, _ = newsvendor_normal(holding_cost, stock_out_cost, lead_time_mean, lead_time_deviation)
    return reorder, economic_order_quantity(demand, order_cost, holding_cost)


def reorder_point_cycle_service(level: ArrayLike, lead_time_mean: ArrayLike, lead_time_deviation: ArrayLike) -> Floats:
    """Reorder point at which a share `level` of cycles has no stock-out (type 1; Nahmias 5.6)."""
    return np.asarray(_array(lead_time_mean) + ndtri(_array(level)) * _array(lead_time_deviation))


def reorder_point_fill_rate(
    rate: ArrayLike, quantity: ArrayLike, lead_time_mean: ArrayLike, lead_time_deviation: ArrayLike
) -> Floats:
    """Reorder point at which a share `rate` of units is sold from stock (type 2; Nahmias 5.6): n(r) = (1 - rate) Q.

    The standard loss is inverted by Newton's method from below, where it is convex and never overshoots.
    """
    sd = _array(lead_time_deviation)
    target = (1.0 - _array(rate)) * _array(quantity) / sd
    # the loss is above -z everywhere, so its inverse lies above minus the target
    z = -target
    for _ in range(_ROOT_STEPS * 4):
        step = (normal_loss(z) - target) / np.maximum(ndtr(-z), 1e-300)
        z = z + step
        if np.all(np.abs(step) <= 1e-12):
            break
    return np.asarray(_array(lead_time_mean) + z * sd)


def lead_time_deviation(
    mean: ArrayLike, deviation: ArrayLike, lead_time: ArrayLike, lead_time_deviation: ArrayLike = 0.0
) -> Floats:
    """Deviation of demand over a lead time that varies, sqrt(L sd^2 + mean^2 sd_L^2) (Silver, Pyke and Thomas 6.37).

    mean, deviation : of demand a period; lead_time and its own deviation in periods. A weekly deviation becomes daily
    by sqrt(7), not by 7.
    """
    rate, sd, length, spread = (_array(a) for a in (mean, deviation, lead_time, lead_time_deviation))
    return np.asarray(np.sqrt(length * sd**2 + rate**2 * spread**2))


def _cost_area(low: Floats, high: Floats, h: Floats, p: Floats, mean: Floats, sd: Floats) -> Floats:
    """Integral of h E[(y - D)+] + p E[(D - y)+] from `low` to `high`."""
    loss = normal_second_order_loss((low - mean) / sd) - normal_second_order_loss((high - mean) / sd)
    return np.asarray(h * ((high - mean) ** 2 - (low - mean) ** 2) / 2.0 + (h + p) * sd**2 * loss)


def _density(z: Floats) -> Floats:
    return np.asarray(np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi), dtype=np.float64)


def _array(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)
