"""The only file that runs dbt: in this process, on one thread, with the project's source modes as variables."""

import contextlib
import hashlib
import io
import json
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from martlet.errors import DataError, MartletError
from martlet.files import private_files
from martlet.project import Project
from martlet.standing import Graph, Node

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunner, dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Parsed:
    """dbt's reading of the project."""

    manifest: "Manifest"

    @property
    def graph(self) -> Graph:
        """What is made from what: models, the tests that look at them, and what they read."""
        known = {**self.manifest.nodes, **self.manifest.sources}
        kinds = ("model", "seed", "source", "test")
        names = {unique_id: _name(node) for unique_id, node in known.items() if node.resource_type in kinds}
        return {
            name: Node(
                known[unique_id].resource_type.value,
                known[unique_id].name,
                tuple(names[parent] for parent in getattr(known[unique_id], "depends_on_nodes", ())),
            )
            for unique_id, name in names.items()
        }


def parse(project: Project, progress: Progress) -> Parsed:
    """Read the project once, for commands that run one after the other. Raises MartletError."""
    return Parsed(_invoke(project, ["parse", "--no-write-json"], _runner(progress)).result)


def run_dbt(
    project: Project,
    command: Sequence[str],
    progress: Progress,
    quiet: bool = True,
    target: str | None = None,
    parsed: Parsed | None = None,
    **variables: Any,
) -> int:
    """Run a dbt command such as ["build", "--exclude", "resource_type:seed"]; return how many nodes ran.

    `target` is one of profiles.yml's, its default if none is said. `quiet` gathers what dbt prints, and tells failures
    once, in the error; else dbt speaks for itself. `parsed` is what parse() gave, else dbt reads the project first.
    `variables` are told to dbt beside the project's own.

    Raises DataError naming what failed, MartletError where dbt could not start.
    """
    result = _invoke(project, command, _runner(progress, parsed), quiet, target, variables)
    nodes = getattr(result.result, "results", [])
    failures = [_failure(node) for node in nodes if node.status in ("error", "fail", "runtime error")]
    if failures:
        raise DataError(f"dbt {command[0]}: {len(failures)} failed\n" + "\n".join(failures))
    return len(nodes)


def _invoke(
    project: Project,
    command: Sequence[str],
    runner: "dbtRunner",
    quiet: bool = True,
    target: str | None = None,
    variables: Mapping[str, Any] = MappingProxyType({}),
) -> "dbtRunnerResult":
    os.environ["MARTLET_HOME"] = str(project.home)
    # where the disk takes no log line, Python would print a traceback for each
    logging.raiseExceptions = False
    arguments = [
        *command,
        *("--project-dir", str(project.root)),
        *("--profiles-dir", str(project.root)),
        # each target keeps its own parse of the project
        *("--target-path", str(project.home / "target" / (target or ""))),
        *(["--target", target] if target else []),
        *("--log-path", str(project.home / "logs")),
        *("--vars", json.dumps({**_variables(project), **variables})),
        *(["--log-level", "none", "--log-level-file", "info"] if quiet else []),
    ]
    with private_files(), contextlib.redirect_stdout(io.StringIO()) if quiet else contextlib.nullcontext():
        result = runner.invoke(arguments)
    _let_go_of_the_workshop()
    if result.exception is not None:
        words = " ".join(str(result.exception).split())
        raise MartletError(f"dbt {command[0]}: {words[:400]}")
    return result


def _variables(project: Project) -> dict[str, Any]:
    variables: dict[str, Any] = {"source_modes": project.source_modes(), "shop_timezone": project.effective_timezone}
    if project.as_of:
        variables["as_of"] = project.as_of.isoformat()
    return {**variables, "build_digest": _digest(project, variables)}


def build_digest(project: Project) -> str:
    """What decides what dbt makes of the same raw files: a table built by day with another digest is made anew."""
    return str(_variables(project)["build_digest"])


def _digest(project: Project, variables: dict[str, Any]) -> str:
    versions = [version("dbt-core"), version("dbt-duckdb"), version("duckdb")]
    key = hashlib.sha256(project.pii_key().encode()).hexdigest()
    digest = hashlib.sha256(json.dumps([variables, versions, key], sort_keys=True).encode())
    for folder in ("models", "macros", "seeds/rules", "tests/data"):
        for path in sorted((project.root / folder).rglob("*.*")):
            digest.update(path.relative_to(project.root).as_posix().encode())
            digest.update(path.read_bytes())
    digest.update((project.root / "dbt_project.yml").read_bytes())
    return digest.hexdigest()


def _name(node: Any) -> str:
    """A table as schema.name, a test by its name."""
    return node.name if node.resource_type == "test" else f"{node.schema}.{node.identifier}"


def _failure(node: Any) -> str:
    message = " ".join(str(node.message or "").split())
    return f"  {node.node.resource_type.value} {node.node.name}: {message[:300]}"


def _runner(progress: Progress, parsed: Parsed | None = None) -> "dbtRunner":
    from dbt.cli.main import dbtRunner  # noqa: PLC0415

    def report(event: Any) -> None:
        if event.info.name == "LogStartLine":
            progress(str(event.info.msg).removeprefix("START "))

    return dbtRunner(manifest=parsed.manifest if parsed else None, callbacks=[report])


def _let_go_of_the_workshop() -> None:
    """dbt keeps the file open after a run in this process; nobody else could open it for writing."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager  # noqa: PLC0415

    DuckDBConnectionManager.close_all_connections()
