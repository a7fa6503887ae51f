"""Folders and DuckDB files of Fivetran's and Airbyte's tables: what is deleted, missing, broken or of another type."""

import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from little_shop import BACK, Rows, write_jsonl, write_tables
from little_shop_airbyte import airbyte_streams
from little_shop_fivetran import fivetran_tables
from loading import contents, landed, load, reasons, rejected, values, write

from martlet.errors import MartletError
from martlet.loaders import airbyte, fivetran
from martlet.loaders.landing import Lake


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "export"


def fivetran_with(**changes: Rows) -> dict[str, Rows]:
    return {**fivetran_tables("rest"), **changes}


def changed(rows: Rows, number: int, **fields: Any) -> Rows:
    """The rows, with other fields in the one of that id."""
    return [{**row, **fields} if row["id"] == number else row for row in rows]


def where_aside(lake: Lake) -> dict[tuple[str, int], str]:
    return {(row["file"], row["line"]): row["reason"] for row in rejected(lake)}


# --- what is there and what is not


def test_tables_that_nothing_uses_are_named_and_absent_ones_are_empty(lake: Lake, folder: Path) -> None:
    tables = {name: rows for name, rows in fivetran_with().items() if name in ("order", "order_line", "fulfillment")}
    receipt = load(lake, write_tables(folder, tables), fivetran)
    assert receipt.notes == ("not used: fulfillment",)
    assert (receipt.file, receipt.rows_in, receipt.tables) == ("export", 7, {"orders": 3, "order_lines": 4})
    assert values(landed(lake, "order_lines"), "_source_file", "_source_row")[0] == ("order_line.parquet", 1)


def test_a_folder_without_known_tables_says_which_were_looked_for(lake: Lake, folder: Path) -> None:
    for module, table in ((fivetran, "order_line"), (airbyte, "order_refunds")):
        with pytest.raises(MartletError, match=f"looked for: .*{table}"):
            load(lake, write_tables(folder, {"shop": [{"id": 1}]}), module)
    with pytest.raises(MartletError, match="no such file or folder"):
        fivetran.find_files(folder / "nowhere")
    (folder.parent / "empty").mkdir()
    with pytest.raises(MartletError, match="files in this folder"):
        airbyte.find_files(folder.parent / "empty")


def test_a_folder_is_one_load_and_duckdb_files_in_one_are_one_each(folder: Path) -> None:
    write_tables(folder, {"order": [{"id": 1}]})
    assert fivetran.find_files(folder) == [folder]
    other = folder.parent / "files"
    other.mkdir()
    write(other / "a.duckdb", "x")
    assert fivetran.find_files(other) == [other / "a.duckdb"]


def test_parts_of_a_table_may_stand_in_a_folder_but_not_in_two_formats(lake: Lake, folder: Path) -> None:
    tables = fivetran_with()
    lines = tables.pop("order_line")
    write_tables(folder, tables)
    for number, part in enumerate((lines[:2], lines[2:])):
        write_tables(folder / "order_line", {f"part-{number}": part})
    assert load(lake, folder, fivetran).tables["order_lines"] == 4
    write_tables(folder, {"order": tables["order"]}, "csv")
    with pytest.raises(MartletError, match="stands twice, in two formats: order"):
        load(lake, folder, fivetran)


def test_newer_names_of_two_tables_are_known(lake: Lake, folder: Path) -> None:
    tables = fivetran_tables("graphql")
    tables["refund_line_item"], tables["order_line_tax_line"] = tables.pop("order_line_refund"), tables.pop("tax_line")
    assert load(lake, write_tables(folder, tables), fivetran).tables["order_line_refunds"] == 1
    assert {row["id"]: row["total_tax"] for row in landed(lake, "order_lines")}[2001] == Decimal("2.7")


# --- deleted rows and copies


def test_a_deleted_order_is_set_aside_with_all_that_is_its(lake: Lake, folder: Path) -> None:
    tables = fivetran_with(order=changed(fivetran_with()["order"], 1002, _fivetran_deleted=True))
    load(lake, write_tables(folder, tables), fivetran)
    assert where_aside(lake) == {
        ("order.parquet", 2): "deleted in Shopify",
        ("order_line.parquet", 3): "its order is deleted in Shopify",
        ("transaction.parquet", 3): "its order is deleted in Shopify",
        ("transaction.parquet", 4): "its order is deleted in Shopify",
    }
    assert values(landed(lake, "orders"), "id") == [(1001,), (1003,)]


