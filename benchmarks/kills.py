"""SIGKILL at random moments of load, build, check, publish, forecast and rollback: nothing half done is ever seen.

    python benchmarks/kills.py            # 204 kills, prints a table
    python benchmarks/kills.py --write    # puts it into docs/trust.md

After every kill the published file must open, read through to its last value, pass the contracts of what is published
and be one whole version; the command is then run again unharmed (of the slow ones, every fifth time), after which the
raw lake must hold every row of every loaded file exactly once.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

import pages
from martlet import warehouse
from martlet.contracts import check_layer
from martlet.loaders.landing import read_receipts
from martlet.loaders.moving import INCOMING, orphans
from martlet.project import Project, open_project

PAGE = Path(__file__).parents[1] / "docs" / "trust.md"
HEADINGS = (
    "Name,Email,Financial Status,Currency,Subtotal,Shipping,Taxes,Total,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem sku,Lineitem discount,Cancelled at,Refunded Amount,Discount Code,Discount Amount,Id\n"
)
ORDERS_A_FILE = 40
# one in eight orders cannot be read: rejected rows must be neither lost nor doubled either
BAD_EVERY = 8
KILLS = {"load": 80, "rollback": 40, "publish": 50, "forecast": 12, "build": 14, "check": 8}
# the slow commands are run again unharmed after every fifth kill only; each is the next run of the kill before anyway
REPEATED_EVERY = {"load": 1, "rollback": 1, "publish": 1, "forecast": 5, "build": 5, "check": 5}
PUBLISH = """
import pandas as pd
from martlet import warehouse
from martlet.project import open_project
project = open_project()
with warehouse.lock(project, "publish"), warehouse.stage(project, from_published=True) as staged:
    number = int(staged.path.stem.rsplit("-", 1)[1])
    staged.write("marts.published", pd.DataFrame({"number": [number]}))
    staged.write("predictions.published", pd.DataFrame({"number": [number] * 200_000}))
