"""The only file that runs Great Expectations: the suites in expectations/ against the workshop, pushed down to DuckDB.

A suite is expectations/<layer>/<table>.json as Great Expectations writes it. Raw tables also get what the raw contract
says of them (columns, nullability), so that nothing is written down twice. `severity: warning` reports and lets pass.
"""

import json
import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from martlet import warehouse
from martlet.contract_outcomes import EXAMPLES, Outcome, outcome
from martlet.drafts import PUBLISHED_BY_DAY
from martlet.errors import MartletError
from martlet.privacy import people_expectations
from martlet.project import Project
from martlet.raw_contract import RawTable, load_contract

if TYPE_CHECKING:
    from great_expectations.data_context import EphemeralDataContext
    from great_expectations.datasource.fluent.interfaces import Batch

Layer = Literal["raw", "marts", "predictions"]
Progress = Callable[[str], None]
_PUBLISHED_SCHEMAS: Mapping[Layer, Sequence[str]] = {"marts": ["marts"], "predictions": ["predictions", "shortlists"]}


@dataclass(frozen=True)
class _Suite:
    schema: str
    table: str
    expectations: tuple[Mapping[str, Any], ...]
    changed: str = "true"
    """The condition for rows that expectations of single values look at."""


def check_layer(
    project: Project,
    layer: Layer,
    database: Path,
    progress: Progress,
    *,
    is_partial: bool = False,
    changed: Mapping[str, Sequence[date]] | None = None,
) -> list[Outcome]:
    """Run every suite of a layer against `database`. Raises MartletError where a suite file makes no sense.

    A suite whose table is missing fails, unless `is_partial`: the file then holds what some commands wrote and not yet
    what others will, and their suites are left out. Of the marts in `changed` single values are looked at, for people
    too, on the days named: what else they hold was looked at before it was published.
    """
    conditions = {table: _is_on(table, days) for table, days in (changed or {}).items()}
    suites = _merge((*_suites(project, layer), *_privacy_suites(project, layer, database, conditions)), conditions)
    if is_partial:
        there = warehouse.table_names(database)
        suites = [suite for suite in suites if f"{suite.schema}.{suite.table}" in there]
    return _check_suites(layer, database, suites, progress)


def _check_suites(
    layer: Layer, database: Path, suites: Iterable[_Suite], progress: Progress = lambda _: None
) -> list[Outcome]:
    outcomes: list[Outcome] = []
    with _connections_closed_at_the_end():
        context = _context(database)
        for suite in suites:
            progress(f"contract {suite.schema}.{suite.table}")
            outcomes.extend(_run_suite(context, layer, suite))
    return outcomes


@contextmanager
def _connections_closed_at_the_end() -> Iterator[None]:
    """Great Expectations keeps connections of its own open; this process could then not write to the file."""
    from sqlalchemy import event  # noqa: PLC0415
    from sqlalchemy.engine import Engine  # noqa: PLC0415

    opened: list[Any] = []

    def remember(connection: Any, _record: Any) -> None:
        opened.append(connection)

    event.listen(Engine, "connect", remember)
    try:
        yield
    finally:
        event.remove(Engine, "connect", remember)
        for connection in opened:
            connection.close()


def _suites(project: Project, layer: Layer) -> Iterator[_Suite]:
    if layer != "raw":
        for schema in _PUBLISHED_SCHEMAS[layer]:
            for path in sorted((project.expectations_dir / schema).glob("*.json")):
                yield _Suite(schema, path.stem, _read(path))
        return
    modes = project.source_modes()
    for table in load_contract(project.models_dir).values():
        if modes[table.source] == "not_connected" and not table.is_edited:
            continue
        path = project.expectations_dir / layer / f"{table.source}__{table.name}.json"
        yield _Suite(
            _schema(table, modes), table.name, (*_from_raw_contract(table), *(_read(path) if path.exists() else ()))
        )


def _privacy_suites(project: Project, layer: Layer, database: Path, conditions: Mapping[str, str]) -> Iterator[_Suite]:
    """One suite for every table that is published, whether or not somebody wrote one for it."""
    if layer == "raw":
        return
    # the published file holds no raw data to compare names with; the marts were compared in the workshop
    people = _people_tables(project) if layer == "marts" else []
    for schema in _PUBLISHED_SCHEMAS[layer]:
        for table, columns in warehouse.text_columns(database, schema).items():
            expectations = people_expectations(columns, people, conditions.get(table, "true"))
            yield _Suite(schema, table, tuple(expectations))


def _is_on(table: str, days: Sequence[date]) -> str:
    """A condition that a row of a table that is published by day is of one of these days."""
    literals = ", ".join(f"date '{day}'" for day in days)
    return f"{PUBLISHED_BY_DAY[table]} in ({literals})" if days else "false"


