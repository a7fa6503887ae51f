"""What is on the shelves when the data ends: on hand, committed, available and incoming, by SKU and location."""

from dataclasses import dataclass

import numpy as np

from martlet.mockstore.baskets import Lines
from martlet.mockstore.catalogue import Catalogue
from martlet.mockstore.orders import Orders
from martlet.mockstore.randomness import Ints, Part, stream
from martlet.mockstore.shop_time import FULL_DAYS
from martlet.mockstore.words import VENDORS

LOCATIONS = ((6_100_000_001, "Warehouse"), (6_100_000_002, "Counter"))
_COUNTER_SHARE = 0.15


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
