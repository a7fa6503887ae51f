"""A shop moves from admin exports to an API: the same order and the same shelf under other ids count once."""

from pathlib import Path

from test_public_defects import PLACED, line, order

from stores import make_store

ORDERS = (
    "Name,Email,Financial Status,Currency,Subtotal,Shipping,Taxes,Total,Created at,Id,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem sku,Fulfillment Status,Paid at,Discount Amount,Cancelled at,Refunded Amount\n"
    "#1001,,partially_refunded,USD,50.00,5.00,0.00,55.00,2026-01-05 12:00:00 +0000,1,5,Part,"
    "10.00,A,fulfilled,,0.00,,15.00\n"
)
STOCK = (
    "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Option3 Name,Option3 Value,SKU,HS Code,COO,"
    "Location,Incoming,Unavailable,Committed,Available,On hand\n"
    "part,Part,Title,Default Title,,,,,A,,,North,0,0,0,9,9\n"
)
TOTALS = (
    "select sum(lines), sum(units), sum(gross_sales), sum(returns), sum(shipping) from marts.orders where order_id = 1"
)


def fivetran_folder(folder: Path) -> str:
    tables = {
        "order": [
            order(
                1,
                subtotal_price="50.00",
                total_price="55.00",
                total_shipping_price_set='{"shop_money":{"amount":"5.00"}}',
            )
        ],
        "order_line": [line(1, quantity=5)],
        "refund": [{"id": 4, "order_id": 1, "created_at": PLACED, "processed_at": PLACED}],
        "order_line_refund": [
            {"id": 5, "refund_id": 4, "order_line_id": 10, "quantity": 1, "subtotal": 10, "total_tax": 0}
        ],
        "order_adjustment": [
            {"id": 6, "order_id": 1, "refund_id": 4, "amount": -5, "tax_amount": 0, "kind": "shipping_refund"}
        ],
        "location": [{"id": 1, "name": "North"}],
        "inventory_item": [{"id": 5, "sku": "A", "cost": "4.00"}],
        "inventory_level": [{"id": 1, "inventory_item_id": 5, "location_id": 1, "updated_at": PLACED}],
        "inventory_quantity": [
            {
                "id": 1,
                "inventory_item_id": 5,
                "inventory_level_id": 1,
                "name": "available",
                "quantity": 8,
                "updated_at": PLACED,
            }
        ],
    }
    folder.mkdir()
    for name, rows in tables.items():
        cells = [
            ",".join(rows[0]),
            *(",".join('"' + str(v).replace('"', '""') + '"' for v in row.values()) for row in rows),
        ]
        (folder / f"{name}.csv").write_text("\n".join(cells) + "\n", encoding="utf-8")
    return str(folder)


def test_the_newer_load_of_an_order_counts_whole(tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    exports.mkdir()
    (exports / "orders_export.csv").write_text(ORDERS, encoding="utf-8")
    (exports / "inventory_export.csv").write_text(STOCK, encoding="utf-8")
    store = make_store(tmp_path / "store", MARTLET_SHOP_TIMEZONE="UTC")
    store.run("load", "shopify-csv", str(exports))
    store.run("build")
    # the export has one amount: goods first
    assert store.rows(TOTALS) == [(1, 5, 50, 15, 5)]
    assert store.value("select available from marts.reorder_points where sku = 'A'") == 9
    store.run("load", "fivetran", fivetran_folder(tmp_path / "fivetran"))
    store.run("build")
    assert store.rows(TOTALS) == [(1, 5, 50, 10, 0)]
    assert store.value("select available from marts.reorder_points where sku = 'A'") == 8
    assert store.value("select count(*) from marts.refunds") == 1
