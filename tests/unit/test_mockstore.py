"""The mock store: same seed same bytes, rows that fit the contract, money to the cent, and truth that can be found."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from scipy import stats

from martlet.errors import MartletError
from martlet.mockstore import Summary, write_parquet, write_seeds
from martlet.mockstore.parameters import CANCELLATION_RATE, SEGMENTS, TRACKING_LOSS
from martlet.mockstore.shop_time import FULL_DAYS
from martlet.mockstore.store import make_store
from martlet.raw_contract import RawTable, load_contract

REPOSITORY = Path(__file__).parents[2]
SEEDS = REPOSITORY / "seeds"
CONTRACT = {key: table for key, table in load_contract(REPOSITORY / "models").items() if not table.is_edited}
TABLES = pytest.mark.parametrize("table", CONTRACT.values(), ids=lambda table: f"{table.source}.{table.name}")

# Orders that count, with their lines, as SQL that everything below joins to.
COUNTING = "(select * from orders where cancelled_at is null and not test)"
PARAM = "list_filter(event_params, lambda p: p.key = '{}')[1].value"
SESSIONS = f"""
    (select
        user_pseudo_id,
        {PARAM.format("ga_session_id")}.int_value as session_id,
        max(replace({PARAM.format("page_location")}.string_value, 'https://shop.example', ''))
            filter (event_name = 'page_view' and batch_ordering_id <= 3
                and {PARAM.format("engagement_time_msec")} is null) as landing_page,
        bool_or(event_name = 'purchase') as bought
    from events
    where user_pseudo_id is not null
    group by all)
"""


@dataclass(frozen=True)
class Written:
    """A written set of seeds, loaded into DuckDB under the contract's types."""

    folder: Path
    summary: Summary
    connection: duckdb.DuckDBPyConnection
    truth: dict[str, Any]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()

    def value(self, query: str) -> Any:
        return self.rows(query)[0][0]


def seed_path(folder: Path, table: RawTable) -> Path:
    return folder / table.source / f"mock_{table.source}__{table.name}.csv"


