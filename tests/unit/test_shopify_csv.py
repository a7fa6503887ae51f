"""Shopify admin exports: every layout lands typed rows, every fault costs its own rows and no other."""

import random
import time
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from loading import (
    CUSTOMERS_2022,
    CUSTOMERS_2024,
    INVENTORY_2023,
    INVENTORY_2024,
    INVENTORY_BY_LOCATION,
    ORDERS,
    PRODUCTS_2025,
    PRODUCTS_NEW,
    PRODUCTS_OLD,
    Row,
    csv_text,
    head_row,
    landed,
    line_row,
    load,
    make_lake,
    reasons,
    rejected,
    write,
)

from martlet.errors import MartletError
from martlet.loaders.landing import Lake


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return make_lake(tmp_path / "home")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "export.csv"


def orders_csv(*rows: Row) -> str:
    return csv_text(ORDERS, rows)


def values(rows: list[dict[str, object]], *names: str) -> list[tuple[object, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


# --- orders


def test_an_order_lands_typed_in_utc_with_its_money_exact(lake: Lake, file: Path) -> None:
    row = head_row(
        Id="9007199254740993",
        Phone="'+33612345678",
        Shipping_Zip="'75008",
        Shipping_Country="FR",
        Accepts_Marketing="yes",
        Cancelled_at="2025-10-08T00:15:00Z",
        Discount_Code="AUTUMN",
        Discount_Amount="3.50",
        Lineitem_requires_shipping="true",
        Lineitem_taxable="false",
        Lineitem_discount="1.25",
        Vendor="Edelbrock",
        Location="Main street",
    )
    receipt = load(lake, write(file, orders_csv(row)))
    assert (receipt.resource, receipt.rows_in, receipt.rows_loaded) == ("orders", 1, 1)
    (order,) = landed(lake, "orders")
    assert order["id"] == 9007199254740993
    assert order["created_at"] == datetime(2025, 10, 7, 7, 50, 26)
    assert order["cancelled_at"] == datetime(2025, 10, 8, 0, 15)
    assert (order["phone"], order["shipping_address_zip"]) == ("+33612345678", "75008")
    assert (order["total_price"], order["total_discounts"]) == (Decimal("25.0000"), Decimal("3.5000"))
    assert (order["discount_codes"], order["buyer_accepts_marketing"]) == ("AUTUMN", True)
    assert order["_source_file"] == "export.csv"
    (line,) = landed(lake, "order_lines")
    assert (line["quantity"], line["price"], line["total_discount"]) == (2, Decimal("10.0000"), Decimal("1.2500"))
    assert (line["requires_shipping"], line["taxable"], line["vendor"]) == (True, False, "Edelbrock")
    assert (line["sku"], line["title"], line["order_id"]) == ("GSK-1", "Gasket", 9007199254740993)


def test_lines_follow_their_order_by_name_even_where_orders_interleave(lake: Lake, file: Path) -> None:
    rows = [head_row(1), head_row(2), line_row(1, Lineitem_sku="B"), line_row(2, Lineitem_sku="C"), line_row(1)]
    load(lake, write(file, orders_csv(*rows)))
    assert values(landed(lake, "orders"), "id", "_source_row") == [(6001, 2), (6002, 3)]
    assert values(landed(lake, "order_lines"), "order_id", "line_number", "sku") == [
        (6001, 1, "GSK-1"),
        (6002, 1, "GSK-1"),
        (6001, 2, "B"),
        (6002, 2, "C"),
        (6001, 3, "GSK-1"),
    ]


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2025-10-07 09:50:26 +0200", datetime(2025, 10, 7, 7, 50, 26)),
        ("2025-10-07 09:50:26 -0530", datetime(2025, 10, 7, 15, 20, 26)),
        ("2025-10-07T09:50:26+02:00", datetime(2025, 10, 7, 7, 50, 26)),
        ("2025-10-07 09:50:26 UTC", datetime(2025, 10, 7, 9, 50, 26)),
        ("2025-10-07 09:50:26", datetime(2025, 10, 7, 9, 50, 26)),
        ("2025-10-07 09:50", datetime(2025, 10, 7, 9, 50)),
    ],
)
def test_a_time_is_brought_to_utc_whatever_its_offset(lake: Lake, file: Path, text: str, utc: datetime) -> None:
    load(lake, write(file, orders_csv(head_row(Created_at=text))))
    assert landed(lake, "orders")[0]["created_at"] == utc


