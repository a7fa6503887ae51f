"""The raw_ga4.events table for a chunk of sessions, in the nested shape of the BigQuery export."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from martlet.mockstore.columns import (
    Columns,
    arrow_type,
    coded,
    constant,
    flag,
    lists,
    number,
    pick_rows,
    spread,
    structs,
    text,
    whole,
)
from martlet.mockstore.event_frame import Frame, item_counts, make_frame, not_set, transaction_ids
from martlet.mockstore.event_params import EMAIL, NOT_SET, PAID, event_params
from martlet.mockstore.orders import CODES
from martlet.mockstore.parameters import CHANNELS, DEVICES
from martlet.mockstore.randomness import Ints, ranges
from martlet.mockstore.sessions import FIRST, SLOTS, VIEW, Sessions
from martlet.mockstore.shop_time import DAYS, day_date, day_of
from martlet.mockstore.store import Store
from martlet.mockstore.visits import MEDIUMS, SOURCES
from martlet.mockstore.words import CATEGORIES, VENDORS
from martlet.raw_contract import RawTable

_DATES = [day_date(day).strftime("%Y%m%d") for day in range(DAYS)]
_COUNTRIES = ("United States", "Canada", "United Kingdom")

Maker = Callable[[pa.DataType], pa.Array]


def events_columns(store: Store, sessions: Sessions, table: RawTable) -> Columns:
    """Make the columns of the events of a chunk of sessions."""
    frame = make_frame(store, sessions)
    total = store.orders.total[frame.order] / 100
    makers: dict[str, Maker] = {
        "event_date": lambda _: coded(_DATES, day_of(frame.micros // 1_000_000)),
        "event_timestamp": lambda _: whole(frame.micros),
        "event_name": lambda _: coded(SLOTS, frame.slot),
        "event_params": lambda data_type: event_params(store, frame, data_type.value_type),
        "event_value_in_usd": lambda _: number(total, frame.purchase),
        "user_pseudo_id": lambda _: _user_ids(frame),
        "privacy_info": lambda data_type: _privacy(frame, data_type),
        "device": lambda data_type: _device(frame, data_type),
        "geo": lambda data_type: _geo(frame, data_type),
        "collected_traffic_source": lambda data_type: _collected(frame, data_type),
        "session_traffic_source_last_click": lambda data_type: _last_click(frame, data_type),
        "platform": lambda _: constant("WEB", len(frame.slot)),
        "is_active_user": lambda _: flag(np.ones(len(frame.slot), dtype=np.bool_), frame.slot >= VIEW),
        "user_first_touch_timestamp": lambda _: whole(frame.micros, frame.slot == FIRST),
        "batch_ordering_id": lambda _: whole(_order_in_session(frame)),
        "ecommerce": lambda data_type: _ecommerce(store, frame, data_type),
        "items": lambda data_type: _items(store, frame, data_type.value_type),
    }
    return {name: make(arrow_type(table.column(name).data_type)) for name, make in makers.items()}


def _order_in_session(frame: Frame) -> Ints:
    """Place of each event in its session, from 1."""
    return ranges(np.bincount(frame.session, minlength=len(frame.sessions.cell))) + 1


def _user_ids(frame: Frame) -> pa.Array:
    """GA4's browser ids; an odd factor modulo a power of two scrambles numbers without ever making two alike."""
    user = frame.sessions.user
    scrambled = (user * 2_654_435_761 + 1_013_904_223) % (1 << 32)
    names = whole(scrambled).cast(pa.string())
    return pick_rows(names, np.where(frame.consent, frame.session, -1))


def _privacy(frame: Frame, data_type: pa.DataType) -> pa.Array:
    rows = len(frame.slot)
    no = constant("No", rows)
    return structs(data_type, {"analytics_storage": no, "ads_storage": no}, ~frame.consent)


def _device(frame: Frame, data_type: pa.DataType) -> pa.Array:
    """The device's category, on the session's first event."""
    device = (frame.sessions.cell % len(DEVICES))[frame.session]
    return structs(data_type, {"category": coded([place.name for place in DEVICES], device)}, frame.opening)


