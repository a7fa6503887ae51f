"""Where loaded rows land: typed Parquet under data/raw/, bad rows under data/rejected/, one receipt per file.

A load is one file, or one folder whose tables are judged together. Its id is the hash of the bytes, so loading the same
twice changes nothing. Parts are written beside their place and moved in at the end, all or none (moving.py).
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

import duckdb

from martlet.errors import MartletError
from martlet.loaders import moving
from martlet.raw_contract import RawTable

Progress = Callable[[str], None]
# an edit's id and its file's name: its time, to the microsecond
EDIT_ID = "%Y%m%dT%H%M%S%f"


@dataclass(frozen=True)
class Reject:
    """A row set aside: its line, why, the value that was at fault (for the terminal, never published), its file."""

    line: int
    reason: str
    value: str | None
    file: str = ""


@dataclass(frozen=True)
class LoadReceipt:
    """What became of one load. Rows in = rows loaded + rows rejected, always; `notes` say what was no row to read."""

    load_id: str
    source: str
    resource: str
    file: str
    loaded_at: str
    rows_in: int
    rows_loaded: int
    rows_rejected: int
    tables: dict[str, int] = field(default_factory=dict)
    was_loaded_before: bool = False
    examples: tuple[Reject, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lake:
    """The folders that loads write to, and the contract they write by."""

    raw_dir: Path
    rejected_dir: Path
    receipts_dir: Path
    contract: Mapping[tuple[str, str], RawTable]

    def receipt_path(self, load_id: str) -> Path:
        return self.receipts_dir / f"{load_id}.json"

    def edit_files(self) -> list[Path]:
        """The files of every table that commands write, one an edit."""
        folders = [self.raw_dir / source / name for (source, name), table in self.contract.items() if table.is_edited]
        return [path for folder in folders for path in folder.glob("*.parquet")]

    def find_receipt(self, load_id: str) -> LoadReceipt | None:
        """The receipt of an earlier load of the same bytes, marked as such; None if there was none."""
        path = self.receipt_path(load_id)
        if not path.exists():
            return None
        return replace(_read_receipt(path), was_loaded_before=True)


class Landing:
    """One file on its way in. Use as: stage rows in `connection`, then `reject`, `add` each table, `finish`."""

    def __init__(self, lake: Lake, source: str, resource: str, path: Path, load_id: str, loaded_at: datetime) -> None:
        self._lake = lake
        self._source = source
        self._resource = resource
        self._path = path
        self._load_id = load_id
        self.loaded_at = loaded_at
        self._incoming = lake.raw_dir.parent / moving.INCOMING / load_id
        self._tables: dict[str, int] = {}
        shutil.rmtree(self._incoming, ignore_errors=True)
        self._incoming.mkdir(parents=True)
        self.connection = connect(self._incoming / "spill")

    def add(self, table: str, relation: str, row_column: str, file_column: str | None = None) -> None:
        """Write `relation`, whose columns are some of the contract's, as this load's part of raw table `table`.

        A contract column that the relation lacks is null; `row_column` is the line or row in the file, `file_column`
        the file where a load has several.
        """
        raw_table = self._lake.contract[self._source, table]
        given = set(self.connection.sql(f"select * from {relation} limit 0").columns)
        unknown = given - set(raw_table.column_names) - {row_column, file_column}
        if unknown:
            raise ValueError(f"{table}: not in the raw contract: {sorted(unknown)}")
        columns = [
            f"cast({_quoted(c.name) if c.name in given else 'null'} as {c.duckdb_type}) as {_quoted(c.name)}"
            for c in raw_table.columns
        ]
        columns += [
            f"cast({_literal(self.loaded_at.isoformat(sep=' '))} as timestamp) as _loaded_at",
            f"{file_column or _literal(self._path.name)} as _source_file",
            f"cast({row_column} as bigint) as _source_row",
        ]
        target = self._incoming / f"{self._source}__{table}.parquet"
        query = f"select {', '.join(columns)} from {relation} order by _source_file, _source_row"
        rows = self.connection.execute(f"copy ({query}) to {_literal(str(target))} (format parquet, compression zstd)")
        self._tables[table] = _count(rows)

    def reject(self, relation: str, file_column: str | None = None) -> None:
        """Set aside the rows of `relation` (columns line, reason, value, row; the file where a load has several)."""
        target = self._incoming / "rejected.parquet"
        self.connection.execute(
            f"""copy (
                select {_literal(self._source)} as source, {_literal(self._resource)} as resource,
                    {file_column or _literal(self._path.name)} as file, cast(line as bigint) as line,
                    cast(reason as varchar) as reason, cast(value as varchar) as value, cast("row" as varchar) as "row",
                    cast({_literal(self.loaded_at.isoformat(sep=" "))} as timestamp) as rejected_at
                from {relation} order by 3, 4
            ) to {_literal(str(target))} (format parquet, compression zstd)"""
        )

    def finish(self, rows_in: int, notes: tuple[str, ...] = ()) -> LoadReceipt:
        """Move the parts into place and write the receipt."""
        rejected = self._incoming / "rejected.parquet"
        examples: tuple[Reject, ...] = ()
        rows_rejected = 0
        if rejected.exists():
            source = f"read_parquet({_literal(str(rejected))})"
            rows_rejected = _count(self.connection.execute(f"select count(*) from {source}"))
            query = f"select line, reason, left(value, 60), file from {source} order by file, line limit 5"
            examples = tuple(Reject(*row) for row in self.connection.execute(query).fetchall())
        receipt = LoadReceipt(
            load_id=self._load_id,
            source=self._source,
            resource=self._resource,
            file=self._path.name,
            loaded_at=self.loaded_at.isoformat(sep=" "),
            rows_in=rows_in,
            rows_loaded=rows_in - rows_rejected,
            rows_rejected=rows_rejected,
            tables=self._tables,
            examples=examples,
            notes=notes,
        )
        unkept = ("examples", "notes", "was_loaded_before")
        kept = {name: value for name, value in asdict(receipt).items() if name not in unkept}
        draft = self._incoming / "receipt.json"
        draft.write_text(json.dumps(kept, indent=2), encoding="utf-8")
        moves = [*self._places(), (draft, self._lake.receipt_path(self._load_id))]
        if rows_rejected:
            moves.insert(0, (rejected, self._lake.rejected_dir / f"{self._load_id}.parquet"))
        moving.commit(self._incoming, self._lake.raw_dir.parent, moves)
        return receipt

    def close(self) -> None:
        """Let go of the staging database and of parts that never moved into place."""
        self.connection.close()
        if moving.is_committed(self._incoming) and not self._lake.receipt_path(self._load_id).exists():
            return  # the next command finishes it
        shutil.rmtree(self._incoming, ignore_errors=True)
        with suppress(OSError):  # another load may be at work beside this one
            self._incoming.parent.rmdir()

    def _places(self) -> list[tuple[Path, Path]]:
        """Each table's part and where it belongs."""
        raw, name = self._lake.raw_dir / self._source, f"{self._load_id}.parquet"
        return [(self._incoming / f"{self._source}__{table}.parquet", raw / table / name) for table in self._tables]


