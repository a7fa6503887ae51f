"""The same input gives the same tables, and a past as-of day gives what was known on that day."""

import shutil
from pathlib import Path

import duckdb
import pytest

from stores import Store, make_store

MARTS = "select table_name from duckdb_tables() where schema_name = 'marts' order by all"


def digests(store: Store, tables: list[str]) -> dict[str, object]:
    """A digest of all rows of each table, whatever their order."""
    return {
        table: store.value(f"select md5(list(here order by here)::varchar) from marts.{table} as here")
        for table in tables
    }


def test_two_builds_on_the_same_input_give_identical_tables(tmp_path: Path) -> None:
    stores = [make_store(tmp_path / name) for name in ("one", "two")]
    for store in stores:
        store.run("build")
    tables = [str(table) for (table,) in stores[0].rows(MARTS)]
    assert len(tables) > 20
    first, other = (digests(store, tables) for store in stores)
    assert first == other
    stores[0].run("build")
    assert digests(stores[0], tables) == first


AS_OF = "2026-03-31"
LATER = "timestamp '2026-04-01 05:00:00'"  # midnight in Chicago, UTC
# raw table -> what had happened by then
KNOWN = {
    "shopify/orders": f"created_at < {LATER}",
    "shopify/order_lines": f"order_id in (select id from orders where created_at < {LATER})",
    "shopify/transactions": f"created_at < {LATER}",
    "shopify/refunds": f"processed_at < {LATER}",
    "shopify/order_line_refunds": f"refund_id in (select id from refunds where processed_at < {LATER})",
    "shopify/order_adjustments": f"refund_id in (select id from refunds where processed_at < {LATER})",
    "shopify/inventory_quantities": f"updated_at < {LATER}",
    "ga4/events": f"make_timestamp(event_timestamp) < {LATER}",
    "search/search_performance": f"date <= date '{AS_OF}'",
}
# the people that the shop knew are not part of it: an account has no history
DAYS = ["orders", "order_lines", "refunds", "sales_daily", "demand_daily", "growth_to_goal", "cohorts_monthly"]
DAYS += ["customer_lifetime_value", "purchase_intervals", "marketing_targets", "product_performance", "fast_movers"]
DAYS += ["inventory_position", "reorder_points", "slow_stock", "vendor_scorecard", "funnel_daily", "sessions"]


@pytest.fixture
def whole(tmp_path: Path) -> Store:
    store = make_store(tmp_path / "whole", MARTLET_AS_OF=AS_OF, MARTLET_PII_KEY="one key for both")
    store.run("mock", "--to", str(store.home / "data" / "raw"), "--orders", "4000", "--events", "20000")
    return store


def test_a_past_as_of_day_gives_that_days_answers(whole: Store, tmp_path: Path) -> None:
    cut = make_store(tmp_path / "cut", MARTLET_AS_OF=AS_OF, MARTLET_PII_KEY="one key for both")
    shutil.copytree(whole.home, cut.home)
    raw = cut.home / "data" / "raw"
    with duckdb.connect() as connection:
        for table in ("orders", "refunds"):
            connection.execute(
                f"create view {table} as from read_parquet('{whole.home}/data/raw/shopify/{table}/*.parquet')"
            )
        for table, condition in KNOWN.items():
            for path in sorted((raw / table).glob("*.parquet")):
                source = whole.home / "data" / "raw" / table / path.name
                connection.execute(f"copy (from '{source}' where {condition}) to '{path}' (format parquet)")
    whole.run("build")
    cut.run("build")
    assert int(str(cut.value("select count(*) from marts.refunds"))) > 20
    assert digests(whole, DAYS) == digests(cut, DAYS)