def _geo(frame: Frame, data_type: pa.DataType) -> pa.Array:
    """The country, on the session's first event; nine in ten are at home."""
    draw = frame.sessions.user % 100
    country = ((draw >= 90).astype(np.int64) + (draw >= 97))[frame.session]
    return structs(data_type, {"country": coded(_COUNTRIES, country)}, frame.opening)


def _collected(frame: Frame, data_type: pa.DataType) -> pa.Array:
    """What the landing link itself says: a click id from paid search, names from an e-mail."""
    paid, mail = frame.opening & (frame.channel == PAID), frame.opening & (frame.channel == EMAIL)
    landings = whole(frame.sessions.micros[frame.session[paid], 0] // 1000)
    clicks = pc.binary_join_element_wise("Cj0K", landings.cast(pa.string()), "")
    members = {
        "manual_campaign_name": coded(["garage-letter"], np.where(mail, 0, -1)),
        "manual_source": coded([SOURCES[EMAIL]], np.where(mail, 0, -1)),
        "manual_medium": coded([MEDIUMS[EMAIL]], np.where(mail, 0, -1)),
        "gclid": pick_rows(clicks, np.where(paid, np.cumsum(paid) - 1, -1)),
    }
    return structs(data_type, members, paid | mail)


def _last_click(frame: Frame, data_type: pa.DataType) -> pa.Array:
    """The session's source, on its first event."""
    campaign = structs(
        data_type.field("cross_channel_campaign").type,
        {
            "source": coded(SOURCES, frame.channel),
            "medium": coded(MEDIUMS, frame.channel),
            "default_channel_group": coded([place.name for place in CHANNELS], frame.channel),
        },
    )
    return structs(data_type, {"cross_channel_campaign": campaign}, frame.opening)


def _ecommerce(store: Store, frame: Frame, data_type: pa.DataType) -> pa.Array:
    """Order facts, on purchases."""
    orders, bought = store.orders, frame.purchase
    order = frame.order[bought]
    counts = orders.line_count[order]
    lines = np.repeat(orders.first_line[order], counts) + ranges(counts)
    units = np.bincount(np.repeat(np.arange(len(order)), counts), store.lines.quantity[lines], len(order))
    names = [NOT_SET, *transaction_ids(order)]
    name = np.where(not_set(store.plan, order), 0, np.arange(len(order)) + 1)
    members = {
        "total_item_quantity": whole(spread(units, bought), bought),
        "purchase_revenue": number(spread(orders.total[order] / 100, bought), bought),
        "shipping_value": number(spread(orders.shipping[order] / 100, bought), bought),
        "tax_value": number(spread(orders.tax[order] / 100, bought), bought),
        "unique_items": whole(spread(counts, bought), bought),
        "transaction_id": coded(names, np.where(bought, spread(name, bought), -1)),
    }
    return structs(data_type, members, bought)


def _items(store: Store, frame: Frame, item_type: pa.DataType) -> pa.Array:
    """Products of each event; names, brand and category only at the purchase."""
    catalogue, orders = store.catalogue, store.orders
    counts = item_counts(frame, orders)
    event = np.repeat(np.arange(len(counts)), counts)
    order = frame.order[event]
    from_order = (order >= 0) & (frame.slot[event] > VIEW + 1)
    line = np.where(from_order, orders.first_line[order] + ranges(counts), 0)
    sku = np.where(from_order, store.lines.sku[line], frame.sku[event])
    bought = frame.purchase[event]
    product = np.where(bought, catalogue.product[sku], -1)
    day = day_of(frame.micros[event] // 1_000_000)
    net = orders.line_gross[line] - orders.line_discount[line]
    members = {
        "item_id": coded(catalogue.sku, sku),
        "item_name": text(catalogue.products.title, product),
        "item_brand": coded([vendor.name for vendor in VENDORS], np.where(bought, catalogue.vendor[sku], -1)),
        "item_category": coded([words.name for words in CATEGORIES], np.where(bought, catalogue.category[sku], -1)),
        "price": number(np.where(from_order, orders.line_price[line], catalogue.price_on(sku, day)) / 100),
        "quantity": whole(np.where(from_order, store.lines.quantity[line], 1), frame.slot[event] > VIEW),
        "item_revenue": number(net / 100, bought),
        "coupon": coded(CODES, np.where(bought, orders.code[order], -1)),
    }
    return lists(counts, structs(item_type, members))
