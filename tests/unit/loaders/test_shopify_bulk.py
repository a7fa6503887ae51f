"""Bulk operations: children anywhere in the file, orders whole or not at all, and no line lost whatever is in it."""

import gzip
import json
import random
import tempfile
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from little_shop import bag, gid, write_jsonl
from little_shop_bulk import bulk_lines
from loading import contents, landed, load, make_lake, reasons, rejected, values, write

from martlet.errors import MartletError
from martlet.loaders import shopify_bulk
from martlet.loaders.landing import Lake, LoadReceipt


def order(number: int = 1, **fields: Any) -> dict[str, Any]:
    head = {"id": gid("Order", number), "name": f"#{number}", "createdAt": "2026-01-01T00:00:00+01:00"}
    return {**head, "currencyCode": "EUR", "subtotalPriceSet": bag("20.00"), "totalPriceSet": bag("20.00"), **fields}


def line(number: int = 11, of: int = 1, **fields: Any) -> dict[str, Any]:
    item = {"id": gid("LineItem", number), "quantity": 2, "originalUnitPriceSet": bag("10.00"), "sku": f"S{number}"}
    return {**item, "__parentId": gid("Order", of), **fields}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "bulk.jsonl"


def load_rows(lake: Lake, file: Path, *rows: dict[str, Any]) -> LoadReceipt:
    return load(lake, write_jsonl(file, rows), shopify_bulk)


def test_lines_find_their_order_wherever_they_stand(lake: Lake, file: Path) -> None:
    receipt = load_rows(lake, file, line(11, 2), line(12, 1), order(1), line(13, 1), order(2), line(14, 2))
    assert (receipt.rows_in, receipt.rows_rejected, receipt.resource) == (6, 0, "bulk operation")
    found = values(landed(lake, "order_lines"), "id", "order_id", "line_number", "_source_row")
    assert found == [(11, 2, 1, 1), (12, 1, 1, 2), (13, 1, 2, 4), (14, 2, 2, 6)]
    assert values(landed(lake, "orders"), "id", "created_at") == [
        (1, datetime(2025, 12, 31, 23)),
        (2, datetime(2025, 12, 31, 23)),
    ]


def test_gzip_and_a_byte_order_mark_are_read(lake: Lake, file: Path) -> None:
    text = "".join(json.dumps(row) + "\r\n" for row in (line(), order()))
    assert load(lake, write(file, gzip.compress(text.encode("utf-8-sig"))), shopify_bulk).rows_loaded == 2
    assert values(landed(lake, "order_lines"), "sku") == [("S11",)]


@pytest.mark.parametrize(
    ("fields", "price"),
    [
        ({"originalUnitPriceSet": bag("10.00"), "originalTotalSet": bag("20.00")}, "10.00"),
        ({"originalUnitPriceSet": None, "originalTotalSet": bag("20.00")}, "10.00"),
        ({"originalUnitPriceSet": None, "originalTotalSet": bag("0.00"), "quantity": 0}, "0.00"),
    ],
)
def test_a_lines_total_is_divided_by_its_quantity_never_multiplied(
    lake: Lake, file: Path, fields: dict[str, Any], price: str
) -> None:
    load_rows(lake, file, order(1, subtotalPriceSet=bag("0.00")), line(11, 1, **fields))
    assert values(landed(lake, "order_lines"), "price") == [(Decimal(price),)]


def test_a_bad_line_sets_its_order_aside_with_the_line_at_fault(lake: Lake, file: Path) -> None:
    bad = line(12, 1, quantity="two")
    load_rows(lake, file, line(11, 1), order(1), order(2), line(13, 2), bad)
    assert reasons(lake) == {
        1: "order #1 is set aside whole: line 5 is bad",
        2: "order #1 is set aside whole: line 5 is bad",
        5: "quantity is not a whole number",
    }
    assert [row["value"] for row in rejected(lake)] == [None, None, "two"]
    assert values(landed(lake, "orders"), "name") == [("#2",)]