def test_a_deleted_product_takes_its_variants_and_nothing_else(lake: Lake, folder: Path) -> None:
    product = [{**row, "_fivetran_deleted": True} for row in fivetran_with()["product"]]
    receipt = load(lake, write_tables(folder, fivetran_with(product=product)), fivetran)
    assert where_aside(lake)["product.parquet", 1] == "deleted in Shopify"
    assert where_aside(lake)["product_variant.parquet", 2] == "its product is set aside"
    assert "product_variants" not in receipt.tables
    assert receipt.tables["order_lines"] == 4


def test_a_stream_that_appends_versions_gives_the_newest(lake: Lake, folder: Path) -> None:
    (first, *others) = airbyte_streams()["orders"]
    old = {**first, "_airbyte_extracted_at": "2026-03-01T00:00:00Z", "email": "old@example.com"}
    new = {**first, "_airbyte_extracted_at": "2026-03-09T00:00:00Z"}
    load(lake, write_tables(folder, {"orders": [new, old, *others]}, "jsonl"), airbyte)
    assert where_aside(lake) == {("orders.jsonl", 2): "line 1 holds the same id again"}
    assert len(landed(lake, "order_lines")) == 4


def test_a_row_that_airbyte_marks_as_deleted_does_not_count(lake: Lake, folder: Path) -> None:
    streams = airbyte_streams()
    streams["orders"].append({"id": 1003, "deleted_at": BACK, "updated_at": BACK})
    load(lake, write_tables(folder, streams, "jsonl"), airbyte)
    aside = where_aside(lake)
    assert aside["orders.jsonl", 3] == "line 4 of orders.jsonl holds the same id again"
    assert aside["orders.jsonl", 4] == "deleted in Shopify"
    assert aside["transactions.jsonl", 5] == "its order is deleted in Shopify"
    assert values(landed(lake, "orders"), "id") == [(1001,), (1002,)]


# --- whole orders


def test_a_bad_line_sets_aside_its_order_over_all_files(lake: Lake, folder: Path) -> None:
    tables = fivetran_with(order_line=changed(fivetran_with()["order_line"], 2003, price="free"))
    for table in tables["order_line"]:
        table["price"] = str(table["price"])
    load(lake, write_tables(folder, tables), fivetran)
    whole = "order #1002 is set aside whole: line 3 of order_line.parquet is bad"
    assert where_aside(lake) == {
        ("order.parquet", 2): whole,
        ("order_line.parquet", 3): "original_unit_price_set_shop_amount or price is not a plain number such as 1234.56",
        ("transaction.parquet", 3): whole,
        ("transaction.parquet", 4): whole,
    }


def test_a_line_without_its_order_is_set_aside(lake: Lake, folder: Path) -> None:
    tables = fivetran_with()
    tables["order_line"] = [*tables["order_line"], {**tables["order_line"][0], "id": 2999, "order_id": 9}]
    load(lake, write_tables(folder, tables, "csv"), fivetran)
    assert where_aside(lake) == {("order_line.csv", 6): "its order is not in this load"}


def test_a_bad_value_deep_in_an_order_sets_its_row_aside(lake: Lake, folder: Path) -> None:
    streams = airbyte_streams()
    streams["orders"][1]["line_items"][0]["quantity"] = "many"
    streams["orders"][2]["line_items"] = "[{"
    load(lake, write_tables(folder, {"orders": streams["orders"]}, "csv"), airbyte)
    assert reasons(lake) == {3: "quantity is not a whole number", 4: "line_items is not valid JSON"}


def test_raw_tables_of_airbyte_are_looked_into(lake: Lake, folder: Path) -> None:
    rows = [{"_airbyte_raw_id": "x", "_airbyte_data": row} for row in airbyte_streams()["orders"]]
    for form in ("csv", "jsonl"):
        load(lake, write_tables(folder / form, {"orders": rows}, form), airbyte)
    assert len(landed(lake, "order_lines")) == 8


# --- what cannot be read


