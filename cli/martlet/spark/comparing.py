"""Holds the marts that Spark built against the published ones: row for row, in any order.

Both are read where they lie, so marts may be larger than memory. Rows are paired by the grain that each mart's YAML
states; floats may differ by 1e-9 of the larger, everything else is exact.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import yaml

from martlet.drafts import escaped
from martlet.errors import MartletError, one_line
from martlet.project import Project, shown
from martlet.warehouse import current_version

RELATIVE_TOLERANCE = 1e-9
SHOWN_DIFFERENCES = 3
#: What Spark predicts by partitions of its keys, and those keys.
PREDICTIONS = {"demand_forecast": ("sku", "horizon_day"), "customer_value": ("customer_key",)}


@dataclass(frozen=True)
class MartComparison:
    """One mart on both engines: rows of each, columns compared, rows that differ, and words on the first of them."""

    mart: str
    rows: int
    spark_rows: int
    columns: int
    differing_rows: int
    differences: list[str] = field(default_factory=list)

    @property
    def is_equal(self) -> bool:
        return not self.differing_rows and not self.differences


def compare_marts(
    project: Project, spark_marts: Path, spark_predictions: Path | None = None
) -> Iterator[MartComparison]:
    """Compare every published mart with `spark_marts`/<mart>/*.parquet, in the order of their names.

    Then those of PREDICTIONS that stand in `spark_predictions`, if there are any.
    Raises MartletError where nothing is published or Spark has built nothing.
    """
    published = current_version(project)
    if published is None:
        raise MartletError("nothing is published yet to compare with: run `martlet build`")
    if not any(spark_marts.glob("*/*.parquet")):
        raise MartletError(f"there are no marts in {shown(spark_marts)}: run `martlet spark build`")
    grains = read_grains(project.models_dir)
    with duckdb.connect() as connection:
        # Spark's times are instants; the published ones are the same instants as UTC shows them
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach '{escaped(published)}' as published (read_only)")
        tables = connection.execute(
            "select table_name from duckdb_tables() where database_name = 'published' and schema_name = 'marts'"
        ).fetchall()
        built = {folder.name for folder in spark_marts.iterdir() if folder.is_dir()}
        for mart in sorted({name for (name,) in tables} | (built & set(grains))):
            yield _compare(connection, "marts", mart, grains.get(mart, ()), spark_marts / mart)
        for name, grain in PREDICTIONS.items():
            if spark_predictions and (spark_predictions / name).is_dir():
                yield _compare(connection, "predictions", name, grain, spark_predictions / name)


