"""A version of the published file while it is written: marts from the workshop, predictions and run log beside them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from martlet import dictionary
from martlet.errors import MartletError, one_line
from martlet.project import Project

if TYPE_CHECKING:
    import pandas as pd

# marts of which only the days that changed are copied, by the column that has the day
PUBLISHED_BY_DAY = {"sessions": "session_date"}
PUBLISHED_SCHEMAS = ("marts", "predictions", "shortlists", "ops")

# A rejected row may hold what may not be published, so only its shape is: letters as x, digits as 9, headings kept.
# `martlet rejected` shows the row itself to the operator.
_SHAPE = r"regexp_replace(regexp_replace({}, '[\p{{L}}@]', 'x', 'g'), '\p{{N}}', '9', 'g')"
_CELL = """json_extract_string("row", '$.' || to_json(k))"""
ROW_SHAPE = f"""case when json_valid("row") and json_type("row") = 'OBJECT'
    then cast(to_json(map_from_entries(
        list_transform(json_keys("row"), lambda k: (k, {_SHAPE.format(_CELL)})))) as varchar)
    else {_SHAPE.format('"row"')} end"""


class Stage:
    """A version of the published file that is still being written; readers do not see it yet."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows_written = 0
        self._connection = duckdb.connect(str(path))
        self._connection.execute("set TimeZone = 'UTC'")
        for schema in PUBLISHED_SCHEMAS:
            self._connection.execute(f"create schema if not exists {schema}")

    def read(self, sql: str) -> "pd.DataFrame":
        """Run a query and return its rows. Raises MartletError where another version of Martlet wrote the tables."""
        try:
            return self._connection.execute(sql).df()
        except (duckdb.BinderException, duckdb.CatalogException) as error:
            told = one_line(error)
            raise MartletError(f"the published tables are another version's; run `martlet run` ({told})") from None

    def read_value(self, sql: str) -> Any:
        """The first value of a query's first row."""
        row = self._connection.execute(sql).fetchone()
        return row[0] if row else None

    def write(self, table: str, frame: "pd.DataFrame", columns: Mapping[str, str] | None = None) -> None:
        """Replace `table` (schema.name) with the frame; `columns` gives names and SQL types if they must be exact."""
        self.rows_written += len(frame)
        self._connection.register("incoming", frame)
        if columns:
            fields = ", ".join(f'"{name}" {type_}' for name, type_ in columns.items())
            names = ", ".join(f'"{name}"' for name in columns)
            self._connection.execute(f"create or replace table {table} ({fields})")
            self._connection.execute(f"insert into {table} select {names} from incoming")
        else:
            self._connection.execute(f"create or replace table {table} as select * from incoming")
        self._connection.unregister("incoming")
        self._comment(dictionary.comments(table, columns or frame.columns))

    def copy_marts(self, project: Project, notice: str, changed: Mapping[str, Sequence[date]]) -> None:
        """Copy marts with their comments, and rejected rows without the rows themselves, from the workshop.

        What the draft holds already goes, but for the marts in `changed`: of these the days named are copied.
        """
        self._drop_all_but(changed)
        self._connection.execute(f"attach '{escaped(project.build_file)}' as workshop (read_only)")
        tables = self._connection.execute(
            "select table_name, comment from duckdb_tables() where database_name = 'workshop' and schema_name = 'marts'"
            " order by table_name"
        ).fetchall()
        comments = []
        for name, comment in tables:
            if name in changed:
                self._copy_days(name, changed[name])
                continue
            self._connection.execute(f"create or replace table marts.{name} as from workshop.marts.{name}")
            comments.append((f"table marts.{name}", " ".join(part for part in (comment, notice) if part)))
        comments += self._connection.execute(
            "select format('column marts.{}.\"{}\"', table_name, column_name), comment from duckdb_columns()"
            " where database_name = 'workshop' and schema_name = 'marts' and comment is not null"
            " and table_name not in (select unnest(cast(? as varchar[])))",
            [list(changed)],
        ).fetchall()
        self._comment(comments)
        self._connection.execute(
            "create or replace table ops.rejected_rows as"
            f' select source, resource, file, line, reason, {ROW_SHAPE} as "row", rejected_at'
            " from workshop.ops.rejected_rows order by rejected_at, file, line"
        )
        rejected = self._connection.sql("from ops.rejected_rows limit 0").columns
        self._comment(dictionary.comments("ops.rejected_rows", rejected))
        self.rows_written += self.read_value(
            "select sum(estimated_size) from duckdb_tables() where database_name = current_database()"
            " and schema_name = 'marts'"
        )
        self._connection.execute("detach workshop")

    def _drop_all_but(self, kept: Collection[str]) -> None:
        rows = self._connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        for schema, table in rows:
            if schema != "marts" or table not in kept:
                self._connection.execute(f'drop table "{schema}"."{table}"')

    def _copy_days(self, name: str, days: Sequence[date]) -> None:
        if not days:
            return
        column = PUBLISHED_BY_DAY[name]
        here = f"{column} in (select unnest(cast(? as date[])))"
        self._connection.execute(f"delete from marts.{name} where {here}", [days])
        self._connection.execute(f"insert into marts.{name} by name from workshop.marts.{name} where {here}", [days])

    def close(self) -> None:
        """Write everything to the one file; no write-ahead log stays beside it."""
        self._connection.execute("checkpoint")
        self._connection.close()

    def abandon(self) -> None:
        """Let go of the file without caring what is in it."""
        self._connection.close()

    def _comment(self, comments: Iterable[tuple[str, str]]) -> None:
        """Say of tables and columns what they are, in one statement: a mart has dozens."""
        told = ((what, text.replace("'", "''")) for what, text in comments)
        self._connection.execute("; ".join(f"comment on {what} is '{text}'" for what, text in told))


def escaped(path: Path) -> str:
    """A path as it stands between quotes in SQL."""
    return str(path).replace("'", "''")