def test_every_line_of_a_long_order_has_an_id_of_its_own(lake: Lake, file: Path) -> None:
    load(lake, write(file, orders_csv(head_row(), *[line_row()] * 1099)))
    lines = landed(lake, "order_lines")
    assert len({line["id"] for line in lines}) == len(lines) == 1100
    assert [line["line_number"] for line in lines] == list(range(1, 1101))


def test_a_later_export_gives_the_same_lines_the_same_ids_and_a_later_load_time(lake: Lake, file: Path) -> None:
    load(lake, write(file, orders_csv(head_row(), line_row())))
    load(lake, write(file, orders_csv(head_row(Financial_Status="refunded"), line_row())))
    first, second, third, fourth = landed(lake, "order_lines")
    assert (first["id"], second["id"]) == (third["id"], fourth["id"])
    assert second["_loaded_at"] < third["_loaded_at"]


@pytest.mark.parametrize(
    ("refunded", "expected"),
    [
        ("0.00", []),
        ("8.00", [("refund_discrepancy", -8, 0)]),
        ("20.00", [("refund_discrepancy", -20, 0)]),
        ("23.00", [("refund_discrepancy", -20, 0), ("shipping_refund", -3, 0)]),
        ("27.00", [("refund_discrepancy", -20, -2), ("shipping_refund", -5, 0)]),
    ],
)
def test_a_refund_beyond_the_goods_was_shipping_then_tax(
    lake: Lake, file: Path, refunded: str, expected: list[tuple[str, int, int]]
) -> None:
    load(lake, write(file, orders_csv(head_row(Refunded_Amount=refunded, Taxes="2.00", Total="27.00"))))
    adjustments = sorted(values(landed(lake, "order_adjustments"), "kind", "amount", "tax_amount"))
    assert adjustments == expected
    assert values(landed(lake, "refunds"), "order_id") == ([(6001,)] if expected else [])


@pytest.mark.parametrize(
    ("taxes", "total", "included"), [("4.00", "25.00", True), ("4.00", "29.00", False), ("0.00", "25.00", False)]
)
def test_prices_hold_the_tax_where_the_total_adds_up_without_it(
    lake: Lake, file: Path, taxes: str, total: str, included: bool
) -> None:
    load(lake, write(file, orders_csv(head_row(Taxes=taxes, Total=total))))
    assert landed(lake, "orders")[0]["taxes_included"] is included


def test_an_order_without_a_line_is_still_an_order(lake: Lake, file: Path) -> None:
    row = head_row(Lineitem_quantity="", Lineitem_name="", Lineitem_price="", Lineitem_sku="")
    load(lake, write(file, orders_csv(row)))
    assert len(landed(lake, "orders")) == 1
    assert landed(lake, "order_lines") == []


# --- one bad row


BAD_CELLS = [
    ("Lineitem price", "1.234,56"),
    ("Lineitem price", "1,234.56"),
    ("Lineitem price", "12.345.67"),
    ("Lineitem price", "abc"),
    ("Lineitem price", "1e5"),
    ("Lineitem price", "NaN"),
    ("Lineitem price", "€ 12.00"),
    ("Lineitem price", "99999999999999999999"),
    ("Lineitem price", "10\x00.00"),
    ("Lineitem quantity", "1.5"),
    ("Lineitem quantity", "99999999999999999999"),
    ("Created at", "31/12/2025"),
    ("Created at", "2025-13-45 10:00:00 +0000"),
    ("Created at", "0025-10-07 09:50:26 +0200"),
    ("Created at", "2025-10-07 09:50:26 +9900"),
    ("Created at", "2025-10-07"),
    ("Id", "4.5E+12"),
    ("Accepts Marketing", "perhaps"),
]


@pytest.mark.parametrize(("heading", "value"), BAD_CELLS)
def test_a_cell_that_is_not_what_its_column_asks_for_sets_its_order_aside(
    lake: Lake, file: Path, heading: str, value: str
) -> None:
    rows = [head_row(1), head_row(2) | {heading: value}, line_row(2), head_row(3)]
    receipt = load(lake, write(file, orders_csv(*rows)))
    assert (receipt.rows_in, receipt.rows_loaded) == (4, 2)
    bad, sibling = rejected(lake)
    assert bad["reason"].startswith(f"{heading} is not ")
    assert (bad["line"], bad["value"]) == (3, value)
    assert f'"Name": "#1002"' in bad["row"]  # noqa: F541
    assert sibling["reason"] == "order #1002 is set aside whole: line 3 is bad"
    assert receipt.examples[0].reason == bad["reason"]


