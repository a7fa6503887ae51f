"""A vendor's tables in a folder (Parquet, CSV, JSONL; one file or folder a table) or in a DuckDB file, as JSON objects.

Whatever a column's type, its value ends up in `records` as text or as JSON that can be looked into, so that one set of
rules judges all of them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from martlet.errors import MartletError
from martlet.loaders.landing import files_load_id, files_under

FORMATS = {
    **dict.fromkeys((".parquet",), "parquet"),
    **dict.fromkeys((".csv",), "csv"),
    **dict.fromkeys((".jsonl", ".ndjson", ".json", ".jsonl.gz", ".ndjson.gz", ".json.gz"), "json"),
}
_DUCKDB_MAGIC = b"DUCK"
CATALOG = "vendor_file"


@dataclass(frozen=True)
class TableFile:
    """One file of one table. `label` is what its rows' file is called; `relation` names a table in a DuckDB file."""

    table: str
    path: Path
    kind: str
    label: str
    relation: str = ""


@dataclass(frozen=True)
class TableFiles:
    """What a folder or a DuckDB file holds: files of known tables, and the names of tables that nothing uses."""

    name: str
    files: Sequence[TableFile]
    unused: Sequence[str]

    @property
    def notes(self) -> tuple[str, ...]:
        return (f"not used: {', '.join(self.unused)}",) if self.unused else ()

    def load_id(self, vendor: str) -> str:
        paths = list(dict.fromkeys(file.path for file in self.files))
        return files_load_id(paths, vendor, *(file.label for file in self.files))


def find_sources(path: Path) -> list[Path]:
    """A folder of tables or a DuckDB file, each one load; a folder with DuckDB files alone stands for those."""
    if not path.exists():
        raise MartletError(f"{path}: no such file or folder")
    if not path.is_dir() or any(_table_of(entry)[1] or entry.is_dir() for entry in _entries(path)):
        return [path]
    return files_under(path, (".duckdb", ".db"), "table files (Parquet, CSV or JSONL) and no DuckDB")


def open_tables(
    connection: duckdb.DuckDBPyConnection, path: Path, aliases: Mapping[str, str], vendor: str
) -> TableFiles:
    """Find the tables that `aliases` names (their name in the file -> ours). Raises MartletError if there are none."""
    if not path.is_dir() and _is_duckdb(path):
        found = _tables_in_duckdb(connection, path, aliases, vendor)
    else:
        entries = sorted(_entries(path)) if path.is_dir() else [path]
        found = [file for entry in entries for file in _files_of(entry)]
    known = [file for file in found if file.table in aliases]
    if not known:
        raise MartletError(f"{path.name}: holds no table of {vendor}; looked for: {', '.join(sorted(aliases))}")
    named = [TableFile(aliases[file.table], file.path, file.kind, file.label, file.relation) for file in known]
    # two files of one name; a folder of parts is one table
    names = [file.path.name.split(".")[0].lower() if file.path.parent == path else file.label for file in known]
    if twice := sorted(name for name, times in Counter(names).items() if times > 1):
        raise MartletError(f"{path.name}: stands twice, in two formats: {', '.join(twice)}")
    unused = sorted({file.table for file in found} - set(aliases))
    return TableFiles(path.resolve().name, named, unused)


def _entries(folder: Path) -> list[Path]:
    try:
        return [entry for entry in folder.iterdir() if not entry.name.startswith((".", "_"))]
    except OSError as error:
        raise MartletError(f"{folder}: cannot be read ({error.strerror})") from None


def _table_of(path: Path) -> tuple[str, str]:
    """(table name, format) that a file's name tells; the format is empty for any other file."""
    name = path.name.lower()
    for suffix in sorted(FORMATS, key=len, reverse=True):
        if name.endswith(suffix) and path.is_file():
            return name.removesuffix(suffix), FORMATS[suffix]
    return name, ""


def _files_of(entry: Path) -> list[TableFile]:
    if entry.is_dir():
        parts = [(part, _table_of(part)[1]) for part in sorted(_entries(entry))]
        return [TableFile(entry.name.lower(), part, kind, f"{entry.name}/{part.name}") for part, kind in parts if kind]
    table, kind = _table_of(entry)
    return [TableFile(table, entry, kind, entry.name)] if kind else []


def _is_duckdb(path: Path) -> bool:
    """By its suffix or its bytes, whatever else it is called."""
    try:
        with path.open("rb") as file:
            return file.read(12)[8:] == _DUCKDB_MAGIC or path.suffix.lower() in (".duckdb", ".db")
    except OSError as error:
        raise MartletError(f"{path}: cannot be read ({error.strerror})") from None


def _tables_in_duckdb(
    connection: duckdb.DuckDBPyConnection, path: Path, aliases: Mapping[str, str], vendor: str
) -> list[TableFile]:
    """The tables of that schema which holds most of the vendor's."""
    name = str(path).replace("'", "''")
    try:
        connection.execute(f"attach '{name}' as {CATALOG} (read_only)")
    except (duckdb.Error, UnicodeDecodeError) as error:
        is_locked = "lock" in str(error)
        fault = "is open in another program" if is_locked else "cannot be opened as a DuckDB file"
        raise MartletError(f"{path.name}: {fault} ({str(error).splitlines()[0]})") from None
    rows = connection.execute(
        "select table_schema, table_name from information_schema.tables where table_catalog = ? order by all", [CATALOG]
    ).fetchall()
    schemas: dict[str, list[str]] = {}
    for schema, table in rows:
        schemas.setdefault(schema, []).append(table)
    counts = {schema: sum(table.lower() in aliases for table in found) for schema, found in schemas.items()}
    best = [schema for schema, count in counts.items() if count and count == max(counts.values())]
    if not best:
        return []
    if len(best) > 1 and "shopify" not in best:
        raise MartletError(f"{path.name}: tables of {vendor} stand in several schemas: {', '.join(best)}")
    schema = "shopify" if "shopify" in best else best[0]
    quoted = ['"' + table.replace('"', '""') + '"' for table in schemas[schema]]
    return [
        TableFile(table.lower(), path, "duckdb", table, f'{CATALOG}."{schema}".{quote}')
        for table, quote in zip(schemas[schema], quoted, strict=True)
    ]
