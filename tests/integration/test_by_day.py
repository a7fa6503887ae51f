"""A table that is built by day is what a full refresh makes of the same files, to the last row."""

import shutil
from pathlib import Path

import duckdb
import pytest

from arrivals import Arrivals
from stores import COMPARABLE, Store, differing, make_store

SCHEMAS = ("staging", "intermediate", "marts")
TO_FUNNEL = ("--select", "+funnel_daily", "int_event_days")


def build(store: Store, *selected: str) -> None:
    store.run("dbt", "build", "--exclude-resource-type", "test", "unit_test", "--quiet", *selected)


def refreshed(store: Store, home: Path) -> Store:
    """A store on the same files that was never built before."""
    shutil.copytree(store.home / "data", home / "data")
    fresh = make_store(home, **COMPARABLE)
    build(fresh)
    return fresh


@pytest.mark.parametrize("seed", range(2))
def test_any_order_of_arrival_gives_what_a_full_refresh_gives(whole: Path, tmp_path: Path, seed: int) -> None:
    # and in parts what it gives at once
    store, loads = make_store(tmp_path / "store", **COMPARABLE, MARTLET_PART_EVENTS="2000"), 3
    arrivals = Arrivals(whole, loads, seed)
    for load in range(loads):
        arrivals.arrive(load, store.home / "data" / "raw")
        build(store)
    assert differing(store.workshop, refreshed(store, tmp_path / "fresh").workshop, *SCHEMAS) == []


def mark(store: Store) -> None:
    """Change rows of every table that is built by day, on every day, as no reading of the files would."""
    with duckdb.connect(str(store.workshop)) as workshop:
        workshop.execute("update staging.stg_ga4__events set browser = 'marked'")
        workshop.execute("update intermediate.int_event_days set session_engaged_as_int = -1")
        workshop.execute("update marts.sessions set browser = 'marked'")
        workshop.execute("update marts.funnel_daily set revenue = -1")


def unmarked(store: Store) -> list[tuple[int, ...]]:
    """How many days or sessions of each table were read since they were marked, and how many there are."""
    with duckdb.connect(str(store.workshop), read_only=True) as workshop:
        query = "select count(distinct {0}) filter (where {1} is distinct from {2}), count(distinct {0}) from {3}"
        return [
            workshop.execute(query.format(*words)).fetchall()[0]
            for words in (
                ("event_date", "browser", "'marked'", "staging.stg_ga4__events"),
                ("event_date", "session_engaged_as_int", "-1", "intermediate.int_event_days"),
                ("session_date", "browser", "'marked'", "marts.sessions"),
                ("session_date", "revenue", "-1", "marts.funnel_daily"),
            )
        ]


@pytest.fixture
def one_day_short(whole: Path, tmp_path: Path) -> tuple[Store, Path]:
    """A store that was built without the events of one day, and a file with them."""
    store, file = make_store(tmp_path / "store", **COMPARABLE), tmp_path / "day.parquet"
    shutil.copytree(whole, store.home / "data" / "raw")
    events = store.home / "data" / "raw" / "ga4" / "events"
    with duckdb.connect() as connection:
        connection.execute(f"create table events as from '{events}/*.parquet'")
        for where, path in (("<>", events / "part-00000.parquet"), ("=", file)):
            connection.execute(f"copy (from events where event_date {where} '20261015') to '{path}'")
    build(store, *TO_FUNNEL)
    return store, file


def test_a_new_day_reads_that_day_alone(one_day_short: tuple[Store, Path]) -> None:
    store, file = one_day_short
    mark(store)
    shutil.copy(file, store.home / "data" / "raw" / "ga4" / "events")
    build(store, *TO_FUNNEL)
    for read, there in unmarked(store):
        # the file holds a day of GA4's property, which lies on two of the shop's; sessions may last over midnight
        assert 1 <= read <= 4 < there


def test_nothing_new_reads_nothing(one_day_short: tuple[Store, Path]) -> None:
    store, _ = one_day_short
    mark(store)
    build(store, *TO_FUNNEL)
    assert [read for read, _ in unmarked(store)] == [0, 0, 0, 0]


@pytest.mark.parametrize("change", ["a file gone", "a file replaced", "another time zone", "another key"])
def test_what_cannot_be_kept_is_made_anew(one_day_short: tuple[Store, Path], tmp_path: Path, change: str) -> None:
    store, file = one_day_short
    events = store.home / "data" / "raw" / "ga4" / "events"
    shutil.copy(file, events)
    build(store, *TO_FUNNEL)
    mark(store)
    if change == "a file gone":
        (events / file.name).unlink()
    elif change == "a file replaced":
        with duckdb.connect() as connection:
            connection.execute(f"copy (from '{file}' limit 5) to '{events / file.name}'")
    elif change == "another time zone":
        store = make_store(store.home, **COMPARABLE | {"MARTLET_SHOP_TIMEZONE": "Asia/Tokyo"})
    elif change == "another key":
        store = make_store(store.home, **COMPARABLE | {"MARTLET_PII_KEY": "another"})
    build(store, *TO_FUNNEL)
    for read, there in unmarked(store):
        assert read == there


def published_days(store: Store) -> tuple[int, int]:
    """How many days the published sessions have, and how many of them hold a session that is not marked."""
    anew = "count(distinct session_date) filter (where browser is distinct from 'marked')"
    days, copied = store.rows(f"select count(distinct session_date), {anew} from marts.sessions")[0]
    return int(str(days)), int(str(copied))


def test_publishing_copies_the_days_that_changed(one_day_short: tuple[Store, Path]) -> None:
    store, file = one_day_short
    store.run("build")
    published = store.published
    published.chmod(0o644)
    with duckdb.connect(str(published)) as connection:
        connection.execute("update marts.sessions set browser = 'marked'")
    shutil.copy(file, store.home / "data" / "raw" / "ga4" / "events")
    store.run("build")
    days, copied = published_days(store)
    assert 1 <= copied <= 4 < days
    # what is rolled back is caught up with
    store.run("rollback")
    assert published_days(store) == (days - 1, 0)
    store.run("build")
    assert published_days(store) == (days, copied)
    # another workshop has another history, and what was published from the one before is no base for its changes
    store.workshop.unlink()
    store.run("build")
    assert differing(store.workshop, store.published, "marts") == []