"""


@dataclass
class Trials:
    """A small live store that is killed again and again, and what is known of it."""

    home: Path
    rng: random.Random
    kills: Counter[str] = field(default_factory=Counter)
    repaired: Counter[str] = field(default_factory=Counter)
    durations: dict[str, float] = field(default_factory=dict)
    checked: set[str] = field(default_factory=set)
    files: list[Path] = field(default_factory=list)

    @property
    def project(self) -> Project:
        return open_project({"MARTLET_HOME": str(self.home)})

    def prepare(self) -> None:
        """Load a file and build, so that something is published."""
        self.run("load", self.new_file())
        self.run("build")
        self.verify()

    def new_file(self) -> Path:
        """An export of orders that no file before had."""
        first = len(self.files) * ORDERS_A_FILE + 1
        row = (
            "#{n},a{n}@example.com,paid,USD,10.00,0,0,{t},2026-{m:02}-{d:02} 10:00:00 +0000,1,Thing,10.00,A-{s},"
            "0,,0,,0,{n}\n"
        )
        rows = [
            row.format(n=n, t="no number" if n % BAD_EVERY == 0 else "10.00", m=n % 9 + 1, d=n % 28 + 1, s=n % 7)
            for n in range(first, first + ORDERS_A_FILE)
        ]
        path = self.home.parent / f"orders_{len(self.files):04}.csv"
        path.write_text(HEADINGS + "".join(rows))
        self.files.append(path)
        return path

    def start(self, command: str, file: Path | None = None) -> "subprocess.Popen[bytes]":
        """Start a command in a process group of its own."""
        words = [str(Path(sys.executable).with_name("martlet"))]
        if command == "publish":
            words = [sys.executable, "-c", PUBLISH]
        elif command == "load":
            words += ["load", "shopify-csv", str(file)]
        else:
            words.append(command)
        environment = {**os.environ, "MARTLET_HOME": str(self.home), "MARTLET_FORCE_MOCKS": "", "MARTLET_PII_KEY": ""}
        pipe = subprocess.PIPE
        return subprocess.Popen(words, stdout=pipe, stderr=pipe, env=environment, start_new_session=True)

    def run(self, command: str, file: Path | None = None) -> None:
        """Run a command to its end, which must be a good one."""
        began = time.perf_counter()
        process = self.start(command, file)
        out, words = process.communicate()
        told = (out + words).decode(errors="replace")
        is_oldest = command == "rollback" and "oldest version kept" in told
        assert process.returncode == 0 or is_oldest, f"{command} after a kill: {told}"
        assert "Traceback" not in told, told
        self.durations[command] = time.perf_counter() - began

    def kill(self, command: str) -> None:
        """Kill a command at a random moment of its usual time; asked again where it was done before that."""
        file = self.new_file() if command == "load" else None
        if command not in self.durations:
            self.run(command, file)
        while True:
            process = self.start(command, file)
            try:
                process.wait(timeout=self.rng.uniform(0.2, 1.05) * self.durations[command])
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            if process.returncode == -signal.SIGKILL:
                break
            self.verify()
            file = self.new_file() if command == "load" else None
        self.kills[command] += 1
        self.verify()
        if self.kills[command] % REPEATED_EVERY[command] == 0:
            self.run(command, file)
            self.verify()
            self.verify_lake()
            self.repaired[command] += 1

    def verify(self) -> None:
        """The published file opens, is one whole version, and passes the contracts of what is published."""
        project = self.project
        version = warehouse.current_version(project)
        assert version is not None, "nothing is published"
        assert project.published_file.is_symlink()
        for path in warehouse.versions(project):
            if path.name in self.checked:
                continue
            warehouse.check_version(path, thoroughly=True)
            found = check_layer(project, "predictions", path, _silent, is_partial=True)
            assert not [each.one_line for each in found if each.is_failure]
            self.checked.add(path.name)
        if "marts.published" in warehouse.table_names(version):
            both = "select number from marts.published union select number from predictions.published"
            _, rows = warehouse.query_published(project, both)
            assert len(rows) == 1, f"two versions in one file: {rows}"

    def verify_lake(self) -> None:
        """Every row of every loaded file is in the lake or among the rejected exactly once, and nothing else is."""
        project = self.project
        assert not orphans(project.raw_dir, project.rejected_dir, project.receipts_dir)
        assert not (project.data_dir / INCOMING).exists()
        receipts = read_receipts(project.receipts_dir)
        assert len({receipt.file for receipt in receipts}) == len(receipts)
        count = len(receipts) * ORDERS_A_FILE
        loaded, distinct = _count(project.raw_dir / "shopify" / "orders", "name")
        rejected, _ = _count(project.rejected_dir, "file || line")
        assert (loaded, distinct, rejected) == (count - count // BAD_EVERY, loaded, count // BAD_EVERY)


def _count(folder: Path, key: str) -> tuple[int, int]:
    row = duckdb.execute(f"select count(*), count(distinct {key}) from read_parquet('{folder}/*.parquet')").fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def _silent(_message: str) -> None:
    """The trials say what they have to say themselves."""


def trial(home: Path, seed: int, kills: dict[str, int], say: bool = False) -> Trials:
    """Kill each command so many times, in random order, and check after every kill. Raises AssertionError."""
    rng = random.Random(seed)
    trials = Trials(home, rng)
    trials.prepare()
    order = [command for command, count in kills.items() for _ in range(count)]
    rng.shuffle(order)
    for place, command in enumerate(order, 1):
        trials.kill(command)
        if say:
            print(f"{place}/{len(order)} {command}", file=sys.stderr, flush=True)
    for command in ("build", "forecast", "check"):
        trials.run(command)
    trials.verify()
    trials.verify_lake()
    return trials


def table(trials: Trials, seed: int) -> str:
    """The trials as Markdown."""
    rows = [
        f"| {command} | {count} | {trials.repaired[command]} | {trials.durations[command]:.1f} |"
        for command, count in trials.kills.items()
    ]
    rows = sorted(rows, key=lambda row: -int(row.split("|")[2]))
    loads = len(read_receipts(trials.project.receipts_dir))
    return "\n".join(
        [
            "| command | killed | run again unharmed | seconds, not killed |",
            "|---|---:|---:|---:|",
            *rows,
            "",
            f"{sum(trials.kills.values())} kills, seed {seed}; {len(trials.checked)} versions read through and checked;"
            f" {loads} files, {loads * ORDERS_A_FILE:,} rows, each in the lake or among the rejected exactly once.",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        told = table(trial(Path(folder) / "store", arguments.seed, KILLS, say=True), arguments.seed)
    print(told)
    if arguments.write:
        pages.put(PAGE, "kills", told)


if __name__ == "__main__":
    main()
