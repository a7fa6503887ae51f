"""When orders are placed, by whom and for how much: BG/NBD and Gamma-Gamma, guests, the counter, lapsing shops."""

from dataclasses import dataclass

import numpy as np

from martlet.mockstore.customers import Customers
from martlet.mockstore.parameters import FIRST_TIME, LAPSED_SHARE, POS_SHARE, PROFESSIONAL, SEGMENTS
from martlet.mockstore.randomness import Bools, Floats, Ints, Part, stream
from martlet.mockstore.shop_time import day_of, season_end, to_seconds

WEB, POS, DRAFT_ORDER = 0, 1, 2
SOURCES = ("web", "pos", "shopify_draft_order")
_LAPSE_EARLIEST, _LAPSE_LATEST = 230.0, 120.0
"""A lapsing shop's last order lies between so many days of season time before the end."""


@dataclass(frozen=True)
class Purchases:
    """Arrays (orders,), by time. `customer` is -1 for guests; `guest` numbers guests, -1 for all others."""

    seconds: Ints
    day: Ints
    customer: Ints
    guest: Ints
    segment: Ints
    source: Ints
    value: Floats
    """The order value the buyer has in mind, in dollars."""
    first_of_customer: Bools
    lapsed_customers: Ints
    """Places of the professional shops that went silent."""

    @property
    def count(self) -> int:
        """Number of orders."""
        return len(self.seconds)


def make_purchases(seed: int, orders: int, customers: Customers) -> Purchases:
    """Draw `orders` orders: the customers' own processes, and guests for what they leave."""
    rng = stream(seed, Part.PURCHASES)
    customer, season_time = _registered(rng, customers)
    lapsed, keep = _lapse(rng, customers, customer, season_time)
    customer, season_time = customer[keep], season_time[keep]
    at_counter = round(orders * POS_SHARE)
    guests = max(orders - len(customer) - at_counter, round(orders * 0.02))
    people = max(int(guests * 0.88), 1)
    guest = np.concatenate([np.full(len(customer), -1), rng.integers(0, people, guests), np.full(at_counter, -1)])
    others = guests + at_counter
    season_time = np.concatenate([season_time, rng.random(others) * season_end()])
    customer = np.concatenate([customer, np.full(others, -1)])
    source = np.concatenate(
        [_sources(rng, customers, customer[: len(customer) - others]), np.zeros(others, dtype=np.int64)]
    )
    if at_counter:
        source[-at_counter:] = POS
    order = np.argsort(season_time, kind="stable")
    customer, guest, source = customer[order], guest[order], source[order]
    seconds = np.sort(to_seconds(season_time))
    segment = np.where(customer >= 0, customers.segment[customer], FIRST_TIME)
    return Purchases(
        seconds=seconds,
        day=day_of(seconds),
        customer=customer,
        guest=guest,
        segment=segment,
        source=source,
        value=_values(rng, customers, customer, segment),
        first_of_customer=_first(customer),
        lapsed_customers=lapsed,
    )


def _registered(rng: np.random.Generator, customers: Customers) -> tuple[Ints, Floats]:
    """Run BG/NBD for every buyer (Fader, Hardie, Lee 2005, section 3); return each order's customer and season time.

    The first order never ends a customer's life; after each later one the customer leaves with probability `leave`.
    """
    end = season_end()
    who = np.arange(customers.buyers)
    when = customers.first_season_time[: customers.buyers]
    all_who, all_when = [who], [when]
    while len(who):
        when = when + rng.exponential(1.0, len(who)) / customers.rate[who]
        inside = when < end
        who, when = who[inside], when[inside]
        all_who.append(who)
        all_when.append(when)
        stays = rng.random(len(who)) >= customers.leave[who]
        who, when = who[stays], when[stays]
    return np.concatenate(all_who), np.concatenate(all_when)


def _lapse(rng: np.random.Generator, customers: Customers, customer: Ints, season_time: Floats) -> tuple[Ints, Bools]:
    """Silence some busy professional shops: return their places and which orders remain."""
    last_allowed = season_end() - rng.uniform(_LAPSE_LATEST, _LAPSE_EARLIEST, customers.count)
    before = season_time <= last_allowed[customer]
    orders_before = np.bincount(customer[before], minlength=customers.count)
    busy = np.flatnonzero((customers.segment == PROFESSIONAL) & (orders_before >= 4))
    wanted = int(np.ceil(LAPSED_SHARE * (customers.segment == PROFESSIONAL).sum()))
    lapsed = np.sort(rng.permutation(busy)[:wanted])
    return lapsed, before | ~np.isin(customer, lapsed)


def _sources(rng: np.random.Generator, customers: Customers, customer: Ints) -> Ints:
    """Most customers order on the web; professional shops also by quote, some at the counter."""
    draw = rng.random(len(customer))
    by_quote = (customers.segment[customer] == PROFESSIONAL) & (draw < 0.14)
    return np.where(by_quote, DRAFT_ORDER, np.where(draw > 0.98, POS, WEB)).astype(np.int64)


def _values(rng: np.random.Generator, customers: Customers, customer: Ints, segment: Ints) -> Floats:
    """Order values: Gamma(p, rate nu), nu the customer's own, drawn anew for each order without a customer."""
    shape, q, v = (np.array([getattr(part, name) for part in SEGMENTS])[segment] for name in ("p", "q", "v"))
    nu = np.where(customer >= 0, customers.nu[customer], rng.gamma(q) / v)
    return np.maximum(rng.gamma(shape) / nu, 9.0)


def _first(customer: Ints) -> Bools:
    """True at each customer's first order; orders are in time order."""
    first = np.zeros(len(customer), dtype=np.bool_)
    known = np.flatnonzero(customer >= 0)
    first[known[np.unique(customer[known], return_index=True)[1]]] = True
    return first
