"""The run log: one line per phase of every run, kept in data/runs.jsonl and published as ops.runs."""

import json
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from martlet import __version__
from martlet.project import Project

COLUMNS = {
    "run_id": "varchar",
    "command": "varchar",
    "phase": "varchar",
    "started_at": "timestamp",
    "seconds": "double",
    "peak_memory_mb": "double",
    "outcome": "varchar",
    "martlet_version": "varchar",
}


@dataclass(frozen=True)
class Phase:
    """One phase of a run; `peak_memory_mb` is the process's peak so far."""

    run_id: str
    command: str
    phase: str
    started_at: str
    seconds: float
    peak_memory_mb: float
    outcome: str
    martlet_version: str = __version__


@dataclass
class Journal:
    """The phases of one run. Each is written when it ends, whether well or not."""

    project: Project
    command: str
    run_id: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
    phases: list[Phase] = field(default_factory=list)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time a block under this name."""
        started_at, start, outcome = datetime.now(UTC), time.perf_counter(), "failed"
        try:
            yield
            outcome = "done"
        finally:
            self._write(name, started_at, time.perf_counter() - start, outcome)

    def _write(self, name: str, started_at: datetime, seconds: float, outcome: str) -> None:
        phase = Phase(
            run_id=self.run_id,
            command=self.command,
            phase=name,
            started_at=started_at.replace(tzinfo=None).isoformat(sep=" ", timespec="milliseconds"),
            seconds=round(seconds, 3),
            peak_memory_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
            outcome=outcome,
        )
        self.phases.append(phase)
        self.project.run_log.parent.mkdir(parents=True, exist_ok=True)
        with self.project.run_log.open("a", encoding="utf-8") as log:
            log.write(json.dumps(asdict(phase)) + "\n")


def read_log(project: Project) -> list[dict[str, Any]]:
    """Every phase logged so far, oldest first; a line cut off by a crash is left out."""
    if not project.run_log.exists():
        return []
    phases = []
    for line in project.run_log.read_text(encoding="utf-8").splitlines():
        try:
            phases.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return phases