def test_a_line_that_is_no_json_takes_the_order_that_it_names(lake: Lake, file: Path) -> None:
    broken = json.dumps(line(12, 1))[:-1]
    text = "\n".join(
        [json.dumps(order(1)), json.dumps(line(11, 1)), broken, json.dumps(order(2)), json.dumps(line(13, 2))]
    )
    load(lake, write(file, text), shopify_bulk)
    assert reasons(lake)[3] == "the line is not valid JSON"
    assert reasons(lake)[1] == "order #1 is set aside whole: line 3 is bad"
    assert sorted(reasons(lake)) == [1, 2, 3]


def test_an_order_whose_lines_were_cut_off_does_not_land_half(lake: Lake, file: Path) -> None:
    load_rows(lake, file, order(1), line(11, 1, quantity=1), order(2), line(12, 2))
    assert reasons(lake)[1] == "its lines come to less than its subtotal: some are missing"
    assert values(landed(lake, "orders"), "id") == [(2,)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (line(12, 9), "its parent, of type Order, is not in this file"),
        ({"id": gid("Metafield", 1), "key": "x"}, "no table of the raw contract takes a Metafield"),
        ({"id": gid("Fulfillment", 1)}, "no table of the raw contract takes a Fulfillment"),
        ({"id": 5, "name": "x"}, "no id tells what kind of object it is"),
        ({"note": "x"}, "no id tells what kind of object it is"),
        ({"id": gid("Product", 1), "title": "x"}, "handle is blank"),
        (line(11, 1, __parentId=None), "order.id is blank"),
    ],
)
def test_what_has_no_place_is_set_aside_with_a_reason(lake: Lake, file: Path, row: dict[str, Any], reason: str) -> None:
    receipt = load_rows(lake, file, order(2), line(13, 2), row)
    assert reasons(lake) == {3: reason}
    assert receipt.tables == {"orders": 1, "order_lines": 1}


def test_of_two_copies_of_an_object_the_later_counts(lake: Lake, file: Path) -> None:
    load_rows(lake, file, order(1, email="old@example.com"), line(), order(1, email="new@example.com"))
    assert reasons(lake) == {1: "line 3 holds the same id again"}
    assert values(landed(lake, "orders"), "email") == [("new@example.com",)]


def test_a_refund_of_a_return_stands_on_lines_of_its_own(lake: Lake, file: Path) -> None:
    refund = {"id": gid("Refund", 5), "createdAt": "2026-01-05T00:00:00Z", "__parentId": gid("Return", 3)}
    given = {"id": gid("RefundLineItem", 6), "quantity": 1, "lineItem": {"id": gid("LineItem", 11)}}
    back = {"id": gid("Return", 3), "__parentId": gid("Order", 1)}
    load_rows(lake, file, {**given, "subtotalSet": bag("10.00"), "__parentId": gid("Refund", 5)}, refund, back)
    assert set(reasons(lake)) == {1, 2, 3}
    rows = ({**given, "subtotalSet": bag("10.00"), "__parentId": gid("Refund", 5)}, refund, back, order(), line())
    load_rows(lake, file.with_name("whole.jsonl"), *rows)
    assert values(landed(lake, "refunds"), "id", "order_id") == [(5, 1)]
    assert values(landed(lake, "order_line_refunds"), "id", "refund_id", "order_line_id") == [(6, 5, 11)]


@pytest.mark.parametrize(
    ("refunds", "expected"),
    [
        (["8.00"], [("refund_discrepancy", -8, 0)]),
        (
            ["18.00", "7.00"],
            [("refund_discrepancy", -18, 0), ("refund_discrepancy", -2, 0), ("shipping_refund", -5, 0)],
        ),
        (["27.00"], [("refund_discrepancy", -20, -2), ("shipping_refund", -5, 0)]),
    ],
)
def test_a_refund_of_which_only_the_total_is_given_was_goods_then_shipping_then_tax(
    lake: Lake, file: Path, refunds: list[str], expected: list[tuple[str, int, int]]
) -> None:
    given = [
        {"id": gid("Refund", number), "createdAt": "2026-01-05T00:00:00Z", "totalRefundedSet": bag(total)}
        for number, total in enumerate(refunds, 1)
    ]
    load_rows(lake, file, order(refunds=given, totalShippingPriceSet=bag("5.00")), line())
    assert sorted(values(landed(lake, "order_adjustments"), "kind", "amount", "tax_amount")) == expected


