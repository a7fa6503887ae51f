"""Reads the dbt sources YAML: the one definition of each raw table's names, types, nullability and meaning."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Column:
    """One raw column. `data_type` is in Spark's syntax, as the YAML has it; `pii` names what kind, if any."""

    name: str
    data_type: str
    nullable: bool
    pii: str | None
    description: str

    @property
    def duckdb_type(self) -> str:
        return duckdb_type(self.data_type)


@dataclass(frozen=True)
class RawTable:
    """One raw table: `source` is shopify, ga4, search or reference; `key` makes a row unique within a load.

    `is_edited`: commands write it, on any store; it has no seed, is not loaded from files and is read in every mode.
    """

    source: str
    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    description: str
    is_edited: bool = False

    @property
    def schema(self) -> str:
        return f"raw_{self.source}"

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


# Bookkeeping that landing.py adds to every row it writes, and that raw() adds to mock rows.
LOAD_COLUMNS = (
    Column("_loaded_at", "timestamp", False, None, "When the row was loaded, UTC; a later load supersedes."),
    Column("_source_file", "string", False, None, "Name of the file it came from."),
    Column("_source_row", "bigint", False, None, "Its line or row in that file, from 1."),
)


def duckdb_type(spark_type: str) -> str:
    """Translate a Spark type to DuckDB's: `array<struct<a:string>>` becomes `struct("a" string)[]`.

    Scalars are spelled the same on both engines (DuckDB takes `string` for `varchar`).
    """

    def fields(match: re.Match[str]) -> str:
        return "struct(" + re.sub(r"(\w+):", r'"\1" ', match.group(1)) + ")"

    while "<" in spark_type:
        spark_type = re.sub(r"struct<([^<>]*)>", fields, spark_type)
        spark_type = re.sub(r"array<([^<>]*)>", r"\1[]", spark_type)
    return spark_type


@cache
def load_contract(models_dir: Path) -> dict[tuple[str, str], RawTable]:
    """Read every `*__sources.yml` under `models_dir` into {(source, table): RawTable}."""
    contract: dict[tuple[str, str], RawTable] = {}
    for path in sorted(models_dir.glob("staging/*/*__sources.yml")):
        for source in yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]:
            for table in source["tables"]:
                raw_table = _read_table(source["name"].removeprefix("raw_"), table)
                contract[raw_table.source, raw_table.name] = raw_table
    return contract


def _read_table(source: str, table: dict[str, Any]) -> RawTable:
    return RawTable(
        source=source,
        name=table["name"],
        columns=tuple(_read_column(column) for column in table["columns"]),
        key=tuple(table["config"]["meta"]["key"]),
        description=table["description"],
        is_edited=table["config"]["meta"].get("edited", False),
    )


def _read_column(column: dict[str, Any]) -> Column:
    meta = column.get("config", {}).get("meta", {})
    return Column(
        name=column["name"],
        data_type=column["data_type"],
        nullable=meta.get("nullable", True),
        pii=meta.get("pii"),
        description=column["description"],
    )
