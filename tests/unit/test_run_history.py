"""The run log: what it keeps of a phase, what it must not keep, and what it tells of slowdowns."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from martlet import warehouse
from martlet.errors import MartletError
from martlet.journal import COLUMNS, Journal, describe_error, read_log
from martlet.project import Project, open_project
from martlet.publishing import write_run_log
from martlet.run_history import Run, runs, slowdowns

OLD_LINE = {
    "run_id": "20260101T000000000000",
    "command": "run",
    "phase": "build",
    "started_at": "2026-01-01 00:00:00.000",
    "seconds": 3.0,
    "peak_memory_mb": 100.0,
    "outcome": "done",
    "martlet_version": "0.1.0",
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return open_project({"MARTLET_HOME": str(tmp_path)})


def test_a_phase_is_logged_with_rows_versions_and_outcome(project: Project) -> None:
    with Journal(project, "build").phase("copy marts") as meter:
        meter.rows = 12
    (phase,) = read_log(project)
    assert set(phase) == set(COLUMNS)
    assert (phase["rows"], phase["outcome"], phase["error"]) == (12, "done", None)
    assert phase["duckdb_version"].startswith(("1.", "2."))
    assert phase["dbt_version"].startswith("1.")
    assert phase["python_version"].startswith("3.")


def test_rows_are_those_written_during_the_phase(project: Project) -> None:
    journal = Journal(project, "run")
    with warehouse.stage(project) as staged:
        for phase, rows in (("copy marts", 5), ("forecast", 7)):
            with journal.phase(phase, staged):
                staged.write(f"marts.{phase[:4]}", pd.DataFrame({"a": range(rows)}))
        write_run_log(staged, project)
    assert [phase["rows"] for phase in read_log(project)] == [5, 7]
    _, published = warehouse.query_published(project, "select phase, rows from ops.runs order by started_at")
    assert published == [("copy marts", 5), ("forecast", 7)]


def test_each_phase_has_its_own_peak_of_memory(project: Project) -> None:
    if not Path("/proc/self/clear_refs").exists():
        pytest.skip("only Linux lets a process start its peak anew")
    journal = Journal(project, "run")
    with journal.phase("outer"):
        with journal.phase("big"):
            np.ones(40_000_000)
        with journal.phase("small"):
            np.ones(10)
    big, small, outer = (phase["peak_memory_mb"] for phase in read_log(project))
    assert big - small > 200
    assert outer >= big


def test_a_failure_is_logged_in_one_line_and_goes_on(project: Project) -> None:
    with pytest.raises(MartletError), Journal(project, "run").phase("build"):
        raise MartletError("dbt build: 1 failed\n  model orders: no")
    (phase,) = read_log(project)
    assert (phase["outcome"], phase["error"]) == ("failed", "MartletError: dbt build: 1 failed")


@pytest.mark.parametrize(
    ("text", "logged"),
    [
        ("could not convert string 'Jane Roe' to INT64", "could not convert string 'xxxx xxx' to INT64"),
        ("jane.roe@example.com is not a number", "xxxx.xxx@xxxxxxx.xxx is not a number"),
        ("call +1 (312) 555-0142 now", "call +9 (999) 999-9999 now"),
        ("key 0123456789abcdef0123456789abcdef is bad", "key 9999999999xxxxxx9999999999xxxxxx is bad"),
        ("MARTLET_AS_OF is '2026-10-31' or so", "MARTLET_AS_OF is '2026-10-31' or so"),
        ("", ""),
    ],
)
def test_no_value_of_anyone_is_logged(text: str, logged: str) -> None:
    assert describe_error(ValueError(text)) == (f"ValueError: {logged}" if logged else "ValueError")


def test_lines_of_older_versions_and_broken_ones_are_no_trouble(project: Project) -> None:
    project.run_log.parent.mkdir(parents=True)
    project.run_log.write_text(json.dumps(OLD_LINE) + '\nnull\n{"run_id": 1}\n{"run_id": "2026', encoding="utf-8")
    with Journal(project, "build").phase("build") as meter:
        meter.rows = 3
    first, second = read_log(project)
    assert first == OLD_LINE
    assert second["rows"] == 3
    with warehouse.stage(project) as staged:
        staged.write("marts.orders", pd.DataFrame({"a": [1]}))
        write_run_log(staged, project)
    _, rows = warehouse.query_published(project, "select rows, error, dbt_version is null from ops.runs order by 1")
    assert rows == [(3, None, False), (None, None, True)]


def test_the_log_is_for_its_owner(project: Project) -> None:
    with Journal(project, "build").phase("build"):
        pass
    assert project.run_log.stat().st_mode & 0o077 == 0


def history(*seconds: float, rows: int | None = None, command: str = "run", outcome: str = "done") -> list[Run]:
    return runs(
        [
            {**OLD_LINE, "run_id": f"{day:03}", "started_at": f"2026-01-{day:02}", "command": command,
             "outcome": outcome, "seconds": taken, "rows": rows}
            for day, taken in enumerate(seconds, start=1)
        ]
    )  # fmt: skip


def test_a_phase_slowed_down_only_if_by_much_and_against_enough_runs() -> None:
    (slow,) = slowdowns(history(4, 5, 4, 20))
    assert (slow.phase, slow.seconds, slow.usual, slow.earlier) == ("build", 20, 4, 3)
    assert "20.0 s against 4.0 s" in str(slow)
    assert not slowdowns(history(4, 4, 20))
    assert not slowdowns(history(0.1, 0.1, 0.1, 1.0))
    assert not slowdowns(history(30, 30, 30, 33))
    assert not slowdowns(history(20, 4, 4, 4))
    assert not slowdowns(history(4, 4, 4, 20, outcome="failed"))
    assert not slowdowns([])


def test_a_slowdown_says_how_much_more_there_was_to_do() -> None:
    known = [*history(4, 4, 4, rows=100), *runs([{**OLD_LINE, "run_id": "9", "seconds": 12.0, "rows": 300}])]
    known[-1] = Run("9", "run", "2026-02-01", known[-1].phases)
    (slow,) = slowdowns(known)
    assert "3.0 times the rows" in str(slow)


@pytest.mark.parametrize(
    ("made", "left", "is_measured"),
    [(600, 0, False), (100, 500, True), (130, 470, True), (300, 300, False), (0, 600, False), (None, None, False)],
)
def test_a_build_is_measured_by_those_that_made_as_much(made: int | None, left: int | None, is_measured: bool) -> None:
    days = [
        {**OLD_LINE, "run_id": f"{day}", "started_at": f"2026-01-0{day}", "nodes_made": 100, "nodes_left": 500}
        for day in (1, 2, 3)
    ]
    newest = {
        **OLD_LINE,
        "run_id": "9",
        "started_at": "2026-02-01",
        "nodes_made": made,
        "nodes_left": left,
        "seconds": 90.0,
    }
    assert bool(slowdowns(runs([*days, newest]))) == is_measured


def test_other_commands_are_no_measure() -> None:
    assert not slowdowns([*history(1, 1, 1, command="build"), *history(9)])
