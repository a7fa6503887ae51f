"""What contracts found in tables that are still what they were then, so that they need not be looked at again."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from typing import Any

from martlet.contract_outcomes import Expectation, Outcome
from martlet.project import Project
from martlet.standing import fingerprint
from martlet.workshop import Connection, open_workshop

_TABLE = re.compile(r"\b\w+\.\w+\b")
_COLUMNS = "asked varchar, looked_at varchar, outcome varchar"


class Memory:
    """Outcomes by what was asked and what it was asked of: the fingerprints of all tables that the question names."""

    def __init__(self, project: Project, fingerprints: Mapping[str, str]) -> None:
        self.fingerprints = fingerprints
        self._known = self._read(project)
        self._kept: dict[tuple[str, str], Outcome] = {}

    def recall(self, table: str, expectation: Expectation) -> Outcome | None:
        """What was found in `table` (schema.name), or None if it has to be looked at."""
        return self._known.get(self._key(table, expectation))

    def was_asked(self, table: str, expectations: Iterable[Expectation]) -> bool:
        """True if all of this was asked of the table last time, whatever its rows were, and held."""
        asked = {question for question, _ in self._known}
        return all(_asked(table, expectation) in asked for expectation in expectations)

    def remember(self, table: str, expectation: Expectation, outcome: Outcome) -> None:
        """Keep what was found, but for failures: they are looked at until they are mended."""
        if table in self.fingerprints and not outcome.is_failure:
            self._kept[self._key(table, expectation)] = outcome

    @property
    def is_new(self) -> bool:
        """True if there is something to save."""
        return self._kept != self._known

    def save(self, workshop: Connection) -> None:
        """Write down what was remembered; what was not is forgotten."""
        rows = [(*key, json.dumps(asdict(outcome))) for key, outcome in self._kept.items()]
        workshop.execute(f"create or replace table ops.contract_memory ({_COLUMNS})")
        if rows:
            columns = [list(column) for column in zip(*rows, strict=True)]
            workshop.execute("insert into ops.contract_memory select unnest($1), unnest($2), unnest($3)", columns)

    def _read(self, project: Project) -> dict[tuple[str, str], Outcome]:
        with open_workshop(project) as workshop:
            workshop.execute("create schema if not exists ops")
            workshop.execute(f"create table if not exists ops.contract_memory ({_COLUMNS})")
            rows = workshop.execute("from ops.contract_memory").fetchall()
        try:
            return {(asked, looked_at): _outcome(json.loads(told)) for asked, looked_at, told in rows}
        except (TypeError, KeyError, ValueError):  # another version of Martlet wrote it
            return {}

    def _key(self, table: str, expectation: Expectation) -> tuple[str, str]:
        named = sorted({table, *_TABLE.findall(json.dumps(expectation))})
        return _asked(table, expectation), fingerprint([[name, self.fingerprints.get(name)] for name in named])


def _outcome(told: dict[str, Any]) -> Outcome:
    return Outcome(**told | {"examples": tuple(told["examples"])})


def _asked(table: str, expectation: Expectation) -> str:
    return fingerprint([_judge(), table, expectation])


@cache
def _judge() -> str:
    """Whose judgement it was; looked up once, for finding a package's version reads its files."""
    return version("great_expectations")
