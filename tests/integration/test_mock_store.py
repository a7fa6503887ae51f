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


def test_every_web_order_is_matched_or_planted_as_lost(mock_store: Store) -> None:
    ga4 = TRUTH["ga4"]
    statuses = dict(mock_store.rows("select status, count(*) from marts.order_matches group by status"))
    in_ga4 = "select count(*) from marts.order_matches where event_date is not null and status"
    known = mock_store.value(f"{in_ga4} in ('matched', 'cancelled')")
    assert known == ga4["distinct_transaction_ids"]
    assert statuses["no_id"] == ga4["purchases_without_transaction_id"]
    assert "ga4_only" not in statuses
    lost = mock_store.rows(
        "select order_id from marts.order_matches where event_date is null and status in ('shopify_only', 'cancelled')"
    )
    # an order whose purchase names no id is lost to the match as well
    assert {order for (order,) in lost} > set(ga4["lost_order_ids"])
    assert len(lost) == len(ga4["lost_order_ids"]) + ga4["purchases_without_transaction_id"]
    judged = mock_store.value(
        "select count(*) from marts.order_matches where order_id is not null and status <> 'test'"
    )
    assert judged == ga4["web_orders"]


def test_tracking_health_adds_up_to_what_was_planted(mock_store: Store) -> None:
    ga4 = TRUTH["ga4"]
    events, purchases, repeats, without_id, matched, cancelled, missing = mock_store.rows(
        "select sum(events), sum(purchase_events), sum(duplicate_purchase_events), sum(purchases_without_id),"
        " sum(matched_purchases), sum(cancelled_purchases), count(missing_steps) from marts.tracking_health"
    )[0]
    assert (events, purchases, repeats) == (ga4["events"], ga4["purchase_events"], ga4["duplicate_purchase_events"])
    assert without_id == ga4["purchases_without_transaction_id"]
    assert purchases == repeats + without_id + matched + cancelled  # type: ignore[operator]
    assert missing == 0


def test_landing_pages_and_their_searches_are_the_planted_ones(mock_store: Store) -> None:
    found = {page: counts for page, *counts in mock_store.rows(
        "select landing_page, sum(sessions), sum(purchased) from (select landing_page, count(*) as sessions,"
        " count(*) filter (where purchased) as purchased from marts.sessions group by 1) group by 1"
    )}  # fmt: skip
    assert found == {
        page["path"]: [page["sessions"], page["sessions_with_purchase"]] for page in TRUTH["landing_pages"]
    }
    assert mock_store.value("select count(*) from marts.landing_pages where known_from <> 'both'") == 0
    weak = {page["path"] for page in TRUTH["landing_pages"] if page["weak"]}
    slowest = mock_store.rows("select landing_page from marts.landing_pages order by conversion_rate limit 3")
    assert {page for (page,) in slowest} == weak
    for planted in TRUTH["search_opportunities"]:
        position = mock_store.value(
            "select sum(position * impressions) / sum(impressions) from marts.search_performance"
            f" where query = '{planted['query']}' and 'https://shop.example' || page_path = '{planted['page']}'"
        )
        assert position == pytest.approx(planted["position"], abs=0.25)


def test_items_of_the_mock_store_all_lead_to_the_catalogue(mock_store: Store) -> None:
    assert mock_store.rows("select distinct match_status, listed_rows from marts.funnel_by_product") == [("sku", 0)]


def test_the_planted_undercut_prices_are_the_dearer_ones(mock_store: Store) -> None:
    dearer = mock_store.rows(
        "select sku, competitor, our_price::double, their_price::double from marts.competitor_prices"
        " where our_position = 'dearer'"
    )
    planted = [
        (row["sku"], row["competitor"], row["our_price"], row["their_price"]) for row in TRUTH["undercut_prices"]
    ]
    assert sorted(dearer) == sorted(planted)
    assert mock_store.value("select count(*) from marts.competitor_prices") == 120
    assert mock_store.value("select count(*) from marts.competitor_prices where is_stale") == 12


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


def test_every_published_table_and_column_says_what_it_is(mock_store: Store) -> None:
    silent = "coalesce(comment, '') in ('', 'Sources: mock.')"
    assert mock_store.rows(f"select schema_name, table_name from duckdb_tables() where {silent}") == []
    columns = f"select schema_name, table_name, column_name from duckdb_columns() where {silent} and not internal"
    assert mock_store.rows(columns) == []


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
    with duckdb.connect(str(mock_store.workshop), read_only=True) as connection:
        for table in load_contract(REPOSITORY / "models").values():
            if table.is_edited:
                continue
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
