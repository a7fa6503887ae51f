"""Refunds: of returned lines, of cancelled orders, refunded shipping and goodwill. Money is whole cents (int64)."""

from dataclasses import dataclass

import numpy as np

from martlet.mockstore.baskets import Lines
from martlet.mockstore.orders import Orders
from martlet.mockstore.parameters import REFUND_RATE
from martlet.mockstore.purchases import Purchases
from martlet.mockstore.randomness import Bools, Ints, Part, ranges, stream
from martlet.mockstore.shop_time import now_seconds

NOTES = ("Did not fit", "Damaged in transit", "Changed plans", "Wrong part ordered", "Cancelled")
_CANCELLED_NOTE = 4
RESTOCK_TYPES = ("return", "no_restock", "cancel")
SHIPPING_REFUND, DISCREPANCY = 0, 1
ADJUSTMENT_KINDS = ("shipping_refund", "refund_discrepancy")


@dataclass(frozen=True)
class Refunds:
    """Arrays (refunds,) by time; `line_*` (refund lines,) and `adjustment_*` (adjustments,) by refund."""

    order: Ints
    seconds: Ints
    note: Ints
    restock: Ints
    line_refund: Ints
    line: Ints
    """Place of the refunded line among all lines."""
    line_quantity: Ints
    line_subtotal: Ints
    line_tax: Ints
    adjustment_refund: Ints
    adjustment_kind: Ints
    adjustment_amount: Ints
    """Negative: money to the buyer."""

    @property
    def count(self) -> int:
        """Number of refunds."""
        return len(self.order)

    @property
    def paid(self) -> Ints:
        """Money each refund pays out."""
        lines = np.bincount(self.line_refund, self.line_subtotal + self.line_tax, self.count)
        adjustments = np.bincount(self.adjustment_refund, self.adjustment_amount, self.count)
        return np.asarray(np.rint(lines - adjustments), dtype=np.int64)


def make_refunds(seed: int, purchases: Purchases, orders: Orders, lines: Lines) -> Refunds:
    """Draw the refunds of every order; at most one an order."""
    rng = stream(seed, Part.REFUNDS)
    count = purchases.count
    later = purchases.seconds + rng.integers(3 * 86400, 29 * 86400, count)
    returned = orders.counts & (rng.random(count) < REFUND_RATE) & (later < now_seconds()) & (orders.captured > 0)
    chosen = np.flatnonzero(returned | orders.paid_back)
    seconds = np.where(orders.paid_back, orders.cancelled + 60, later)[chosen]
    by_time = np.argsort(seconds, kind="stable")
    chosen, seconds = chosen[by_time], seconds[by_time]
    cancelled = orders.paid_back[chosen]
    whole = cancelled | (rng.random(len(chosen)) < 0.3)
    refund, line, quantity = _lines(rng, orders, lines, chosen, whole)
    subtotal, tax = _line_money(orders, lines, line, quantity)
    gone = np.bincount(refund, subtotal + tax, len(chosen)).astype(np.int64)
    left = orders.total[chosen] - gone
    adjustment = _adjustments(rng, orders.shipping[chosen], left, whole, cancelled)
    return Refunds(
        order=chosen,
        seconds=seconds,
        note=np.where(cancelled, _CANCELLED_NOTE, rng.integers(0, _CANCELLED_NOTE, len(chosen))),
        restock=np.where(cancelled, 2, (rng.random(len(chosen)) < 0.3).astype(np.int64)),
        line_refund=refund,
        line=line,
        line_quantity=quantity,
        line_subtotal=subtotal,
        line_tax=tax,
        adjustment_refund=adjustment[0],
        adjustment_kind=adjustment[1],
        adjustment_amount=adjustment[2],
    )


def _lines(
    rng: np.random.Generator, orders: Orders, lines: Lines, chosen: Ints, whole: Bools
) -> tuple[Ints, Ints, Ints]:
    """Choose what comes back: every line of a whole refund, else one line, some of its units or all of them."""
    counts = np.where(whole, orders.line_count[chosen], 1)
    refund = np.repeat(np.arange(len(chosen)), counts)
    single = (rng.random(len(chosen)) * orders.line_count[chosen]).astype(np.int64)
    place = np.where(whole[refund], ranges(counts), single[refund])
    line = orders.first_line[chosen][refund] + place
    units = lines.quantity[line]
    some = 1 + (rng.random(len(line)) * (units - 1)).astype(np.int64)
    return refund, line, np.where(whole[refund] | (rng.random(len(line)) < 0.6), units, some)


def _line_money(orders: Orders, lines: Lines, line: Ints, quantity: Ints) -> tuple[Ints, Ints]:
    """Money and tax of the units that come back, rounded down where only some do."""
    net = orders.line_gross[line] - orders.line_discount[line]
    units = lines.quantity[line]
    return net * quantity // units, orders.line_tax[line] * quantity // units


def _adjustments(
    rng: np.random.Generator, shipping: Ints, left: Ints, whole: Bools, cancelled: Bools
) -> tuple[Ints, Ints, Ints]:
    """Refunded shipping of whole refunds and goodwill on others: refund, kind and negative amount of each."""
    draw = rng.random(len(whole))
    gives_shipping = (cancelled | (whole & (draw < 0.6))) & (shipping > 0)
    gives_more = ~whole & (draw < 0.18) & (left > 1_000)
    extra = np.minimum(left // 10, 2_500) // 100 * 100
    refund = np.concatenate([np.flatnonzero(gives_shipping), np.flatnonzero(gives_more)])
    kind = np.repeat([SHIPPING_REFUND, DISCREPANCY], [int(gives_shipping.sum()), int(gives_more.sum())])
    amount = -np.where(kind == SHIPPING_REFUND, shipping[refund], extra[refund])
    order = np.argsort(refund, kind="stable")
    return refund[order], kind[order], amount[order]
