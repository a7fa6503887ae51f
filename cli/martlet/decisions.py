"""The ledger of what people decided on shortlist rows: an append-only SQLite file that later runs respect.

`data/decisions/<mock|live>.sqlite` keeps each decision with the row as it stood. Nothing in it is ever changed or
deleted: triggers refuse both. The newest decision on a row is the one that counts.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from martlet.errors import MartletError
from martlet.project import Project

VERDICTS = ("approve", "reject", "done")
WORDS = {"approve": "approved", "reject": "rejected", "done": "done"}

_SCHEMA = """
create table if not exists decisions (
    decision_id integer primary key autoincrement,
    row_id text not null,
    verdict text not null check (verdict in ('approve', 'reject', 'done')),
    decided_by text not null,
    decided_at text not null,
    as_of_date text not null,
    play text not null,
    subject text not null,
    action text not null,
    note text,
    evidence text not null
);
create trigger if not exists decisions_never_change before update on decisions
begin select raise(abort, 'decisions are never changed'); end;
create trigger if not exists decisions_are_never_deleted before delete on decisions
begin select raise(abort, 'decisions are never deleted'); end;
create trigger if not exists decisions_are_never_replaced before insert on decisions
when exists (select 1 from decisions where decision_id = new.decision_id)
begin select raise(abort, 'decisions are never replaced'); end;
"""
_COLUMNS = "decision_id, row_id, verdict, decided_by, decided_at, as_of_date, play, subject, action, note, evidence"


@dataclass(frozen=True)
class Decision:
    """One entry. `decided_at` is UTC; `as_of_date` is the day of the data; `evidence` is the whole row as it stood."""

    decision_id: int
    row_id: str
    verdict: str
    decided_by: str
    decided_at: str
    as_of_date: date
    play: str
    subject: str
    action: str
    note: str | None
    evidence: Mapping[str, Any]


def append(
    project: Project,
    row: Mapping[str, Any],
    verdict: str,
    decided_by: str,
    now: datetime,
    note: str | None,
    as_of: date | None = None,
) -> Decision:
    """Write down a decision on `row`, a row of the shortlist with its play's own columns; returns it as kept.

    as_of : the day of the data when it was decided; the row's own unless the row is of an earlier list.
    """
    day = as_of.isoformat() if as_of else str(row["as_of_date"])[:10]
    evidence = json.dumps(row, default=str, sort_keys=True, ensure_ascii=False)
    values = (
        *(str(row["row_id"]), verdict, decided_by, now.strftime("%Y-%m-%d %H:%M:%S"), day),
        *(str(row["play"]), str(row["subject"]), str(row["action"]), note, evidence),
    )
    with _ledger(project) as connection:
        cursor = connection.execute(
            "insert into decisions (row_id, verdict, decided_by, decided_at, as_of_date, play, subject, action, note,"
            " evidence) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )
        number = cursor.lastrowid
    return next(decision for decision in read(project) if decision.decision_id == number)


def read(project: Project) -> list[Decision]:
    """Every decision, oldest first; none if nobody ever decided."""
    if not ledger_path(project).exists():
        return []
    with _ledger(project) as connection:
        rows = connection.execute(f"select {_COLUMNS} from decisions order by decision_id").fetchall()
    return [_decision(row) for row in rows]


def _decision(row: tuple[Any, ...]) -> Decision:
    number, row_id, verdict, decided_by, decided_at, day, play, subject, action, note, evidence = row
    return Decision(
        number, row_id, verdict, decided_by, decided_at, date.fromisoformat(day), play, subject, action, note,
        json.loads(evidence),
    )  # fmt: skip


def newest_by_row(decisions: list[Decision]) -> dict[str, Decision]:
    """The decision that counts for each row id."""
    return {decision.row_id: decision for decision in decisions}


def copy_ledger(path: Path, target: Path) -> None:
    """Copy a ledger whole, even while somebody decides. Raises MartletError where it cannot be read."""
    try:
        with closing(sqlite3.connect(path, timeout=30)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
    except sqlite3.Error as error:
        raise MartletError(f"the ledger of decisions {path.name} cannot be copied: {error}") from None


def resting(decisions: list[Decision], quiet_days: Mapping[str, int], as_of: date) -> dict[str, str]:
    """The rows that stay off the shortlist on `as_of`, each with the reason.

    quiet_days : by play, the days that a decided row rests, counted in days of data from the day decided on.
    """
    return {
        row_id: f"already {WORDS[decision.verdict]}"
        for row_id, decision in newest_by_row(decisions).items()
        if 0 <= (as_of - decision.as_of_date).days < quiet_days.get(decision.play, 0)
    }


def ledger_path(project: Project) -> Path:
    """Where this store's decisions are; the demo store's are kept apart from a merchant's."""
    return project.decisions_dir / f"{'live' if project.is_live else 'mock'}.sqlite"


@contextmanager
def _ledger(project: Project) -> Iterator[sqlite3.Connection]:
    path = ledger_path(project)
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = None
    try:
        connection = sqlite3.connect(path, timeout=30)
        connection.executescript(_SCHEMA)
        with connection:
            yield connection
    except sqlite3.Error as error:
        raise MartletError(f"the ledger of decisions {path.name} cannot be used: {error}") from None
    finally:
        if connection is not None:
            connection.close()
