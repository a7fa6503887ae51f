"""Replays daily demand through reorder policies, all of them and all SKUs at once.

A day: what was ordered arrives, sales are made, what is not in stock is lost, and at the end stock on hand and on order
is reviewed. Where it is at or below the reorder level, an order lifts it to the order-up-to level in whole packs; it is
on the shelf after its lead time, in time for the day after. A cycle lasts from one arrival to the next, and has a
stock-out if a sale was lost in it: with one order on its way at a time, between its placing and its arrival.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from martlet.inventory.lead_times import Bools, Ints, LeadTimes


@dataclass(frozen=True)
class Levels:
    """From day `since` of the replay on: `reorder` and `up_to` levels (P, n) of P policies, whole units.

    `sells` (n,): False for a SKU that has not sold lately; it is not reordered until it sells.
    """

    since: int
    reorder: Ints
    up_to: Ints
    sells: Bools


@dataclass(frozen=True)
class Replay:
    """What happened, by policy and SKU (P, n), after each SKU's warm-up.

    `cycles` ended by an arrival and `cycles_served` are those without a stock-out; `stock_days` is the sum over days of
    units on hand at their end; `out_days` counts days that end with none. `start` and `end` are units
    on hand before the first and after the last day, `arrived` and `all_sold` the units in between, warm-up included.
    """

    days: Ints
    cycles: Ints
    cycles_served: Ints
    orders: Ints
    demand: Ints
    sold: Ints
    stock_days: Ints
    out_days: Ints
    start: Ints
    end: Ints
    arrived: Ints
    all_sold: Ints


def replay(
    demand: Ints, schedule: Sequence[Levels], pack_size: Ints, lead: LeadTimes, entry: Ints, seed: int
) -> Replay:
    """Replay `demand` (n, T) through the policies of `schedule`, whose first entry starts at day 0.

    entry : (n,) day on which a SKU joins, with nothing on order and on hand a number anywhere between its two levels,
    as if it had long been planned for; its demand before is none. Nothing counts in its first usual lead time.
    seed : draws that number's place, and a lead time for each SKU and day, so that an order of a day takes as long
    under every policy.
    """
    count, length = demand.shape
    policies = schedule[0].reorder.shape[0]
    shape = (policies, count)
    rng = np.random.default_rng(seed)
    phase = rng.random(count)
    lead_days = np.ascontiguousarray(lead.at(rng.random((count, length)), np.arange(count)[:, None]).T)
    wanted = np.ascontiguousarray(demand.T)
    ring = np.zeros((lead.longest + 1, policies * count), dtype=np.int64)
    starts = {levels.since: levels for levels in schedule}
    now = schedule[0]
    warm_up = entry + lead.usual
    start, on_hand, on_order, arrived, all_sold, sold, stock_days, out_days, orders, cycles, served = (
        np.zeros(shape, dtype=np.int64) for _ in range(11)
    )
    has_lost = np.zeros(shape, dtype=np.bool_)
    sells = np.zeros(shape, dtype=np.bool_)
    for day in range(length):
        if day in starts:
            now = starts[day]
            sells[:] = now.sells
        joins = entry == day
        opening = now.reorder + np.ceil(phase * (now.up_to - now.reorder)).astype(np.int64)
        start += opening * joins
        on_hand += opening * joins
        slot = ring[day % len(ring)]
        coming = slot.reshape(shape).copy()
        slot[:] = 0
        on_hand += coming
        on_order -= coming
        arrived += coming
        counts = day >= warm_up
        ended = (coming > 0) & counts
        cycles += ended
        served += ended & ~has_lost
        has_lost &= coming == 0
        made = np.minimum(on_hand, wanted[day])
        on_hand -= made
        sells |= made > 0
        has_lost |= made < wanted[day]
        all_sold += made
        sold += made * counts
        stock_days += on_hand * counts
        out_days += (on_hand <= 0) & counts
        position = on_hand + on_order
        due = np.flatnonzero(((position <= now.reorder) & sells & (day >= entry)).ravel())
        if len(due):
            sku = due % count
            missing = now.up_to.ravel()[due] - position.ravel()[due]
            quantity = -(-missing // pack_size[sku]) * pack_size[sku]
            on_order.ravel()[due] += quantity
            ring[(day + 1 + lead_days[day, sku]) % len(ring), due] += quantity
            orders.ravel()[due] += day >= warm_up[sku]
    judged = np.maximum(length - warm_up, 0)
    asked = np.where(np.arange(length) >= warm_up[:, None], demand, 0).sum(axis=1)
    return Replay(
        days=np.broadcast_to(judged, shape),
        cycles=cycles,
        cycles_served=served,
        orders=orders,
        demand=np.broadcast_to(asked, shape),
        sold=sold,
        stock_days=stock_days,
        out_days=out_days,
        start=start,
        end=on_hand,
        arrived=arrived,
        all_sold=all_sold,
    )
