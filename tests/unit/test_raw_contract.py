"""The raw contract: one definition, read alike by loaders, seeds and dbt."""

from pathlib import Path

import duckdb
import pytest

from martlet.project import EDITED_TABLES
from martlet.raw_contract import duckdb_type, load_contract

REPOSITORY = Path(__file__).parents[2]
CONTRACT = load_contract(REPOSITORY / "models")


@pytest.mark.parametrize(
    ("spark", "duck"),
    [
        ("bigint", "bigint"),
        ("decimal(18,4)", "decimal(18,4)"),
        ("array<string>", "string[]"),
        ("struct<a:string,b:bigint>", 'struct("a" string,"b" bigint)'),
        ("array<struct<k:string,v:struct<i:bigint>>>", 'struct("k" string,"v" struct("i" bigint))[]'),
    ],
)
def test_spark_types_become_duckdb_types(spark: str, duck: str) -> None:
    assert duckdb_type(spark) == duck


@pytest.mark.parametrize("table", CONTRACT.values(), ids=lambda table: f"{table.source}.{table.name}")
def test_every_table_can_be_made_and_its_key_is_made_of_its_columns(table) -> None:  # type: ignore[no-untyped-def]
    fields = ", ".join(f'"{column.name}" {column.duckdb_type}' for column in table.columns)
    duckdb.connect().execute(f"create table t ({fields})")
    assert set(table.key) <= set(table.column_names)
    assert all(column.description.endswith(".") for column in table.columns)


def test_the_tables_that_commands_write_are_those_that_make_no_store_live() -> None:
    assert {table.name for table in CONTRACT.values() if table.is_edited} == EDITED_TABLES


def test_every_column_that_identifies_a_person_is_marked() -> None:
    personal = {"email", "phone", "first_name", "last_name", "shipping_address_zip", "user_id"}
    unmarked = [
        f"{table.name}.{column.name}"
        for table in CONTRACT.values()
        for column in table.columns
        if column.name in personal and column.pii is None and not (table.name == "orders" and column.name == "user_id")
    ]
    assert unmarked == []