def test_a_refund_that_its_lines_account_for_gets_no_adjustment(lake: Lake, file: Path) -> None:
    given = {"id": gid("RefundLineItem", 6), "quantity": 1, "lineItem": {"id": gid("LineItem", 11)}}
    given |= {"subtotalSet": bag("10.00"), "totalTaxSet": bag("2.00")}
    refund = {"id": gid("Refund", 5), "createdAt": "2026-01-05T00:00:00Z", "totalRefundedSet": bag("12.00")}
    load_rows(lake, file, order(refunds=[{**refund, "refundLineItems": [given]}]), line())
    assert landed(lake, "order_adjustments") == []


def test_something_else_where_a_list_should_be_is_no_silence(lake: Lake, file: Path) -> None:
    load_rows(lake, file, order(1, refunds="none"), line(11, 1), order(2), line(12, 2))
    assert reasons(lake)[1] == "refunds is not a list"
    assert values(landed(lake, "orders"), "id") == [(2,)]


def test_a_file_that_is_no_operations_is_refused_whole(lake: Lake, file: Path) -> None:
    for content, words in (
        (b"", "the file is empty"),
        (b"a,b\n1,2\n", "not a bulk operation's file"),
        (b'{"event_name": "purchase"}\n', "not a bulk operation's file"),
        (gzip.compress(b"x" * 1000)[:-9], "cannot be read to its end"),
    ):
        with pytest.raises(MartletError, match=words):
            load(lake, write(file, content), shopify_bulk)
    assert contents(lake) == {}


def test_the_same_file_twice_changes_no_byte(lake: Lake, file: Path) -> None:
    load_rows(lake, file, *bulk_lines())
    before = contents(lake)
    assert shopify_bulk.load_file(lake, file, lambda message: None).was_loaded_before
    assert contents(lake) == before


MUTATIONS = ("drop", "double", "cut", "blank", "type", "reparent", "unnest")


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), mutations=st.lists(st.sampled_from(MUTATIONS), max_size=6))
def test_whatever_happens_to_lines_every_row_is_loaded_or_set_aside_and_orders_are_whole(
    seed: int, mutations: list[str]
) -> None:
    chance = random.Random(seed)
    lines = [json.dumps(row) for row in bulk_lines()]
    chance.shuffle(lines)
    for mutation in mutations:
        _mutate(lines, mutation, chance)
    if not any("gid://shopify/" in text for text in lines):
        return
    with tempfile.TemporaryDirectory() as folder:
        lake = make_lake(Path(folder) / "home")
        try:
            receipt = load(lake, write(Path(folder) / "bulk.jsonl", "\n".join(lines)), shopify_bulk)
        except MartletError:
            return
        assert receipt.rows_in == sum(bool(text.strip()) for text in lines)
        orders = {row["id"]: row["subtotal_price"] for row in landed(lake, "orders")}
        goods = dict.fromkeys(orders, Decimal(0))
        for row in landed(lake, "order_lines"):
            goods[row["order_id"]] += row["quantity"] * row["price"]
        assert all(goods[number] >= (subtotal or 0) for number, subtotal in orders.items() if any(goods.values()))


def _mutate(lines: list[str], mutation: str, chance: random.Random) -> None:
    place = chance.randrange(len(lines)) if lines else 0
    if not lines:
        return
    text = lines[place]
    if mutation == "drop":
        del lines[place]
    elif mutation == "double":
        lines.insert(chance.randrange(len(lines)), text)
    elif mutation == "cut":
        lines[place] = text[: chance.randrange(len(text) + 1)]
    elif mutation == "blank":
        lines[place] = text.replace('"id"', '"no_id"', 1)
    elif mutation == "type":
        lines[place] = text.replace('"amount": "', '"amount": "x', 1)
    elif mutation == "reparent":
        lines[place] = text.replace("Order/1001", "Order/1002")
    else:
        lines[place] = text.replace("[", "{", 1).replace("]", "}", 1)
