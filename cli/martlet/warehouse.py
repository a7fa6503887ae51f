"""The published file that people read; workshop.py has the file that dbt builds in.

warehouse/martlet.duckdb is a link to one immutable file in warehouse/versions/;
publishing writes a new file beside the old ones, verifies it and moves the link in one atomic step, so a reader never
sees half a build and a failed one changes nothing.
"""

import fcntl
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from martlet import switching
from martlet.drafts import Stage
from martlet.errors import MartletError, one_line
from martlet.files import replace_durably
from martlet.loaders import moving
from martlet.project import Project
from martlet.switching import point_to

KEPT_VERSIONS = 5
# connections of one process to one file share their settings, and the first of them makes those
_OPENING = threading.Lock()


@contextmanager
def copied_ahead(project: Project) -> Iterator[Future[Path]]:
    """Copy the published version, for stage() to start from, while other things are done: a big one takes seconds."""
    _remove_leftovers(project)
    try:
        with ThreadPoolExecutor(max_workers=1) as worker:
            yield worker.submit(shutil.copyfile, project.existing_published().resolve(), _draft(project))
    finally:
        _remove_leftovers(project)


@contextmanager
def stage(
    project: Project,
    from_published: bool = False,
    verify: Callable[[Path], None] | None = None,
    copied: Future[Path] | None = None,
) -> Iterator[Stage]:
    """A new version to write into; published when the block ends well, deleted when it does not.

    `verify` sees the finished draft before any reader does, and stops it from being published by raising. `copied` is
    what copied_ahead() gave.
    """
    project.versions_dir.mkdir(parents=True, exist_ok=True)
    draft = _draft(project)
    if from_published and copied:
        copied.result()
    else:
        if copied:
            wait([copied])
        _remove_leftovers(project)
        if from_published:
            _open_version(project.existing_published().resolve()).close()
            shutil.copyfile(project.existing_published(), draft)
    staged = Stage(draft)
    try:
        yield staged
        staged.close()
        check_version(draft)
        if verify:
            verify(draft)
    except BaseException:
        staged.abandon()
        _remove_leftovers(project)
        raise
    draft.chmod(0o444)
    final = draft.with_suffix(".duckdb")
    replace_durably(draft, final)
    point_to(project, final.name)
    for old in versions(project)[:-KEPT_VERSIONS]:
        old.unlink(missing_ok=True)


def versions(project: Project) -> list[Path]:
    """The published versions that are kept, oldest first."""
    return sorted(project.versions_dir.glob("martlet-*.duckdb"), key=_version_number)


def next_version_number(project: Project) -> int:
    """The number of the version after those that are kept, from 1."""
    return max((_version_number(path) for path in versions(project)), default=0) + 1


def version_name(number: int) -> str:
    return f"martlet-{number:06d}.duckdb"


def current_version(project: Project) -> Path | None:
    """The version that readers see, if anything is published."""
    return project.published_file.resolve() if project.published_file.exists() else None


def roll_back(project: Project) -> tuple[Path, Path]:
    """Point the link at the version before the current one; return (from, to). Raises MartletError if there is none."""
    current = project.existing_published().resolve()
    older = [path for path in versions(project) if _version_number(path) < _version_number(current)]
    if not older:
        raise MartletError(f"{current.name} is the oldest version kept; there is nothing to roll back to")
    check_version(older[-1])
    point_to(project, older[-1].name)
    return current, older[-1]


@contextmanager
def published(project: Project) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published file, read-only, unable to touch any other file. Raises MartletError if nothing is published."""
    with _OPENING:
        connection = _open_version(project.existing_published().resolve())
        _shut_doors(connection)
    try:
        yield connection
    finally:
        connection.close()


def query_published(
    project: Project, sql: str, parameters: Sequence[Any] = ()
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and rows of a query on the published file. Raises MartletError where the SQL is wrong."""
    with published(project) as connection:
        try:
            cursor = connection.execute(sql, parameters)
            return [column[0] for column in cursor.description or []], cursor.fetchall()
        except duckdb.CatalogException as error:  # shortlists after `martlet build` alone
            raise MartletError(f"what is published lacks a table; run `martlet run` ({one_line(error)})") from None
        except duckdb.Error as error:
            raise MartletError(one_line(error)) from None


def table_names(path: Path) -> set[str]:
    """The tables of a warehouse file as schema.name."""
    with duckdb.connect(str(path), read_only=True) as connection:
        rows = connection.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
    return {name for (name,) in rows}


