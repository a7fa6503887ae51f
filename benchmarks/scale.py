"""How stores of all sizes build: against the same SQL without dbt, and one more day against all. Writes docs/scale.md.

    python benchmarks/scale.py                      two sizes, some ten minutes
    python benchmarks/scale.py --huge --write       three sizes, an hour; 20 GB of disk

Every build is a process of its own, run as its user runs it. The limit is the compiled SQL of every model, run in one
DuckDB process in the order in which dbt ran it, from the same raw files into an empty file; with the SQL of every test
it is the second figure. One more day is the last full day and the one after it, of a store that has a year of them.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

import compiled
import pages
from run_all import Measured, martlet

TARGET = Path(__file__).parents[1] / "docs" / "scale.md"
SIZES = {"10k / 1M": (10_000, 1_000_000), "100k / 10M": (100_000, 10_000_000)}
HUGE = {"1M / 100M": (1_000_000, 100_000_000)}


@dataclass(frozen=True)
class Scale:
    """What was measured of one size."""

    write_seconds: float
    events: int
    raw_bytes: int
    whole: Measured
    models_seconds: float
    tests_seconds: float
    new_events: Measured
    new_day: Measured
    nothing_new: Measured
    workshop_bytes: int
    published_bytes: int


def hold_back_last_days(raw: Path, kept: Path) -> None:
    """Move the last days out of the lake, into lakes that bring them back.

    `kept`/events has the web events of a full day, `kept`/all those of the next one and of the day after it that is cut
    short, with the orders of the same time.
    """
    with duckdb.connect() as connection:
        connection.execute("set preserve_insertion_order = false; set TimeZone = 'UTC'")
        at = "make_timestamp(event_timestamp)"
        # 36 hours: whatever the shop's time zone, no day before the last full one
        hold_back(connection, raw, kept / "all", "ga4/events", f"{at} >= {last(connection, raw, 'ga4/events', at, 36)}")
        hold_back(
            connection, raw, kept / "events", "ga4/events", f"{at} >= {last(connection, raw, 'ga4/events', at, 24)}"
        )
        newest = last(connection, raw, "shopify/orders", "created_at", 36)
        hold_back(connection, raw, kept / "all", "shopify/orders", f"created_at >= {newest}")
        held = f"(select id from '{kept}/all/shopify/orders/*.parquet')"
        hold_back(connection, raw, kept / "all", "shopify/order_lines", f"order_id in {held}")
        hold_back(connection, raw, kept / "all", "shopify/transactions", f"order_id in {held}")


def last(connection: duckdb.DuckDBPyConnection, raw: Path, table: str, time: str, hours: int) -> str:
    """The time so many hours before the newest row of a raw table, as SQL has it."""
    row = connection.execute(f"select max({time}) - interval {hours} hour from '{raw}/{table}/*.parquet'").fetchone()
    assert row is not None
    return f"timestamp '{row[0]}'"


def hold_back(connection: duckdb.DuckDBPyConnection, raw: Path, kept: Path, table: str, condition: str) -> None:
    """Move the rows of a raw table for which `condition` is true; files without any are left as they are."""
    (kept / table).mkdir(parents=True)
    sources = f"read_parquet('{raw}/{table}/*.parquet', filename = true)"
    found = connection.execute(f"select distinct filename from {sources} where {condition}").fetchall()
    files = [Path(name) for (name,) in found]
    rows = f"from read_parquet({[str(file) for file in files]})"
    connection.execute(f"copy ({rows} where {condition}) to '{kept / table / 'held_back.parquet'}'")
    connection.execute(f"copy ({rows} where ({condition}) is not true) to '{raw / table / 'rest'}-{kept.name}.parquet'")
    for file in files:
        file.unlink()


def bring_back(raw: Path, kept: Path) -> None:
    """Load what was held back."""
    for file in kept.rglob("*.parquet"):
        shutil.move(file, raw / file.relative_to(kept).with_name(f"{kept.name}.parquet"))


def limit(home: Path, folder: Path) -> tuple[float, float]:
    """Wall seconds of all models' compiled SQL, and of all tests', in one process without dbt."""
    printed = subprocess.run(
        [sys.executable, __file__, "--limit", str(home), str(folder)], check=True, capture_output=True, text=True
    )
    models, tests = json.loads(printed.stdout)
    return models, tests


def run_limit(home: Path, folder: Path) -> None:
    """Run the SQL that dbt ran last on the store in `home`, on a new file in `folder`, and print the seconds."""
    nodes = compiled.ran(home)
    models, tests = ([node for node in nodes if node["resource_type"] == kind] for kind in ("model", "test"))
    with compiled.empty_workshop(home, folder) as connection:
        print(json.dumps([compiled.make_tables(connection, home, models), compiled.run_tests(connection, tests)]))


def measure(orders: int, events: int, folder: Path) -> Scale:
    home, kept = folder / "store", folder / "held_back"
    raw = home / "data" / "raw"
    size = ("--orders", str(orders), "--events", str(events), "--event-days", "365")
    write_seconds = martlet(home, "mock", *size, "--to", str(raw)).seconds
    raw_bytes = folder_bytes(raw)
    hold_back_last_days(raw, kept)
    martlet(home, "build")
    bring_back(raw, kept / "events")
    new_events = martlet(home, "build")
    bring_back(raw, kept / "all")
    new_day, nothing_new = martlet(home, "build"), martlet(home, "build")
    for file in (home / "warehouse").glob("build.duckdb*"):
        file.unlink()
    whole = martlet(home, "build")
    (folder / "limit").mkdir()
    models_seconds, tests_seconds = limit(home, folder / "limit")
    return Scale(
        write_seconds=write_seconds,
        events=events,
        raw_bytes=raw_bytes,
        whole=whole,
        models_seconds=models_seconds,
        tests_seconds=tests_seconds,
        new_events=new_events,
        new_day=new_day,
        nothing_new=nothing_new,
        workshop_bytes=(home / "warehouse" / "build.duckdb").stat().st_size,
        published_bytes=(home / "warehouse" / "martlet.duckdb").resolve().stat().st_size,
    )


def folder_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def measure_all(sizes: dict[str, tuple[int, int]]) -> dict[str, Scale]:
    found = {}
    for name, (orders, events) in sizes.items():
        with tempfile.TemporaryDirectory() as folder:
            found[name] = measure(orders, events, Path(folder))
        print(f"{name}: {found[name]}", file=sys.stderr, flush=True)
    return found


def table_of(found: dict[str, Scale]) -> str:
    scales = found.values()
    rows = {
        "writing the mock store, s": [f"{s.write_seconds:.0f}" for s in scales],
        "events written a second, thousands": [f"{s.events / s.write_seconds / 1e3:,.0f}" for s in scales],
        "raw files, MB": [f"{s.raw_bytes / 1e6:,.0f}" for s in scales],
        "**`martlet build`, all of it, s**": [f"{s.whole.seconds:.1f}" for s in scales],
        **{
            f"{phase}, s": [f"{s.whole.phases[phase]:.1f}" for s in scales] for phase in next(iter(scales)).whole.phases
        },
        "the limit: all models' SQL, s": [f"{s.models_seconds:.1f}" for s in scales],
        "all tests' SQL, s": [f"{s.tests_seconds:.1f}" for s in scales],
        "**build / SQL of models and tests**": [
            f"{s.whole.seconds / (s.models_seconds + s.tests_seconds):.2f}" for s in scales
        ],
        "build / SQL of models alone": [f"{s.whole.seconds / s.models_seconds:.2f}" for s in scales],
        **day_rows("one more day of web events", [s.new_events for s in scales], scales),
        **day_rows("one more day with its orders", [s.new_day for s in scales], scales),
        "nothing new, s": [f"{s.nothing_new.seconds:.1f}" for s in scales],
        "peak memory of the build, MB": [f"{s.whole.memory:,.0f}" for s in scales],
        "workshop, MB": [f"{s.workshop_bytes / 1e6:,.0f}" for s in scales],
        "published file, MB": [f"{s.published_bytes / 1e6:,.0f}" for s in scales],
    }
    lines = [f"| orders / events | {' | '.join(found)} |", f"|---|{'---:|' * len(found)}"]
    return "\n".join([*lines, *(f"| {name} | {' | '.join(cells)} |" for name, cells in rows.items())])


def day_rows(name: str, days: Sequence[Measured], scales: Iterable[Scale]) -> dict[str, list[str]]:
    return {
        f"**{name}, s**": [f"{day.seconds:.1f}" for day in days],
        **{f"{name}: {phase}, s": [f"{day.phases[phase]:.1f}" for day in days] for phase in days[0].phases},
        f"**{name} / whole build**": [
            f"{day.seconds / s.whole.seconds:.1%}" for day, s in zip(days, scales, strict=True)
        ],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--huge", action="store_true", help="a million orders and a hundred million events too")
    parser.add_argument("--write", action="store_true", help="write docs/scale.md")
    parser.add_argument("--size", nargs=2, type=int, metavar=("ORDERS", "EVENTS"), help="this size alone")
    parser.add_argument("--limit", nargs=2, type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.limit:
        run_limit(*arguments.limit)
        return
    sizes = (
        {"{} / {}".format(*arguments.size): tuple(arguments.size)}
        if arguments.size
        else SIZES | (HUGE if arguments.huge else {})
    )
    table = table_of(measure_all(sizes))
    print(table)
    if arguments.write:
        machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, DuckDB {duckdb.__version__}."
        pages.put(TARGET, "table", f"{machine}\n\n{table}")


if __name__ == "__main__":
    main()
