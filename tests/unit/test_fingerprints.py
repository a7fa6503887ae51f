"""Fingerprints: what decides a table's rows, and what does not."""

from pathlib import Path

import duckdb
import pytest

from martlet import standing
from martlet.contract_memory import Memory
from martlet.contract_outcomes import Outcome
from martlet.project import Project, open_project
from martlet.standing import Node
from martlet.workshop import open_workshop

GRAPH = {
    "raw_ga4.events": Node("source", "events", ()),
    "raw_shopify.orders": Node("source", "orders", ()),
    "staging.stg_shopify__orders": Node("model", "stg_shopify__orders", ("raw_shopify.orders",)),
    "staging.stg_ga4__events": Node("model", "stg_ga4__events", ("raw_ga4.events",)),
    "intermediate.int_as_of": Node("model", "int_as_of", ("staging.stg_shopify__orders", "staging.stg_ga4__events")),
    "reference.plays": Node("seed", "plays", ()),
    "marts.stock": Node("model", "stock", ("intermediate.int_as_of", "reference.plays")),
    "stock_adds_up": Node("test", "stock_adds_up", ("marts.stock",)),
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    for table in ("ga4/events", "shopify/orders"):
        file = tmp_path / "data" / "raw" / table / "first.parquet"
        file.parent.mkdir(parents=True)
        file.touch()
    (tmp_path / "warehouse").mkdir()
    return open_project({"MARTLET_HOME": str(tmp_path)})


def build(project: Project, first_order_date: str = "null") -> standing.Fingerprints:
    """What stands after a build that found this first day of orders."""
    with duckdb.connect(str(project.build_file)) as workshop:
        workshop.execute("create schema if not exists intermediate")
        workshop.execute(
            "create or replace table intermediate.int_as_of as"
            f" select cast({first_order_date} as date) as first_order_date"
        )
    return standing.fingerprints(project, GRAPH, "digest")


def stale(project: Project, stood: standing.Fingerprints, digest: str = "digest") -> set[str]:
    return standing.stale(GRAPH, stood, standing.fingerprints(project, GRAPH, digest))


MODELS_AND_TESTS = {node for node, of in GRAPH.items() if of.kind in ("model", "test")}


def test_what_did_not_change_stands(project: Project) -> None:
    assert stale(project, build(project)) == set()


def test_another_digest_moves_everything(project: Project) -> None:
    assert stale(project, build(project), "another") == MODELS_AND_TESTS


@pytest.mark.parametrize(
    ("first_order_date", "moved"),
    [
        ("'2026-01-01'", {"staging.stg_ga4__events"}),
        # without an order the as-of day is the web's
        ("null", MODELS_AND_TESTS - {"staging.stg_shopify__orders"}),
    ],
)
def test_web_events_move_the_as_of_day_where_there_are_no_orders(
    project: Project, first_order_date: str, moved: set[str]
) -> None:
    stood = build(project, first_order_date)
    (project.raw_dir / "ga4" / "events" / "second.parquet").touch()
    assert stale(project, stood) == moved


def test_orders_move_what_hangs_on_their_day(project: Project) -> None:
    stood = build(project, "'2026-01-01'")
    (project.raw_dir / "shopify" / "orders" / "first.parquet").write_bytes(b"another file of the same name")
    assert stale(project, stood) == MODELS_AND_TESTS - {"staging.stg_ga4__events"}


def save(memory: Memory, project: Project) -> None:
    with open_workshop(project) as workshop:
        memory.save(workshop)


def outcome(passed: bool = True) -> Outcome:
    return Outcome("marts", "marts.stock", "no stock is lost", passed, "critical", "0 rows found", ("a",), "why")


QUERY = {"kwargs": {"unexpected_rows_query": "select * from {batch} where sku not in (from marts.sold)"}}


def test_contracts_remember_what_they_found(project: Project) -> None:
    memory = Memory(project, {"marts.stock": "1", "marts.sold": "1"})
    assert memory.recall("marts.stock", QUERY) is None
    memory.remember("marts.stock", QUERY, outcome())
    save(memory, project)
    again = Memory(project, {"marts.stock": "1", "marts.sold": "1"})
    assert again.recall("marts.stock", QUERY) == outcome()
    assert again.was_asked("marts.stock", [QUERY])
    assert not again.was_asked("marts.stock", [QUERY, {"kwargs": {}}])
    assert not again.was_asked("marts.sold", [QUERY])


@pytest.mark.parametrize("now", [{"marts.stock": "2", "marts.sold": "1"}, {"marts.stock": "1", "marts.sold": "2"}])
def test_a_contract_is_asked_again_of_each_table_that_it_names(project: Project, now: dict[str, str]) -> None:
    memory = Memory(project, {"marts.stock": "1", "marts.sold": "1"})
    memory.remember("marts.stock", QUERY, outcome())
    save(memory, project)
    assert Memory(project, now).recall("marts.stock", QUERY) is None


def test_failures_and_tables_that_nobody_knows_are_not_remembered(project: Project) -> None:
    memory = Memory(project, {"marts.stock": "1"})
    memory.remember("marts.stock", QUERY, outcome(passed=False))
    memory.remember("marts.sold", QUERY, outcome())
    save(memory, project)
    again = Memory(project, {"marts.stock": "1"})
    assert again.recall("marts.stock", QUERY) is None
    assert again.recall("marts.sold", QUERY) is None


def test_another_versions_memory_is_none(project: Project) -> None:
    memory = Memory(project, {"marts.stock": "1"})
    memory.remember("marts.stock", QUERY, outcome())
    save(memory, project)
    with duckdb.connect(str(project.build_file)) as workshop:
        workshop.execute("update ops.contract_memory set outcome = '{}'")
    assert Memory(project, {"marts.stock": "1"}).recall("marts.stock", QUERY) is None