def read_grains(models_dir: Path) -> dict[str, tuple[str, ...]]:
    """The columns that tell a mart's rows apart, from the one_row_per tests in the models' YAML."""
    grains: dict[str, tuple[str, ...]] = {}
    for path in sorted(models_dir.glob("marts/*/_*.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
            for test in model.get("data_tests", []):
                if isinstance(test, dict) and "one_row_per" in test:
                    grains[model["name"]] = tuple(test["one_row_per"]["arguments"]["columns"])
    return grains


def _compare(
    connection: duckdb.DuckDBPyConnection, schema: str, mart: str, grain: Sequence[str], folder: Path
) -> MartComparison:
    ours = f'published.{schema}."{mart}"'
    theirs = f"read_parquet('{escaped(folder)}/*.parquet')"
    try:
        our_types, their_types = (_types(connection, relation) for relation in (ours, theirs))
    except (duckdb.CatalogException, duckdb.IOException) as error:
        return MartComparison(mart, 0, 0, 0, 0, [f"only one engine has it: {one_line(error)}"])
    if not grain:
        raise MartletError(f"the YAML of {mart} has no one_row_per test, so its rows cannot be paired")
    rows, spark_rows = (_count(connection, f"from {relation}") for relation in (ours, theirs))
    mismatched = _mismatched(our_types, their_types)
    if mismatched:
        return MartComparison(mart, rows, spark_rows, len(our_types), max(rows, spark_rows), mismatched)
    keys = ", ".join(f'"{name}"' for name in grain)
    repeated = [
        f"{count:,} keys ({', '.join(grain)}) have several rows on {engine}"
        for engine, relation in (("DuckDB", ours), ("Spark", theirs))
        if (count := _count(connection, f"from (select {keys} from {relation} group by {keys} having count(*) > 1)"))
    ]
    paired = _paired(ours, theirs, grain, our_types)
    differing = _count(connection, f"from ({paired}) where len(differing) > 0")
    first = connection.execute(
        f"select keys, differing from ({paired}) where len(differing) > 0 order by keys limit {SHOWN_DIFFERENCES}"
    ).fetchall()
    differences = [*repeated, *(f"{keys}: {', '.join(names)}" for keys, names in first)]
    return MartComparison(mart, rows, spark_rows, len(our_types), differing, differences)


def _types(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, Any]:
    """The columns of a relation with their DuckDB types; an instant counts as the time that UTC shows."""
    query = connection.sql(f"select * from {relation} limit 0")
    return dict(zip(query.columns, query.types, strict=True))


def _type_name(type_: Any) -> str:
    return str(type_).replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMP")


def _mismatched(ours: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    """What to say of columns that only one engine has, or under another type."""
    pairs = (
        (name, _type_name(ours.get(name, "missing")), _type_name(theirs.get(name, "missing")))
        for name in dict.fromkeys((*ours, *theirs))
    )
    return [f"column {name}: {one} on DuckDB, {other} on Spark" for name, one, other in pairs if one != other]


def _count(connection: duckdb.DuckDBPyConnection, rows: str) -> int:
    row = connection.execute(f"select count(*) {rows}").fetchone()
    assert row is not None  # a count is always one row
    return int(row[0])


def _paired(ours: str, theirs: str, grain: Sequence[str], types: dict[str, Any]) -> str:
    """A query of every pair of rows: the key in words, and the names of the columns that differ."""
    pairs = " and ".join(f'ours."{name}" is not distinct from theirs."{name}"' for name in grain)
    keys = " || ', ' || ".join(
        f"""'{name}=' || coalesce(cast(coalesce(ours."{name}", theirs."{name}") as varchar), 'null')"""
        for name in grain
    )
    differing = ", ".join(
        f"""case when not coalesce({_equal(f'ours."{name}"', f'theirs."{name}"', type_)}, false) then '{name}' end"""
        for name, type_ in types.items()
    )
    return f"""
        select {keys} as keys,
            case when ours.side is null then ['a row that only Spark has']
                when theirs.side is null then ['a row that only DuckDB has']
                else list_filter([{differing}], lambda name: name is not null) end as differing
        from (select *, 1 as side from {ours}) as ours
        full outer join (select *, 1 as side from {theirs}) as theirs on {pairs}"""


def _equal(left: str, right: str, type_: Any, depth: int = 0) -> str:
    """SQL that holds where two values are the same; floats within arrays and structs have their tolerance too."""
    exact = f"{left} is not distinct from {right}"
    if "DOUBLE" not in str(type_) and "FLOAT" not in str(type_):
        return f"({exact})"
    if type_.id == "list":
        pair = f"pair_{depth}"
        element = _equal(f"{pair}[1]", f"{pair}[2]", type_.children[0][1], depth + 1)
        each = f"list_transform(list_zip({left}, {right}), lambda {pair}: {element})"
        return f"({exact} or (len({left}) = len({right}) and list_bool_and({each})))"
    if type_.id == "struct":
        members = (_equal(f'{left}."{name}"', f'{right}."{name}"', child, depth) for name, child in type_.children)
        return f"({exact} or ({left} is not null and {right} is not null and {' and '.join(members)}))"
    tolerance = f"{RELATIVE_TOLERANCE} * greatest(abs({left}), abs({right}))"
    return f"({exact} or abs({left} - {right}) <= {tolerance})"
