"""Measures the main job phase by phase and writes docs/performance.md.

    make bench

Every figure is a median over repeats within one run, on stores in folders of their own; the commands are run as their
users run them, each in a process of its own. The real ledger is measured where its files are beside the checkout.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

import baskets
import customer_value
import forecasts
import replenishment

REPOSITORY = Path(__file__).parents[1]
SHARED = REPOSITORY.parent / "shared"
# as its users have it, not beside the libraries that it is measured against
MARTLET = REPOSITORY / ".venv" / "bin" / "martlet"
REPEATS = 3
TARGET = REPOSITORY / "docs" / "performance.md"


@dataclass(frozen=True)
class Measured:
    """Wall seconds of a command, and of each phase that its run log names; the most memory of any of them, MB."""

    seconds: float
    phases: dict[str, float]
    memory: float


def martlet(home: Path, *arguments: str) -> Measured:
    """Run a command on the store in `home` and time it."""
    start = time.perf_counter()
    environment = {**os.environ, "MARTLET_HOME": str(home)}
    subprocess.run([str(MARTLET), *arguments], check=True, capture_output=True, env=environment)
    seconds = time.perf_counter() - start
    log = home / "data" / "runs.jsonl"
    entries = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    run = [entry for entry in entries if entry["run_id"] == entries[-1]["run_id"]]
    memory = max((entry["peak_memory_mb"] for entry in run), default=0.0)
    return Measured(seconds, {entry["phase"]: entry["seconds"] for entry in run}, memory)


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def phase_table(columns: dict[str, list[Measured]]) -> str:
    """A row per phase with each column's median seconds; start-up is what no phase accounts for."""
    names = list(dict.fromkeys(name for runs in columns.values() for run in runs for name in run.phases))
    lines = [f"| phase | {' | '.join(columns)} |", f"|---|{'---:|' * len(columns)}"]
    for name in names:
        cells = [f"{median([run.phases.get(name, 0.0) for run in runs]):.2f}" for runs in columns.values()]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    rest = [f"{median([run.seconds - sum(run.phases.values()) for run in runs]):.2f}" for runs in columns.values()]
    whole = [f"{median([run.seconds for run in runs]):.2f}" for runs in columns.values()]
    return "\n".join([*lines, f"| start-up and summary | {' | '.join(rest)} |", f"| **whole** | {' | '.join(whole)} |"])


def measure_mock(folder: Path) -> dict[str, list[Measured]]:
    first, again = [], []
    for repeat in range(REPEATS):
        home = folder / f"mock{repeat}"
        first.append(martlet(home, "run"))
        again.append(martlet(home, "run"))
    return {"mock, first run": first, "mock, seeds unchanged": again}


def measure_retail(folder: Path) -> tuple[list[tuple[str, float]], dict[str, list[Measured]]]:
    """Loading times by file, and whole runs, on the Online Retail ledger and the GA4 sample."""
    exports = folder / "exports_from_admin"
    script = SHARED / "tools" / "recast_online_retail.py"
    data = SHARED / "data" / "online_retail.parquet"
    subprocess.run([sys.executable, str(script), str(data), str(exports)], check=True, capture_output=True)
    files = [*sorted(exports.glob("*.csv")), SHARED / "data" / "ga4_events_sample.parquet"]
    loads: dict[Path, list[float]] = {file: [] for file in files}
    runs = []
    for repeat in range(REPEATS):
        home = folder / f"retail{repeat}"
        for file in files:
            loader = "ga4" if file.suffix == ".parquet" else "shopify-csv"
            loads[file].append(martlet(home, "load", loader, str(file)).seconds)
        runs.append(martlet(home, "run"))
    named = [(f"{file.name} ({file.stat().st_size / 1e6:.1f} MB)", median(times)) for file, times in loads.items()]
    return named, {"Online Retail": runs}


def measure_commands(home: Path) -> list[tuple[str, float]]:
    commands = {
        "martlet --help": ["--help"],
        "martlet status": ["status"],
        'martlet query "select ..."': ["query", "select * from marts.reorder_points order by days_of_cover limit 20"],
        "martlet export reorder_points": ["export", "reorder_points"],
    }
    return [
        (name, median([martlet(home, *arguments).seconds for _ in range(5)])) for name, arguments in commands.items()
    ]


def measure_mock_writer(folder: Path) -> list[tuple[str, float]]:
    times = []
    for repeat in range(REPEATS):
        target = str(folder / f"big{repeat}")
        times.append(martlet(folder, "mock", "--orders", "20000", "--events", "1000000", "--to", target).seconds)
    return [("martlet mock --orders 20000 --events 1000000", median(times))]


def pair_table(heading: str, rows: Sequence[tuple[str, float]]) -> str:
    return "\n".join([f"| {heading} | seconds |", "|---|---:|", *(f"| {name} | {value:.2f} |" for name, value in rows)])


def cpu_table(rows: Sequence[tuple[str, float]]) -> str:
    return "\n".join(["| job | CPU seconds |", "|---|---:|", *(f"| {name} | {value:.3f} |" for name, value in rows)])


def main() -> None:
    parts = [
        "# Where the time goes",
        "",
        f"Written by `make bench`: medians of {REPEATS} runs, wall seconds, on {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, DuckDB {duckdb.__version__}. Compare within one run; machines differ.",
        "",
        "## The main job, `martlet run`",
        "",
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        columns = measure_mock(folder)
        loads: list[tuple[str, float]] = []
        if (SHARED / "data" / "online_retail.parquet").exists():
            loads, retail = measure_retail(folder)
            columns |= retail
        parts += [phase_table(columns), ""]
        parts += ["`check raw` includes importing Great Expectations, `prepare` importing dbt and reading seeds.", ""]
        if loads:
            parts += ["## Loading, one `martlet load` a file", "", pair_table("file", loads), ""]
        parts += ["## Small commands", "", pair_table("command", measure_commands(folder / "mock0")), ""]
        parts += ["## The mock store's writer", "", pair_table("command", measure_mock_writer(folder)), ""]
        parts += forecasts.section(folder / "mock0" / "warehouse" / "martlet.duckdb")
    parts += [customer_value.section()]
    parts += ["## Replenishment, in one process", "", cpu_table(replenishment.measure(1_200)), ""]
    if baskets.LEDGER.exists():
        parts += [baskets.section()]
    TARGET.write_text("\n".join(parts), encoding="utf-8")
    print(TARGET.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