def text_columns(path: Path, schema: str) -> dict[str, list[str]]:
    """The text columns of every table of a schema in a warehouse file, in order; tables without any are left out."""
    with duckdb.connect(str(path), read_only=True) as connection:
        rows = connection.execute(
            "select table_name, list(column_name order by ordinal_position) from information_schema.columns"
            " where table_schema = $1 and data_type = 'VARCHAR' group by table_name order by table_name",
            [schema],
        ).fetchall()
    return dict(rows)


@contextmanager
def lock(project: Project, command: str) -> Iterator[None]:
    """Hold the workshop, and finish what a killed command left.

    Raises MartletError that says who holds it, if someone does, and where the disk refuses what the block writes.
    """
    project.warehouse_dir.mkdir(parents=True, exist_ok=True)
    # raw data and the ledger are people's; the warehouse folder is for everyone
    project.data_dir.mkdir(mode=0o700, exist_ok=True)
    with (project.warehouse_dir / ".lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            raise MartletError(f"another run holds the warehouse: {file.read().strip()}") from None
        file.truncate(0)
        file.write(f"`martlet {command}`, process {os.getpid()}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")
        file.flush()
        try:
            switching.finish(project)
            moving.repair(project.data_dir)
            yield
        except duckdb.Error as error:
            if not _is_refusal(error):
                raise
            raise MartletError(one_line(error)) from None
        finally:
            # what still stands there when nobody holds the lock was killed
            file.truncate(0)


def _is_refusal(error: duckdb.Error) -> bool:
    """Whether disk or memory refused something, which DuckDB tells in several kinds of errors."""
    words = ("No space left", "File too large", "Read-only file system", "Permission denied")
    return isinstance(error, duckdb.IOException | duckdb.OutOfMemoryException) or any(w in str(error) for w in words)


@dataclass(frozen=True)
class LockState:
    """Who holds the workshop, or who was killed while holding it; `words` is empty where neither is so."""

    is_held: bool
    words: str


def lock_state(project: Project) -> LockState:
    """Whether some command holds the workshop, without waiting for it."""
    try:
        with (project.warehouse_dir / ".lock").open(encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return LockState(True, file.read().strip())
            return LockState(False, file.read().strip())
    except FileNotFoundError:
        return LockState(False, "")


def _shut_doors(connection: duckdb.DuckDBPyConnection) -> None:
    """Lock the configuration, unless another connection of this process to the same file has done so."""
    row = connection.execute("select current_setting('lock_configuration')").fetchone()
    if row and row[0]:
        return
    # the time zone first: its extension cannot be loaded once the doors are shut
    for setting in ("global TimeZone = 'UTC'", "enable_external_access = false", "lock_configuration = true"):
        connection.execute(f"set {setting}")


def _open_version(path: Path) -> duckdb.DuckDBPyConnection:
    """Open a version for reading. Raises MartletError where it is no whole DuckDB file."""
    try:
        return duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        raise MartletError(
            f"{path.name} cannot be opened ({one_line(error)}): `martlet rollback` goes back to the version before"
        ) from None


def check_version(path: Path, thoroughly: bool = False) -> int:
    """Open a version as a reader would and count every table; returns the rows of all.

    `thoroughly` reads every value too, so that every block's checksum is looked at. Raises MartletError.
    """
    connection = _open_version(path)
    try:
        tables = connection.execute("select schema_name, table_name from duckdb_tables() order by all").fetchall()
        if not any(schema == "marts" for schema, _ in tables):
            raise MartletError(f"{path.name} holds no marts")
        return sum(_count(connection, f'"{schema}"."{table}"', thoroughly) for schema, table in tables)
    except duckdb.Error as error:
        raise MartletError(f"{path.name} is damaged ({one_line(error)})") from None
    finally:
        connection.close()


def _count(connection: duckdb.DuckDBPyConnection, table: str, thoroughly: bool) -> int:
    values = ", max(hash(t))" if thoroughly else ""
    row = connection.execute(f"select count(*){values} from {table} as t").fetchone()
    return int(row[0]) if row else 0


def _draft(project: Project) -> Path:
    """Where the next version is written until it is whole."""
    return project.versions_dir / Path(version_name(next_version_number(project))).with_suffix(".draft")


def _remove_leftovers(project: Project) -> None:
    for leftover in project.versions_dir.glob("*.draft*"):
        leftover.unlink()


def _version_number(path: Path) -> int:
    return int(path.stem.rsplit("-", 1)[1])
