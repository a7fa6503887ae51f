"""raw_shopify orders, order_lines and discount_allocations as Arrow columns, a slice of the orders at a time."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from martlet.mockstore.columns import Columns, constant, flag, moment, money, text, whole
from martlet.mockstore.event_frame import FIRST_ORDER_NUMBER
from martlet.mockstore.orders import CANCEL_REASONS, CODES
from martlet.mockstore.purchases import POS, SOURCES, WEB
from martlet.mockstore.randomness import Ints, ranges
from martlet.mockstore.shop_time import now_seconds
from martlet.mockstore.store import Store
from martlet.mockstore.visits import CELLS_PER_PAGE, REFERRERS, channel_of
from martlet.mockstore.words import CITIES, LAST_NAMES, VENDORS

ORDER_ID, LINE_ID, PRODUCT_ID, VARIANT_ID = 5_400_001_001, 8_800_000_001, 910_000_001, 420_000_001
COUNTER_ID = 6_100_000_002
_STAFF_ID = 77_001


@dataclass(frozen=True)
class Slice:
    """Orders `first` to `end` of a store."""

    store: Store
    first: int
    end: int

    @property
    def orders(self) -> slice:
        """The orders."""
        return slice(self.first, self.end)

    @cached_property
    def lines(self) -> slice:
        """Their lines."""
        starts = self.store.orders.first_line
        return slice(
            int(starts[self.first]), int(starts[self.end]) if self.end < len(starts) else len(self.store.lines.order)
        )


def refunded_cents(store: Store) -> Ints:
    """Money paid back by order, (orders,)."""
    paid = np.zeros(store.purchases.count, dtype=np.int64)
    paid[store.refunds.order] = store.refunds.paid
    return paid


def order_columns(part: Slice) -> Columns:
    """raw_shopify.orders of a slice."""
    store, here = part.store, part.orders
    bought, orders = store.purchases, store.orders
    rows = part.end - part.first
    seconds, customer, source = bought.seconds[here], bought.customer[here], bought.source[here]
    number = np.arange(part.first, part.end)
    known, web = customer >= 0, source == WEB
    city = orders.city[here]
    cell = store.visits.cell[here]
    page = np.where(web, cell // CELLS_PER_PAGE, -1)
    return {
        "id": whole(ORDER_ID + number),
        "name": pa.array([f"#{FIRST_ORDER_NUMBER + place}" for place in number.tolist()]),
        "email": _order_emails(store, customer, bought.guest[here]),
        "customer_id": whole(store.customers.ids()[customer], known),
        "created_at": moment(seconds),
        "processed_at": moment(seconds),
        "updated_at": moment(_updated(store, here)),
        "cancelled_at": moment(orders.cancelled[here], orders.cancelled[here] > 0),
        "cancel_reason": text(CANCEL_REASONS, orders.cancel_reason[here]),
        "test": flag(orders.test[here]),
        "currency": constant("USD", rows),
        "financial_status": _financial_status(store, here),
        "fulfillment_status": _fulfillment_status(store, here),
        "taxes_included": flag(np.zeros(rows, dtype=np.bool_)),
        "total_line_items_price": money(orders.gross[here]),
        "total_discounts": money(orders.discount[here]),
        "subtotal_price": money(orders.gross[here] - orders.discount[here]),
        "total_shipping_price": money(orders.shipping[here]),
        "total_tax": money(orders.tax[here]),
        "total_price": money(orders.total[here]),
        "discount_codes": text(CODES, orders.code[here]),
        "source_name": text(SOURCES, source),
        "buyer_accepts_marketing": flag(orders.wants_marketing[here]),
        "landing_site": text([place.path for place in store.funnel.pages], page),
        "referring_site": text(REFERRERS, np.where(web, channel_of(cell), -1)),
        "checkout_token": pa.array([f"{(place + 1) * 2_654_435_761 % (1 << 32):08x}" for place in number.tolist()]),
        "location_id": whole(np.full(rows, COUNTER_ID), source == POS),
        "user_id": whole(np.full(rows, _STAFF_ID), source == POS),
        "shipping_address_city": text([place.name for place in CITIES], city),
        "shipping_address_province": text([place.province for place in CITIES], city),
        "shipping_address_zip": text([place.zip for place in CITIES], city),
        "shipping_address_country": text([place.country for place in CITIES], city),
    }


def _order_emails(store: Store, customer: Ints, guest: Ints) -> pa.Array:
    """The customer's address, the guest's, or null over the counter."""
    return pa.array(
        [
            store.customers.email(who) if who >= 0 else guest_email(other) if other >= 0 else None
            for who, other in zip(customer.tolist(), guest.tolist(), strict=True)
        ],
        pa.string(),
    )


def guest_email(guest: int) -> str:
    """E-mail address of a guest."""
    name = LAST_NAMES[guest * 31 % len(LAST_NAMES)]
    return f"{name}.guest{guest + 1}@example.com".lower()


def _updated(store: Store, here: slice) -> Ints:
    """The last thing that happened to each order: shipping, cancellation or refund."""
    orders, refunds = store.orders, store.refunds
    shipped = np.where(orders.fulfilled[here], store.purchases.seconds[here] + 2 * 86400, store.purchases.seconds[here])
    refunded = np.zeros(store.purchases.count, dtype=np.int64)
    refunded[refunds.order] = refunds.seconds
    latest = np.maximum(np.maximum(shipped, orders.cancelled[here]), refunded[here])
    return np.minimum(latest, np.maximum(now_seconds(), store.purchases.seconds[here]))


def _financial_status(store: Store, here: slice) -> pa.Array:
    orders = store.orders
    refunded = refunded_cents(store)[here]
    voided = (orders.cancelled[here] > 0) & ~orders.paid_back[here]
    status = np.select(
        [voided, (refunded > 0) & (refunded >= orders.total[here]), refunded > 0, orders.captured[here] == 0],
        [4, 3, 2, 1],
        0,
    )
    return text(["paid", "authorized", "partially_refunded", "refunded", "voided"], status)


def _fulfillment_status(store: Store, here: slice) -> pa.Array:
    orders = store.orders
    cancelled = orders.cancelled[here] > 0
    status = np.select([cancelled & orders.paid_back[here], cancelled | ~orders.fulfilled[here]], [2, 1], 0)
    return text(["fulfilled", "unfulfilled", "restocked"], status)


def line_columns(part: Slice) -> Columns:
    """raw_shopify.order_lines of a slice."""
    store, here = part.store, part.lines
    catalogue, orders = store.catalogue, store.orders
    order, sku = store.lines.order[here], store.lines.sku[here]
    rows = here.stop - here.start
    always, never = np.ones(rows, dtype=np.bool_), np.zeros(rows, dtype=np.bool_)
    shipped = orders.fulfilled[order] & (orders.cancelled[order] == 0)
    titles = [None if option == "Default Title" else option for option in catalogue.option]
    return {
        "id": whole(LINE_ID + np.arange(here.start, here.stop)),
        "order_id": whole(ORDER_ID + order),
        "line_number": whole(ranges(orders.line_count[part.orders]) + 1),
        "product_id": whole(PRODUCT_ID + catalogue.product[sku]),
        "variant_id": whole(VARIANT_ID + sku),
        "sku": text(catalogue.sku, sku),
        "title": text(catalogue.products.title, catalogue.product[sku]),
        "variant_title": text(titles, sku),
        "vendor": text([vendor.name for vendor in VENDORS], catalogue.vendor[sku]),
        "quantity": whole(store.lines.quantity[here]),
        "price": money(orders.line_price[here]),
        "total_discount": money(np.zeros(rows, dtype=np.int64)),
        "total_tax": money(orders.line_tax[here]),
        "requires_shipping": flag(always),
        "taxable": flag(always),
        "gift_card": flag(never),
        "fulfillment_status": text(["fulfilled"], np.where(shipped, 0, -1)),
    }


def discount_columns(part: Slice) -> Columns:
    """raw_shopify.discount_allocations of a slice: the order's one discount, spread over its lines to the cent."""
    store, here = part.store, part.lines
    amount = store.orders.line_discount[here]
    hit = np.flatnonzero(amount > 0)
    zeros = np.zeros(len(hit), dtype=np.int64)
    return {
        "order_line_id": whole(LINE_ID + here.start + hit),
        "index": whole(zeros),
        "amount": money(amount[hit]),
        "discount_application_index": whole(zeros),
        "code": text(CODES, store.orders.code[store.lines.order[here][hit]]),
    }
