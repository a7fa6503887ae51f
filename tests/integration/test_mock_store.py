"""The demo store from seeds to CSV files, against the truth that was planted in it."""

import csv
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from martlet.exporting import DEFAULT_EXPORTS
from martlet.raw_contract import load_contract
from stores import REPOSITORY, Store, make_store

TRUTH: dict[str, Any] = json.loads((REPOSITORY / "seeds" / "mock_truth.json").read_text(encoding="utf-8"))


def read_csv(store: Store, name: str) -> list[dict[str, str]]:
    with (store.home / "exports" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_marts_arrive_at_the_planted_totals(mock_store: Store) -> None:
    totals = TRUTH["totals"]
    orders, lines, units, gross, discounts = mock_store.rows(
        "select count(*), sum(lines), sum(units), sum(gross_sales), sum(discounts) from marts.orders"
    )[0]
    assert (orders, lines, units) == (totals["orders"], totals["lines"], totals["units"])
    assert round(float(gross) * 100) == totals["gross_sales_cents"]  # type: ignore[arg-type]
    assert round(float(discounts) * 100) == totals["discounts_cents"]  # type: ignore[arg-type]


def test_returns_shipping_and_taxes_are_net_of_refunds(mock_store: Store) -> None:
    totals = TRUTH["totals"]
    returns, shipping, taxes = mock_store.rows(
        "select sum(returns) * 100, sum(shipping) * 100, sum(taxes) * 100 from marts.orders"
    )[0]
    assert returns == totals["returns_lines_cents"] + totals["returns_discrepancies_cents"]
    assert shipping == totals["shipping_charged_cents"] - totals["shipping_refunded_cents"]
    assert taxes == totals["taxes_charged_cents"] - totals["taxes_refunded_cents"]


def test_every_session_and_every_repeat_is_found(mock_store: Store) -> None:
    ga4 = TRUTH["ga4"]
    assert mock_store.value("select count(*) from marts.sessions") == ga4["sessions"]
    repeats = mock_store.value("select sum(duplicate_purchase_events) from marts.tracking_health")
    assert repeats == ga4["duplicate_purchase_events"]


def test_the_as_of_day_is_the_last_full_one(mock_store: Store) -> None:
    assert str(mock_store.value("select as_of_date from ops.build")) == TRUTH["last_full_day"]


def test_weak_landing_pages_lead_the_landing_page_tests(mock_store: Store) -> None:
    weak = {page["path"] for page in TRUTH["landing_pages"] if page["weak"]}
    listed = [row["subject"] for row in read_csv(mock_store, "landing_page_test")]
    assert set(listed[: len(weak)]) == weak


def held_alone(store: Store, pair: frozenset[str]) -> object:
    """Orders of the last 90 days that held the one SKU without the other: what a cross-sell could win."""
    return store.value(
        f"""select count(*) from (
            select order_id from marts.order_lines
            where sku in {tuple(sorted(pair))}
                and order_date > (select max(as_of_date) from ops.build) - interval 90 day
            group by order_id having count(distinct sku) = 1)"""
    )


def test_planted_pairs_and_no_others_are_listed_for_cross_selling(mock_store: Store) -> None:
    planted = {frozenset((pair["sku"], pair["attached_sku"])) for pair in TRUTH["affinity_pairs"]}
    listed = {frozenset(row["subject"].split(" + ")) for row in read_csv(mock_store, "cross_sell")}
    assert listed <= planted
    assert len(listed) >= len(planted) - 1
    assert all(held_alone(mock_store, pair) == 0 for pair in planted - listed)


def test_the_query_of_a_row_gives_the_numbers_of_the_row(mock_store: Store) -> None:
    for name in ("cross_sell", "landing_page_test"):
        row = read_csv(mock_store, name)[0]
        values = [value for line in mock_store.rows(row["reproduce_sql"]) for value in line]
        found = {f"{value:,}" for value in values if isinstance(value, int)}
        assert sum(number in row["evidence"].split() for number in found) >= 1, name


def test_every_export_says_that_it_is_mock(mock_store: Store) -> None:
    for name in DEFAULT_EXPORTS:
        assert {row["source_modes"] for row in read_csv(mock_store, name)} <= {"mock"}
    assert "Sources: mock." in str(
        mock_store.value("select comment from duckdb_tables() where table_name = 'orders' and schema_name = 'marts'")
    )


def test_the_published_file_holds_marts_predictions_shortlists_and_ops_only(mock_store: Store) -> None:
    schemas = {schema for (schema,) in mock_store.rows("select distinct schema_name from duckdb_tables()")}
    assert schemas == {"marts", "predictions", "shortlists", "ops"}
    assert mock_store.value("select count(*) from duckdb_tables() where table_name like '%pii%'") == 0


def test_no_text_in_the_published_file_is_an_e_mail_address(mock_store: Store) -> None:
    columns = mock_store.rows(
        "select schema_name, table_name, column_name from duckdb_columns() where data_type = 'VARCHAR'"
    )
    for schema, table, column in columns:
        query = f"select count(*) from {schema}.{table} where regexp_matches(\"{column}\", '[\\w.]+@[\\w-]+[.][a-z]+')"
        assert mock_store.value(query) == 0, f"{schema}.{table}.{column}"


def test_a_second_run_writes_the_same_bytes(mock_store: Store, tmp_path: Path) -> None:
    again = make_store(tmp_path / "again")
    again.run("run")
    for name in DEFAULT_EXPORTS:
        first, second = (store.home / "exports" / f"{name}.csv" for store in (mock_store, again))
        assert first.read_bytes() == second.read_bytes(), name


def test_seeds_take_the_types_of_the_raw_contract(mock_store: Store) -> None:
    with duckdb.connect(str(mock_store.home / "warehouse" / "build.duckdb"), read_only=True) as connection:
        for table in load_contract(REPOSITORY / "models").values():
            fields = ", ".join(f'cast(null as {c.duckdb_type}) as "{c.name}"' for c in table.columns)
            wanted = connection.execute(f"describe select {fields}").fetchall()
            have = connection.execute(f"describe mock_{table.source}.{table.name}").fetchall()
            assert [row[:2] for row in have] == [row[:2] for row in wanted]


@pytest.mark.parametrize("name", ["shortlist", "cross_sell", "landing_page_test"])
def test_ranked_lists_are_ranked_by_impact_confidence_and_effort(mock_store: Store, name: str) -> None:
    rows = read_csv(mock_store, name)
    assert [int(row["rank"]) for row in rows] == list(range(1, len(rows) + 1))
    scores = [float(row["score"]) for row in rows]
    assert scores == sorted(scores, reverse=True)
    for row in rows:
        expected = float(row["impact_margin_90d"]) * float(row["confidence"]) / float(row["effort_hours"])
        assert float(row["score"]) == pytest.approx(expected, abs=0.01)
        assert float(row["impact_low_80"]) <= float(row["impact_margin_90d"]) <= float(row["impact_high_80"])