def test_a_bad_line_sets_aside_the_rows_of_its_order_before_it(lake: Lake, file: Path) -> None:
    load(lake, write(file, orders_csv(head_row(1), line_row(1), line_row(1, Lineitem_price="free"), head_row(2))))
    assert reasons(lake) == {
        2: "order #1001 is set aside whole: line 4 is bad",
        3: "order #1001 is set aside whole: line 4 is bad",
        4: "Lineitem price is not a plain number such as 1234.56",
    }
    assert values(landed(lake, "orders"), "name") == [("#1002",)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (head_row(2, Name=""), "Name is blank"),
        (head_row(2, Id=""), "Id is blank"),
        (head_row(2, Currency=""), "Currency is blank"),
        (head_row(2, Created_at=""), "Created at is blank"),
        (head_row(2, Lineitem_price=""), "Lineitem price is blank"),
        (line_row(2, Lineitem_quantity=""), "Lineitem quantity is blank"),
        (line_row(2), "the first row of order #1002 is not in this file"),
        ({"Name": "#1001"}, "the row holds neither an order nor a line item"),
        ({}, "Name is blank"),
    ],
)
def test_a_row_that_lacks_what_it_needs_says_so(lake: Lake, file: Path, row: Row, reason: str) -> None:
    load(lake, write(file, orders_csv(head_row(1), row)))
    assert reasons(lake)[3] == reason


def test_of_two_copies_of_an_order_in_one_file_the_later_counts(lake: Lake, file: Path) -> None:
    rows = [head_row(1), line_row(1), head_row(1, Financial_Status="refunded"), line_row(1, Lineitem_sku="NEW")]
    load(lake, write(file, orders_csv(*rows)))
    assert sorted(reasons(lake)) == [2, 3]
    assert "a later copy of order #1001" in reasons(lake)[2]
    assert values(landed(lake, "orders"), "financial_status") == [("refunded",)]
    assert values(landed(lake, "order_lines"), "sku", "line_number") == [("GSK-1", 1), ("NEW", 2)]


def test_two_orders_of_one_id_do_not_land_on_each_others_lines(lake: Lake, file: Path) -> None:
    load(lake, write(file, orders_csv(head_row(1), line_row(1), head_row(2, Id="6001"))))
    assert reasons(lake)[2] == "line 4 holds the same Id again"
    assert values(landed(lake, "order_lines"), "order_id", "_source_row") == [(6001, 4)]


# --- the other exports


CUSTOMER: Row = {
    "First Name": "Ada",
    "Last Name": "Byron",
    "Email": "Ada@Example.com",
    "Accepts Email Marketing": "yes",
    "Accepts SMS Marketing": "no",
    "Phone": "'+31612345678",
    "Total Spent": "120.50",
    "Total Orders": "3",
    "Tax Exempt": "no",
    "Tags": "pro",
}
NEW_ADDRESS: Row = {"Default Address City": "Delft", "Default Address Country Code": "NL"}
OLD_ADDRESS: Row = {"City": "Delft", "Country Code": "NL"}


@pytest.mark.parametrize(
    ("headings", "row", "has_id"),
    [
        (CUSTOMERS_2024, {**CUSTOMER, **NEW_ADDRESS, "Customer ID": "'14336369704"}, True),
        (
            [*CUSTOMERS_2024, "Accepts WhatsApp Marketing"],
            {**CUSTOMER, **NEW_ADDRESS, "Customer ID": 14336369704},
            True,
        ),
        (CUSTOMERS_2022, {**CUSTOMER, **OLD_ADDRESS}, False),
        (["Customer ID", *CUSTOMERS_2022], {**CUSTOMER, **OLD_ADDRESS, "Customer ID": "'14336369704"}, True),
    ],
)
def test_customers_land_from_every_layout(lake: Lake, file: Path, headings: list[str], row: Row, has_id: bool) -> None:
    assert load(lake, write(file, csv_text(headings, [row]))).resource == "customers"
    (customer,) = landed(lake, "customers")
    assert (customer["id"] == 14336369704) is has_id
    assert customer["id"] > 0
    assert (customer["city"], customer["country_code"], customer["phone"]) == ("Delft", "NL", "+31612345678")
    assert (customer["total_spent"], customer["orders_count"]) == (Decimal("120.5000"), 3)
    assert (customer["accepts_email_marketing"], customer["accepts_sms_marketing"]) == (True, False)


def test_customers_without_an_id_are_told_by_e_mail_and_of_copies_the_later_counts(lake: Lake, file: Path) -> None:
    rows = [CUSTOMER, {**CUSTOMER, "Email": ""}, {**CUSTOMER, "Email": "ada@example.com", "Tags": "newer"}]
    load(lake, write(file, csv_text(CUSTOMERS_2022, rows)))
    assert reasons(lake) == {2: "line 4 holds the same customer again", 3: "neither Customer ID nor Email is given"}
    assert values(landed(lake, "customers"), "tags") == [("newer",)]


