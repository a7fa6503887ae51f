"""All raw tables of a store as a stream of Arrow tables in the contract's shape, in bounded pieces."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import pyarrow as pa

from martlet.mockstore.columns import Columns, conform
from martlet.mockstore.competitors import competitor_price_columns
from martlet.mockstore.events import events_columns
from martlet.mockstore.order_tables import Slice, discount_columns, line_columns, order_columns
from martlet.mockstore.payment_tables import (
    adjustment_columns,
    refund_columns,
    refund_line_columns,
    transaction_columns,
)
from martlet.mockstore.search import search_columns
from martlet.mockstore.sessions import Sessions, make_sessions
from martlet.mockstore.shop_tables import (
    category_map_columns,
    customer_columns,
    goal_columns,
    holiday_columns,
    item_columns,
    location_columns,
    product_columns,
    quantity_columns,
    service_level_columns,
    variant_columns,
    vendor_columns,
    vendor_sku_columns,
)
from martlet.mockstore.store import Store
from martlet.raw_contract import RawTable

T = TypeVar("T")
Contract = Mapping[tuple[str, str], RawTable]
_ORDERS_AT_ONCE = 100_000

_WHOLE: dict[tuple[str, str], Callable[[Store], Columns]] = {
    ("shopify", "refunds"): refund_columns,
    ("shopify", "order_line_refunds"): refund_line_columns,
    ("shopify", "order_adjustments"): adjustment_columns,
    ("shopify", "customers"): customer_columns,
    ("shopify", "products"): product_columns,
    ("shopify", "product_variants"): variant_columns,
    ("shopify", "inventory_items"): item_columns,
    ("shopify", "inventory_quantities"): quantity_columns,
    ("shopify", "locations"): lambda _: location_columns(),
    ("search", "search_performance"): lambda store: search_columns(store.seed, store.funnel, store.plants),
    ("reference", "vendors"): lambda _: vendor_columns(),
    ("reference", "vendor_skus"): vendor_sku_columns,
    ("reference", "service_levels"): service_level_columns,
    ("reference", "goals"): lambda _: goal_columns(),
    ("reference", "holidays"): lambda _: holiday_columns(),
    ("reference", "category_map"): lambda _: category_map_columns(),
    ("reference", "competitor_prices"): lambda store: competitor_price_columns(
        store.seed, store.catalogue, store.lines, store.plants
    ),
}
_SLICED: dict[tuple[str, str], Callable[[Slice], Columns]] = {
    ("shopify", "orders"): order_columns,
    ("shopify", "order_lines"): line_columns,
    ("shopify", "transactions"): transaction_columns,
    ("shopify", "discount_allocations"): discount_columns,
}
EVENTS = ("ga4", "events")


@dataclass(frozen=True)
class Piece:
    """Some rows of one raw table, which `make` makes in any thread; for events also the sessions they come from."""

    key: tuple[str, str]
    make: Callable[[], pa.Table]
    sessions: Sessions | None = None


def made_tables(contract: Contract) -> list[tuple[str, str]]:
    """The tables that the mock store fills: all but those that only commands write."""
    return [key for key, table in contract.items() if not table.is_edited]


def pieces(store: Store, contract: Contract) -> Iterator[Piece]:
    """Yield every table of the contract, each in one piece or more; a table's pieces come in the order of its rows."""
    unmade = set(made_tables(contract)) - set(_WHOLE) - set(_SLICED) - {EVENTS}
    if unmade:
        raise ValueError(f"the mock store has no {', '.join('.'.join(key) for key in sorted(unmade))}")
    for key, make in _WHOLE.items():
        yield Piece(key, partial(_make, make, store, contract[key]))
    for first in range(0, store.purchases.count, _ORDERS_AT_ONCE):
        part = Slice(store, first, min(first + _ORDERS_AT_ONCE, store.purchases.count))
        for key, make_part in _SLICED.items():
            yield Piece(key, partial(_make, make_part, part, contract[key]))
    make_events = partial(events_columns, store, table=contract[EVENTS])
    sessions = make_sessions(store.seed, store.plan, store.funnel, store.purchases, store.visits, store.customers.count)
    for some in sessions:
        yield Piece(EVENTS, partial(_make, make_events, some, contract[EVENTS]), some)


def _make(columns: Callable[[T], Columns], of: T, table: RawTable) -> pa.Table:
    return conform(columns(of), table)
