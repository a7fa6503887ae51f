"""The orders export: an order lands whole and typed, or is set aside whole with the line at fault."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from loading import (
    Row,
    head_row,
    landed,
    line_row,
    load,
    orders_csv,
    reasons,
    rejected,
    values,
    write,
)

from martlet.loaders.landing import Lake


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