def files_under(path: Path, suffixes: tuple[str, ...], kind: str) -> list[Path]:
    """`path` itself if it is a file, else the files in that folder with one of these endings.

    Hidden files are left alone: a Mac puts one beside every file it copies. Raises MartletError if there are none.
    """
    if not path.exists():
        raise MartletError(f"{path}: no such file or folder")
    if not path.is_dir():
        return [path]
    try:
        files = sorted(p for p in path.iterdir() if p.is_file() and p.name.lower().endswith(suffixes))
    except OSError as error:
        raise MartletError(f"{path}: cannot be read ({error.strerror})") from None
    files = [p for p in files if not p.name.startswith(".")]
    if not files:
        raise MartletError(f"{path}: no {kind} files in this folder")
    return files


def read_receipts(receipts_dir: Path) -> list[LoadReceipt]:
    """Every load so far, oldest first."""
    receipts = [_read_receipt(path) for path in receipts_dir.glob("*.json")]
    return sorted(receipts, key=lambda receipt: (receipt.loaded_at, receipt.file))


def connect(spill_dir: Path) -> duckdb.DuckDBPyConnection:
    """A private in-memory database for one load, in UTC; what does not fit in memory goes to `spill_dir`."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(f"set temp_directory = {_literal(str(spill_dir))}")
    return connection


def file_load_id(path: Path, *context: str) -> str:
    """The load's id: SHA-256 of the file's bytes and the loader's name, as 16 hex digits. Raises MartletError."""
    return files_load_id([path], *context)


def files_load_id(paths: Sequence[Path], *context: str) -> str:
    """The same for a load of several files, in this order; `context` says what each of them is."""
    digest = hashlib.sha256("\0".join(context).encode())
    for path in paths:
        try:
            with path.open("rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
        except OSError as error:
            raise MartletError(f"{path}: cannot be read ({error.strerror})") from None
    return digest.hexdigest()[:16]


def next_load_time(lake: Lake) -> datetime:
    """Now in UTC, but always later than every load and edit before, even where the clock went backwards."""
    receipts = map(_receipt_time, lake.receipts_dir.glob("*.json"))
    newest = max(chain(receipts, map(_edit_time, lake.edit_files())), default=datetime.min)
    now = datetime.now(UTC).replace(tzinfo=None)
    return now if now > newest else newest + timedelta(seconds=1)


def _receipt_time(path: Path) -> datetime:
    return datetime.fromisoformat(_read_receipt(path).loaded_at)


def _read_receipt(path: Path) -> LoadReceipt:
    try:
        receipt = LoadReceipt(**json.loads(path.read_text(encoding="utf-8")))
        datetime.fromisoformat(receipt.loaded_at)
    except (ValueError, TypeError):
        raise MartletError(f"{path} is a damaged receipt: delete it and load its file again") from None
    return receipt


def _edit_time(path: Path) -> datetime:
    try:
        return datetime.strptime(path.stem, EDIT_ID)
    except ValueError:
        return datetime.min


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _count(result: duckdb.DuckDBPyConnection) -> int:
    row = result.fetchone()
    return int(row[0]) if row else 0
