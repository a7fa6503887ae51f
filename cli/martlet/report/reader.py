"""Queries on the published file that stand a table that is not there: a build alone publishes no predictions."""

import math
from collections.abc import Sequence
from typing import Any


class Reader:
    """Reads one version of the published file."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        found = connection.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
        self._tables = {name for (name,) in found}

    def has(self, *tables: str) -> bool:
        """True if every table (schema.name) is published."""
        return self._tables.issuperset(tables)

    def rows(self, table: str, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Rows by column name of a query that reads `table`; none where it is not published."""
        if not self.has(table):
            return []
        cursor = self._connection.execute(sql, list(parameters))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def row(self, table: str, sql: str, parameters: Sequence[Any] = ()) -> dict[str, Any]:
        """The first row, or nothing by any name."""
        found = self.rows(table, sql, parameters)
        return found[0] if found else {}


def number(value: Any) -> float | None:
    """A decimal, integer or float as a float; None for null, not-a-number and infinity."""
    return float(value) if value is not None and math.isfinite(value) else None


def integer(value: Any) -> int | None:
    """Likewise as a whole number."""
    found = number(value)
    return None if found is None else round(found)


def text(value: Any) -> str:
    """Words on one line; nothing for null."""
    return " ".join(str(value).split()) if value is not None else ""
