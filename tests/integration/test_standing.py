"""A build makes again what would come out otherwise, and nothing else."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from arrivals import Arrivals
from martlet.errors import DataError
from stores import COMPARABLE, REPOSITORY, Store, copy_of, differing, make_store

# a table of each corner: of orders, of who ordered, of web events, of reference data
MARKED = {
    "orders": "order_name",
    "customers": "country_code",
    "tracking_health": "missing_steps",
    "holidays": "holiday",
}
EVERYTHING = set(MARKED)


@pytest.fixture(scope="module")
def built(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A small store, built and published. Copy it, do not change it."""
    store = make_store(tmp_path_factory.mktemp("built"), **COMPARABLE)
    shutil.copytree(whole, store.home / "data" / "raw")
    store.run("build")
    return store


@pytest.fixture
def marked(built: Store, tmp_path: Path) -> Store:
    """A copy of the store with rows marked as nothing that makes them would."""
    store = copy_of(built.home, tmp_path / "store", **COMPARABLE)
    change(store.workshop, *(f"update marts.{table} set {column} = 'marked'" for table, column in MARKED.items()))
    return store


def change(file: Path, *statements: str) -> None:
    with duckdb.connect(str(file)) as connection:
        for statement in statements:
            connection.execute(statement)


def made_again(store: Store) -> set[str]:
    """The marts among MARKED that were made since they were marked."""
    with duckdb.connect(str(store.workshop), read_only=True) as workshop:
        marks = {
            table: f"select count(*) from marts.{table} where {column} = 'marked'" for table, column in MARKED.items()
        }
        return {table for table, query in marks.items() if workshop.execute(query).fetchone() == (0,)}


def again(file: Path, rows: str = "true") -> None:
    """Load rows of a raw file once more, as a file of its own."""
    change(Path(":memory:"), f"copy (from '{file}' where {rows}) to '{file.with_name('again.parquet')}'")


def raw(store: Store, table: str) -> Path:
    return next((store.home / "data" / "raw" / table).glob("*.parquet"))


def test_nothing_new_makes_nothing(marked: Store) -> None:
    before = marked.run("build").output
    assert made_again(marked) == set()
    assert "387 contracts checked" in before


def test_web_events_leave_orders_alone(marked: Store) -> None:
    # a whole day more, so that the web's as-of day moves
    events = raw(marked, "ga4/events")
    later = "select * replace (event_timestamp + 86400000000 as event_timestamp, '20261121' as event_date)"
    change(
        Path(":memory:"),
        f"copy ({later} from '{events}' where event_date = (select max(event_date) from '{events}'))"
        f" to '{events.with_name('later.parquet')}'",
    )
    marked.run("build")
    assert made_again(marked) == {"tracking_health"}


def test_refunds_are_of_orders(marked: Store) -> None:
    again(raw(marked, "shopify/refunds"), "id % 2 = 0")
    marked.run("build")
    assert made_again(marked) == {"orders", "customers"}


def test_another_day_moves_what_hangs_on_it(marked: Store) -> None:
    orders = raw(marked, "shopify/orders")
    change(
        Path(":memory:"),
        f"copy (select * replace (created_at + interval 3 day as created_at, id + 1000000 as id) from '{orders}'"
        f" order by created_at desc limit 1) to '{orders.with_name('later.parquet')}'",
    )
    marked.run("build")
    assert made_again(marked) == {"orders", "customers", "tracking_health"}


@pytest.mark.parametrize(
    "cause", ["dbt by hand", "a table gone", "another setting", "another file of the same name", "asked to"]
)
def test_what_cannot_be_told_is_made_again(marked: Store, cause: str) -> None:
    store, expected = marked, EVERYTHING
    if cause == "dbt by hand":
        store.run("dbt", "run", "--select", "plays", "--quiet")
    elif cause == "a table gone":
        change(store.workshop, "drop table marts.holidays", "create table marts.holidays_were_here (day date)")
        expected = {"holidays"}
    elif cause == "another setting":
        store = make_store(store.home, **COMPARABLE | {"MARTLET_AS_OF": "2026-10-01"})
    elif cause == "another file of the same name":
        file = raw(store, "reference/holidays")
        change(Path(":memory:"), f"create table t as from '{file}' limit 3", f"copy t to '{file}'")
        expected = {"holidays"}
    store.run("build", *(["--full-refresh"] if cause == "asked to" else []))
    assert made_again(store) == expected


