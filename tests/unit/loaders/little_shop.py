"""One little shop as four vendors would give it: by hand, field by field, and the same in every shape.

Order 1001: a discount code, five units sent from two places, one unit and the shipping given back. Order 1002: a guest,
authorized and captured. Order 1003: cancelled.
"""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

Rows = list[dict[str, Any]]
PLACED, SENT, BACK = "2026-03-01T10:00:00Z", "2026-03-02T09:00:00Z", "2026-03-05T12:30:00Z"


def bag(amount: str) -> dict[str, Any]:
    """Money as GraphQL has it: the shop's and what the buyer saw."""
    return {
        "shopMoney": {"amount": amount, "currencyCode": "EUR"},
        "presentmentMoney": {"amount": str(float(amount) * 2), "currencyCode": "USD"},
    }


def money_set(amount: str) -> dict[str, Any]:
    """The same in REST."""
    return {
        "shop_money": {"amount": amount, "currency_code": "EUR"},
        "presentment_money": {"amount": str(float(amount) * 2), "currency_code": "USD"},
    }


def flat(name: str, amount: str | None) -> dict[str, Any]:
    """The same in Fivetran's GraphQL shape."""
    value = None if amount is None else float(amount)
    return {f"{name}_set_shop_amount": value, f"{name}_set_pres_amount": None if value is None else value * 2}


class Order(NamedTuple):
    """An order of the little shop; its fulfillment is as REST has it."""

    number: int
    name: str
    email: str
    customer: int | None
    financial: str
    fulfillment: str | None
    cancelled: str | None
    subtotal: str
    discounts: str
    shipping: str
    tax: str
    total: str
    codes: list[str]


ORDERS = [
    Order(
        *(1001, "#1001", "ann@example.com", 501, "partially_refunded", "fulfilled", None),
        *("47.00", "3.00", "5.00", "4.70", "56.70", ["SAVE10"]),
    ),
    Order(
        *(1002, "#1002", "guest@example.com", None, "paid", None, None), *("7.50", "0.00", "0.00", "0.00", "7.50", [])
    ),
    Order(
        *(1003, "#1003", "bob@example.com", 502, "voided", "restocked", SENT),
        *("20.00", "0.00", "5.00", "0.00", "25.00", []),
    ),
]
# id, order, sku, variant, quantity, unit price, unfulfilled, tax, discount
LINES = [
    (2001, 1001, "A", 911, 3, "10.00", 0, "2.70", "3.00"),
    (2002, 1001, "B", 912, 5, "4.00", 0, "2.00", None),
    (2003, 1002, None, None, 1, "7.50", 1, None, None),
    (2004, 1003, "A", 911, 2, "10.00", 2, None, None),
]
# id, order, refund, parent, kind, amount
TRANSACTIONS = [
    (6001, 1001, None, None, "sale", "56.70"),
    (6002, 1001, 801, 6001, "refund", "14.90"),
    (6003, 1002, None, None, "authorization", "7.50"),
    (6004, 1002, None, 6003, "capture", "7.50"),
    (6005, 1003, None, None, "authorization", "25.00"),
    (6006, 1003, None, 6005, "void", "25.00"),
]
CUSTOMERS = [(501, "ann@example.com", "Ann", ["vip", "eu"]), (502, "bob@example.com", "Bob", [])]
VARIANTS = [(911, "A", "12.00", 921, "6.10"), (912, "B", "4.00", 922, None)]
# item, location, name, quantity
COUNTS = [(921, 71, "available", 4), (921, 72, "available", 6), (921, 71, "on_hand", 5), (922, 72, "available", 0)]
LOCATIONS = [(71, "Main street"), (72, "Dock")]


def lower_rest(line: tuple[Any, ...]) -> str | None:
    return "fulfilled" if line[6] == 0 else None


def gid(kind: str, number: int | None) -> str | None:
    return None if number is None else f"gid://shopify/{kind}/{number}"


def reference(kind: str, number: int | None) -> dict[str, Any] | None:
    return None if number is None else {"id": gid(kind, number)}


def write_jsonl(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def write_tables(folder: Path, tables: Mapping[str, Rows], form: str = "parquet") -> Path:
    """A file for each table, as Parquet, CSV or JSONL."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        path = folder / f"{name}.{form}"
        if form == "parquet":
            pq.write_table(pa.Table.from_pylist(rows), path)
        elif form == "jsonl":
            write_jsonl(path, rows)
        else:
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)))
                writer.writeheader()
                writer.writerows([{name: _csv_cell(value) for name, value in row.items()} for row in rows])
    return folder


def _csv_cell(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict | list) else value
