"""raw_shopify customers, products, variants and stock, and the raw_reference tables, as Arrow columns."""

from datetime import date

import numpy as np
import pyarrow as pa

from martlet.mockstore.catalogue import ACTIVE, STATUSES
from martlet.mockstore.columns import Columns, constant, flag, moment, money, number, text, whole
from martlet.mockstore.order_tables import PRODUCT_ID, VARIANT_ID, refunded_cents
from martlet.mockstore.parameters import SEGMENTS
from martlet.mockstore.randomness import Bools, Ints
from martlet.mockstore.shop_time import FIRST_DAY, midnights, now_seconds
from martlet.mockstore.stock import LOCATIONS, past_counts
from martlet.mockstore.store import Store
from martlet.mockstore.words import (
    CATEGORIES,
    CITIES,
    COMPANY_WORDS,
    FIRST_NAMES,
    HOLIDAYS,
    LAST_NAMES,
    VENDORS,
    WIDER_CATEGORIES,
)

ITEM_ID = 330_000_001
_DAY = 86_400
_SECOND_VENDOR_EVERY = 20
_OWN_SERVICE_LEVEL_EVERY = 60
_ORDER_COST_CENTS = 4_500
_GOAL_CENTS = 1_000_000_000


def customer_columns(store: Store) -> Columns:
    """raw_shopify.customers."""
    people = store.customers
    spent, count = _running_totals(store)
    index = np.arange(people.count)
    return {
        "id": whole(people.ids()),
        "email": pa.array([people.email(place) for place in range(people.count)]),
        "phone": _phones(index, people.has_phone),
        "first_name": text(FIRST_NAMES, people.first_name),
        "last_name": text(LAST_NAMES, people.last_name),
        "created_at": moment(people.created),
        "updated_at": moment(np.maximum(people.created, _last_order(store))),
        "accepts_email_marketing": flag(people.email_consent),
        "accepts_sms_marketing": flag(people.sms_consent),
        "tags": text([segment.tag for segment in SEGMENTS], people.segment),
        "company": _companies(store),
        "city": text([place.name for place in CITIES], people.city),
        "province_code": text([place.province for place in CITIES], people.city),
        "country_code": text([place.country_code for place in CITIES], people.city),
        "tax_exempt": flag(people.tax_exempt),
        "total_spent": money(spent),
        "orders_count": whole(count),
    }


def _running_totals(store: Store) -> tuple[Ints, Ints]:
    """Shopify's own totals by customer: cents kept of counting orders, and orders that are no tests."""
    customer = store.purchases.customer
    kept = np.where(store.orders.counts, store.orders.total - refunded_cents(store), 0)
    known = customer >= 0
    spent = np.bincount(customer[known], kept[known], store.customers.count)
    counted = known & ~store.orders.test
    return np.rint(spent).astype(np.int64), np.bincount(customer[counted], minlength=store.customers.count)


def _last_order(store: Store) -> Ints:
    """UTC seconds of each customer's last order, 0 without one; orders are in time order, so the last one stays."""
    last = np.zeros(store.customers.count, dtype=np.int64)
    known = store.purchases.customer >= 0
    last[store.purchases.customer[known]] = store.purchases.seconds[known]
    return last


def _phones(index: Ints, where: Bools) -> pa.Array:
    """Numbers of the reserved 555 exchange."""
    return pa.array(
        [
            f"+1 {201 + place * 7 % 700} 555 {place * 37 % 10_000:04d}" if has else None
            for place, has in zip(index.tolist(), where.tolist(), strict=True)
        ],
        pa.string(),
    )


def _companies(store: Store) -> pa.Array:
    people = store.customers
    return pa.array(
        [
            f"{LAST_NAMES[last]} {COMPANY_WORDS[word]}" if word >= 0 else None
            for last, word in zip(people.last_name.tolist(), people.company.tolist(), strict=True)
        ],
        pa.string(),
    )


