"""Reorder levels in whole units that meet a cycle service level.

A slow SKU's level is a small number: at 0 it may run out in 22% of its cycles, at 1 in 3%. Rounded up one by one, a 95%
target ends at 97% or more and the stock to go with it. So the target is met over all SKUs that share it, weighted by
the cycles each will have, with every SKU at the whole number just below or just above its own quantile, the cheapest
protection first: the system approach (Sherbrooke 2004; Thonemann, Brown and Hausman 2002).
"""

import numpy as np

from martlet.inventory.lead_times import Bools, Floats, Ints


def service_at(scenarios: Floats, level: Ints | Floats) -> Floats:
    """Share of scenarios (n, S) that a reorder level (n,) holds out against."""
    return np.asarray((scenarios <= np.asarray(level)[:, None]).mean(axis=1))


def levels_each(scenarios: Floats, target: Floats) -> Ints:
    """The least whole level at which each SKU meets its own target: (n, S) ascending, (n,) in (0, 1) -> (n,)."""
    size = scenarios.shape[1]
    index = np.clip(np.ceil(target * size - 1e-9).astype(np.int64) - 1, 0, size - 1)
    return np.asarray(np.take_along_axis(scenarios, index[:, None], axis=1)[:, 0]).astype(np.int64)


def levels_together(
    scenarios: Floats,
    target: Floats,
    shared_by: Ints | Floats,
    cycles: Floats,
    unit_cost: Floats,
    held: Ints | None = None,
) -> Ints:
    """Levels at which the SKUs that share a target meet it together, at the least stock: (n,).

    target : (n,) in (0, 1), the same for all SKUs of one value of `shared_by`; cycles : (n,) expected orders in a year,
    the weight of a SKU; unit_cost : (n,) of one more unit kept.
    held : (n,) levels held so far. One stays at its whole number unless the target asks for the other: a level raised
    for a rounding orders stock that takes a slow SKU months to sell.
    """
    high = levels_each(scenarios, target)
    low = np.maximum(high - 1, 0)
    at_low, at_high = service_at(scenarios, low), service_at(scenarios, high)
    gain = cycles * (at_high - at_low)
    worth = gain / np.maximum(unit_cost, 1e-9)
    can_choose = high > low
    is_high: Bools = np.zeros(len(high), dtype=np.bool_) if held is None else can_choose & (held >= high)
    for kind in np.unique(shared_by):
        alike = np.flatnonzero(shared_by == kind)
        spare = (cycles[alike] * (np.where(is_high, at_high, at_low)[alike] - target[alike])).sum()
        # short of the target the best worth rises first, above it the least worth falls first
        raises = spare < 0
        moves = alike[can_choose[alike] & (is_high[alike] != raises)]
        order = moves[np.argsort(-worth[moves] if raises else worth[moves], kind="stable")]
        moved = np.cumsum(gain[order])
        is_moved = moved - gain[order] < -spare - 1e-12 if raises else moved <= spare + 1e-12
        is_high[order[is_moved]] = raises
    return np.where(is_high, high, low)
