"""What is on the shelves when the data ends, by SKU, location and state, and what was counted in stock-outs before."""

from dataclasses import dataclass

import numpy as np

from martlet.mockstore.baskets import Lines
from martlet.mockstore.catalogue import Catalogue
from martlet.mockstore.orders import Orders
from martlet.mockstore.randomness import Ints, Part, stream
from martlet.mockstore.shop_time import FULL_DAYS, midnights
from martlet.mockstore.words import VENDORS

LOCATIONS = ((6_100_000_001, "Warehouse"), (6_100_000_002, "Counter"))
_COUNTER_SHARE = 0.15
_COUNT_EVERY_DAYS = 14
_RESTOCK_DAYS = 30


@dataclass(frozen=True)
class Stock:
    """Arrays (SKUS,) of units. `counter` is -1 where the counter does not stock the SKU."""

    available: Ints
    committed: Ints
    incoming: Ints
    counter: Ints

    @property
    def on_hand(self) -> Ints:
        """Units in the warehouse, those for open orders among them."""
        return self.available + self.committed


def make_stock(seed: int, catalogue: Catalogue, lines: Lines, orders: Orders) -> Stock:
    """Draw stock from too little to plenty; what is stocked out on the last full day has none."""
    rng = stream(seed, Part.STOCK)
    count = len(catalogue.sku)
    open_orders = orders.counts & ~orders.fulfilled
    waiting = open_orders[lines.order]
    committed = np.bincount(lines.sku[waiting], lines.quantity[waiting], count).astype(np.int64)
    lead_time = np.array([vendor.lead_time_days for vendor in VENDORS])[catalogue.vendor]
    cover_days = lead_time * rng.uniform(0.2, 3.0, count) + rng.uniform(0.0, 30.0, count)
    available = np.ceil(lines.daily_demand * cover_days).astype(np.int64) + rng.integers(0, 4, count)
    out = catalogue.closed(np.arange(count), np.full(count, FULL_DAYS))
    available[out] = 0
    ordered = np.ceil(lines.daily_demand * lead_time * 1.5).astype(np.int64)
    low = cover_days < lead_time
    incoming = np.where((low & (rng.random(count) < 0.35)) | (out & (rng.random(count) < 0.5)), ordered + 1, 0)
    counter = np.where(rng.random(count) < _COUNTER_SHARE, rng.integers(0, 4, count), -1)
    return Stock(available, committed, incoming, np.where(out & (counter > 0), 0, counter))


@dataclass(frozen=True)
class PastCounts:
    """Arrays (counts,) of the warehouse's counts before now: SKU, UTC seconds and units available."""

    sku: Ints
    seconds: Ints
    available: Ints


def past_counts(catalogue: Catalogue, lines: Lines) -> PastCounts:
    """Count each stock-out when it began and every other week of it, and the new stock when it ended."""
    launch = np.maximum(catalogue.products.launch_day[catalogue.product], 0)
    counts: list[tuple[int, int, int]] = []
    # the third closed period is the time before launch or after archiving, not a stock-out
    for column in (0, 1):
        first, end = np.maximum(catalogue.closed_from[:, column], launch), catalogue.closed_to[:, column]
        for sku in np.flatnonzero(first < end).tolist():
            days = range(int(first[sku]), min(int(end[sku]), FULL_DAYS), _COUNT_EVERY_DAYS)
            counts += [(sku, day, 0) for day in days]
            if end[sku] < FULL_DAYS:
                counts.append((sku, int(end[sku]), 1 + int(lines.daily_demand[sku] * _RESTOCK_DAYS)))
    places = np.array(sorted(counts), dtype=np.int64).reshape(-1, 3)
    # two stock-outs may overlap: one count a day, and no new stock inside the other
    _, firsts = np.unique(places[:, :2], axis=0, return_index=True)
    places = places[firsts]
    places = places[(places[:, 2] == 0) | ~catalogue.closed(places[:, 0], places[:, 1])]
    return PastCounts(places[:, 0], midnights()[places[:, 1]], places[:, 2])