def product_columns(store: Store) -> Columns:
    """raw_shopify.products."""
    products = store.catalogue.products
    count = len(products.title)
    created = int(midnights()[0]) + products.launch_day * _DAY + 50_000
    names = [words.name for words in CATEGORIES]
    return {
        "id": whole(PRODUCT_ID + np.arange(count)),
        "handle": pa.array(products.handle),
        "title": pa.array(products.title),
        "vendor": text([vendor.name for vendor in VENDORS], products.vendor),
        "product_type": text(names, products.category),
        "product_category": text([f"Vehicles > {name}" for name in names], products.category),
        "tags": pa.array([qualifier.lower() for qualifier in products.qualifier]),
        "status": text(STATUSES, products.status),
        "published": flag(products.status == ACTIVE),
        "created_at": moment(created),
        "updated_at": moment(np.full(count, now_seconds() - _DAY)),
    }


def variant_columns(store: Store) -> Columns:
    """raw_shopify.product_variants."""
    catalogue, stock = store.catalogue, store.stock
    count = len(catalogue.sku)
    index = np.arange(count)
    changed = int(midnights()[0]) + catalogue.price_change_day * _DAY
    created = int(midnights()[0]) + catalogue.products.launch_day[catalogue.product] * _DAY + 50_000
    reduced = catalogue.old_price > catalogue.price
    return {
        "id": whole(VARIANT_ID + index),
        "product_id": whole(PRODUCT_ID + catalogue.product),
        "inventory_item_id": whole(ITEM_ID + index),
        "sku": pa.array(catalogue.sku),
        "title": pa.array(catalogue.option),
        "position": whole(catalogue.position),
        "price": money(catalogue.price),
        "compare_at_price": money(catalogue.old_price, reduced),
        "barcode": pa.array([f"{place * 7919 % 10**11 + 10**11}" for place in index.tolist()]),
        "inventory_policy": constant("deny", count),
        "inventory_quantity": whole(stock.available + np.maximum(stock.counter, 0)),
        "created_at": moment(created),
        "updated_at": moment(np.maximum(created, changed)),
    }


def item_columns(store: Store) -> Columns:
    """raw_shopify.inventory_items."""
    catalogue = store.catalogue
    count = len(catalogue.sku)
    return {
        "id": whole(ITEM_ID + np.arange(count)),
        "sku": pa.array(catalogue.sku),
        "unit_cost": money(catalogue.cost, catalogue.cost_known),
        "tracked": flag(np.ones(count, dtype=np.bool_)),
        "updated_at": moment(np.full(count, now_seconds())),
    }


def quantity_columns(store: Store) -> Columns:
    """raw_shopify.inventory_quantities: every stock-out as it was counted then, and all stock as it is now."""
    stock = store.stock
    every = np.arange(len(stock.available))
    incoming, counter = np.flatnonzero(stock.incoming), np.flatnonzero(stock.counter >= 0)
    past = past_counts(store.catalogue, store.lines)
    now = now_seconds()
    # SKUs, place in LOCATIONS, state, units and when
    blocks: tuple[tuple[Ints, int, str, Ints, Ints | int], ...] = (
        (past.sku, 0, "on_hand", past.available, past.seconds),
        (past.sku, 0, "available", past.available, past.seconds),
        (every, 0, "on_hand", stock.on_hand, now),
        (every, 0, "committed", stock.committed, now),
        (every, 0, "available", stock.available, now),
        (incoming, 0, "incoming", stock.incoming[incoming], now),
        (counter, 1, "on_hand", stock.counter[counter], now),
        (counter, 1, "available", stock.counter[counter], now),
    )
    sizes = [len(block[0]) for block in blocks]
    return {
        "inventory_item_id": whole(ITEM_ID + np.concatenate([block[0] for block in blocks])),
        "location_id": whole(np.repeat([LOCATIONS[block[1]][0] for block in blocks], sizes)),
        "name": text([block[2] for block in blocks], np.repeat(np.arange(len(blocks)), sizes)),
        "quantity": whole(np.concatenate([block[3] for block in blocks])),
        "updated_at": moment(np.concatenate([np.broadcast_to(block[4], len(block[0])) for block in blocks])),
    }


