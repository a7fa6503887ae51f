"""The SQL that dbt compiled last for a store, run without dbt."""

import json
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

Node = dict[str, Any]


def ran(home: Path) -> list[Node]:
    """The nodes of the last run of dbt on the store in `home`, in the order in which it ran them."""
    nodes = json.loads((home / "target" / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    results = json.loads((home / "target" / "run_results.json").read_text(encoding="utf-8"))["results"]
    return [nodes[result["unique_id"]] for result in results if result["unique_id"] in nodes]


def needed_for(nodes: list[Node], names: Collection[str]) -> list[Node]:
    """The models of these names and all models that they are made from, in order."""
    wanted: set[str] = set()
    for node in reversed(nodes):
        if node["resource_type"] == "model" and (node["name"] in names or node["unique_id"] in wanted):
            wanted |= {node["unique_id"], *node["depends_on"]["nodes"]}
    return [node for node in nodes if node["unique_id"] in wanted and node["resource_type"] == "model"]


@contextmanager
def empty_workshop(home: Path, folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A new workshop in `folder` with what models read that dbt does not make: raw views, rules and keys."""
    # dbt's SQL names the database, which is called after its file
    with duckdb.connect(str(folder / "build.duckdb")) as connection:
        # as in profiles.yml
        connection.execute(
            "set TimeZone = 'UTC'; set preserve_insertion_order = false; set checkpoint_threshold = '1GB'"
        )
        connection.execute(f"attach '{home}/warehouse/build.duckdb' as workshop (read_only)")
        for schema in ("ops", "reference", "staging", "intermediate", "marts"):
            connection.execute(f"create schema {schema}")
        copied = "select schema_name || '.' || table_name from duckdb_tables() where database_name = 'workshop'"
        for (table,) in connection.execute(f"{copied} and schema_name in ('ops', 'reference')").fetchall():
            connection.execute(f"create table {table} as from workshop.{table}")
        views = "select schema_name, sql from duckdb_views() where database_name = 'workshop' and not internal"
        for schema, sql in connection.execute(views).fetchall():
            connection.execute(f"create schema if not exists {schema}")
            connection.execute(sql)
        connection.execute("detach workshop")
        yield connection


def make_tables(connection: duckdb.DuckDBPyConnection, home: Path, models: list[Node]) -> float:
    """Make the tables of these models of the store in `home`; wall seconds, with what is written to the file."""
    start = time.perf_counter()
    for node in models:
        if node["config"].get("in_parts"):
            connection.execute(_statements(home, node))
        else:
            connection.execute(f"create table {node['schema']}.{node['alias']} as {node['compiled_code']}")
    connection.execute("checkpoint")
    return time.perf_counter() - start


def _statements(home: Path, node: Node) -> str:
    """What dbt ran to make a table in parts, under the name that the table has in the end."""
    sql = (home / "target" / "run" / node["package_name"] / node["original_file_path"]).read_text(encoding="utf-8")
    return sql.replace(f"{node['alias']}__dbt_tmp", node["alias"])


def run_tests(connection: duckdb.DuckDBPyConnection, tests: list[Node]) -> float:
    """Run these tests; wall seconds."""
    start = time.perf_counter()
    for node in tests:
        connection.execute(f"select count(*) from ({node['compiled_code']})").fetchall()
    return time.perf_counter() - start