OLD_PRODUCT: Row = {
    "Handle": "gasket",
    "Title": "Gasket",
    "Vendor": "Fel-Pro",
    "Product Category": "Vehicles & Parts",
    "Type": "Engine",
    "Published": "TRUE",
    "Option1 Value": "Small",
    "Variant SKU": "GSK-S",
    "Variant Inventory Tracker": "shopify",
    "Variant Inventory Qty": "7",
    "Variant Inventory Policy": "deny",
    "Variant Price": "10.00",
    "Variant Barcode": "'0123",
    "Cost per item": "4.20",
    "Status": "Active",
}
OLD_VARIANT: Row = {"Handle": "gasket", "Option1 Value": "Large", "Variant SKU": "GSK-L", "Variant Price": "12.00"}
NEW_PRODUCT: Row = {
    "URL handle": "gasket",
    "Title": "Gasket",
    "Vendor": "Fel-Pro",
    "Product category": "Vehicles & Parts",
    "Type": "Engine",
    "Published on online store": "TRUE",
    "Option1 value": "Small",
    "SKU": "GSK-S",
    "Inventory tracker": "shopify",
    "Inventory quantity": "7",
    "Continue selling when out of stock": "DENY",
    "Price": "10.00",
    "Barcode": "'0123",
    "Cost per item": "4.20",
    "Status": "Active",
}
NEW_VARIANT: Row = {"URL handle": "gasket", "Option1 value": "Large", "SKU": "GSK-L", "Price": "12.00"}


@pytest.mark.parametrize(
    ("headings", "rows"),
    [
        (PRODUCTS_OLD, [OLD_PRODUCT, OLD_VARIANT, {"Handle": "gasket", "Image Src": "https://a/b.jpg"}]),
        (PRODUCTS_2025, [{**OLD_PRODUCT, "Price / EU": "11"}, OLD_VARIANT, {"Handle": "gasket", "Image Src": "x"}]),
        (
            PRODUCTS_NEW,
            [
                {**NEW_PRODUCT, "Continue selling when out of stock": "FALSE"},
                NEW_VARIANT,
                {"URL handle": "gasket", "Product image URL": "x"},
            ],
        ),
    ],
)
def test_products_land_from_every_layout_and_a_picture_is_no_variant(
    lake: Lake, file: Path, headings: list[str], rows: list[Row]
) -> None:
    receipt = load(lake, write(file, csv_text(headings, rows)))
    assert (receipt.resource, receipt.rows_in, receipt.rows_rejected) == ("products", 3, 0)
    (product,) = landed(lake, "products")
    assert (product["title"], product["vendor"], product["product_type"]) == ("Gasket", "Fel-Pro", "Engine")
    assert (product["product_category"], product["status"], product["published"]) == (
        "Vehicles & Parts",
        "active",
        True,
    )
    small, large = landed(lake, "product_variants")
    assert (small["sku"], small["title"], small["price"], small["position"]) == ("GSK-S", "Small", Decimal(10), 1)
    assert (small["barcode"], small["inventory_policy"], small["inventory_quantity"]) == ("0123", "deny", 7)
    assert (large["sku"], large["price"], large["position"]) == ("GSK-L", Decimal(12), 2)
    assert small["product_id"] == large["product_id"] == product["id"]
    items = landed(lake, "inventory_items")
    assert values(items, "id") == [(small["inventory_item_id"],), (large["inventory_item_id"],)]
    assert values(items, "unit_cost", "tracked") == [(Decimal("4.2000"), True), (None, False)]


@pytest.mark.parametrize(
    ("value", "policy"),
    [("DENY", "deny"), ("continue", "continue"), ("TRUE", "continue"), ("FALSE", "deny"), ("", None)],
)
def test_selling_when_out_of_stock_is_read_in_both_ways_that_it_is_written(
    lake: Lake, file: Path, value: str, policy: str | None
) -> None:
    row = {**NEW_PRODUCT, "Continue selling when out of stock": value}
    load(lake, write(file, csv_text(PRODUCTS_NEW, [row])))
    assert values(landed(lake, "product_variants"), "inventory_policy") == [(policy,)]


def test_a_product_has_the_same_ids_in_every_layout(tmp_path: Path) -> None:
    ids = []
    for number, (headings, row) in enumerate([(PRODUCTS_OLD, OLD_PRODUCT), (PRODUCTS_NEW, NEW_VARIANT)]):
        lake = make_lake(tmp_path / str(number))
        if headings is PRODUCTS_NEW:
            row = {**row, "Title": "Gasket", "Option1 value": "Small"}
        load(lake, write(tmp_path / "products.csv", csv_text(headings, [row])))
        ids.append(values(landed(lake, "product_variants"), "id", "product_id", "inventory_item_id"))
    assert ids[0] == ids[1]


