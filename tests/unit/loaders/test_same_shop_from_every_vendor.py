"""One little shop in four vendors' shapes gives the same raw tables, without the defects that are known in public."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pytest
from little_shop import write_jsonl, write_tables
from little_shop_airbyte import airbyte_streams
from little_shop_bulk import bulk_lines
from little_shop_fivetran import fivetran_tables
from loading import landed, load, make_lake, values

from martlet.loaders import airbyte, fivetran, shopify_bulk
from martlet.loaders.landing import Lake, LoadReceipt
from martlet.raw_contract import RawTable

Write = Callable[[Path], tuple[ModuleType, Path]]


def to_duckdb(folder: Path, schema: str) -> Path:
    """The Parquet files of a folder as one DuckDB file."""
    path = folder.parent / f"{folder.name}.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"create schema if not exists {schema}")
        for file in folder.glob("*.parquet"):
            connection.execute(f"create table {schema}.\"{file.stem}\" as select * from '{file}'")
    return path


SHAPES: dict[str, Write] = {
    "bulk": lambda path: (shopify_bulk, write_jsonl(path / "shop.jsonl", bulk_lines())),
    "bulk, children first": lambda path: (shopify_bulk, write_jsonl(path / "shop.jsonl", bulk_lines()[::-1])),
    "fivetran rest": lambda path: (fivetran, write_tables(path / "shop", fivetran_tables("rest"))),
    "fivetran rest csv": lambda path: (fivetran, write_tables(path / "shop", fivetran_tables("rest"), "csv")),
    "fivetran graphql": lambda path: (fivetran, write_tables(path / "shop", fivetran_tables("graphql"))),
    "fivetran duckdb": lambda path: (
        fivetran,
        to_duckdb(write_tables(path / "shop", fivetran_tables("graphql")), "shopify"),
    ),
    "airbyte": lambda path: (airbyte, write_tables(path / "shop", airbyte_streams())),
    "airbyte csv": lambda path: (airbyte, write_tables(path / "shop", airbyte_streams(), "csv")),
    "airbyte jsonl": lambda path: (airbyte, write_tables(path / "shop", airbyte_streams(), "jsonl")),
    "airbyte duckdb": lambda path: (airbyte, to_duckdb(write_tables(path / "shop", airbyte_streams()), "main")),
}
# what one of the shapes does not give at all, or gives under an id of its own
NOT_COMPARED = {
    "order_adjustments": ("id", "reason"),
    "refunds": ("processed_at",),
}


@pytest.fixture(params=SHAPES)
def loaded(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Lake, LoadReceipt]:
    return load_shape(request.param, tmp_path)


def load_shape(shape: str, folder: Path) -> tuple[Lake, LoadReceipt]:
    lake = make_lake(folder / "home")
    module, path = SHAPES[shape](folder / "files")
    return lake, load(lake, path, module)


def contents_of(lake: Lake, table: RawTable) -> list[tuple[Any, ...]]:
    names = [name for name in table.column_names if name not in NOT_COMPARED.get(table.name, ())]
    return sorted(values(landed(lake, table.name), *names), key=str)


def test_every_shape_gives_the_same_tables(
    loaded: tuple[Lake, LoadReceipt], tmp_path_factory: pytest.TempPathFactory
) -> None:
    lake, receipt = loaded
    assert receipt.rows_rejected == 0
    other, _ = load_shape("bulk", tmp_path_factory.mktemp("other"))
    tables = [table for (source, _), table in lake.contract.items() if source == "shopify"]
    filled = [table.name for table in tables if contents_of(lake, table)]
    assert len(filled) == 13
    for table in tables:
        assert contents_of(lake, table) == contents_of(other, table), table.name


def test_a_lines_total_is_not_multiplied_by_its_quantity_again(loaded: tuple[Lake, LoadReceipt]) -> None:
    lines = values(landed(loaded[0], "order_lines"), "id", "quantity", "price")
    assert (2001, 3, Decimal("10.0000")) in lines
    assert (2002, 5, Decimal("4.0000")) in lines


def test_five_units_from_two_places_are_five(loaded: tuple[Lake, LoadReceipt]) -> None:
    assert sum(row["quantity"] for row in landed(loaded[0], "order_lines") if row["id"] == 2002) == 5
    assert len(landed(loaded[0], "order_lines")) == 4


def test_every_payment_is_one_row_and_the_refund_is_its_refunds(loaded: tuple[Lake, LoadReceipt]) -> None:
    moves = sorted(values(landed(loaded[0], "transactions"), "id", "order_id", "kind", "amount", "refund_id"))
    assert moves == [
        (6001, 1001, "sale", Decimal("56.70"), None),
        (6002, 1001, "refund", Decimal("14.90"), 801),
        (6003, 1002, "authorization", Decimal("7.50"), None),
        (6004, 1002, "capture", Decimal("7.50"), None),
        (6005, 1003, "authorization", Decimal("25.00"), None),
        (6006, 1003, "void", Decimal("25.00"), None),
    ]


def test_a_guest_stays_one_and_a_cancelled_order_says_when(loaded: tuple[Lake, LoadReceipt]) -> None:
    orders = {row["name"]: row for row in landed(loaded[0], "orders")}
    assert orders["#1002"]["customer_id"] is None
    assert orders["#1002"]["email"] == "guest@example.com"
    assert str(orders["#1003"]["cancelled_at"]) == "2026-03-02 09:00:00"
    assert (orders["#1003"]["cancel_reason"], orders["#1003"]["fulfillment_status"]) == ("customer", "restocked")
    assert orders["#1001"]["cancelled_at"] is None
    assert orders["#1002"]["fulfillment_status"] == "unfulfilled"


def test_refunded_shipping_is_no_goods_and_negative(loaded: tuple[Lake, LoadReceipt]) -> None:
    adjustments = values(
        landed(loaded[0], "order_adjustments"), "order_id", "refund_id", "kind", "amount", "tax_amount"
    )
    assert adjustments == [(1001, 801, "shipping_refund", Decimal("-5.0000"), Decimal("0.0000"))]
    lines = values(landed(loaded[0], "order_line_refunds"), "order_line_id", "quantity", "subtotal", "total_tax")
    assert lines == [(2001, 1, Decimal("9.0000"), Decimal("0.9000"))]


def test_the_discount_stands_on_its_line_with_its_code(loaded: tuple[Lake, LoadReceipt]) -> None:
    allocations = values(landed(loaded[0], "discount_allocations"), "order_line_id", "index", "amount", "code")
    assert allocations == [(2001, 0, Decimal("3.0000"), "SAVE10")]


def test_loading_the_same_again_changes_nothing(tmp_path: Path) -> None:
    for shape in ("bulk", "fivetran rest", "fivetran duckdb", "airbyte"):
        folder = tmp_path / shape
        lake, first = load_shape(shape, folder)
        module = {"bulk": shopify_bulk, "airbyte": airbyte}.get(shape, fivetran)
        path = next(p for p in (folder / "files").iterdir() if p.suffix in (".jsonl", ".duckdb") or shape[-3:] != "kdb")
        again = module.load_file(lake, path, lambda message: None)
        assert again.was_loaded_before
        assert again.load_id == first.load_id
        assert len(landed(lake, "orders")) == 3
