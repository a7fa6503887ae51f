"""Customers, products and inventory land from every layout, and a header that fits none is refused."""

import random
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
    orders_csv,
    reasons,
    rejected,
    values,
    write,
)

from martlet.errors import MartletError
from martlet.loaders.landing import Lake

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
