"""Which orders to place when there is not money for all of them."""

import numpy as np

from martlet.inventory.lead_times import Bools, Floats


def fund_orders(cost: Floats, worth: Floats, budget: float) -> Bools:
    """The orders to place, dearest first by worth per unit of money until no other fits: (n,) each -> (n,).

    Never over `budget`; money is counted in cents, rounded up for an order and down for the budget. An order without a
    cost (NaN or 0 or less) is not placed. Orders of the same worth go by their place.
    """
    cents = np.ceil(np.round(np.nan_to_num(cost) * 100.0, 4)).astype(np.int64)
    left = int(np.floor(np.round(budget * 100.0, 4)))
    is_funded: Bools = np.zeros(len(cost), dtype=np.bool_)
    rate = np.where(cents > 0, worth / np.maximum(cents, 1), -np.inf)
    for index in np.argsort(-rate, kind="stable"):
        if 0 < cents[index] <= left:
            is_funded[index] = True
            left -= int(cents[index])
    return is_funded
