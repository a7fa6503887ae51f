"""Which SKUs an order holds: its value is split over lines, and each takes a popular SKU of about its value."""

from dataclasses import dataclass

import numpy as np

from martlet.mockstore.catalogue import Catalogue
from martlet.mockstore.parameters import PAIR_SHARE, SEGMENTS
from martlet.mockstore.plants import Plants
from martlet.mockstore.purchases import Purchases
from martlet.mockstore.randomness import Floats, Ints, Part, ranges, stream
from martlet.mockstore.shop_time import FULL_DAYS

_LOWEST, _HIGHEST = 0.75, 1.55
"""A line's SKU costs between these multiples of the money the line has."""
_NEIGHBOURS = 15
_MOST_LINES = 9
_TRIES = 12


@dataclass(frozen=True)
class Lines:
    """Arrays (lines,), by order and place: the order's place in Purchases, SKU and units.

    `daily_demand` (SKUS,) is the expected units a day given who bought when and for how much, had every SKU always
    been for sale: the true rate that sales are a draw from.
    """

    order: Ints
    sku: Ints
    quantity: Ints
    daily_demand: Floats


@dataclass(frozen=True)
class _Shelf:
    """SKUs by price, and the running sum of their popularity, (SKUS,) and (SKUS + 1,)."""

    by_price: Ints
    price: Floats
    reach: Floats

    def window(self, money: Floats) -> tuple[Ints, Ints]:
        """Places [low, high) on the shelf that a line with `money` dollars chooses from."""
        middle = np.searchsorted(self.price, money)
        low = np.minimum(np.searchsorted(self.price, money * _LOWEST), middle - _NEIGHBOURS)
        high = np.maximum(np.searchsorted(self.price, money * _HIGHEST), middle + _NEIGHBOURS)
        count = len(self.price)
        return np.clip(low, 0, count - _NEIGHBOURS), np.clip(high, _NEIGHBOURS, count)

    def take(self, rng: np.random.Generator, low: Ints, high: Ints) -> Ints:
        """Draw one SKU from each window by popularity."""
        target = self.reach[low] + rng.random(len(low)) * (self.reach[high] - self.reach[low])
        place = np.clip(np.searchsorted(self.reach, target, side="right") - 1, low, high - 1)
        return self.by_price[place]


def make_lines(seed: int, catalogue: Catalogue, purchases: Purchases, plants: Plants) -> Lines:
    """Draw the lines of every order."""
    rng = stream(seed, Part.BASKETS)
    shelf = _shelf(catalogue)
    trigger, chance = _triggers(rng, catalogue, purchases, plants)
    order, place, money, quantity = _slots(rng, purchases)
    # A pair's first SKU takes the place of the first line, and its second, if any, that of the second.
    free = (trigger[order] < 0) | (place >= 2)
    order, money, quantity = order[free], money[free], quantity[free]
    low, high = shelf.window(money)
    sku = _choose(rng, catalogue, shelf, low, high, purchases.day[order])
    demand = _expected_units(shelf, low, high, quantity) + chance
    first = np.flatnonzero(trigger >= 0)
    attached = first[rng.random(len(first)) < np.array(plants.pair_attach)[trigger[first]]]
    ones = np.ones(len(first) + len(attached), dtype=np.int64)
    all_order = np.concatenate([first, attached, order])
    all_sku = np.concatenate([catalogue.pairs[trigger[first], 0], catalogue.pairs[trigger[attached], 1], sku])
    all_quantity = np.concatenate([ones, quantity])
    # One line per order and SKU; unique() keeps the first of each, then the old order of places comes back.
    kept = np.unique(all_order * len(catalogue.sku) + all_sku, return_index=True)[1]
    kept = kept[np.lexsort((kept, all_order[kept]))]
    return Lines(all_order[kept], all_sku[kept], all_quantity[kept], demand / FULL_DAYS)


