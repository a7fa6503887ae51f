"""What stands in the workshop: a build makes again only what would come out otherwise.

A fingerprint says all that decides a table's rows: the digest of the build (models, macros, rules, settings, versions,
the key for hashing people), the raw files at the roots, and between them the fingerprints of what it is made from. The
as-of day, on which nearly everything hangs, is the orders' where there are any: a new day of web events moves no order.

What was made and passed its tests and contracts is written down when all of it did. Any run of dbt strikes it out
before it begins (macros/by_day.sql), and so does a contract that a mart fails: what was cut short, started by hand or
written into the workshop leaves nothing that is believed.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any, Literal

from martlet.errors import MartletError
from martlet.project import Project
from martlet.workshop import Connection, SeedState, identity, open_workshop, query_workshop

AS_OF, ORDERS = "intermediate.int_as_of", "staging.stg_shopify__orders"

_TABLE = "ops.standing (node varchar, fingerprint varchar)"

Kind = Literal["model", "seed", "source", "test"]
Fingerprints = Mapping[str, str]


@dataclass(frozen=True)
class Node:
    """A table as schema.name, or a test by its name, and what it is made from or looks at."""

    kind: Kind
    name: str
    parents: tuple[str, ...]


Graph = Mapping[str, Node]


def read(project: Project) -> Fingerprints:
    """The fingerprints of the tables that are there as a build left them, and of the tests that passed on them."""
    with open_workshop(project) as workshop:
        workshop.execute(f"create table if not exists {_TABLE}")
        rows = workshop.execute(
            "select node, fingerprint from ops.standing where not contains(node, '.') or node in"
            " (select schema_name || '.' || table_name from duckdb_tables())"
        ).fetchall()
    return dict(rows)


def write(workshop: Connection, graph: Graph, fingerprints: Fingerprints, made: Iterable[str]) -> None:
    """Write down what stands now, and which tables are no longer what is published."""
    stand = [(node, fingerprints[node]) for node in made_by_builds(graph)]
    marts = [graph[node].name for node in made if node.startswith("marts.")]
    workshop.execute("begin")
    workshop.execute("delete from ops.standing")
    columns = [list(column) for column in zip(*stand, strict=True)]
    workshop.execute("insert into ops.standing select unnest($1), unnest($2)", columns)
    # tables that are built by day have said which days of them changed
    workshop.execute(
        "insert into ops.changes"
        " select name, null, (select coalesce(max(number), 0) + 1 from ops.changes)"
        " from (select unnest(cast(? as varchar[])) as name) as marts"
        " where name not in (select model from ops.files_read)",
        [marts],
    )
    workshop.execute("commit")


def forget(project: Project) -> None:
    """Believe nothing of what stands: the next build makes everything again."""
    with open_workshop(project) as workshop:
        workshop.execute(f"create or replace table {_TABLE}")


def fingerprints(project: Project, graph: Graph, digest: str) -> Fingerprints:
    """What decides the rows of every table of `graph` now, and what its tests look at."""
    seeds, has_orders = SeedState(project).digest(), _has_orders(project)
    found: dict[str, str] = {}
    for node in TopologicalSorter({node: of.parents for node, of in graph.items()}).static_order():
        of = graph[node]
        if of.kind == "seed":
            found[node] = seeds
        elif of.kind == "source":
            found[node] = fingerprint([digest, node, *_files(project, node)])
        else:
            parents = [ORDERS] if node == AS_OF and has_orders else sorted(of.parents)
            found[node] = fingerprint([digest, node, *(found[parent] for parent in parents)])
    return found


def stale(graph: Graph, stood: Fingerprints, now: Fingerprints) -> set[str]:
    """The tables that would come out otherwise, and the tests that look at one."""
    return {node for node in made_by_builds(graph) if stood.get(node) != now[node]}


def made_by_builds(graph: Graph) -> list[str]:
    """What a build makes and tests; seeds and raw files are there before it."""
    return [node for node, of in graph.items() if of.kind in ("model", "test")]


def _has_orders(project: Project) -> bool:
    """True if the as-of day is the orders': whatever the web does, it stays while they do."""
    try:
        return query_workshop(project, f"select first_order_date from {AS_OF}") != [(None,)]
    except MartletError:  # not built yet
        return False


def _files(project: Project, source: str) -> list[str]:
    """The raw files behind a source: raw_shopify.orders reads data/raw/shopify/orders."""
    schema, table = source.split(".")
    files = sorted((project.raw_dir / schema.removeprefix("raw_") / table).glob("*.parquet"))
    return [f"{file.name}/{identity(file)}" for file in files]


def fingerprint(parts: Sequence[Any]) -> str:
    """A short name for what `parts` say, which JSON can hold."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
