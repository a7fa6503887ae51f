"""Five faults proven in public Shopify packages, with the rows that show them, loaded and built as a user would."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from stores import Store, make_store

Rows = list[dict[str, Any]]
PLACED = "2026-01-05 12:00:00"
LINE = {"order_id": 1, "sku": "A", "title": "Part", "price": "10.00", "quantity": 1}
MONEY = {"subtotal_price": "10.00", "total_price": "10.00", "total_tax": "0.00", "total_discounts": "0.00"}


def order(number: int, **fields: Any) -> dict[str, Any]:
    shape = {"id": number, "name": f"#{1000 + number}", "currency": "USD", "created_at": PLACED, "customer_id": ""}
    return {**shape, **MONEY, "financial_status": "paid", "source_name": "pos", "cancelled_at": "", **fields}


def line(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": 10 * number, **LINE, "order_id": number, **fields}


def build(tmp_path: Path, tables: Mapping[str, Rows]) -> Store:
    """A store built from a folder of Fivetran's tables."""
    folder = tmp_path / "shopify"
    folder.mkdir()
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    store = make_store(tmp_path / "store", MARTLET_SHOP_TIMEZONE="UTC")
    assert " 0 set aside" in store.run("load", "fivetran", str(folder)).output
    store.run("build")
    return store


def test_two_orders_without_a_customer_are_not_one_returning_customer(tmp_path: Path) -> None:
    store = build(tmp_path, {"order": [order(1), order(2)], "order_line": [line(1), line(2)]})
    assert store.rows("select customer_type, customer_order_number, customer_key from marts.orders") == [
        ("unknown", None, None),
        ("unknown", None, None),
    ]
    assert store.value("select count(*) from marts.customers") == 0
    assert store.value("select sum(new_customer_orders) from marts.sales_daily") == 0


def test_a_cancelled_order_counts_nowhere(tmp_path: Path) -> None:
    first = order(1, customer_id=7, created_at="2026-01-05 12:00:00", cancelled_at="2026-01-05 12:40:00")
    real = order(2, customer_id=7, created_at="2026-01-06 12:00:00")
    later = order(3, customer_id=8, created_at="2026-01-07 12:00:00")
    store = build(tmp_path, {"order": [first, real, later], "order_line": [line(1), line(2), line(3)]})
    assert store.rows("select order_id, customer_type, customer_order_number from marts.orders order by all") == [
        (2, "new", 1),
        (3, "new", 1),
    ]
    assert store.rows("select orders, net_sales from marts.customers where customer_id = 7") == [(1, 10)]
    assert store.value("select sum(gross_sales) from marts.sales_daily") == 10
    assert store.value("select min(sales_date)::varchar from marts.sales_daily where orders > 0") == "2026-01-06"
    assert store.value("select sum(units_sold) from marts.demand_daily") == 1
    assert store.value("select count(*) from marts.order_lines") == 2


def test_five_units_shipped_from_two_places_are_five(tmp_path: Path) -> None:
    fulfillments = [
        {"id": place, "order_id": 1, "location_id": place, "status": "success", "created_at": PLACED}
        for place in (1, 2)
    ]
    levels = [{"id": place, "inventory_item_id": 5, "location_id": place, "updated_at": PLACED} for place in (1, 2)]
    quantities = [
        {"id": place, "inventory_item_id": 5, "inventory_level_id": place, "name": "available", "quantity": available}
        | {"updated_at": PLACED}
        for place, available in ((1, 3), (2, 4))
    ]
    store = build(
        tmp_path,
        {
            "order": [
                order(1, subtotal_price="50.00", total_price="50.00"),
                order(2, created_at="2026-01-09 12:00:00"),
            ],
            "order_line": [line(1, quantity=5, price="10.00"), line(2, sku="B")],
            "fulfillment": fulfillments,
            "location": [{"id": 1, "name": "North"}, {"id": 2, "name": "South"}],
            "inventory_item": [{"id": 5, "sku": "A", "cost": "4.00"}],
            "inventory_level": levels,
            "inventory_quantity": quantities,
        },
    )
    assert store.rows("select units, gross_sales from marts.orders where order_id = 1") == [(5, 50)]
    assert store.value("select sum(units_sold) from marts.demand_daily where sku = 'A'") == 5
    assert store.rows("select location_name, available from marts.inventory_position order by all") == [
        ("All locations", 7),
        ("North", 3),
        ("South", 4),
    ]


def test_a_sale_a_capture_and_a_refund_are_one_payment_and_one_refund(tmp_path: Path) -> None:
    movements = [("sale", "49.99"), ("capture", "20.00"), ("refund", "10.00")]
    transactions = [
        {"id": 90 + n, "order_id": 1, "refund_id": 4 if kind == "refund" else "", "kind": kind, "status": "success"}
        | {"amount": amount, "currency": "USD", "created_at": PLACED, "processed_at": PLACED}
        for n, (kind, amount) in enumerate(movements)
    ]
    total = {"subtotal_price": "69.99", "total_price": "69.99"}
    store = build(
        tmp_path,
        {
            "order": [order(1, customer_id=7, **total), order(2, created_at="2026-01-09 12:00:00")],
            "order_line": [line(1, price="69.99"), line(2)],
            "transaction": transactions,
            "refund": [{"id": 4, "order_id": 1, "created_at": PLACED, "processed_at": PLACED}],
        },
    )
    assert store.rows(
        "select gross_sales::varchar, returns::varchar, paid::varchar, paid_back::varchar from marts.orders"
        " where order_id = 1"
    ) == [("69.99", "10.00", "69.99", "10.00")]
    assert str(store.value("select average_order_value from marts.customer_lifetime_value")) == "59.99"
    assert str(store.value("select sum(total_refunded) from marts.refunds")) == "10.00"


@pytest.mark.parametrize("quantity", [1, 1950])
def test_a_line_total_is_never_multiplied_by_quantity_again(tmp_path: Path, quantity: int) -> None:
    total = f"{quantity * 4.1:.2f}"
    gql_line = {"id": 10, "order_id": 1, "sku": "A", "title": "Part", "quantity": quantity}
    money = {f"{name}_set_shop_amount": total for name in ("subtotal_price", "total_price")}
    gql_order = {"id": 1, "name": "#1001", "currency_code": "USD", "created_at": PLACED, **money}
    store = build(
        tmp_path,
        {"order": [gql_order], "order_line": [{**gql_line, "original_total_set_shop_amount": total}]},
    )
    assert str(store.value("select gross_sales from marts.order_lines")) == total
    assert str(store.value("select total_sales from marts.orders")) == total