def copy_seeds(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    for table in CONTRACT.values():
        columns = ", ".join(
            f'"{column.name}" {column.duckdb_type}{"" if column.nullable else " not null"}' for column in table.columns
        )
        connection.execute(f"create table {table.name} ({columns})")
        connection.execute(f"copy {table.name} from '{seed_path(folder, table)}' (format csv, header true)")


def totals(written: Written, *names: str) -> list[tuple[Any, ...]]:
    """The truth's totals as one row."""
    return [tuple(written.truth["totals"][name] for name in names)]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("seeds")
    summary = write_seeds(folder, CONTRACT)
    connection = duckdb.connect()
    copy_seeds(connection, folder)
    return Written(folder, summary, connection, json.loads((folder / "mock_truth.json").read_text()))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_same_seed_gives_the_same_bytes(written: Written, tmp_path: Path) -> None:
    write_seeds(tmp_path, CONTRACT)
    assert contents(tmp_path) == contents(written.folder)


def test_same_seed_gives_the_same_parquet_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_parquet(tmp_path / name, CONTRACT, orders=500, events=5_000)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_another_seed_gives_another_store(written: Written, tmp_path: Path) -> None:
    write_seeds(tmp_path, CONTRACT, seed=8)
    assert seed_path(tmp_path, CONTRACT["shopify", "orders"]).read_bytes() != (
        seed_path(written.folder, CONTRACT["shopify", "orders"]).read_bytes()
    )


def test_committed_seeds_are_what_the_code_writes(written: Written) -> None:
    for name, content in contents(written.folder).items():
        assert (SEEDS / name).read_bytes() == content, f"{name} is not what write_seeds() writes now"


def test_committed_seeds_stay_small(written: Written) -> None:
    assert sum(path.stat().st_size for path in written.summary.files) < 6_500_000
    assert 30_000 < written.summary.total_rows < 42_000


@TABLES
def test_every_contract_table_is_written_with_its_header_and_all_rows_load(written: Written, table: RawTable) -> None:
    with seed_path(written.folder, table).open(encoding="utf-8", newline="") as file:
        assert next(csv.reader(file)) == list(table.column_names)
    rows = written.value(f"select count(*) from {table.name}")
    assert rows == written.summary.rows[table.source, table.name] > 0


@TABLES
def test_keys_are_unique(written: Written, table: RawTable) -> None:
    key = ", ".join(f'"{column}"' for column in table.key)
    assert written.rows(f"select {key} from {table.name} group by all having count(*) > 1") == []


def test_files_have_plain_line_ends(written: Written) -> None:
    assert not any(b"\r" in content for content in contents(written.folder).values())


@pytest.mark.parametrize(
    "broken",
    [
        "select id from orders where subtotal_price <> total_line_items_price - total_discounts",
        "select id from orders where total_price <> subtotal_price + total_shipping_price + total_tax",
        """select o.id from orders o join order_lines l on l.order_id = o.id group by o.id, o.total_line_items_price
        having sum(l.price * l.quantity) <> o.total_line_items_price""",
        """select o.id from orders o join order_lines l on l.order_id = o.id
        left join discount_allocations d on d.order_line_id = l.id group by o.id, o.total_discounts
        having coalesce(sum(d.amount), 0) <> o.total_discounts""",
        """select l.id from order_lines l join discount_allocations d on d.order_line_id = l.id
        where d.amount <= 0 or d.amount > l.price * l.quantity""",
        """select r.id from order_line_refunds r join order_lines l on l.id = r.order_line_id
        where r.quantity > l.quantity or r.quantity < 1""",
        """select o.id from orders o join transactions t on t.order_id = o.id group by o.id, o.total_price
        having coalesce(sum(t.amount) filter (t.kind = 'refund'), 0) > o.total_price""",
        """with owed as (select refund_id, sum(subtotal + total_tax) as amount from order_line_refunds group by 1),
        extra as (select refund_id, sum(amount + tax_amount) as amount from order_adjustments group by 1)
        select t.id from transactions t join owed using (refund_id) left join extra using (refund_id)
        where t.amount <> owed.amount - coalesce(extra.amount, 0)""",
        "select o.id from orders o anti join order_lines l on l.order_id = o.id",
        "select r.id from refunds r join orders o on o.id = r.order_id where r.created_at <= o.created_at",
        "select id from order_adjustments where amount >= 0",
        """select inventory_item_id from inventory_quantities where location_id = 6100000001 group by 1
        having sum(quantity) filter (name = 'on_hand')
            <> sum(quantity) filter (name = 'available') + sum(quantity) filter (name = 'committed')""",
    ],
)
def test_money_and_stock_add_up(written: Written, broken: str) -> None:
    assert written.rows(broken) == []


@pytest.mark.parametrize(
    ("table", "column", "parent"),
    [
        ("order_lines", "order_id", "orders"), ("order_lines", "variant_id", "product_variants"),
        ("orders", "customer_id", "customers"), ("refunds", "order_id", "orders"),
        ("order_line_refunds", "refund_id", "refunds"), ("order_line_refunds", "order_line_id", "order_lines"),
        ("order_adjustments", "refund_id", "refunds"), ("transactions", "order_id", "orders"),
        ("transactions", "parent_id", "transactions"), ("discount_allocations", "order_line_id", "order_lines"),
        ("product_variants", "product_id", "products"),
        ("product_variants", "inventory_item_id", "inventory_items"),
        ("inventory_quantities", "inventory_item_id", "inventory_items"),
    ],
)  # fmt: skip
def test_references_lead_somewhere(written: Written, table: str, column: str, parent: str) -> None:
    orphans = f"select {column} from {table} where {column} not in (select id from {parent})"
    assert written.rows(orphans) == []


def test_the_catalogue_is_the_one_described(written: Written) -> None:
    assert written.value("select count(distinct sku) from product_variants") == 1200
    types = {row[0] for row in written.rows("select distinct product_type from products")}
    assert {"Engine & Drivetrain", "Suspension & Steering"} <= types
    assert len(types) >= 8
    assert written.value("select count(*) from vendors") == 12
    unknown = written.value("select avg((unit_cost is null)::int) from inventory_items")
    assert 0.01 < unknown < 0.05
    assert written.value("select count(*) from inventory_quantities where name = 'available' and quantity = 0") > 20


def test_nothing_sells_before_its_launch_or_as_a_draft(written: Written) -> None:
    early = """select l.id from order_lines l join orders o on o.id = l.order_id join products p on p.id = l.product_id
        where p.status = 'draft' or o.created_at < p.created_at - interval 1 day"""
    assert written.rows(early) == []


def test_order_totals_are_the_truths(written: Written) -> None:
    assert totals(written, "orders_raw", "orders_cancelled", "orders_test") == written.rows(
        "select count(*), count(cancelled_at), count(*) filter (test) from orders"
    )
    assert totals(written, "lines", "units", "gross_sales_cents") == written.rows(
        f"""select count(*), sum(quantity), (100 * sum(price * quantity))::bigint
        from {COUNTING} o join order_lines l on l.order_id = o.id"""
    )
    names = ("orders", "discounts_cents", "shipping_charged_cents", "taxes_charged_cents", "total_price_cents")
    assert totals(written, *names) == written.rows(
        f"""select count(*), (100 * sum(total_discounts))::bigint, (100 * sum(total_shipping_price))::bigint,
        (100 * sum(total_tax))::bigint, (100 * sum(total_price))::bigint from {COUNTING}"""
    )


def test_refund_totals_are_the_truths(written: Written) -> None:
    refunds = f"refunds r join {COUNTING} o on o.id = r.order_id"
    assert totals(written, "refunds") == written.rows(f"select count(*) from {refunds}")
    assert totals(written, "units_returned", "returns_lines_cents", "taxes_refunded_cents") == written.rows(
        f"""select sum(x.quantity), (100 * sum(x.subtotal))::bigint, (100 * sum(x.total_tax))::bigint
        from order_line_refunds x join {refunds} on r.id = x.refund_id"""
    )
    assert totals(written, "returns_discrepancies_cents", "shipping_refunded_cents") == written.rows(
        f"""select -(100 * sum(x.amount) filter (x.kind = 'refund_discrepancy'))::bigint,
        -(100 * sum(x.amount) filter (x.kind = 'shipping_refund'))::bigint
        from order_adjustments x join {refunds} on r.id = x.refund_id"""
    )


def test_sales_follow_from_the_totals(written: Written) -> None:
    sales, totals = written.truth["sales"], written.truth["totals"]
    returns = totals["returns_lines_cents"] + totals["returns_discrepancies_cents"]
    net = totals["gross_sales_cents"] - totals["discounts_cents"] - returns
    assert round(100 * sales["net_sales"]) == net
    assert round(100 * sales["total_sales"]) == net + round(100 * sales["shipping"]) + round(100 * sales["taxes"])


def test_planted_pairs_are_bought_together_far_beyond_chance(written: Written) -> None:
    orders = written.value(f"select count(*) from {COUNTING}")
    holding = f"(select distinct o.id from {COUNTING} o join order_lines l on l.order_id = o.id where sku = '{{}}')"
    assert len(written.truth["affinity_pairs"]) == 6
    for pair in written.truth["affinity_pairs"]:
        first, second = holding.format(pair["sku"]), holding.format(pair["attached_sku"])
        with_first, with_second = (written.value(f"select count(*) from {held}") for held in (first, second))
        both = written.value(f"select count(*) from {first} semi join {second} using (id)")
        assert (with_first, with_second, both) == (
            pair["orders_with_sku"],
            pair["orders_with_attached_sku"],
            pair["orders_with_both"],
        )
        assert both >= 25
        assert both * orders / (with_first * with_second) > 10
        assert stats.binomtest(both, with_first, pair["attach_probability"]).pvalue > 0.001


def test_sessions_and_purchases_are_the_truths(written: Written) -> None:
    ga4 = written.truth["ga4"]
    assert written.value(f"select count(*) from {SESSIONS}") == ga4["sessions"]
    assert written.value("select count(*) from events") == ga4["events"]
    purchases = "from events where event_name = 'purchase'"
    assert written.value(f"select count(*) {purchases}") == ga4["purchase_events"]
    real = f"{purchases} and ecommerce.transaction_id <> '(not set)'"
    assert written.value(f"select count(distinct ecommerce.transaction_id) {real}") == ga4["distinct_transaction_ids"]
    assert ga4["duplicate_purchase_events"] > 0
    assert ga4["purchases_without_transaction_id"] == 2


def test_weak_pages_convert_less_than_the_others_of_their_kind(written: Written) -> None:
    observed = {
        page: (sessions, buyers)
        for page, sessions, buyers in written.rows(
            f"select landing_page, count(*), count(*) filter (bought) from {SESSIONS} group by all"
        )
    }
    pages = written.truth["landing_pages"]
    assert {page["path"] for page in pages} == set(observed)
    weak = [page for page in pages if page["weak"]]
    assert len(weak) == 3
    for page in weak:
        sessions, buyers = observed[page["path"]]
        assert (sessions, buyers) == (page["sessions"], page["sessions_with_purchase"])
        assert sessions >= 350
        others = [observed[other["path"]] for other in pages if other["kind"] == page["kind"] and not other["weak"]]
        rate = sum(count for _, count in others) / sum(count for count, _ in others)
        assert buyers / sessions < 0.6 * rate
        assert stats.binomtest(buyers, sessions, rate, alternative="less").pvalue < 0.001


def test_purchases_name_orders_and_follow_them_by_seconds(written: Written) -> None:
    strangers = """select ecommerce.transaction_id from events
        where event_name = 'purchase' and ecommerce.transaction_id <> '(not set)'
            and '#' || ecommerce.transaction_id not in (select name from orders where source_name = 'web')"""
    assert written.rows(strangers) == []
    late = """select o.name from events e join orders o on o.name = '#' || e.ecommerce.transaction_id
        where abs(e.event_timestamp / 1e6 - epoch(o.created_at)) > 60
            or abs(e.ecommerce.purchase_revenue - o.total_price) > 0.005"""
    assert written.rows(late) == []


def test_transaction_ids_and_engagement_come_as_words_and_as_numbers(written: Written) -> None:
    for key in ("transaction_id", "session_engaged"):
        value = PARAM.format(key)
        words, numbers = written.rows(f"select count({value}.string_value), count({value}.int_value) from events")[0]
        assert words > numbers > 0


def test_lapsed_shops_have_been_silent_for_months(written: Written) -> None:
    ids = written.truth["lapsing_customer_ids"]
    assert len(ids) >= 10
    silent = f"""select customer_id from orders where customer_id in ({", ".join(map(str, ids))})
        group by 1 having max(created_at) < timestamp '2026-11-01' - interval 75 days and count(*) >= 4"""
    assert len(written.rows(silent)) == len(ids)
    tags = f"select distinct tags from customers where id in ({', '.join(map(str, ids))})"
    assert written.rows(tags) == [("professional_shop",)]


def test_the_last_full_day_is_the_last_but_one(written: Written) -> None:
    last = written.value("select max(created_at) from orders")
    assert str(last)[:10] == "2026-11-01"
    assert str(last)[11:13] <= "16"
    assert written.value("select max(event_date) from events") == "20261101"


def test_the_processes_have_the_planted_parameters() -> None:
    store = make_store(seed=7, orders=20_000, events=200_000)
    orders, purchases = store.orders, store.purchases
    for place, segment in enumerate(SEGMENTS):
        mean = orders.gross[purchases.segment == place].mean() / 100
        assert mean == pytest.approx(segment.mean_order_value, rel=0.1)
    assert (orders.cancelled > 0).mean() == pytest.approx(CANCELLATION_RATE, rel=0.15)
    assert store.visits.untracked.mean() == pytest.approx(TRACKING_LOSS, rel=0.1)
    sold = np.bincount(store.lines.sku, store.lines.quantity) / FULL_DAYS
    fast = np.argsort(-store.lines.daily_demand)[:50]
    assert sold[fast].sum() == pytest.approx(store.lines.daily_demand[fast].sum(), rel=0.05)


def test_too_few_events_for_the_orders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MartletError, match="too few GA4 events"):
        write_parquet(tmp_path, CONTRACT, orders=5_000, events=100)
