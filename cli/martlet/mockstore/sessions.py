"""GA4 sessions: how many, when, whose, from which cell, how deep. Made chunk by chunk, so any number fits in memory.

Sessions are numbered by day. In each day the tracked web orders come first: those sessions buy, and the others stop
at a step drawn from their cell's rates, given that they did not buy. So sessions keep the planted conversion.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from martlet.mockstore.orders import Orders
from martlet.mockstore.parameters import DENIED_RATE, DUPLICATE_RATE, FUNNEL, NEW_USER_RATE
from martlet.mockstore.purchases import WEB, Purchases
from martlet.mockstore.randomness import Bools, Floats, Ints, Part, pick, stream
from martlet.mockstore.shop_time import DAYS, FULL_DAYS, day_weights, within_day
from martlet.mockstore.visits import Funnel, OrderVisits

SLOTS = ("session_start", "first_visit", "page_view", "page_view", *FUNNEL, "purchase")
"""Events a session may have, in time order: the second page view is a look around, the last purchase a duplicate."""
START, FIRST, LANDING, LOOK, VIEW, CART, CHECKOUT, PAYMENT, BUY, AGAIN = range(10)

_LOOK_RATE = 0.18
_CHUNK = 100_000
# Shortest and longest seconds from one slot to the next.
_GAPS = np.array(
    [(0, 0), (0, 0), (0.004, 0.06), (8, 70), (6, 90), (10, 150), (12, 200), (20, 120), (15, 90), (2, 25)],
    dtype=np.float64,
)


@dataclass(frozen=True)
class Plan:
    """How many sessions each GA4 day has, and the tracked orders (places in Purchases) that come first in each day."""

    first_day: int
    """The first day with events."""
    session_edges: Ints
    """First session number of each day, and the count of all, (GA4 days + 1,)."""
    order_edges: Ints
    tracked: Ints
    rates: Floats
    """Step rates, (cells, 5)."""
    conversion: float

    @property
    def sessions(self) -> int:
        """Number of all sessions."""
        return int(self.session_edges[-1])


@dataclass(frozen=True)
class Sessions:
    """One chunk of sessions, arrays (n,), by start; `present` and `micros` (n, 10) are by slot."""

    cell: Ints
    order: Ints
    """Place in Purchases, -1 without one."""
    user: Ints
    number: Ints
    """Which of the user's sessions it is, from 1."""
    consent: Bools
    present: Bools
    micros: Ints
    """Microseconds since 1970, UTC, of each slot."""
    first_number: int
    """Number of the chunk's first session in the whole store."""

    @property
    def session_id(self) -> Ints:
        """ga_session_id: the start in seconds."""
        return self.micros[:, START] // 1_000_000


def plan_sessions(
    funnel: Funnel, purchases: Purchases, orders: Orders, visits: OrderVisits, events: int, event_days: int
) -> Plan:
    """Find the number of sessions that makes about `events` events, and spread them over the last days by season."""
    first_day = FULL_DAYS - event_days
    sold = (purchases.source == WEB) & ~orders.test & ~visits.untracked & (purchases.day >= first_day)
    tracked = np.flatnonzero(sold)
    sessions = max(events / 3.0, 1.0)
    for _ in range(30):
        rates = funnel.rates(len(tracked) / sessions)
        sessions = (sessions + events / _events_per_session(funnel, rates)) / 2
    weights = day_weights()[first_day:]
    edges = np.rint(np.cumsum(weights) / weights.sum() * sessions).astype(np.int64)
    per_day = np.bincount(purchases.day[tracked] - first_day, minlength=DAYS - first_day)
    counts = np.maximum(np.diff(edges, prepend=0), per_day)
    return Plan(
        first_day=first_day,
        session_edges=np.concatenate([[0], np.cumsum(counts)]),
        order_edges=np.concatenate([[0], np.cumsum(per_day)]),
        tracked=tracked,
        rates=funnel.rates(len(tracked) / int(counts.sum())),
        conversion=len(tracked) / int(counts.sum()),
    )


def _events_per_session(funnel: Funnel, rates: Floats) -> float:
    """Expected events of a session at these step rates."""
    reach = funnel.traffic @ np.cumprod(rates, axis=1)
    opening = (1 - DENIED_RATE) * (1 + NEW_USER_RATE) + 1 + _LOOK_RATE * (1 - reach[0])
    return float(opening + reach.sum() + DUPLICATE_RATE * reach[-1])