def test_a_product_whose_first_row_is_bad_is_set_aside_whole(lake: Lake, file: Path) -> None:
    other = {**OLD_PRODUCT, "Handle": "hose"}
    rows = [{**OLD_PRODUCT, "Variant Price": "1.234,56"}, OLD_VARIANT, other, {**OLD_VARIANT, "Handle": "hose"}]
    load(lake, write(file, csv_text(PRODUCTS_OLD, [*rows, {"Title": "No handle", "Variant SKU": "X"}])))
    assert reasons(lake) == {
        2: "Variant Price is not a plain number such as 1234.56",
        3: "product gasket is set aside whole: line 2 is bad",
        6: "the handle is blank",
    }
    assert values(landed(lake, "product_variants"), "sku") == [("GSK-S",), ("GSK-L",)]


def test_a_variant_that_stands_twice_lands_once(lake: Lake, file: Path) -> None:
    load(lake, write(file, csv_text(PRODUCTS_OLD, [OLD_PRODUCT, OLD_VARIANT, {**OLD_VARIANT, "Variant Price": "9"}])))
    assert reasons(lake) == {3: "line 4 holds the same variant again"}
    assert values(landed(lake, "product_variants"), "price") == [(Decimal(10),), (Decimal(9),)]


def inventory_row(location: str | None = None, **cells: object) -> Row:
    place = {} if location is None else {"Location": location}
    return {"Handle": "gasket", "Title": "Gasket", "Option1 Value": "Small", "SKU": "GSK-S", **place, **cells}


@pytest.mark.parametrize(
    ("headings", "suffix", "on_hand"),
    [(INVENTORY_2024, " (not editable)", "On hand (current)"), (INVENTORY_2023, "", "On hand")],
)
def test_inventory_lands_a_count_for_each_state(
    lake: Lake, file: Path, headings: list[str], suffix: str, on_hand: str
) -> None:
    counted = {
        f"Incoming{suffix}": "1",
        f"Unavailable{suffix}": "2",
        f"Committed{suffix}": "3",
        f"Available{suffix}": "-4",
    }
    blank = {f"{name}{suffix}": "not stocked" for name in ("Incoming", "Unavailable", "Committed", "Available")}
    rows = [
        {**inventory_row("Main street"), **counted, on_hand: "5"},
        {**inventory_row("Dock"), **blank, on_hand: "not stocked"},
    ]
    receipt = load(lake, write(file, csv_text(headings, rows)))
    assert (receipt.resource, receipt.rows_in, receipt.rows_rejected) == ("inventory", 2, 0)
    assert sorted(values(landed(lake, "inventory_quantities"), "name", "quantity")) == [
        ("available", -4),
        ("committed", 3),
        ("incoming", 1),
        ("on_hand", 5),
        ("unavailable", 2),
    ]
    assert {row["updated_at"] for row in landed(lake, "inventory_quantities")} == {
        datetime.fromisoformat(receipt.loaded_at)
    }
    assert values(landed(lake, "locations"), "name") == [("Main street",), ("Dock",)]
    assert values(landed(lake, "inventory_items"), "sku") == [("GSK-S",)]


def test_inventory_with_a_column_per_location_lands_by_location_whatever_its_name(lake: Lake, file: Path) -> None:
    main, dock = INVENTORY_BY_LOCATION[-2:]
    headings = [*INVENTORY_BY_LOCATION, "option1"]
    rows = [inventory_row(**{main: "3", dock: "not stocked", "option1": "2"})]
    load(lake, write(file, csv_text(headings, rows)))
    names = {row["id"]: row["name"] for row in landed(lake, "locations")}
    assert set(names.values()) == {main, dock, "option1"}
    counts = {names[row["location_id"]]: row["quantity"] for row in landed(lake, "inventory_quantities")}
    assert counts == {main: 3, "option1": 2}


def test_a_bad_count_names_its_location_and_costs_its_line_alone(lake: Lake, file: Path) -> None:
    main, dock = INVENTORY_BY_LOCATION[-2:]
    rows = [inventory_row(**{main: "3", dock: "many"}), inventory_row(SKU="-", **{main: "1", dock: "2"})]
    receipt = load(lake, write(file, csv_text(INVENTORY_BY_LOCATION, rows)))
    assert (receipt.rows_in, receipt.rows_rejected) == (2, 1)
    (bad,) = rejected(lake)
    assert (bad["line"], bad["reason"], bad["value"]) == (2, f"{dock} is not a whole number", "many")
    assert values(landed(lake, "inventory_items"), "sku") == [(None,)]


