"""The tables that every vendor's shape is brought to: the raw contract's, and helpers that only lend it values."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from martlet.raw_contract import RawTable

_KINDS = {"bigint": "id", "decimal(18,4)": "decimal", "timestamp": "timestamp", "boolean": "boolean"}


@dataclass(frozen=True)
class Table:
    """One table on its way in: its columns and what each must hold, what it needs, and whose part it is.

    `parents` are (column, table): a row without its parent in the load is set aside. `may_repeat`: the same object may
    stand in several places of one load, and is taken once.
    """

    name: str
    columns: Mapping[str, str]
    required: tuple[str, ...]
    key: tuple[str, ...]
    parents: tuple[tuple[str, str], ...] = ()
    may_repeat: bool = False
    is_raw: bool = True
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


_ORDER, _LINE, _REFUND = ("order_id", "orders"), ("order_line_id", "order_lines"), ("refund_id", "refunds")
# table -> its place in an order
_PARENTS: dict[str, tuple[tuple[str, str], ...]] = {
    "orders": (),
    "order_lines": (_ORDER,),
    "refunds": (_ORDER,),
    "order_line_refunds": (_REFUND, _LINE),
    "order_adjustments": (_REFUND,),
    "transactions": (_ORDER,),
    "discount_allocations": (_LINE,),
}
# values that vendors give in other terms than the contract's columns
_EXTRA: dict[str, dict[str, str]] = {
    "orders": {"version": "text", "deleted": "boolean"},
    "order_lines": {
        "line_total": "decimal",
        "unfulfilled_quantity": "integer",
        "has_taxes": "boolean",
        "deleted": "boolean",
        "version": "text",
    },
    "refunds": {"total_refunded": "decimal", "has_lines": "boolean", "version": "text"},
    "inventory_quantities": {"level_id": "id"},
    **{
        name: {"version": "text", "deleted": "boolean"}
        for name in ("transactions", "customers", "products", "product_variants", "inventory_items", "locations")
    },
}
_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "order_adjustments": {"kind": ("refund_discrepancy", "shipping_refund")},
    "inventory_quantities": {
        "name": (
            *("on_hand", "available", "committed", "incoming", "reserved", "damaged", "safety_stock"),
            *("quality_control", "unavailable"),
        )
    },
}


def _list_of(parent: tuple[str, str], name: str, **columns: str) -> Table:
    """A helper table that lists something of each row of its parent."""
    key = (parent[0], "place")
    kinds = {parent[0]: "id", "place": "integer", **columns}
    return Table(name, kinds, key, key, (parent,), is_raw=False)


HELPERS = (
    _list_of(_LINE, "tax_lines", amount="decimal"),
    _list_of(_ORDER, "discount_codes", code="text"),
    _list_of(_ORDER, "discount_applications", code="text", type="text"),
    _list_of(_ORDER, "order_tags", tag="text"),
    _list_of(("customer_id", "customers"), "customer_tags", tag="text"),
    _list_of(("product_id", "products"), "product_tags", tag="text"),
    Table(
        "inventory_levels", {"id": "id", "location_id": "id", "updated_at": "timestamp"}, ("id",), ("id",), is_raw=False
    ),
)


def tables_of(contract: Mapping[tuple[str, str], RawTable]) -> dict[str, Table]:
    """Every table by its name, the helpers first, orders before what belongs to them."""
    raw = {name: table for (source, name), table in contract.items() if source == "shopify"}
    names = [*_PARENTS, *(name for name in raw if name not in _PARENTS)]
    tables = [_raw_table(raw[name]) for name in names if name in raw]
    return {table.name: table for table in (*HELPERS, *tables)}


def _raw_table(raw: RawTable) -> Table:
    columns = {column.name: _KINDS.get(column.data_type, "text") for column in raw.columns}
    return Table(
        raw.name,
        {**columns, **_EXTRA.get(raw.name, {})},
        tuple(column.name for column in raw.columns if not column.nullable),
        raw.key,
        _PARENTS.get(raw.name, ()),
        raw.name in ("transactions", "locations", "inventory_items"),
        words=_WORDS.get(raw.name, {}),
    )
