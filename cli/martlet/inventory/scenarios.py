"""What may be asked for between an order and its arrival: equally likely totals for each SKU, learnt from past errors.

An order is placed by a sale, so what matters is demand after a sale, not on any days: sales come in clumps, and of all
SKUs it is those that turn out to sell more that order more. So every unit sold in the past stands for an order that it
might have placed. What was asked for from there on, the rest of its own day (the undershoot) and the days of the lead
time, is compared with what a forecast of that time expected.

These ratios are pooled over SKUs that sell about as often and in lots of about the same size, and mixed with the SKU's
own, which weigh the more the more there are. Everything is deterministic: grids and low-discrepancy sequences stand for
draws.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

from martlet.inventory.lead_times import Bools, Floats, Ints, LeadTimes

#: Equally likely totals for each SKU.
SCENARIOS = 400
#: Days that a setting of levels, and the forecast behind it, serves for.
STEP_DAYS = 28
#: Lead times' worth of its own past orders at which a SKU's record weighs as much as the pooled one.
OWN_PRIOR = 5.0
#: Sales of the median size that a SKU's own are mixed with.
LOT_PRIOR = 2.0
#: A past order loses half of its weight in so many days.
HALF_LIFE_DAYS = 180.0
#: Classes of the pool: lots of about the same size, and in them about as many units a lead time.
SIZE_CLASSES = 3
VOLUME_CLASSES = 20
CLASS_ORDERS = 400
#: With fewer past orders than this nothing is learnt from them.
MINIMUM_ORDERS = 50

# irrational steps, whose multiples fill the unit interval evenly and independently of each other
_GOLDEN = (np.sqrt(5.0) - 1.0) / 2.0
_SILVER = np.sqrt(2.0) - 1.0
_BRONZE = np.sqrt(3.0) - 1.0


@dataclass(frozen=True)
class Known:
    """What is known of n SKUs on one day, before any later one.

    `forecast`: (n, H) mean units a day ahead; `quantity`: (n,) units an order; `lot`: (n,) units of a usual sale;
    `is_old_enough`: (n,) False for a SKU too new to plan for; `sells`: (n,) False for one that has not sold lately.
    """

    forecast: Floats
    quantity: Ints
    lot: Floats
    is_old_enough: Bools
    sells: Bools


@dataclass(frozen=True)
class PastOrders:
    """Orders that units sold in the past might have placed; arrays of one length.

    `sku`: position of the SKU; `expected`: units that the forecast of then expected over the lead time; `lot`: units of
    its usual sale, as known then; `asked`: units asked for, undershoot included; `weight`: orders that the sale stands
    for, the recent ones more.
    """

    sku: Ints
    expected: Floats
    lot: Floats
    asked: Floats
    weight: Floats


def past_orders(units: Floats, known_at: Mapping[int, Known], length: int, lead: LeadTimes) -> PastOrders:
    """Compare past forecasts with what was asked for after each sale.

    units : (n, T) sold a day, NaN where it is not known (not on sale yet, or out of stock).
    known_at : {days of history: what was known then}; each serves for STEP_DAYS.
    length : days of history now; nothing later is looked at.
    """
    known = np.isfinite(units[:, :length])
    sold = np.where(known, units[:, :length], 0.0)
    total, gaps = running_sums(sold), running_sums(~known)
    empty = np.empty(0)
    parts: list[tuple[NDArray[np.generic], ...]] = [(np.empty(0, dtype=np.int64), empty, empty, empty, empty)]
    for origin, then in sorted(known_at.items()):
        ahead = running_sums(then.forecast)
        recent = sold[:, origin : min(origin + STEP_DAYS, length)] > 0
        sku, day = np.nonzero(recent & then.is_old_enough[:, None])
        days = lead.at(_spread(len(sku), _GOLDEN), sku)
        start = origin + day + 1
        is_whole = (start + days <= length) & (day + 1 + days < ahead.shape[1])
        sku, day, days, start = sku[is_whole], day[is_whole], days[is_whole], start[is_whole]
        is_whole = gaps[sku, start + days] == gaps[sku, start - 1]
        sku, day, days, start = sku[is_whole], day[is_whole], days[is_whole], start[is_whole]
        lot = sold[sku, start - 1]
        # the position is anywhere between two orders: a unit of the lot takes it to the reorder level, and the units
        # after it below
        placing = np.minimum(lot, then.quantity[sku])
        undershoot = lot - 1.0 - np.floor(_spread(len(sku), _SILVER) * placing)
        asked = undershoot + total[sku, start + days] - total[sku, start]
        expected = ahead[sku, day + 1 + days] - ahead[sku, day + 1]
        weight = placing / then.quantity[sku] * 0.5 ** ((length - start) / HALF_LIFE_DAYS)
        parts.append((sku, expected, then.lot[sku], asked, weight))
    return PastOrders(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def lead_time_scenarios(past: PastOrders, now: Known, lead: LeadTimes) -> Floats:
    """Equally likely totals from an order's placing to its arrival: (n, SCENARIOS) whole units, ascending."""
    count = len(now.lot)
    slot = np.arange(SCENARIOS) + 0.5
    ahead = running_sums(now.forecast)
    drawn_days = lead.at(np.tile(slot * _GOLDEN % 1.0, (count, 1)), np.arange(count)[:, None])
    expected = np.take_along_axis(ahead, np.minimum(drawn_days, ahead.shape[1] - 1), axis=1)
    if len(past.sku) < MINIMUM_ORDERS:
        ratio = _ratio_without_record(expected, now.lot[:, None], slot / SCENARIOS)
    else:
        ratio = _ratio_from_record(past, now, lead, expected)
    # rounded up or down so that the mean stays
    total = np.round(ratio * np.maximum(expected, now.lot[:, None]), 6)
    return np.sort(np.floor(total + slot * _SILVER % 1.0 * (1.0 - 1e-6)), axis=1)


