"""The event_params column of GA4 events."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
import pyarrow as pa

from martlet.mockstore.columns import coded, lists, number, structs, whole
from martlet.mockstore.event_frame import (
    FIRST_ORDER_NUMBER,
    Frame,
    not_set,
    page_paths,
    transaction_ids,
)
from martlet.mockstore.parameters import CHANNELS
from martlet.mockstore.randomness import Bools, Bytes, Ints
from martlet.mockstore.sessions import BUY, CART, LANDING, LOOK, SLOTS, START, VIEW
from martlet.mockstore.store import Store
from martlet.mockstore.visits import MEDIUMS, REFERRERS, SITE, SOURCES, channel_of

NOT_SET = "(not set)"
PAID, EMAIL = 1, 3
"""Channels whose links name their source."""

# A key may stand twice: as a string and as a number, which real exports mix.
_KEYS = (
    "ga_session_id", "ga_session_number", "page_location", "page_referrer", "session_engaged", "session_engaged",
    "engagement_time_msec", "source", "medium", "transaction_id", "transaction_id", "value", "currency",
)  # fmt: skip
(
    _SESSION, _SESSION_NUMBER, _PAGE, _REFERRER, _ENGAGED, _ENGAGED_AS_NUMBER,
    _TIME, _SOURCE, _MEDIUM, _TRANSACTION, _TRANSACTION_AS_NUMBER, _VALUE, _CURRENCY,
) = range(len(_KEYS))  # fmt: skip
_DRIFT_EVERY = 12
"""One session in so many reports numbers where the others report strings."""
_REFERRING = (4, 5)
"""Channels that name the page they come from: social media and other sites."""


@dataclass(frozen=True)
class _Lots:
    """The parameters of each kind of event, one kind after another; kind i has `counts[i]` from `starts[i]` on."""

    counts: Ints
    starts: Ints
    key: Bytes
    """Place in _KEYS."""
    word: Ints
    """Place in `words` of a string that is the same in all events of the kind, else -1."""
    words: tuple[str, ...]


def event_params(store: Store, frame: Frame, item_type: pa.DataType) -> pa.Array:
    """The event_params column: list<struct<key, value<string, int, float, double>>>."""
    lots, kind = _lots(), _kinds(store, frame)
    counts = lots.counts[kind]
    ends = np.cumsum(counts)
    event = np.repeat(np.arange(len(kind)), counts)
    place = np.arange(len(event)) + (lots.starts[kind] - ends + counts)[event]
    key = lots.key[place]
    integers, is_integer = _integers(frame, key, event)
    is_value = key == _VALUE
    doubles = np.zeros(len(key))
    doubles[is_value] = store.orders.total[frame.order[event[is_value]]] / 100
    value = structs(
        item_type.field("value").type,
        {
            "string_value": _strings(store, frame, lots.words, lots.word[place], key, event),
            "int_value": whole(integers, is_integer),
            "double_value": number(doubles, is_value),
        },
    )
    return lists(counts, structs(item_type, {"key": coded(_KEYS, key), "value": value}))


def _kinds(store: Store, frame: Frame) -> Ints:
    """Kind of each event, as _lots() numbers them."""
    sessions = frame.sessions
    drift = (np.arange(len(sessions.cell)) + sessions.first_number) % _DRIFT_EVERY == 0
    as_number = drift & ~not_set(store.plan, sessions.order)
    kind = (sessions.consent * len(CHANNELS) + channel_of(sessions.cell)) * 4 + drift * 2 + as_number
    return np.asarray((kind * len(SLOTS))[frame.session] + frame.slot)


@cache
def _lots() -> _Lots:
    """Lay out all kinds of events: few facts decide on the parameters, so they need not be asked of each event."""
    flags = (False, True)
    kinds = [_parameters(*facts) for facts in product(flags, range(len(CHANNELS)), flags, flags, range(len(SLOTS)))]
    counts = np.array([len(kind) for kind in kinds])
    flat = [parameter for kind in kinds for parameter in kind]
    words = tuple(dict.fromkeys([NOT_SET, *(word for _, word in flat if word is not None)]))
    return _Lots(
        counts=counts,
        starts=np.cumsum(counts) - counts,
        key=np.array([key for key, _ in flat], dtype=np.int8),
        word=np.array([-1 if word is None else words.index(word) for _, word in flat]),
        words=words,
    )


def _parameters(consent: bool, channel: int, drift: bool, as_number: bool, slot: int) -> list[tuple[int, str | None]]:
    """Keys of one kind of event (places in _KEYS), each with the string that all events of the kind have, if any."""
    page, engaged, purchase = slot in (LANDING, LOOK), slot in (LOOK, VIEW), slot >= BUY
    opening = slot == (START if consent else LANDING)
    tagged = opening and channel in (PAID, EMAIL)
    rows: tuple[tuple[bool, int, str | None], ...] = (
        (consent, _SESSION, None),
        (consent and opening, _SESSION_NUMBER, None),
        (page, _PAGE, None),
        (slot == LANDING and channel in _REFERRING, _REFERRER, REFERRERS[channel]),
        (engaged and not drift, _ENGAGED, "1"),
        (engaged and drift, _ENGAGED_AS_NUMBER, None),
        (slot in (LOOK, CART), _TIME, None),
        (tagged, _SOURCE, SOURCES[channel]),
        (tagged, _MEDIUM, MEDIUMS[channel]),
        (purchase and not as_number, _TRANSACTION, None),
        (purchase and as_number, _TRANSACTION_AS_NUMBER, None),
        (purchase, _VALUE, None),
        (purchase, _CURRENCY, "USD"),
    )
    return [(key, word) for there, key, word in rows if there]


def _strings(store: Store, frame: Frame, words: tuple[str, ...], codes: Ints, key: Bytes, event: Ints) -> pa.Array:
    """Values of string parameters: `codes` are places in `words`, and are filled in for pages and transaction ids."""
    pages = [SITE + path for path in page_paths(store.funnel.pages, store.catalogue)]
    on_page = np.flatnonzero(key == _PAGE)
    codes[on_page] = len(words) + frame.page[event[on_page]]
    sold = np.flatnonzero(key == _TRANSACTION)
    order = frame.order[event[sold]]
    distinct, among = np.unique(order, return_inverse=True)
    named = len(words) + len(pages) + among
    codes[sold] = np.where(not_set(store.plan, order), words.index(NOT_SET), named)
    return coded([*words, *pages, *transaction_ids(distinct)], codes)


def _integers(frame: Frame, key: Bytes, event: Ints) -> tuple[Ints, Bools]:
    """Values of integer parameters, and where they are."""
    values = np.zeros(len(key), dtype=np.int64)
    is_integer = np.zeros(len(key), dtype=np.bool_)
    sources: tuple[tuple[int, Callable[[Ints], Ints]], ...] = (
        (_SESSION, lambda rows: frame.sessions.session_id[frame.session[rows]]),
        (_SESSION_NUMBER, lambda rows: frame.sessions.number[frame.session[rows]]),
        (_ENGAGED_AS_NUMBER, np.ones_like),
        (_TIME, lambda rows: 800 + (frame.micros[rows] // 7) % 60_000),
        (_TRANSACTION_AS_NUMBER, lambda rows: FIRST_ORDER_NUMBER + frame.order[rows]),
    )
    for place, value_of in sources:
        here = np.flatnonzero(key == place)
        values[here] = value_of(event[here])
        is_integer[here] = True
    return values, is_integer
