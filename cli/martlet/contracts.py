"""What is expected of every table, and what of it has to be looked at: the suites in expectations/.

A suite is expectations/<layer>/<table>.json as Great Expectations writes it. Raw tables also get what the raw contract
says of them (columns, nullability), so that nothing is written down twice. `severity: warning` reports and lets pass.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from martlet import warehouse
from martlet.contract_memory import Memory
from martlet.contract_outcomes import Outcome
from martlet.drafts import PUBLISHED_BY_DAY
from martlet.errors import MartletError
from martlet.privacy import people_expectations
from martlet.project import Project
from martlet.raw_contract import RawTable, load_contract
from martlet.validation import Progress, Suite, validate

Layer = Literal["raw", "marts", "predictions"]
_PUBLISHED_SCHEMAS: Mapping[Layer, Sequence[str]] = {"marts": ["marts"], "predictions": ["predictions", "shortlists"]}


def check_layer(
    project: Project,
    layer: Layer,
    database: Path,
    progress: Progress,
    *,
    is_partial: bool = False,
    where: Mapping[str, str] = MappingProxyType({}),
    memory: Memory | None = None,
) -> list[Outcome]:
    """Run every suite of a layer against `database`. Raises MartletError where a suite file makes no sense.

    A suite whose table is missing fails, unless `is_partial`: the file then holds what some commands wrote and not yet
    what others will, and their suites are left out. What was found in tables that did not change is recalled from
    `memory`, and the rest is kept there. Of the tables in `where` (schema.name), what judges single rows, for people
    too, looks at those for which the condition is true: the others were looked at before, unless `memory` was asked
    something else then.
    """
    suites = _layer_suites(project, layer, database)
    if is_partial:
        there = warehouse.table_names(database)
        suites = {name: suite for name, suite in suites.items() if name in there}
    conditions = {
        name: condition
        for name, condition in where.items()
        if name in suites and (not memory or memory.was_asked(name, suites[name].expectations))
    }
    narrowed = _layer_suites(project, layer, database, conditions)
    known = {
        name: [memory.recall(name, asked) if memory else None for asked in suite.expectations]
        for name, suite in suites.items()
    }
    asked = [narrowed[name].of([outcome is None for outcome in known[name]]) for name in suites]
    found = validate(layer, database, [suite for suite in asked if suite.expectations], progress)
    outcomes: list[Outcome] = []
    for name, suite in suites.items():
        for expectation, recalled in zip(suite.expectations, known[name], strict=True):
            outcomes.append(recalled or next(found[name]))
            if memory:
                memory.remember(name, expectation, outcomes[-1])
    return outcomes


def on_days(changed: Mapping[str, Sequence[date]]) -> dict[str, str]:
    """For check_layer(): the rows of marts that are published by day which are of the days named."""
    return {
        f"marts.{table}": _is_one_of(column, "date", changed[table])
        for table, column in PUBLISHED_BY_DAY.items()
        if table in changed
    }


def in_files(table: str, files: Sequence[str]) -> dict[str, str]:
    """For check_layer(): the rows of a raw table which are of the files named."""
    return {table: _is_one_of("_raw_file", "varchar", files)}


def _is_one_of(column: str, data_type: str, values: Sequence[object]) -> str:
    literals = ", ".join(f"{data_type} '" + str(value).replace("'", "''") + "'" for value in values)
    return f"{column} in ({literals})" if values else "false"


def _suites(project: Project, layer: Layer) -> Iterator[Suite]:
    if layer != "raw":
        for schema in _PUBLISHED_SCHEMAS[layer]:
            for path in sorted((project.expectations_dir / schema).glob("*.json")):
                yield Suite(schema, path.stem, _read(path))
        return
    modes = project.source_modes()
    for table in load_contract(project.models_dir).values():
        if modes[table.source] == "not_connected" and not table.is_edited:
            continue
        path = project.expectations_dir / layer / f"{table.source}__{table.name}.json"
        yield Suite(
            _schema(table, modes), table.name, (*_from_raw_contract(table), *(_read(path) if path.exists() else ()))
        )


def _privacy_suites(project: Project, layer: Layer, database: Path, conditions: Mapping[str, str]) -> Iterator[Suite]:
    """One suite for every table that is published, whether or not somebody wrote one for it."""
    if layer == "raw":
        return
    # the published file holds no raw data to compare names with; the marts were compared in the workshop
    people = _people_tables(project) if layer == "marts" else []
    for schema in _PUBLISHED_SCHEMAS[layer]:
        for table, columns in warehouse.text_columns(database, schema).items():
            expectations = people_expectations(columns, people, conditions.get(f"{schema}.{table}", "true"))
            yield Suite(schema, table, tuple(expectations))


def _layer_suites(
    project: Project, layer: Layer, database: Path, conditions: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Suite]:
    """One suite a table, by its name; of tables in `conditions` single values are looked at where those are true."""
    expectations: dict[tuple[str, str], tuple[Mapping[str, Any], ...]] = {}
    for suite in (*_suites(project, layer), *_privacy_suites(project, layer, database, conditions)):
        key = (suite.schema, suite.table)
        expectations[key] = (*expectations.get(key, ()), *suite.expectations)
    return {
        f"{schema}.{table}": Suite(schema, table, found, conditions.get(f"{schema}.{table}", "true"))
        for (schema, table), found in expectations.items()
    }


def _people_tables(project: Project) -> list[str]:
    modes = project.source_modes()
    return [
        f"{_schema(table, modes)}.{table.name}"
        for table in load_contract(project.models_dir).values()
        if {"first_name", "last_name"} <= set(table.column_names) and modes[table.source] != "not_connected"
    ]


def _schema(table: RawTable, modes: Mapping[str, str]) -> str:
    return f"mock_{table.source}" if modes[table.source] == "mock" and not table.is_edited else table.schema


def _from_raw_contract(table: RawTable) -> Iterator[Mapping[str, Any]]:
    yield {
        "type": "expect_table_columns_to_match_set",
        "kwargs": {"column_set": list(table.column_names), "exact_match": False},
        "notes": "The raw contract names these columns.",
    }
    for column in table.columns:
        if not column.nullable:
            yield {
                "type": "expect_column_values_to_not_be_null",
                "kwargs": {"column": column.name},
                "notes": f"The raw contract: {column.description}",
            }


def _read(path: Path) -> tuple[Mapping[str, Any], ...]:
    try:
        return tuple(json.loads(path.read_text(encoding="utf-8"))["expectations"])
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise MartletError(f"{path.parent.name}/{path.name} is not an expectation suite: {error}") from None