def _shelf(catalogue: Catalogue) -> _Shelf:
    by_price = np.argsort(catalogue.price, kind="stable")
    reach = np.concatenate([[0.0], np.cumsum(catalogue.popularity[by_price])])
    return _Shelf(by_price, catalogue.price[by_price] / 100, reach)


def _slots(rng: np.random.Generator, purchases: Purchases) -> tuple[Ints, Ints, Floats, Ints]:
    """Split each order's value over lines: order, place, dollars a unit and units of every line."""
    segment = purchases.segment
    more = np.array([part.more_lines for part in SEGMENTS])[segment]
    counts = np.minimum(1 + rng.poisson(more), _MOST_LINES)
    # A line of less than 12 dollars has hardly anything to buy.
    counts = np.minimum(counts, np.maximum(purchases.value // 12, 1).astype(np.int64))
    order = np.repeat(np.arange(purchases.count), counts)
    weight = rng.gamma(1.6, size=len(order))
    total = np.bincount(order, weights=weight, minlength=purchases.count)
    money = purchases.value[order] * weight / total[order]
    bulk = np.array([part.bulk_share for part in SEGMENTS])[segment][order]
    wanted = np.where(rng.random(len(order)) < bulk, 1 + rng.geometric(0.5, len(order)), 1)
    quantity = np.clip(np.minimum(wanted, (money // 12).astype(np.int64)), 1, 12)
    return order, ranges(counts), money / quantity, quantity


def _triggers(
    rng: np.random.Generator, catalogue: Catalogue, purchases: Purchases, plants: Plants
) -> tuple[Ints, Floats]:
    """Give PAIR_SHARE of the orders each pair's first SKU, where the value suits; also the expected units by SKU."""
    trigger = np.full(purchases.count, -1)
    expected = np.zeros(len(catalogue.sku))
    together = catalogue.price[catalogue.pairs].sum(axis=1) / 100
    for pair, price in enumerate(together.tolist()):
        suits = np.flatnonzero((trigger < 0) & (purchases.value > 0.6 * price) & (purchases.value < 3.5 * price))
        chance = min(1.0, PAIR_SHARE * purchases.count / max(len(suits), 1))
        hit = suits[rng.random(len(suits)) < chance]
        trigger[hit] = pair
        expected[catalogue.pairs[pair, 0]] += chance * len(suits)
        expected[catalogue.pairs[pair, 1]] += chance * len(suits) * plants.pair_attach[pair]
    return trigger, expected


def _choose(rng: np.random.Generator, catalogue: Catalogue, shelf: _Shelf, low: Ints, high: Ints, day: Ints) -> Ints:
    """Draw each line's SKU; a SKU that cannot sell that day is drawn again, in the end from what is always there."""
    sku = shelf.take(rng, low, high)
    for _ in range(_TRIES):
        lost = np.flatnonzero(catalogue.closed(sku, day))
        if not len(lost):
            return sku
        sku[lost] = shelf.take(rng, low[lost], high[lost])
    open_always = (catalogue.closed_to.sum(axis=1) == 0) & (catalogue.popularity > 0)
    always = shelf.by_price[open_always[shelf.by_price]]
    lost = np.flatnonzero(catalogue.closed(sku, day))
    place = np.searchsorted(catalogue.price[always], catalogue.price[sku[lost]])
    sku[lost] = always[np.clip(place, 0, len(always) - 1)]
    return sku


def _expected_units(shelf: _Shelf, low: Ints, high: Ints, quantity: Ints) -> Floats:
    """Expected units of each SKU over all lines: popularity's share of every window the SKU lies in."""
    per_weight = quantity / (shelf.reach[high] - shelf.reach[low])
    count = len(shelf.by_price)
    steps = np.bincount(low, per_weight, count + 1) - np.bincount(high, per_weight, count + 1)
    expected = np.zeros(count)
    expected[shelf.by_price] = np.cumsum(steps)[:count] * np.diff(shelf.reach)
    return expected