def test_items_that_cannot_be_told_apart_do_not_overwrite_each_other_unseen(lake: Lake, file: Path) -> None:
    rows = [
        inventory_row("Dock", **{"On hand": "1", "SKU": "-"}),
        inventory_row("Dock", **{"On hand": "2", "SKU": "-"}),
        inventory_row("Dock", **{"On hand": "3", "SKU": "OTHER"}),
        inventory_row("", **{"On hand": "4"}),
        {"Location": "Dock", "On hand": "5"},
    ]
    load(lake, write(file, csv_text(INVENTORY_2023, rows)))
    assert reasons(lake) == {
        2: "line 3 holds the same item and location again",
        5: "Location is blank",
        6: "neither handle nor SKU is given",
    }
    assert values(landed(lake, "inventory_quantities"), "quantity") == [(2,), (3,)]


def test_a_location_has_the_same_id_in_orders_and_inventory(lake: Lake, file: Path) -> None:
    load(lake, write(file, orders_csv(head_row(Location="Dock"))))
    load(lake, write(file, csv_text(INVENTORY_2023, [inventory_row("Dock", **{"On hand": "1"})])))
    assert landed(lake, "orders")[0]["location_id"] == landed(lake, "locations")[0]["id"]


# --- headers


def test_columns_may_come_in_any_order_and_case_with_others_between_them(lake: Lake, file: Path) -> None:
    headings = [*ORDERS, "Loyalty points", "x"]
    random.Random(7).shuffle(headings)
    text = csv_text(headings, [head_row(1) | {"Loyalty points": "abc"}, line_row(1)])
    header, rest = text.split("\n", 1)
    write(file, header.upper().replace("LINEITEM QUANTITY", "  Lineitem   quantity ") + "\n" + rest)
    assert load(lake, file).rows_loaded == 2
    assert values(landed(lake, "order_lines"), "order_id", "quantity", "price") == [(6001, 2, Decimal(10))] * 2


@pytest.mark.parametrize(
    ("headings", "missing"),
    [
        (ORDERS, "Id"),
        (ORDERS, "Lineitem price"),
        (ORDERS, "Refunded Amount"),
        (CUSTOMERS_2024, "Email"),
        (PRODUCTS_OLD, "Variant SKU"),
        (PRODUCTS_NEW, "Price"),
        (INVENTORY_2024, "Available (not editable)"),
        (INVENTORY_2023, "On hand"),
        (INVENTORY_BY_LOCATION, "SKU"),
    ],
)
def test_a_missing_column_is_named(lake: Lake, file: Path, headings: list[str], missing: str) -> None:
    write(file, csv_text([name for name in headings if name != missing], []))
    with pytest.raises(MartletError, match=rf"without: {missing.replace('(', '[(]').replace(')', '[)]')}$"):
        load(lake, file)


def test_inventory_without_any_location_says_what_is_missing(lake: Lake, file: Path) -> None:
    with pytest.raises(MartletError, match="without: a column of stock for any location"):
        load(lake, write(file, csv_text(INVENTORY_BY_LOCATION[:-2], [])))


@pytest.mark.parametrize("heading", ["Lineitem price", "lineitem PRICE"])
def test_a_heading_that_stands_twice_is_refused_where_it_is_read(lake: Lake, file: Path, heading: str) -> None:
    header, row = orders_csv(head_row()).splitlines()
    with pytest.raises(MartletError, match="'lineitem price' stands more than once"):
        load(lake, write(file, f"{header},{heading}\n{row},99.00\n"))
    # a heading that nobody reads may stand as often as it likes
    assert load(lake, write(file, f"{header},Notes\n{row},hello\n")).rows_loaded == 1


def test_locations_that_differ_in_case_alone_are_refused(lake: Lake, file: Path) -> None:
    with pytest.raises(MartletError, match="stands more than once"):
        load(lake, write(file, csv_text([*INVENTORY_BY_LOCATION, "MAIN STREET"], [])))


# --- dialects and dirt


