"""Killed, doubled, read while it is republished: the published file is always one whole version."""

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pandas as pd
import pytest

import kills
from martlet import warehouse
from martlet.project import Project, open_project

REPUBLISHED = 100
READERS = 8
# Opens what is published anew, as a dashboard does, until it is told to stop; says what it saw.
READER = """
import sys, duckdb
seen, link = set(), sys.argv[1]
print("ready", flush=True)
while not sys.stdin in __import__("select").select([sys.stdin], [], [], 0)[0]:
    with duckdb.connect(link, read_only=True) as connection:
        a = connection.execute("select min(number), max(number) from marts.orders").fetchone()
        b = connection.execute("select min(number), max(number) from predictions.demand").fetchone()
    assert len({*a, *b}) == 1, (a, b)
    seen.add(a[0])
print(len(seen))
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return open_project({"MARTLET_HOME": str(tmp_path / "store")})


def publish(project: Project, number: int) -> None:
    with warehouse.stage(project) as staged:
        staged.write("marts.orders", pd.DataFrame({"number": [number] * 5000}))
        staged.write("predictions.demand", pd.DataFrame({"number": [number] * 5000}))


def test_twenty_kills_leave_whole_versions_and_every_row_once(tmp_path: Path) -> None:
    counts = {"load": 9, "rollback": 3, "publish": 5, "forecast": 1, "build": 1, "check": 1}
    trials = kills.trial(tmp_path / "store", seed=7, kills=counts)
    assert sum(trials.kills.values()) == 20
    assert "20 kills, seed 7" in kills.table(trials, 7)


def test_eight_readers_see_whole_versions_while_it_is_republished(project: Project) -> None:
    publish(project, 0)
    words = [sys.executable, "-c", READER, str(project.published_file)]
    pipe = subprocess.PIPE
    readers = [subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, text=True) for _ in range(READERS)]
    for reader in readers:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
    for number in range(1, REPUBLISHED + 1):
        publish(project, number)
    told = [reader.communicate("stop\n", timeout=60) for reader in readers]
    assert [reader.returncode for reader in readers] == [0] * READERS, told
    assert all(int(out) > 1 for out, _ in told)


def test_an_analyst_with_a_write_lock_on_the_published_file_blocks_nobody(project: Project, tmp_path: Path) -> None:
    """Whoever may write to the file anyway (root, or after a chmod) holds the lock of one version, not of the next."""
    publish(project, 1)
    version = project.published_file.resolve()
    version.chmod(0o644)
    analyst = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); c.execute('begin'); "
        "c.execute('create table marts.mine as select 1'); print('held', flush=True); sys.stdin.readline()"
    )
    words = [sys.executable, "-c", analyst, str(project.published_file)]
    holder = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        for number in (2, 3):
            publish(project, number)
            _, rows = warehouse.query_published(project, "select max(number) from marts.orders")
            assert rows == [(number,)]
    finally:
        holder.communicate("\n", timeout=30)


def test_of_two_runs_started_at_once_one_works_and_the_other_says_who_holds_the_lock(tmp_path: Path) -> None:
    home = tmp_path / "store"
    environment = {**os.environ, "MARTLET_HOME": str(home), "MARTLET_FORCE_MOCKS": "true"}
    words = [str(Path(sys.executable).with_name("martlet")), "build"]
    pipe = subprocess.PIPE
    both = [subprocess.Popen(words, env=environment, stdout=pipe, stderr=pipe, text=True) for _ in range(2)]
    told = [process.communicate(timeout=300) for process in both]
    assert sorted(process.returncode for process in both) == [0, 2], told
    loser, winner = (0, 1) if both[0].returncode == 2 else (1, 0)
    assert f"`martlet build`, process {both[winner].pid}" in told[loser][1]
    assert told[loser][1].count("\n") == 1
    assert (home / "warehouse" / "martlet.duckdb").exists()


def test_readers_in_threads_share_nothing(project: Project) -> None:
    """Every query has a connection of its own, though connections of one process share their settings."""
    publish(project, 0)
    failures: list[object] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            _, rows = warehouse.query_published(
                project, "select number from marts.orders union select number from predictions.demand"
            )
            if len(rows) != 1:
                failures.append(rows)

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(1, 11):
        publish(project, number)
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures


def test_a_version_that_somebody_copied_over_the_link_is_replaced_by_the_next(project: Project) -> None:
    publish(project, 1)
    whole = project.published_file.resolve()
    project.published_file.unlink()
    shutil.copy(whole, project.published_file)
    publish(project, 2)
    assert project.published_file.is_symlink()
    with duckdb.connect(str(project.published_file), read_only=True) as connection:
        assert connection.execute("select max(number) from marts.orders").fetchone() == (2,)
