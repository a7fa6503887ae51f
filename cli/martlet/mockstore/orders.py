"""Money and fate of every order: prices, discounts to the cent, shipping, taxes, cancellation, tests, payment.

Money is whole cents (int64). Line arrays are (lines,), order arrays (orders,).
"""

from dataclasses import dataclass

import numpy as np

from martlet.mockstore.baskets import Lines
from martlet.mockstore.catalogue import Catalogue
from martlet.mockstore.customers import Customers
from martlet.mockstore.parameters import CANCELLATION_RATE, PROFESSIONAL, TEST_RATE
from martlet.mockstore.purchases import POS, WEB, Purchases
from martlet.mockstore.randomness import Bools, Floats, Ints, Part, stream
from martlet.mockstore.shop_time import PROMOTIONS, now_seconds
from martlet.mockstore.words import CITIES

CODES = (*dict.fromkeys(promotion.code for promotion in PROMOTIONS), "WELCOME10", "PROSHOP12")
CANCEL_REASONS = ("customer", "inventory", "fraud", "declined", "other")
_DAY = 86400


@dataclass(frozen=True)
class Orders:
    """All orders, by time, and their lines; `first_line` (orders,) is where an order's lines start."""

    first_line: Ints
    line_count: Ints
    line_price: Ints
    line_gross: Ints
    line_discount: Ints
    line_tax: Ints
    gross: Ints
    discount: Ints
    shipping: Ints
    tax: Ints
    code: Ints
    """Place in CODES, -1 for none."""
    city: Ints
    """Place in CITIES the order is sent to, -1 over the counter."""
    test: Bools
    cancelled: Ints
    """UTC seconds, 0 if it was not."""
    cancel_reason: Ints
    paid_back: Bools
    """Cancelled orders that had been paid; the others' authorization was voided."""
    two_step: Bools
    """Authorized first, captured later."""
    captured: Ints
    """UTC seconds of the payment, 0 if it was never taken."""
    fulfilled: Bools
    wants_marketing: Bools

    @property
    def total(self) -> Ints:
        """What the buyers were asked to pay."""
        return self.gross - self.discount + self.shipping + self.tax

    @property
    def counts(self) -> Bools:
        """Orders that count: neither cancelled nor tests."""
        return np.asarray((self.cancelled == 0) & ~self.test)


def make_orders(seed: int, catalogue: Catalogue, customers: Customers, purchases: Purchases, lines: Lines) -> Orders:
    """Price the orders and decide what becomes of them."""
    rng = stream(seed, Part.ORDERS)
    count = purchases.count
    line_count = np.bincount(lines.order, minlength=count)
    first_line = np.cumsum(line_count) - line_count
    line_price = catalogue.price_on(lines.sku, purchases.day[lines.order])
    line_gross = line_price * lines.quantity
    code, percent = _codes(rng, purchases)
    line_discount = share_out(line_gross, percent, 100, first_line, line_count)
    gross, discount = np.add.reduceat(line_gross, first_line), np.add.reduceat(line_discount, first_line)
    known = purchases.customer >= 0
    city = np.where(known, customers.city[purchases.customer], rng.integers(0, len(CITIES), count))
    shop_city = 0
    taxed_in = np.where(purchases.source == POS, shop_city, city)
    rate = np.array([place.tax for place in CITIES])[taxed_in]
    rate = np.where(known & customers.tax_exempt[purchases.customer], 0, rate)
    line_tax = share_out(line_gross - line_discount, rate, 10_000, first_line, line_count)
    test, cancelled, paid_back = _fates(rng, purchases)
    two_step = (cancelled > 0) & ~paid_back | (rng.random(count) < 0.1) & (purchases.source == WEB)
    captured = np.where(two_step, purchases.seconds + rng.integers(6 * 3600, 2 * _DAY, count), purchases.seconds + 3)
    captured[(captured > now_seconds()) | ((cancelled > 0) & ~paid_back)] = 0
    return Orders(
        first_line=first_line,
        line_count=line_count,
        line_price=line_price,
        line_gross=line_gross,
        line_discount=line_discount,
        line_tax=line_tax,
        gross=gross,
        discount=discount,
        shipping=_shipping(gross - discount, purchases.source),
        tax=np.add.reduceat(line_tax, first_line),
        code=code,
        city=np.where(purchases.source == POS, -1, city),
        test=test,
        cancelled=cancelled,
        cancel_reason=np.where(cancelled > 0, rng.choice(5, count, p=[0.5, 0.2, 0.12, 0.08, 0.1]), -1),
        paid_back=paid_back,
        two_step=two_step,
        captured=captured,
        fulfilled=(purchases.source == POS) | (purchases.seconds < now_seconds() - rng.integers(_DAY, 3 * _DAY, count)),
        wants_marketing=np.where(known, customers.email_consent[purchases.customer], rng.random(count) < 0.3),
    )


def share_out(amount: Ints, rate: Ints, unit: int, first_line: Ints, line_count: Ints) -> Ints:
    """Take rate/unit of each order's lines, so that the parts add up to the rounded whole.

    The running sum is rounded, not the parts: `amount` (lines,) cents, `rate` (orders,), result (lines,) cents.
    """
    order = np.repeat(np.arange(len(line_count)), line_count)
    running = np.cumsum(amount)
    running = running - (running - amount)[first_line][order]
    rounded = (running * rate[order] + unit // 2) // unit
    before = np.concatenate([[0], rounded[:-1]])
    before[first_line] = 0
    return np.asarray(rounded - before)


def _codes(rng: np.random.Generator, purchases: Purchases) -> tuple[Ints, Ints]:
    """Discount code of each order (place in CODES or -1) and its percent."""
    code = np.full(purchases.count, -1)
    percent = np.zeros(purchases.count, dtype=np.int64)
    draw = rng.random(purchases.count)
    newcomer = (purchases.first_of_customer | (purchases.guest >= 0)) & (draw < 0.22)
    trade = (purchases.segment == PROFESSIONAL) & (draw > 0.8)
    choices: list[tuple[Bools, str, int]] = [(newcomer, "WELCOME10", 10), (trade, "PROSHOP12", 12)]
    again = rng.random(purchases.count)
    for promotion in PROMOTIONS:
        first, end = promotion.day_range
        during = (purchases.day >= first) & (purchases.day < end)
        choices.append((during & (again < promotion.share), promotion.code, promotion.percent))
    for who, word, value in choices:
        code[who] = CODES.index(word)
        percent[who] = value
    return code, percent


def _shipping(subtotal: Ints, source: Ints) -> Ints:
    """Shipping by order value; free from 300 dollars and over the counter."""
    by_value = np.select([subtotal < 5_000, subtotal < 15_000, subtotal < 30_000], [995, 1495, 2495], 0)
    return np.where(source == POS, 0, by_value).astype(np.int64)


def _fates(rng: np.random.Generator, purchases: Purchases) -> tuple[Bools, Ints, Bools]:
    """Test orders (guests only, so that no customer's history holds one), cancellations and which had been paid."""
    count = purchases.count
    guests = purchases.guest >= 0
    chance: Floats = np.where(guests, TEST_RATE * count / max(int(guests.sum()), 1), 0.0)
    test = rng.random(count) < chance
    after = np.where(purchases.source == POS, 0, rng.integers(1800, 2 * _DAY, count))
    when = purchases.seconds + after
    cancelled = (rng.random(count) < CANCELLATION_RATE) & ~test & (after > 0) & (when < now_seconds() - _DAY)
    return test, np.where(cancelled, when, 0), cancelled & (rng.random(count) < 0.6)
