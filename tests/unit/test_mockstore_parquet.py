"""The mock store as Parquet: the contract's types, as large as asked for, with the truth it says it has."""

from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from martlet.mockstore import Summary, write_parquet
from martlet.raw_contract import LOAD_COLUMNS, load_contract

REPOSITORY = Path(__file__).parents[2]
CONTRACT = {key: table for key, table in load_contract(REPOSITORY / "models").items() if not table.is_edited}


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Summary]:
    folder = tmp_path_factory.mktemp("parquet")
    return folder, write_parquet(folder, CONTRACT, orders=5_000, events=300_000)


def test_parquet_has_the_contracts_types_and_the_columns_loading_adds(parquet: tuple[Path, Summary]) -> None:
    folder, _ = parquet
    for table in CONTRACT.values():
        files = f"read_parquet('{folder}/{table.source}/{table.name}/*.parquet')"
        described = duckdb.sql(f"select column_name, column_type from (describe select * from {files})").fetchall()
        wanted = ", ".join(f'null::{c.duckdb_type} as "{c.name}"' for c in (*table.columns, *LOAD_COLUMNS))
        assert described == duckdb.sql(f"select column_name, column_type from (describe select {wanted})").fetchall()


def test_parquet_is_about_as_large_as_asked_for(parquet: tuple[Path, Summary]) -> None:
    folder, summary = parquet
    assert abs(summary.rows["shopify", "orders"] - 5_000) < 150
    assert abs(summary.rows["ga4", "events"] - 300_000) < 9_000
    for (source, name), rows in summary.rows.items():
        files = sorted((folder / source / name).glob("part-*.parquet"))
        assert sum(pq.read_metadata(path).num_rows for path in files) == rows
    events = f"read_parquet('{folder}/ga4/events/*.parquet')"
    first, last, count = duckdb.sql(f"select min(_source_row), max(_source_row), count(*) from {events}").fetchall()[0]
    assert (first, last) == (1, count)


def test_parquet_events_lead_to_the_same_truth(parquet: tuple[Path, Summary]) -> None:
    folder, summary = parquet
    ga4 = summary.truth["ga4"]
    assert isinstance(ga4, dict)
    tracked = f"""select count(distinct ecommerce.transaction_id) from read_parquet('{folder}/ga4/events/*.parquet')
        where event_name = 'purchase' and ecommerce.transaction_id <> '(not set)'"""
    assert duckdb.sql(tracked).fetchall()[0][0] == ga4["distinct_transaction_ids"]
