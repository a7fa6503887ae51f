"""raw_shopify refunds, order_line_refunds, order_adjustments and transactions as Arrow columns."""

from dataclasses import dataclass

import numpy as np

from martlet.mockstore.columns import Columns, constant, flag, moment, money, text, whole
from martlet.mockstore.order_tables import LINE_ID, ORDER_ID, Slice
from martlet.mockstore.purchases import POS
from martlet.mockstore.randomness import Bools, Ints
from martlet.mockstore.refunds import ADJUSTMENT_KINDS, NOTES, RESTOCK_TYPES
from martlet.mockstore.stock import LOCATIONS
from martlet.mockstore.store import Store

REFUND_ID, REFUND_LINE_ID, ADJUSTMENT_ID, TRANSACTION_ID = 860_000_001, 870_000_001, 880_000_001, 6_500_000_000
_GATEWAYS = ("shopify_payments", "cash", "bogus")
_REASONS = ("Shipping refund", "Refund discrepancy")
_KINDS = ("sale", "authorization", "capture", "void", "refund")
_FIRST, _CAPTURE, _VOID, _REFUND = range(4)
"""An order's movements, in this order; each has a place of its own among four transaction ids."""


def refund_columns(store: Store) -> Columns:
    """raw_shopify.refunds."""
    refunds = store.refunds
    return {
        "id": whole(REFUND_ID + np.arange(refunds.count)),
        "order_id": whole(ORDER_ID + refunds.order),
        "created_at": moment(refunds.seconds),
        "processed_at": moment(refunds.seconds),
        "note": text(NOTES, refunds.note),
    }


def refund_line_columns(store: Store) -> Columns:
    """raw_shopify.order_line_refunds."""
    refunds = store.refunds
    restock = refunds.restock[refunds.line_refund]
    rows = len(refunds.line)
    return {
        "id": whole(REFUND_LINE_ID + np.arange(rows)),
        "refund_id": whole(REFUND_ID + refunds.line_refund),
        "order_line_id": whole(LINE_ID + refunds.line),
        "quantity": whole(refunds.line_quantity),
        "subtotal": money(refunds.line_subtotal),
        "total_tax": money(refunds.line_tax),
        "restock_type": text(RESTOCK_TYPES, restock),
        "location_id": whole(np.full(rows, LOCATIONS[0][0]), restock != RESTOCK_TYPES.index("no_restock")),
    }


def adjustment_columns(store: Store) -> Columns:
    """raw_shopify.order_adjustments."""
    refunds = store.refunds
    rows = len(refunds.adjustment_refund)
    return {
        "id": whole(ADJUSTMENT_ID + np.arange(rows)),
        "order_id": whole(ORDER_ID + refunds.order[refunds.adjustment_refund]),
        "refund_id": whole(REFUND_ID + refunds.adjustment_refund),
        "amount": money(refunds.adjustment_amount),
        "tax_amount": money(np.zeros(rows, dtype=np.int64)),
        "kind": text(ADJUSTMENT_KINDS, refunds.adjustment_kind),
        "reason": text(_REASONS, refunds.adjustment_kind),
    }


@dataclass(frozen=True)
class _Movements:
    """Movements (orders, 4) of a slice by place: which there are, when, how much."""

    present: Bools
    seconds: Ints
    cents: Ints
    refund: Ints


def _movements(part: Slice) -> _Movements:
    store, here = part.store, part.orders
    orders, refunds = store.orders, store.refunds
    rows = part.end - part.first
    refund = np.full(store.purchases.count, -1)
    refund[refunds.order] = np.arange(refunds.count)
    refund = refund[here]
    repaid = refund >= 0
    two_step, captured = orders.two_step[here], orders.captured[here]
    void = (orders.cancelled[here] > 0) & ~orders.paid_back[here]
    total = orders.total[here]
    started = store.purchases.seconds[here] + 2
    when_repaid = refunds.seconds[refund] if refunds.count else np.zeros(rows, dtype=np.int64)
    money_back = refunds.paid[refund] if refunds.count else np.zeros(rows, dtype=np.int64)
    present = np.stack([np.ones(rows, dtype=np.bool_), two_step & (captured > 0), void, repaid], axis=1)
    return _Movements(
        present=present,
        seconds=np.stack([started, captured, orders.cancelled[here] + 30, when_repaid + 30], axis=1),
        cents=np.stack([total, total, total, money_back], axis=1),
        refund=refund,
    )


def transaction_columns(part: Slice) -> Columns:
    """raw_shopify.transactions of a slice: a sale, or an authorization and its capture or void; a refund."""
    store, here = part.store, part.orders
    moves = _movements(part)
    row, place = np.nonzero(moves.present)
    order = part.first + row
    two_step = store.orders.two_step[here][row]
    test = store.orders.test[order]
    gateway = np.where(test, 2, np.where(store.purchases.source[order] == POS, 1, 0))
    captured = moves.present[row, _CAPTURE]
    parent = TRANSACTION_ID + order * 4 + np.where((place == _REFUND) & captured, _CAPTURE, _FIRST)
    return {
        "id": whole(TRANSACTION_ID + order * 4 + place),
        "order_id": whole(ORDER_ID + order),
        "refund_id": whole(REFUND_ID + moves.refund[row], place == _REFUND),
        "parent_id": whole(parent, place != _FIRST),
        "kind": text(_KINDS, np.where(place == _FIRST, two_step.astype(np.int64), place + 1)),
        "status": constant("success", len(row)),
        "gateway": text(_GATEWAYS, gateway),
        "amount": money(moves.cents[row, place]),
        "currency": constant("USD", len(row)),
        "created_at": moment(moves.seconds[row, place]),
        "test": flag(test),
    }