def test_a_build_that_was_cut_short_is_not_believed(marked: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    again(raw(marked, "shopify/refunds"), "id % 2 = 0")

    def cut_short(*_: object) -> None:
        raise DataError("a test failed")

    with monkeypatch.context() as patched:
        patched.setattr("martlet.standing.write", cut_short)
        assert marked.martlet("build").exit_code != 0
    assert made_again(marked) == {"orders", "customers"}
    marked.run("build")
    assert made_again(marked) == EVERYTHING


def test_a_model_that_fails_leaves_its_table(marked: Store) -> None:
    change(marked.workshop, "drop table intermediate.int_orders")
    assert marked.martlet("dbt", "run", "--select", "orders").exit_code != 0
    assert made_again(marked) == set()


def test_raw_events_are_judged_by_their_new_files(marked: Store) -> None:
    again(raw(marked, "ga4/events"), "event_date = '20261015'")
    marked.run("build")
    newest = marked.rows("select count(*) from marts.sessions")
    observed = (
        "select observed from ops.contract_results where table_name = 'raw_ga4.events' and expectation like '%null%'"
    )
    file = marked.home / "data" / "raw" / "ga4" / "events" / "again.parquet"
    with duckdb.connect() as connection:
        rows = connection.execute(f"select count(*) from '{file}'").fetchall()[0][0]
        connection.execute(f"create table events as select * replace (null as event_name) from '{file}' limit 3")
        broken = file.with_name("broken.parquet")
        connection.execute(f"copy events to '{broken}'")
    assert {told for (told,) in marked.rows(observed)} == {f"0 of {rows} values unexpected"}
    for _ in range(2):
        failed = marked.martlet("build")
        assert failed.exit_code == 1
        assert "3 of 3 values unexpected" in failed.output
    broken.unlink()
    marked.run("build")
    assert marked.rows("select count(*) from marts.sessions") == newest


def test_contracts_are_asked_again_where_they_changed(
    marked: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # nobody but a build may write here: what the contracts found in this table still stands
    change(marked.workshop, "update marts.holidays set holiday = 'jo@x.example'")
    marked.run("build")
    suites = tmp_path / "expectations"
    shutil.copytree(REPOSITORY / "expectations", suites)
    suite = json.loads((suites / "marts" / "holidays.json").read_text())
    nobody = {"column": "holiday", "value_set": ["jo@x.example"]}
    suite["expectations"].append({"type": "expect_column_values_to_not_be_in_set", "kwargs": nobody})
    (suites / "marts" / "holidays.json").write_text(json.dumps(suite))
    monkeypatch.setattr("martlet.project.Project.expectations_dir", suites)
    failed = marked.martlet("build")
    assert failed.exit_code == 1
    assert "marts.holidays" in failed.output
    # what a contract found wrong is not believed to stand
    marked.run("build")
    assert made_again(marked) == EVERYTHING


def test_a_check_that_fails_leaves_nothing_that_is_believed(marked: Store) -> None:
    change(marked.workshop, "update marts.orders set net_sales = net_sales + 1")
    assert marked.martlet("check").exit_code == 1
    marked.run("build")
    assert made_again(marked) == EVERYTHING


def test_loads_of_one_source_after_another_give_what_a_full_refresh_gives(whole: Path, tmp_path: Path) -> None:
    store, loads = make_store(tmp_path / "store", **COMPARABLE), 3
    lake = store.home / "data" / "raw"
    arrivals = Arrivals(whole, loads, seed=7)
    arrivals.arrive(0, lake)
    store.run("build")
    for load in range(1, loads):
        arrivals.arrive_orders(load, lake)
        store.run("build")
        arrivals.arrive_events(load, lake)
        store.run("build")
    fresh = make_store(tmp_path / "fresh", **COMPARABLE)
    shutil.copytree(store.home / "data", fresh.home / "data")
    fresh.run("build")
    assert differing(store.workshop, fresh.workshop, "staging", "intermediate", "marts") == []
    assert differing(store.workshop, store.published, "marts") == []
