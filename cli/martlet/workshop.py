"""The workshop, warehouse/build.duckdb: where dbt builds, with the key for hashing people and the rejected rows."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from martlet.drafts import escaped
from martlet.errors import MartletError, one_line
from martlet.files import private_files
from martlet.loaders import moving
from martlet.project import Project

REJECTED_COLUMNS = (
    "source varchar, resource varchar, file varchar, line bigint, reason varchar, value varchar, "
    '"row" varchar, rejected_at timestamp'
)


EVENTS = "raw_ga4.events"
Connection = duckdb.DuckDBPyConnection


class WorkshopDamagedError(MartletError):
    """The workshop is no DuckDB file that this version reads."""


def prepare_workshop(project: Project) -> None:
    """Put the key for hashing people and the rejected rows where dbt's models find them."""
    project.warehouse_dir.mkdir(parents=True, exist_ok=True)
    _set_damaged_aside(project)
    for part in moving.broken_parts(project.raw_dir, project.rejected_dir) if project.is_live else []:
        raise MartletError(moving.told_broken(part, project.receipts_dir))
    connection = open_workshop(project)
    connection.execute("create schema if not exists ops")
    connection.execute("create or replace table ops.pii_key (pii_key varchar)")
    connection.execute("insert into ops.pii_key values (?)", [project.pii_key()])
    connection.execute(f"create or replace table ops.rejected_rows ({REJECTED_COLUMNS})")
    if project.is_live and any(project.rejected_dir.glob("*.parquet")):
        files = escaped(project.rejected_dir / "*.parquet")
        connection.execute(f"insert into ops.rejected_rows by name from read_parquet('{files}')")
    connection.close()
    project.build_file.chmod(0o600)


@dataclass(frozen=True)
class SeedState:
    """Which seeds the workshop holds, so that dbt reads them again only when they changed."""

    project: Project

    def is_current(self) -> bool:
        connection = open_workshop(self.project)
        try:
            row = connection.execute("select digest from ops.seed_state").fetchone()
        except duckdb.CatalogException:
            return False
        finally:
            connection.close()
        return row is not None and row[0] == self.digest()

    def remember(self) -> None:
        connection = open_workshop(self.project)
        connection.execute("create or replace table ops.seed_state as select ? as digest", [self.digest()])
        connection.close()

    def digest(self) -> str:
        """What decides the rows of every seed."""
        digest = hashlib.sha256(json.dumps(self.project.source_modes(), sort_keys=True).encode())
        contract = self.project.models_dir.glob("staging/*/*__sources.yml")
        for path in sorted((*self.project.seeds_dir.rglob("*.csv"), *contract)):
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
        return digest.hexdigest()


def as_of_date(project: Project) -> date | None:
    """The day that the workshop's marts answer for; None before the first build."""
    if not project.build_file.exists():
        return None
    connection = open_workshop(project)
    try:
        row = connection.execute("select as_of_date from intermediate.int_as_of").fetchone()
    except duckdb.CatalogException:
        return None
    finally:
        connection.close()
    return row[0] if row else None


def count_rows(project: Project) -> int:
    """The rows of all tables in the workshop, as its catalogue counts them."""
    ((rows,),) = query_workshop(project, "select coalesce(sum(estimated_size), 0) from duckdb_tables()")
    return int(rows)


@dataclass(frozen=True)
class Changes:
    """How far a workshop's tables that are built by day had got; a published version says which it holds."""

    workshop_id: str
    number: int


def changes(project: Project) -> Changes:
    """How far this workshop has got."""
    connection = open_workshop(project)
    try:
        row = connection.execute(
            "select workshop_id, (select coalesce(max(number), 0) from ops.changes) from ops.workshop"
        ).fetchone()
    finally:
        connection.close()
    if row is None:
        raise MartletError(f"{project.build_file.name} is not a workshop; remove it and run `martlet run`")
    return Changes(*row)


def remember_published(project: Project, published: Changes | None) -> None:
    """Tell dbt what is published: of tables that are built by day it tests what is not."""
    connection = open_workshop(project)
    connection.execute("create or replace table ops.published (workshop_id varchar, number bigint)")
    if published:
        connection.execute("insert into ops.published values (?, ?)", [published.workshop_id, published.number])
    connection.close()


