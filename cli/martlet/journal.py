"""The run log: one line per phase of every run, kept in data/runs.jsonl and published as ops.runs."""

import json
import os
import platform
import re
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Protocol

from martlet import __version__
from martlet.project import Project

COLUMNS = {
    "run_id": "varchar",
    "command": "varchar",
    "phase": "varchar",
    "started_at": "timestamp",
    "seconds": "double",
    "rows": "bigint",
    "nodes_made": "bigint",
    "nodes_left": "bigint",
    "peak_memory_mb": "double",
    "outcome": "varchar",
    "error": "varchar",
    "martlet_version": "varchar",
    "python_version": "varchar",
    "duckdb_version": "varchar",
    "dbt_version": "varchar",
}
LONGEST_ERROR = 300
# What stands in quotes, an address or a long number may be a person's or a secret: only its shape is logged.
_PRIVATE = re.compile(r"'[^']*'|\"[^\"]*\"|\S+@\S+|\b[0-9a-fA-F]{32,}\b|[+(]?\d[\d ().-]{7,}\d")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class Counter(Protocol):
    """What counts the rows that it writes."""

    rows_written: int


@dataclass(frozen=True)
class Phase:
    """One phase of a run. `rows` are those it read or wrote, null where it counts none.

    `nodes_made` are the tables it made and tests it ran, `nodes_left` those that stood; null where it makes none.
    `peak_memory_mb` is the phase's own peak on Linux, elsewhere the process's so far.
    """

    run_id: str
    command: str
    phase: str
    started_at: str
    seconds: float
    rows: int | None
    nodes_made: int | None
    nodes_left: int | None
    peak_memory_mb: float
    outcome: str
    error: str | None
    martlet_version: str
    python_version: str
    duckdb_version: str | None
    dbt_version: str | None


@dataclass
class Meter:
    """What a phase tells of itself while it runs."""

    rows: int | None = None
    nodes_made: int | None = None
    nodes_left: int | None = None
    peak_kb: int = 0


@dataclass
class Journal:
    """The phases of one run. Each is written when it ends, whether well or not."""

    project: Project
    command: str
    run_id: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
    phases: list[Phase] = field(default_factory=list)
    _open: list[Meter] = field(default_factory=list)

    @contextmanager
    def phase(self, name: str, counter: Counter | None = None) -> Iterator[Meter]:
        """Time a block under this name; rows are what `counter` wrote meanwhile, or what the block sets."""
        started_at, start, meter = datetime.now(UTC), time.perf_counter(), Meter()
        before = counter.rows_written if counter else 0
        self._look_at_memory()
        self._open.append(meter)
        outcome, error = "failed", None
        try:
            yield meter
            outcome = "done"
        except BaseException as raised:
            error = describe_error(raised)
            raise
        finally:
            self._look_at_memory()
            self._open.pop()
            if counter and meter.rows is None:
                meter.rows = counter.rows_written - before
            self._write(name, started_at, time.perf_counter() - start, meter, outcome, error)

    def _look_at_memory(self) -> None:
        """Give the peak since the last look to every open phase, and start measuring anew."""
        peak = _peak_kb()
        for meter in self._open:
            meter.peak_kb = max(meter.peak_kb, peak)
        _forget_peak()

    def _write(
        self, name: str, started_at: datetime, seconds: float, meter: Meter, outcome: str, error: str | None
    ) -> None:
        phase = Phase(
            run_id=self.run_id,
            command=self.command,
            phase=name,
            started_at=started_at.replace(tzinfo=None).isoformat(sep=" ", timespec="milliseconds"),
            seconds=round(seconds, 3),
            rows=meter.rows,
            nodes_made=meter.nodes_made,
            nodes_left=meter.nodes_left,
            peak_memory_mb=round(meter.peak_kb / 1024, 1),
            outcome=outcome,
            error=error,
            martlet_version=__version__,
            python_version=platform.python_version(),
            duckdb_version=_version("duckdb"),
            dbt_version=_version("dbt-core"),
        )
        self.phases.append(phase)
        # a log that cannot be written must not hide why the phase failed
        with suppress(OSError) if outcome == "failed" else nullcontext():
            self.project.run_log.parent.mkdir(parents=True, exist_ok=True)
            _append_line(self.project.run_log, json.dumps(asdict(phase)))


def describe_error(error: BaseException) -> str:
    """An error's kind and first line, without what may be a value: quoted text, addresses, long numbers, keys."""
    line = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    return f"{type(error).__name__}: {_PRIVATE.sub(_shape, line)}"[:LONGEST_ERROR].rstrip(": ")


def read_log(project: Project) -> list[dict[str, Any]]:
    """Every phase logged so far, oldest first; a line cut off by a crash is left out.

    Lines of older versions lack what was not logged then.
    """
    if not project.run_log.exists():
        return []
    phases = []
    for line in project.run_log.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            phase = json.loads(line)
        except json.JSONDecodeError:
            continue
        if isinstance(phase, dict) and {"run_id", "command", "phase", "started_at", "seconds", "outcome"} <= set(phase):
            phases.append(phase)
    return phases


def _append_line(path: Path, line: str) -> None:
    """Append in one write, on a line of its own even where a crash left half a line."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        cut = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        os.write(descriptor, (("\n" if cut else "") + line + "\n").encode())
    finally:
        os.close(descriptor)


def _shape(found: re.Match[str]) -> str:
    text = found.group()
    if _DATE.fullmatch(text.strip("'\"")):
        return text
    return re.sub(r"[^\W\d_]", "x", re.sub(r"\d", "9", text))


def _peak_kb() -> int:
    """The process's peak of memory since the last _forget_peak(), in kB."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])
    except (OSError, StopIteration, ValueError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak // 1024 if sys.platform == "darwin" else peak  # macOS says bytes


def _forget_peak() -> None:
    """Start the peak anew where Linux lets a process do so; elsewhere it stays the peak so far."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


@cache
def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