def location_columns() -> Columns:
    """raw_shopify.locations."""
    return {
        "id": pa.array([place[0] for place in LOCATIONS]),
        "name": pa.array([place[1] for place in LOCATIONS]),
        "country_code": pa.array(["US"] * len(LOCATIONS)),
        "active": pa.array([True] * len(LOCATIONS)),
    }


def vendor_columns() -> Columns:
    """raw_reference.vendors."""
    return {
        "vendor": pa.array([vendor.name for vendor in VENDORS]),
        "lead_time_days": pa.array([vendor.lead_time_days for vendor in VENDORS]),
        "lead_time_sd_days": pa.array([vendor.lead_time_sd_days for vendor in VENDORS]),
        "service_level": pa.array([vendor.service_level for vendor in VENDORS]),
        "minimum_order_value": money(np.array([vendor.minimum_order_value * 100 for vendor in VENDORS])),
        "order_cost": money(np.full(len(VENDORS), _ORDER_COST_CENTS)),
    }


def vendor_sku_columns(store: Store) -> Columns:
    """raw_reference.vendor_skus: each SKU's own vendor, and for one in twenty a second, dearer one."""
    catalogue = store.catalogue
    first = np.arange(len(catalogue.sku))
    second = first[::_SECOND_VENDOR_EVERY]
    sku = np.concatenate([first, second])
    primary = np.arange(len(sku)) < len(first)
    vendor = np.where(primary, catalogue.vendor[sku], (catalogue.vendor[sku] + 1) % len(VENDORS))
    cost = np.where(primary, catalogue.cost[sku], catalogue.cost[sku] * 108 // 100)
    pack = np.where(catalogue.price[sku] < 2_500, 6, 1)
    slow = (sku % 25 == 3) & primary
    lead_time = np.array([place.lead_time_days for place in VENDORS])[vendor] + 7
    return {
        "sku": text(catalogue.sku, sku),
        "vendor": text([place.name for place in VENDORS], vendor),
        "is_primary": flag(primary),
        "vendor_sku": pa.array(
            [f"{VENDORS[who].code[:2]}{place + 5000}" for who, place in zip(vendor.tolist(), sku.tolist(), strict=True)]
        ),
        "unit_cost": money(cost, catalogue.cost_known[sku]),
        "lead_time_days": number(lead_time, slow),
        "minimum_order_quantity": whole(pack),
        "pack_size": whole(pack),
    }


def service_level_columns(store: Store) -> Columns:
    """raw_reference.service_levels: the best sellers must not run out."""
    best = np.argsort(-store.lines.daily_demand, kind="stable")[: len(store.catalogue.sku) // _OWN_SERVICE_LEVEL_EVERY]
    return {"sku": text(store.catalogue.sku, np.sort(best)), "service_level": number(np.full(len(best), 0.98))}


def goal_columns() -> Columns:
    """raw_reference.goals: ten million in net sales, from the first day of the history."""
    return {
        "goal": constant("Ten million", 1),
        "amount": money(np.array([_GOAL_CENTS])),
        "start_date": pa.array([FIRST_DAY], pa.date32()),
    }


def holiday_columns() -> Columns:
    """raw_reference.holidays: days on which a parts shop looks for a change; none is planted in the mock store."""
    days = sorted((day, name) for name, dates in HOLIDAYS.items() for day in dates)
    return {
        "holiday_date": pa.array([date.fromisoformat(day) for day, _ in days], pa.date32()),
        "holiday": pa.array([name for _, name in days]),
    }


def category_map_columns() -> Columns:
    """raw_reference.category_map: the categories that count under a wider one."""
    return {
        "category": pa.array(list(WIDER_CATEGORIES)),
        "category_l1": pa.array(list(WIDER_CATEGORIES.values())),
    }