def unchanged(project: Project) -> dict[str, list[date]]:
    """The marts that are what remember_published() was told of, but for the days named, where a mart knows its days."""
    days = (
        "select table_name, list(distinct changed_date order by changed_date) filter (where model is not null)"
        " from duckdb_tables() left join ops.unpublished on table_name = model where schema_name = 'marts'"
        " group by table_name having count(*) filter (where model is not null and changed_date is null) = 0"
    )
    return {name: found or [] for name, found in query_workshop(project, days)}


def event_files(project: Project) -> list[Path]:
    """The files of raw events."""
    return sorted((project.raw_dir / "ga4" / "events").glob("*.parquet"))


def unjudged_events(project: Project) -> list[str]:
    """The files of raw events that the contracts of no build have judged as they are now."""
    try:
        judged = dict(query_workshop(project, "from ops.files_judged"))
    except MartletError:  # nothing was built yet
        judged = {}
    return [str(file) for file in event_files(project) if judged.get(file.name) != identity(file)]


def remember_judged(workshop: Connection, project: Project) -> None:
    """Write down that the contracts have judged the files of raw events."""
    files = {file.name: identity(file) for file in event_files(project)}
    workshop.execute("create or replace table ops.files_judged (file varchar, identity varchar)")
    if files:
        workshop.execute("insert into ops.files_judged select unnest($1), unnest($2)", [[*files], [*files.values()]])


def identity(file: Path) -> str:
    """What tells a file from another of its name: its size and when it was written."""
    stat = file.stat()
    return f"{stat.st_size}/{stat.st_mtime_ns}"


def read_rejected(project: Project, limit: int) -> Sequence[tuple[Any, ...]]:
    """The newest rejected rows with their values, from the lake: (file, line, reason, value)."""
    if not any(project.rejected_dir.glob("*.parquet")):
        return []
    connection = duckdb.connect()
    files = escaped(project.rejected_dir / "*.parquet")
    rows = connection.execute(
        f"select file, line, reason, left(value, 80) from read_parquet('{files}')"
        " order by rejected_at desc, file, line limit ?",
        [limit],
    ).fetchall()
    connection.close()
    return rows


def query_workshop(project: Project, sql: str) -> list[tuple[Any, ...]]:
    """Rows of a query on the workshop, raw data included. Raises MartletError for tables that are not there."""
    connection = open_workshop(project)
    try:
        return connection.execute(sql).fetchall()
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise MartletError(f"the workshop has no such data: {one_line(error)}") from None
    finally:
        connection.close()


def remove_workshop(project: Project) -> None:
    """Make way for a new workshop: all in it can be made anew."""
    for file in project.warehouse_dir.glob(f"{project.build_file.name}*"):
        if file.suffix != ".damaged":
            file.unlink()


def _set_damaged_aside(project: Project) -> None:
    """Make way for a new workshop where the old one is no whole file, as after a full disk: all in it can be remade."""
    if not project.build_file.exists():
        return
    try:
        open_workshop(project).close()
    except WorkshopDamagedError:
        log = project.build_file.with_name(project.build_file.name + ".wal")
        log.unlink(missing_ok=True)
        project.build_file.replace(project.build_file.with_name(project.build_file.name + ".damaged"))


def check_readable(project: Project) -> None:
    """Look whether the workshop can be opened, without changing it. Raises MartletError."""
    open_workshop(project, read_only=True).close()


def open_workshop(project: Project, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """A connection to the workshop; as a context it closes itself. Raises MartletError where it cannot be opened."""
    try:
        # it and its write-ahead log hold people and the key: from their first byte they are for nobody else
        with private_files():
            return duckdb.connect(str(project.build_file), read_only=read_only)
    except duckdb.Error as error:
        told = one_line(error)
        if "lock on file" in told:
            raise MartletError(f"the workshop {project.build_file.name} is in use ({told})") from None
        raise WorkshopDamagedError(
            f"the workshop {project.build_file.name} is damaged; the next build makes it anew ({told})"
        ) from None