TWO_ORDERS = orders_csv(head_row(1, Shipping_City="Besançon"), line_row(1), head_row(2, Shipping_City="Łódź"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_encoding_and_line_ends_do_not_matter(lake: Lake, file: Path, encoding: str, line_end: str) -> None:
    mark = "\ufeff" if encoding[-2:] in ("le", "be") else ""
    write(file, (mark + TWO_ORDERS.replace("\n", line_end)).encode(encoding))
    assert load(lake, file).rows_loaded == 3
    assert values(landed(lake, "orders"), "shipping_address_city") == [("Besançon",), ("Łódź",)]
    assert [row["_source_row"] for row in landed(lake, "order_lines")] == [2, 3, 4]


def test_latin_1_and_utf_8_are_read_right_even_in_one_file(lake: Lake, file: Path) -> None:
    text = orders_csv(head_row(1, Shipping_City="Besançon"), head_row(2, Shipping_City="Zürich “€”"))
    load(lake, write(file, text.encode("cp1252")))
    assert values(landed(lake, "orders"), "shipping_address_city") == [("Besançon",), ("Zürich “€”",)]
    first, second, third = text.splitlines(keepends=True)
    mixed = first.encode("utf-8-sig") + second.encode("latin-1") + third.encode()
    load(make_lake(file.parent / "other"), write(file, mixed))
    assert values(landed(make_lake(file.parent / "other"), "orders"), "shipping_address_city") == [
        ("Besançon",),
        ("Zürich “€”",),
    ]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_semicolons_tabs_and_bars_are_delimiters_too(lake: Lake, file: Path, delimiter: str) -> None:
    write(file, csv_text(ORDERS, [head_row(1, Notes="a, b; c\td | e"), line_row(1)], delimiter))
    assert load(lake, file).rows_loaded == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf\r\n \r\n", "the file is empty"),
        (orders_csv(head_row()).replace(",", "~").encode(), "no comma, semicolon, tab or bar"),
        (b"PK\x03\x04\x14\x00\x06\x00,,\x00\xff", "zip archive or Excel workbook"),
        (bytes(range(256)) * 40, "not a text file"),
        (b"\x89PNG,\r\n\x1a\n" + bytes(200), "not a Shopify admin export"),
        (TWO_ORDERS.encode("utf-16-le"), "not a text file"),
        (b"a,b\n1,2\n", "not a Shopify admin export"),
        (TWO_ORDERS.replace("Payment References", '"Payment References', 1).encode(), "quote in the header line"),
        (b"x," * 200_000, "first line is longer"),
    ],
)
def test_a_file_that_is_no_export_is_refused_in_one_line(lake: Lake, file: Path, content: bytes, words: str) -> None:
    with pytest.raises(MartletError, match=words):
        load(lake, write(file, content))
    assert not lake.raw_dir.exists()


def test_a_header_alone_is_a_load_of_no_rows(lake: Lake, file: Path) -> None:
    receipt = load(lake, write(file, orders_csv()))
    assert (receipt.rows_in, receipt.rows_loaded, receipt.rows_rejected) == (0, 0, 0)
    assert receipt.tables == {"orders": 0, "order_lines": 0, "refunds": 0, "order_adjustments": 0}


def test_a_file_cut_off_in_a_row_sets_that_order_aside(lake: Lake, file: Path) -> None:
    content = orders_csv(head_row(1), head_row(2), line_row(2)).encode()
    receipt = load(lake, write(file, content[:-60]))
    assert (receipt.rows_in, receipt.rows_loaded) == (3, 1)
    assert reasons(lake)[4].endswith("cells, the header has 79")
    assert reasons(lake)[3] == "order #1002 is set aside whole: line 4 is bad"


def test_a_file_cut_off_in_a_quoted_cell_or_a_character_costs_the_last_row_alone(lake: Lake, file: Path) -> None:
    content = orders_csv(head_row(1), head_row(2, Notes='say "é", twice\nand more')).encode()
    for number, cut in enumerate(
        (content.index("é".encode()) + 1, content.index(b"twice") + 2, content.index(b"more"))
    ):
        lake = make_lake(file.parent / f"home{number}")
        load(lake, write(file, content[:cut]))
        assert values(landed(lake, "orders"), "name") == [("#1001",)]
        assert "�" not in landed(lake, "orders")[0]["email"]


def test_a_note_of_several_lines_keeps_line_numbers_right(lake: Lake, file: Path) -> None:
    rows = [head_row(1, Notes="one\ntwo, and\r\nthree"), head_row(2, Total="x", Notes='a "b"\n\n\nc'), head_row(3)]
    load(lake, write(file, "\n\n" + orders_csv(*rows).replace("#1003", "\n\n#1003").replace("\n\n#1003", "#1003")))
    assert values(landed(lake, "orders"), "name", "_source_row") == [("#1001", 4), ("#1003", 11)]
    assert list(reasons(lake)) == [7]


