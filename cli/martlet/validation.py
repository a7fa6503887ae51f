"""The only file that runs Great Expectations, pushed down to DuckDB."""

import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from martlet.contract_outcomes import EXAMPLES, Expectation, Outcome, outcome

if TYPE_CHECKING:
    from great_expectations.data_context import EphemeralDataContext
    from great_expectations.datasource.fluent.interfaces import Batch

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Suite:
    """What is expected of one table, each expectation as Great Expectations writes it."""

    schema: str
    table: str
    expectations: tuple[Expectation, ...]
    changed: str = "true"
    """The condition for the rows that expectations of single rows look at."""

    @property
    def name(self) -> str:
        return f"{self.schema}.{self.table}"

    def of(self, are_asked: Sequence[bool]) -> "Suite":
        """The suite with those expectations alone."""
        return replace(self, expectations=tuple(compress(self.expectations, are_asked)))


def validate(
    layer: str, database: Path, suites: Sequence[Suite], progress: Progress = lambda _: None
) -> dict[str, Iterator[Outcome]]:
    """What came of each suite's expectations, in their order, by the suite's name."""
    if not suites:
        return {}
    found = {}
    with _connections_closed_at_the_end():
        context = _context(database)
        for suite in suites:
            progress(f"contract {suite.name}")
            results = _run_suite(context, suite)
            found[suite.name] = iter([outcome(layer, suite.name, result) for result in results])
    return found


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


def _run_suite(context: "EphemeralDataContext", suite: Suite) -> list[Mapping[str, Any]]:
    """Great Expectations' account of each expectation, in their order."""
    batch = cache(lambda where: _batch(context, suite, where))
    found: dict[int, Mapping[str, Any]] = {}

    def ask(places: Iterable[int], format_: str, type_: str | None = None) -> None:
        expectations = {place: _expectation(suite.expectations[place], place, type_) for place in places}
        for where in {suite.changed, "true"}:
            asked = [e for place, e in expectations.items() if wheres[place] == where]
            if asked:
                found.update(_validate(batch(where), suite.name, asked, format_))

    wheres = [suite.changed if _judges_rows(expectation) else "true" for expectation in suite.expectations]
    queries = {p for p, e in enumerate(suite.expectations) if "unexpected_rows_query" in e["kwargs"]}
    ask(set(range(len(wheres))) - queries, "SUMMARY")
    ask(queries, "BASIC", _counting())
    # a query brings its rows along only in this format, in which a column would bring every value it has
    ask((place for place in queries if not found[place]["success"]), "COMPLETE")
    return [found[place] for place in range(len(wheres))]


@cache
def _counting() -> str:
    """The type of an expectation that runs a query once, to count its rows, where the built-in one fetches them too."""
    import great_expectations.expectations as gxe  # noqa: PLC0415

    class MartletCountsRows(gxe.UnexpectedRowsExpectation):  # type: ignore[misc]
        metric_dependencies = ("unexpected_rows_query.row_count",)

        def _validate(self, metrics: dict[str, Any], *_: Any, **__: Any) -> dict[str, Any]:
            rows = metrics["unexpected_rows_query.row_count"]
            return {"success": rows == 0, "result": {"observed_value": rows, "details": {"unexpected_rows": []}}}

    return str(MartletCountsRows.expectation_type)


def _judges_rows(expectation: Expectation) -> bool:
    """Whether rows that were looked at before need not be looked at again; of a query its `meta` says so."""
    judges_values = "_values_to_" in expectation["type"] and "unique" not in expectation["type"]
    return judges_values or expectation.get("meta", {}).get("judges") == "rows"


def _validate(
    batch: "Batch", name: str, expectations: Iterable[Expectation], format_: str
) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Each expectation's place and what came of it."""
    import great_expectations as gx  # noqa: PLC0415

    # given to the constructor: adding them one by one, a query replaces the query before it
    suite = gx.ExpectationSuite(name=name, expectations=list(expectations))
    # by the batch itself: a validation definition would be written down, and so would its result
    result = batch.validate(suite, result_format={"result_format": format_, "partial_unexpected_count": EXAMPLES})
    for found in result.results:
        told = found.to_json_dict()
        yield told["expectation_config"]["meta"]["place"], told


def _batch(context: "EphemeralDataContext", suite: Suite, where: str) -> "Batch":
    """The rows of the suite's table for which `where` is true."""
    table = f'"{suite.schema}"."{suite.table}"'
    asset = context.data_sources.get("warehouse").add_query_asset(
        f"{table} where {where}", query=f"select * from {table} where {where}"
    )
    return asset.add_batch_definition_whole_table("all").get_batch()


def _expectation(configuration: Expectation, place: int, type_: str | None) -> dict[str, Any]:
    """The configuration as the suite's constructor takes it, with its place in the suite."""
    known = {name: configuration[name] for name in ("notes", "description") if name in configuration}
    return {
        **known,
        "type": type_ or configuration["type"],
        "kwargs": dict(configuration["kwargs"]),
        "severity": configuration.get("severity", "critical"),
        "meta": {"place": place},
    }