def make_sessions(
    seed: int, plan: Plan, funnel: Funnel, purchases: Purchases, visits: OrderVisits, customers: int
) -> Iterator[Sessions]:
    """Yield the sessions chunk by chunk; only a counter per user is kept between chunks."""
    old_users = customers + int(plan.sessions * 0.4)
    seen = np.zeros(old_users + plan.sessions, dtype=np.int32)
    seen[:old_users] = stream(seed, Part.SESSIONS).geometric(0.5, old_users)
    users = old_users
    for chunk, first in enumerate(range(0, plan.sessions, _CHUNK)):
        rng = stream(seed, Part.SESSIONS, chunk + 1)
        numbers = np.arange(first, min(first + _CHUNK, plan.sessions))
        day, order = _days(plan, numbers)
        cell, depth = _cells(rng, plan, funnel, visits, order)
        consent = rng.random(len(order)) >= DENIED_RATE
        new = (rng.random(len(order)) < NEW_USER_RATE) & ~((order >= 0) & (purchases.customer[order] >= 0))
        present = _slots(rng, depth, new & consent)
        micros = _times(rng, purchases, day, order, present)
        by_time = _stable_order(micros[:, START] - micros[:, START].min())
        cell, order, new, consent = cell[by_time], order[by_time], new[by_time], consent[by_time]
        user = _users(rng, purchases, order, new, users)
        users += int(new.sum())
        yield Sessions(
            cell=cell,
            order=order,
            user=user,
            number=_count_up(seen, user),
            consent=consent,
            present=present[by_time] & (consent[:, None] | (np.arange(len(SLOTS)) != START)),
            micros=micros[by_time],
            first_number=first,
        )


def _days(plan: Plan, numbers: Ints) -> tuple[Ints, Ints]:
    """Day number of each session, and its order or -1."""
    place = np.searchsorted(plan.session_edges, numbers, side="right") - 1
    rank = numbers - plan.session_edges[place]
    buys = rank < np.diff(plan.order_edges)[place]
    order = np.full(len(numbers), -1)
    order[buys] = plan.tracked[(plan.order_edges[place] + rank)[buys]]
    return (plan.first_day + place).astype(np.int64), order


def _cells(rng: np.random.Generator, plan: Plan, funnel: Funnel, visits: OrderVisits, order: Ints) -> tuple[Ints, Ints]:
    """Cell and depth (steps of the funnel done, 0 to 5) of each session. Buyers' cells are drawn with the orders."""
    reach = np.cumprod(plan.rates, axis=1)
    cell = pick(rng, funnel.traffic * (1 - reach[:, -1]), len(order))
    # P(at most j steps | no purchase), from P(at least j + 1 steps) = reach[:, j].
    at_most = (1 - reach[:, :-1]) / (1 - reach[:, -1:])
    depth = (rng.random(len(order))[:, None] >= at_most[cell]).sum(axis=1)
    return np.where(order >= 0, visits.cell[order], cell), np.where(order >= 0, len(FUNNEL), depth)


def _slots(rng: np.random.Generator, depth: Ints, new: Bools) -> Bools:
    """Which events a session has, (n, 10)."""
    present = np.zeros((len(depth), len(SLOTS)), dtype=np.bool_)
    present[:, START] = True
    present[:, FIRST] = new
    present[:, LANDING] = True
    present[:, LOOK] = (depth == 0) & (rng.random(len(depth)) < _LOOK_RATE)
    present[:, VIEW : BUY + 1] = depth[:, None] > np.arange(len(FUNNEL))
    present[:, AGAIN] = present[:, BUY] & (rng.random(len(depth)) < DUPLICATE_RATE)
    return present


def _times(rng: np.random.Generator, purchases: Purchases, day: Ints, order: Ints, present: Bools) -> Ints:
    """Microseconds of each slot, (n, 10); a purchase comes one to six seconds after its order."""
    low, high = _GAPS.T * 1e6
    gaps = rng.random(present.shape)
    # in place: these are the largest arrays, and fresh memory costs more than the sums
    gaps *= high - low
    gaps += low
    gaps *= present
    after = np.cumsum(gaps, axis=1, out=gaps).astype(np.int64)
    start = within_day(day, rng.random(len(day))) * 1_000_000 + rng.integers(0, 1_000_000, len(day))
    bought = purchases.seconds[order] * 1_000_000 + rng.integers(1_000_000, 6_000_000, len(day))
    start = np.where(order >= 0, bought - after[:, BUY], start)
    after += start[:, None]
    return after


def _users(rng: np.random.Generator, purchases: Purchases, order: Ints, new: Bools, users: int) -> Ints:
    """User number of each session: a customer's own, the next new one, or any known before the chunk."""
    user = rng.integers(0, users, len(order))
    user[new] = users + np.arange(int(new.sum()))
    customer = np.where(order >= 0, purchases.customer[order], -1)
    return np.where(customer >= 0, customer, user)


def _stable_order(values: Ints) -> Ints:
    """Places of `values` (at most _CHUNK, from 0 and below 2^46) in their order; equal ones stay in theirs.

    Sorting each value and its place as one number takes a fifth of the time of a stable argsort.
    """
    bits = _CHUNK.bit_length()
    return np.asarray(np.sort((values << bits) | np.arange(len(values))) & ((1 << bits) - 1))


def _count_up(seen: np.ndarray[tuple[int], np.dtype[np.int32]], user: Ints) -> Ints:
    """Number each session among its user's, and remember in `seen` how many there were."""
    by_user = _stable_order(user)
    first = np.flatnonzero(np.diff(user[by_user], prepend=-1))
    counts = np.diff(first, append=len(user))
    distinct = user[by_user[first]]
    rank = np.arange(len(user)) - np.repeat(first, counts)
    number = np.empty(len(user), dtype=np.int64)
    number[by_user] = np.repeat(seen[distinct], counts) + rank + 1
    seen[distinct] += counts.astype(np.int32)
    return number
