"""The event_params column of GA4 events."""

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from martlet.mockstore.columns import lists, number, pick_rows, structs, text, whole
from martlet.mockstore.event_frame import (
    FIRST_ORDER_NUMBER,
    Frame,
    not_set,
    page_paths,
    transaction_ids,
)
from martlet.mockstore.parameters import CHANNELS, DEVICES
from martlet.mockstore.randomness import Bools, Ints
from martlet.mockstore.sessions import CART, LANDING, LOOK, VIEW
from martlet.mockstore.store import Store
from martlet.mockstore.visits import MEDIUMS, REFERRERS, SITE, SOURCES

NOT_SET = "(not set)"
PAID, EMAIL = 1, 3
"""Channels whose links name their source."""

# A key may stand twice: as a string and as a number, which real exports mix.
_KEYS = (
    "ga_session_id", "ga_session_number", "page_location", "page_referrer", "session_engaged", "session_engaged",
    "engagement_time_msec", "source", "medium", "transaction_id", "transaction_id", "value", "currency",
)  # fmt: skip
_STRINGS = (2, 3, 4, 7, 8, 9, 12)
_DRIFT_EVERY = 12
"""One session in so many reports numbers where the others report strings."""
_REFERRING = (4, 5)
"""Channels that name the page they come from: social media and other sites."""


def channel_of(cell: Ints) -> Ints:
    """Place in CHANNELS of cells."""
    return cell // len(DEVICES) % len(CHANNELS)


def event_params(store: Store, frame: Frame, data_type: pa.DataType) -> pa.Array:
    """The event_params column: list<struct<key, value<string, int, float, double>>>."""
    has = _presence(store, frame)
    event, kind = np.nonzero(has)
    item_type = data_type.value_type
    value_type = item_type.field("value").type
    words, codes = _words(store, frame, kind, event)
    integers, integer = _integers(frame, kind, event)
    is_value = kind == 11
    doubles = np.zeros(len(kind))
    doubles[is_value] = store.orders.total[frame.order[event[is_value]]] / 100
    value = structs(
        value_type,
        {
            "string_value": pick_rows(words, codes),
            "int_value": whole(integers, integer),
            "double_value": number(doubles, is_value),
        },
    )
    return lists(data_type, has.sum(axis=1), structs(item_type, {"key": text(_KEYS, kind), "value": value}))


def _presence(store: Store, frame: Frame) -> Bools:
    """Which parameters each event has, (events, 13), by place in _KEYS."""
    channel = channel_of(frame.sessions.cell)[frame.session]
    drift = (frame.session + frame.sessions.first_number) % _DRIFT_EVERY == 0
    as_number = drift & ~not_set(store.plan, frame.order)
    page = frame.at(LANDING, LOOK)
    engaged = frame.at(LOOK, VIEW)
    tagged = frame.opening & ((channel == PAID) | (channel == EMAIL))
    referred = (frame.slot == LANDING) & np.isin(channel, _REFERRING)
    columns = (
        frame.consent,
        frame.opening & frame.consent,
        page,
        referred,
        engaged & ~drift,
        engaged & drift,
        frame.at(LOOK, CART),
        tagged,
        tagged,
        frame.purchase & ~as_number,
        frame.purchase & as_number,
        frame.purchase,
        frame.purchase,
    )
    return np.stack(columns, axis=1)


def _words(store: Store, frame: Frame, kind: Ints, event: Ints) -> tuple[pa.Array, Ints]:
    """The words string parameters are drawn from, and each parameter's place among them, -1 for other types."""
    pages = [SITE + path for path in page_paths(store.funnel.pages, store.catalogue)]
    parts: Sequence[Sequence[str | None]] = (
        pages, REFERRERS, ["1"], SOURCES, MEDIUMS, ["USD"], [NOT_SET], transaction_ids(_sold(frame)),
    )  # fmt: skip
    starts = np.cumsum([0, *(len(part) for part in parts)])
    channel = channel_of(frame.sessions.cell)[frame.session]
    codes = np.full(len(kind), -1)
    by_kind = (frame.page, starts[1] + channel, None, starts[3] + channel, starts[4] + channel)
    for place, values in zip(_STRINGS, by_kind, strict=False):
        here = kind == place
        codes[here] = starts[2] if values is None else values[event[here]]
    sold = event[kind == 9]
    ids = starts[-2] + np.searchsorted(_sold(frame), frame.order[sold])
    codes[kind == 9] = np.where(not_set(store.plan, frame.order[sold]), starts[-3], ids)
    codes[kind == 12] = starts[-4]
    return pa.array([word for part in parts for word in part], pa.string()), codes


def _sold(frame: Frame) -> Ints:
    """Orders of the chunk, sorted."""
    return np.unique(frame.sessions.order[frame.sessions.order >= 0])


def _integers(frame: Frame, kind: Ints, event: Ints) -> tuple[Ints, Bools]:
    """Values of integer parameters, and where they are."""
    values = np.zeros(len(kind), dtype=np.int64)
    is_integer = np.zeros(len(kind), dtype=np.bool_)
    sources: tuple[tuple[int, Callable[[Ints], Ints]], ...] = (
        (0, lambda rows: frame.sessions.session_id[frame.session[rows]]),
        (1, lambda rows: frame.sessions.number[frame.session[rows]]),
        (5, np.ones_like),
        (6, lambda rows: 800 + (frame.micros[rows] // 7) % 60_000),
        (10, lambda rows: FIRST_ORDER_NUMBER + frame.order[rows]),
    )
    for place, value_of in sources:
        here = np.flatnonzero(kind == place)
        values[here] = value_of(event[here])
        is_integer[here] = True
    return values, is_integer