def _ratio_from_record(past: PastOrders, now: Known, lead: LeadTimes, expected: Floats) -> Floats:
    """Asked over expected (over the lot, where less than one is expected), for each SKU and scenario: (n, S)."""
    count, lot = len(now.lot), np.broadcast_to(now.lot[:, None], expected.shape)
    ratio = past.asked / np.maximum(past.expected, past.lot)
    classes = _Classes(past.lot, past.expected / past.lot)
    of_past = classes.of(past.lot, past.expected / past.lot)
    pooled = grouped_quantiles(of_past, ratio, past.weight, classes.count, SCENARIOS)
    own = grouped_quantiles(past.sku, ratio, past.weight, count, SCENARIOS)
    # the days of one lead time overlap and tell the same story
    evidence = np.bincount(past.sku, weights=1.0 / lead.usual[past.sku], minlength=count)
    share = evidence / (evidence + OWN_PRIOR)
    is_own = ((np.arange(SCENARIOS) + 0.5) * _BRONZE % 1.0)[None, :] < share[:, None]
    rank = np.where(is_own, np.cumsum(is_own, axis=1), np.cumsum(~is_own, axis=1)) - 0.5
    of = np.where(is_own, is_own.sum(axis=1, keepdims=True), (~is_own).sum(axis=1, keepdims=True))
    index = np.minimum((rank / of * SCENARIOS).astype(np.int64), SCENARIOS - 1)
    alike = classes.of(lot.ravel(), (expected / lot).ravel()).reshape(expected.shape)
    return np.asarray(np.where(is_own, np.take_along_axis(own, index, axis=1), pooled[alike, index]))


def _ratio_without_record(expected: Floats, lot: Floats, share: Floats) -> Floats:
    """The same from assumptions: a gamma total whose variance is that of lots, and of a rate known to 70%."""
    shape = np.maximum(expected, 1e-9) / (lot + expected / 2.0)
    total = gammaincinv(shape, share) * np.maximum(expected, 1e-9) / shape
    return np.asarray((total + (lot - 1.0) / 2.0) / np.maximum(expected, lot))


class _Classes:
    """Classes of past orders by size of sale, and within them by expected number of sales."""

    def __init__(self, lot: Floats, volume: Floats) -> None:
        sizes = min(SIZE_CLASSES, max(len(lot) // (CLASS_ORDERS * 4), 1))
        self._sizes = np.quantile(lot, np.arange(1, sizes) / sizes)
        size = np.searchsorted(self._sizes, lot, side="right")
        self._volumes = []
        for index in range(sizes):
            inside = volume[size == index]
            classes = min(VOLUME_CLASSES, max(len(inside) // CLASS_ORDERS, 1))
            edges = np.quantile(inside, np.arange(1, classes) / classes) if len(inside) else np.empty(0)
            self._volumes.append(np.unique(edges))
        self._first = np.concatenate([[0], np.cumsum([len(edges) + 1 for edges in self._volumes])])
        self.count = int(self._first[-1])

    def of(self, lot: Floats, volume: Floats) -> Ints:
        """The class of each pair; arrays of one length."""
        size = np.searchsorted(self._sizes, lot, side="right")
        found = np.zeros(len(lot), dtype=np.int64)
        for index, edges in enumerate(self._volumes):
            inside = size == index
            found[inside] = self._first[index] + np.searchsorted(edges, volume[inside], side="right")
        return found


def grouped_quantiles(group: Ints, value: Floats, weight: Floats, groups: int, points: int) -> Floats:
    """Weighted quantiles of each group's values at (j + 1/2) / points: (groups, points); zeros for an empty group."""
    table = np.zeros((groups, points))
    order = np.lexsort((value, group))
    group, value, weight = group[order], value[order], weight[order]
    whole = np.bincount(group, weights=weight, minlength=groups)
    before = np.concatenate([[0.0], np.cumsum(whole)[:-1]])
    # each group's cumulated share, the groups one after another
    place = (np.cumsum(weight) - before[group]) / whole[group] + group
    filled = np.flatnonzero(whole > 0)
    wanted = filled[:, None] + (np.arange(points) + 0.5) / points
    last = np.cumsum(np.bincount(group, minlength=groups))[filled] - 1
    found = np.searchsorted(place, wanted.ravel()).reshape(wanted.shape)
    table[filled] = value[np.minimum(found, last[:, None])]
    return table


def usual_lot(units: Floats) -> Floats:
    """Mean units of a day with sales: (n, T) -> (n,), mixed with LOT_PRIOR days of the median SKU's."""
    sold = np.nan_to_num(units)
    sales, total = (sold > 0).sum(axis=1), sold.sum(axis=1)
    usual = float(np.median(total[sales > 0] / sales[sales > 0])) if (sales > 0).any() else 1.0
    return np.asarray((total + LOT_PRIOR * usual) / (sales + LOT_PRIOR))


def running_sums(values: NDArray[np.generic]) -> Floats:
    """Sums of the first 0, 1, ... columns: (n, T) -> (n, T + 1)."""
    return np.asarray(np.pad(np.cumsum(values, axis=1, dtype=np.float64), ((0, 0), (1, 0))))


def _spread(count: int, step: float) -> Floats:
    """`count` numbers that fill [0, 1) evenly, in no order."""
    return np.asarray((np.arange(count) + 0.5) * step % 1.0)