def test_blank_lines_are_no_rows_but_lines_of_commas_are(lake: Lake, file: Path) -> None:
    header, *rows = orders_csv(head_row(1), head_row(2)).splitlines()
    receipt = load(lake, write(file, "\n".join([header, "", rows[0], "", "", "," * 78, rows[1], "", ""])))
    assert (receipt.rows_in, receipt.rows_rejected) == (3, 1)
    assert reasons(lake) == {6: "Name is blank"}
    assert [row["_source_row"] for row in landed(lake, "orders")] == [3, 7]


@pytest.mark.parametrize("place", ["Notes", "Lineitem name", "Name", "Payment References"])
@pytest.mark.parametrize("later_note", ["", "quoted, note"])
def test_a_stray_quote_costs_its_own_row_and_swallows_no_other(
    lake: Lake, file: Path, place: str, later_note: str
) -> None:
    rows = [
        head_row(n, **{place: "@@" if n == 3 else head_row(n).get(place, ""), "Notes": "" if n == 3 else later_note})
        for n in range(1, 8)
    ]
    rows[2][place] = "@@"
    receipt = load(lake, write(file, orders_csv(*rows).replace("@@", '"stray')))
    assert receipt.rows_in == 7
    assert set(reasons(lake)) <= {4}
    assert [row["_source_row"] for row in landed(lake, "orders") if row["_source_row"] != 4] == [2, 3, 5, 6, 7, 8]


def test_many_stray_quotes_in_a_long_file_take_no_more_than_moments(lake: Lake, file: Path) -> None:
    rows = [head_row(n, Notes="@@" if n % 50 == 0 else "") for n in range(10_000)]
    started = time.monotonic()
    receipt = load(lake, write(file, orders_csv(*rows).replace("@@", '"stray')))
    assert (receipt.rows_in, receipt.rows_rejected) == (10_000, 200)
    assert time.monotonic() - started < 10


def test_an_enormous_cell_is_set_aside_where_it_is_read_and_ignored_where_not(lake: Lake, file: Path) -> None:
    huge = "x" * 5_000_000
    load(lake, write(file, orders_csv(head_row(1, Notes=huge), head_row(2, Email=huge), head_row(3))))
    assert reasons(lake) == {3: "Email holds more than 1,000,000 characters"}
    assert values(landed(lake, "orders"), "name") == [("#1001",), ("#1003",)]
    assert len(rejected(lake)[0]["row"]) > 5_000_000


def test_a_file_of_one_enormous_line_is_refused_or_set_aside_in_moments(lake: Lake, file: Path) -> None:
    started = time.monotonic()
    with pytest.raises(MartletError):
        load(lake, write(file, b"x" * 20_000_000))
    receipt = load(lake, write(file, orders_csv().encode() + b"y,y" * 3_000_000))
    assert (receipt.rows_in, receipt.rows_rejected) == (1, 1)
    assert time.monotonic() - started < 20


def test_nul_bytes_in_text_are_kept_and_in_a_number_are_bad(lake: Lake, file: Path) -> None:
    load(lake, write(file, orders_csv(head_row(1, Tags="a\0b"), head_row(2, Total="2\0"))))
    assert values(landed(lake, "orders"), "name", "tags") == [("#1001", "a\0b")]


def test_a_quote_in_a_file_name_does_no_harm(lake: Lake, tmp_path: Path) -> None:
    load(lake, write(tmp_path / 'it\'s "mine" [1].csv', orders_csv(head_row(1), head_row(2, Total="x"))))
    assert landed(lake, "orders")[0]["_source_file"] == 'it\'s "mine" [1].csv'


# --- anything at all


def _mutated(rng: random.Random, content: bytes) -> bytes:
    """The content with a few bytes, cells or lines changed, left out, put in or doubled."""
    separator = rng.choice([b"", b"\n", b","])
    parts = content.split(separator) if separator else [bytes([byte]) for byte in content]
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(parts))
        other = rng.choice(
            [rng.choice(parts), rng.choice([b'"', b"\0", b"\xff", b"\r", b"'", b"1e9", b"\xc3", b";", b""])]
        )
        parts[place : place + rng.randint(0, 2)] = [other] * rng.randint(0, 2)
        parts = parts or [b""]
    return separator.join(parts)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_to_a_file_it_is_refused_or_every_row_is_accounted_for(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    content = orders_csv(
        head_row(1, Notes='a "b"\nc'), line_row(1), head_row(2, Refunded_Amount="3"), line_row(2)
    ).encode()
    for number in range(30):
        path = write(tmp_path / f"{number}.csv", _mutated(rng, content))
        lake = make_lake(tmp_path / f"home{number}")
        try:
            load(lake, path)
        except MartletError:
            assert not lake.raw_dir.exists()