def _merge(suites: Iterable[_Suite], conditions: Mapping[str, str]) -> list[_Suite]:
    """One suite a table."""
    expectations: dict[tuple[str, str], tuple[Mapping[str, Any], ...]] = {}
    for suite in suites:
        key = (suite.schema, suite.table)
        expectations[key] = (*expectations.get(key, ()), *suite.expectations)
    return [
        _Suite(schema, table, found, conditions.get(table, "true")) for (schema, table), found in expectations.items()
    ]


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


def _context(database: Path) -> "EphemeralDataContext":
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with _without_spark():
        import great_expectations as gx  # noqa: PLC0415  (five seconds; only contracts pay for it)

    # it sets its own loggers to INFO while it is imported
    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)
    _keep_duckdb_connection_open()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    # nothing is written, so nothing is rolled back; the attempt would log a traceback once the connection is closed
    options = {"connect_args": {"read_only": True}, "pool_reset_on_return": None}
    context.data_sources.add_sql("warehouse", connection_string=f"duckdb:///{database}", kwargs=options)
    return context


@contextmanager
def _without_spark() -> Iterator[None]:
    """Hide PySpark, which Great Expectations would import where it is installed and needs for nothing here.

    That takes time, and PySpark ends a process whose main module has no file, as of `python -c` and of test workers.
    """
    known = {name: sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] == "pyspark"}
    sys.modules.update({"pyspark": None})  # type: ignore[dict-item]
    try:
        yield
    finally:
        del sys.modules["pyspark"]
        sys.modules.update(known)


def _keep_duckdb_connection_open() -> None:
    """Great Expectations 1.24 closes a connection before it has read the result, except for dialects on a list.

    DuckDB is not on the list, and every query fails with "list index out of range" (great_expectations#11579).
    tests/unit/test_contracts.py fails when this is no longer needed.
    """
    from great_expectations.execution_engine import sqlalchemy_execution_engine as engine  # noqa: PLC0415

    class DuckDBDialect(str):
        value = "duckdb"

    dialects = engine._PERSISTED_CONNECTION_DIALECTS
    if not any(dialect.value == "duckdb" for dialect in dialects):
        engine._PERSISTED_CONNECTION_DIALECTS = (*dialects, DuckDBDialect("duckdb"))


def _run_suite(context: "EphemeralDataContext", layer: Layer, suite: _Suite) -> Iterator[Outcome]:
    kinds: dict[str, list[Mapping[str, Any]]] = {"values": [], "tables": [], "queries": []}
    for expectation in suite.expectations:
        kinds[_kind(expectation)].append(expectation)
    batches = {where: _batch(context, suite, where) for where in {suite.changed, "true"}}
    for kind, expectations in kinds.items():
        if expectations:
            batch = batches[suite.changed if kind == "values" else "true"]
            # a query brings its rows along only in this format, in which a column would bring every value it has
            format_ = "COMPLETE" if kind == "queries" else "SUMMARY"
            for found in _validate(batch, f"{suite.schema}.{suite.table}", expectations, format_):
                yield outcome(layer, f"{suite.schema}.{suite.table}", found)


def _kind(expectation: Mapping[str, Any]) -> str:
    """Whether an expectation looks at values one by one, at the table as a whole, or is a query."""
    if "unexpected_rows_query" in expectation["kwargs"]:
        return "queries"
    return "values" if "_values_to_" in expectation["type"] and "unique" not in expectation["type"] else "tables"


def _validate(
    batch: "Batch", name: str, expectations: Iterable[Mapping[str, Any]], format_: str
) -> Iterator[Mapping[str, Any]]:
    import great_expectations as gx  # noqa: PLC0415

    # given to the constructor: adding them one by one, a query replaces the query before it
    suite = gx.ExpectationSuite(name=name, expectations=[_expectation(e) for e in expectations])
    # by the batch itself: a validation definition would be written down, and so would its result
    result = batch.validate(suite, result_format={"result_format": format_, "partial_unexpected_count": EXAMPLES})
    for found in result.results:
        yield found.to_json_dict()


def _batch(context: "EphemeralDataContext", suite: _Suite, where: str) -> "Batch":
    """The rows of the suite's table for which `where` is true."""
    table = f'"{suite.schema}"."{suite.table}"'
    asset = context.data_sources.get("warehouse").add_query_asset(
        f"{table} where {where}", query=f"select * from {table} where {where}"
    )
    return asset.add_batch_definition_whole_table("all").get_batch()


def _expectation(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration as the suite's constructor takes it."""
    known = {name: configuration[name] for name in ("type", "notes", "description") if name in configuration}
    return {**known, "kwargs": dict(configuration["kwargs"]), "severity": configuration.get("severity", "critical")}