@pytest.mark.parametrize(
    ("module", "table", "column", "value", "words"),
    [
        (fivetran, "order", "id", True, "column id is boolean and cannot hold whole numbers"),
        (fivetran, "order", "created_at", 5, "column created_at is bigint and cannot hold times"),
        (fivetran, "order_line", "price", {"amount": 5}, "column price is struct.* and cannot hold numbers"),
        (airbyte, "orders", "line_items", 5, "column line_items is bigint and cannot hold lists or structs"),
    ],
)
def test_a_column_of_another_type_is_refused_with_its_table(
    lake: Lake, folder: Path, module: ModuleType, table: str, column: str, value: Any, words: str
) -> None:
    write_tables(folder, {table: [{"id": 1, "name": "#1", column: value}]})
    with pytest.raises(MartletError, match=rf"{table}.parquet: {words}") as refusal:
        module.load_file(lake, folder, lambda message: None)
    assert "\n" not in str(refusal.value)
    assert contents(lake) == {}


def test_a_column_without_values_may_have_any_type(lake: Lake, folder: Path) -> None:
    write_tables(folder, fivetran_with())
    table = pa.Table.from_pylist(fivetran_with()["order"])
    column = table.schema.get_field_index("cancelled_at")
    pq.write_table(table.set_column(column, "cancelled_at", pa.array([None] * 3, pa.int32())), folder / "order.parquet")
    assert load(lake, folder, fivetran).rows_rejected == 0


def test_numbers_and_times_of_a_warehouse_are_read_to_the_last_digit(lake: Lake, folder: Path) -> None:
    folder.mkdir()
    duckdb.sql(
        """select 9007199254740993::decimal(38, 0) as id, '#1' as name, 'EUR' as currency, 19.99::float8 as total_price,
            timestamptz '2026-03-01 10:00:00+01' as created_at, timestamp '2026-03-01 10:00:00.123456' as processed_at,
            date '2026-03-02' as cancelled_at, 501.0::float8 as customer_id, 1::utinyint as test"""
    ).write_parquet(str(folder / "order.parquet"))
    load(lake, folder, fivetran)
    (order,) = landed(lake, "orders")
    assert (order["id"], order["customer_id"], order["test"]) == (9007199254740993, 501, True)
    assert str(order["total_price"]) == "19.9900"
    assert [str(order[name]) for name in ("created_at", "processed_at", "cancelled_at")] == [
        "2026-03-01 09:00:00",
        "2026-03-01 10:00:00.123456",
        "2026-03-02 00:00:00",
    ]


@pytest.mark.parametrize("module", [fivetran, airbyte])
def test_files_that_are_not_what_they_are_called_are_refused_in_one_line(
    lake: Lake, folder: Path, module: ModuleType
) -> None:
    folder.mkdir()
    name = "order" if module is fivetran else "orders"
    for form, content, words in (
        ("parquet", b"PAR1 not really PAR1", "cannot be read"),
        ("parquet", b"", "cannot be read"),
        ("csv", b"", "the file is empty"),
    ):
        path = write(folder / f"{name}.{form}", content)
        with pytest.raises(MartletError, match=words) as refusal:
            module.load_file(lake, folder, lambda message: None)
        assert "\n" not in str(refusal.value)
        path.unlink()
    path = write(folder.parent / "shop.duckdb", b"x" * 5000)
    with pytest.raises(MartletError, match="cannot be opened as a DuckDB file") as refusal:
        load(lake, path, module)
    assert contents(lake) == {}


def test_a_duckdb_file_that_another_program_writes_says_so(lake: Lake, tmp_path: Path) -> None:
    path = tmp_path / "shop.duckdb"
    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == "open\n"
        with pytest.raises(MartletError, match="is open in another program"):
            load(lake, path, fivetran)
        other.communicate()


def test_of_several_schemas_the_one_with_most_tables_is_read(lake: Lake, tmp_path: Path) -> None:
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        for schema in ("one", "two"):
            connection.execute(f"create schema {schema}")
            connection.execute(
                f"create table {schema}.\"order\" as select 1 as id, '#1' as name, 'EUR' as currency,"
                f" timestamp '2026-01-01' as created_at, '{schema}' as source_name"
            )
    with pytest.raises(MartletError, match="several schemas: one, two"):
        load(lake, path, fivetran)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table two.refund as select 5 as id, 1 as order_id")
    load(lake, path, fivetran)
    assert values(landed(lake, "orders"), "source_name", "_source_file") == [("two", "order")]


def test_a_file_of_one_stream_may_stand_alone(lake: Lake, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "orders.jsonl", airbyte_streams()["orders"])
    assert load(lake, path, airbyte).tables["order_lines"] == 4
