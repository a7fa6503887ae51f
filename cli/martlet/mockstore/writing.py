"""Two writers of one generator: CSV seeds for dbt, and Parquet in the raw shape at any size."""

import csv
import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from martlet.errors import MartletError
from martlet.mockstore.columns import constant
from martlet.mockstore.plants import DEFAULT, Plants
from martlet.mockstore.shop_time import GA4_DAYS
from martlet.mockstore.store import make_store
from martlet.mockstore.tables import Contract, made_tables, pieces
from martlet.mockstore.truth import SessionTally, truth
from martlet.raw_contract import LOAD_COLUMNS

Progress = Callable[[str, int], None]
"""Called with a table's name and the rows just written."""

SEED_ORDERS = 2_800
SEED_EVENTS = 10_300
_PART_ROWS = 4_000_000
_DISTINCT = ("user_pseudo_id", "collected_traffic_source.gclid")
"""Strings that seldom come twice in a piece, so that a dictionary of them would only cost time."""
_LOADED_AT = np.datetime64("2026-11-01T16:00:00", "us")


@dataclass(frozen=True)
class Summary:
    """Rows written by (source, table), the files, and the planted truth."""

    rows: dict[tuple[str, str], int]
    files: tuple[Path, ...]
    truth: dict[str, object]

    @property
    def total_rows(self) -> int:
        """Rows of all tables."""
        return sum(self.rows.values())


def write_seeds(
    seeds_dir: Path, contract: Contract, seed: int = 7, orders: int = SEED_ORDERS, events: int = SEED_EVENTS
) -> Summary:
    """Write each raw table as `<source>/mock_<source>__<table>.csv`, and `mock_truth.json`, under `seeds_dir`.

    Nested columns are JSON text without null members, money has two decimals, times are UTC.
    """
    store = make_store(seed, orders, events)
    tally = SessionTally(len(store.funnel.pages))
    rows = dict.fromkeys(made_tables(contract), 0)
    paths: dict[tuple[str, str], Path] = {}
    for piece in pieces(store, contract):
        source, table = piece.key
        path = seeds_dir / source / f"mock_{source}__{table}.csv"
        _write_csv(path, piece.rows, append=piece.key in paths)
        paths[piece.key] = path
        rows[piece.key] += piece.rows.num_rows
        if piece.sessions is not None:
            tally.add(store, piece.sessions)
    facts = truth(store, tally)
    return Summary(rows, (*paths.values(), _write_truth(seeds_dir, facts)), facts)


def write_parquet(
    out_dir: Path,
    contract: Contract,
    orders: int,
    events: int,
    seed: int = 7,
    progress: Progress | None = None,
    plants: Plants = DEFAULT,
    event_days: int = GA4_DAYS,
) -> Summary:
    """Write each raw table as `<source>/<table>/part-00000.parquet` and so on, and `mock_truth.json`, under `out_dir`.

    Rows carry LOAD_COLUMNS. Events are made and written some 250,000 at a time, whatever their number. Raises
    MartletError if there are Parquet files under `out_dir`: mock rows never stand beside others.
    """
    if any(out_dir.rglob("*.parquet")):
        raise MartletError(f"{out_dir} holds Parquet files already; choose an empty folder")
    store = make_store(seed, orders, events, plants, event_days)
    # the folder says that it is mock before the first row is in it, should the writing be cut off
    out_dir.mkdir(parents=True, exist_ok=True)
    _write_truth(out_dir, {})
    tally = SessionTally(len(store.funnel.pages))
    writers: dict[tuple[str, str], _PartWriter] = {}
    # Half the work is Parquet's: one piece is written while the next is made. Arrow lets go of the interpreter's lock.
    pool = ThreadPoolExecutor(max_workers=1)
    pending: Future[None] | None = None
    try:
        for piece in pieces(store, contract):
            source, table = piece.key
            writer = writers.setdefault(piece.key, _PartWriter(out_dir / source / table))
            if pending is not None:
                pending.result()
            pending = pool.submit(writer.write, piece.rows)
            if piece.sessions is not None:
                tally.add(store, piece.sessions)
            if progress is not None:
                progress(f"{source}.{table}", piece.rows.num_rows)
        if pending is not None:
            pending.result()
    finally:
        pool.shutdown()
        for writer in writers.values():
            writer.close()
    facts = truth(store, tally)
    files = tuple(path for writer in writers.values() for path in writer.files)
    return Summary({key: writer.rows for key, writer in writers.items()}, (*files, _write_truth(out_dir, facts)), facts)


def _write_truth(folder: Path, facts: dict[str, object]) -> Path:
    path = folder / "mock_truth.json"
    path.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8", newline="\n")
    return path


def _write_csv(path: Path, rows: pa.Table, append: bool) -> None:
    """Write or extend one CSV file; nulls are empty, quotes only where needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = [_texts(column.combine_chunks()) for column in rows.columns]
    with path.open("a" if append else "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if not append:
            writer.writerow(rows.column_names)
        writer.writerows(zip(*columns, strict=True))


def _texts(column: pa.Array) -> list[str | None]:
    """A column as CSV text."""
    kind = column.type
    if pa.types.is_nested(kind):
        return [None if value is None else _compact(value) for value in column.to_pylist()]
    if pa.types.is_timestamp(kind):
        return _strings(pc.strftime(column.cast(pa.timestamp("s")), format="%Y-%m-%d %H:%M:%S"))
    if pa.types.is_decimal(kind):
        return _strings(column.cast(pa.decimal128(18, 2)))
    return _strings(column)


def _strings(column: pa.Array) -> list[str | None]:
    texts: list[str | None] = column.cast(pa.string()).to_pylist()
    return texts


def _compact(value: object) -> str:
    return json.dumps(_without_nulls(value), separators=(",", ":"))


def _without_nulls(value: object) -> object:
    """Leave out null members at any depth."""
    if isinstance(value, dict):
        return {name: _without_nulls(member) for name, member in value.items() if member is not None}
    if isinstance(value, list):
        return [_without_nulls(member) for member in value]
    return value


class _PartWriter:
    """Writes one raw table as parts of at most about _PART_ROWS rows, each with the columns loading adds."""

    def __init__(self, folder: Path) -> None:
        self.rows = 0
        self.files: list[Path] = []
        self._folder = folder
        self._writer: pq.ParquetWriter | None = None
        self._rows_in_part = 0

    def write(self, rows: pa.Table) -> None:
        """Add rows."""
        table = self._with_load_columns(rows)
        if self._writer is None or self._rows_in_part >= _PART_ROWS:
            self.close()
            self._writer = self._open(table.schema)
        self._writer.write_table(table, row_group_size=len(table))
        self.rows += rows.num_rows
        self._rows_in_part += rows.num_rows

    def close(self) -> None:
        """Finish the part that is open, if any."""
        if self._writer is not None:
            self._writer.close()
        self._writer = None
        self._rows_in_part = 0

    def _open(self, schema: pa.Schema) -> pq.ParquetWriter:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"part-{len(self.files):05d}.parquet"
        self.files.append(path)
        return pq.ParquetWriter(
            path,
            schema,
            compression="zstd",
            compression_level=1,
            # Dictionaries of numbers and statistics of nested members would cost time and gain nothing.
            use_dictionary=[leaf for field in schema for leaf in _text_leaves(field, "") if leaf not in _DISTINCT],
            write_statistics=[field.name for field in schema if not pa.types.is_nested(field.type)],
            store_schema=False,
        )

    def _with_load_columns(self, rows: pa.Table) -> pa.Table:
        count = rows.num_rows
        values = (
            pa.array(np.full(count, _LOADED_AT)),
            constant("mock", count),
            pa.array(np.arange(self.rows + 1, self.rows + count + 1)),
        )
        for column, array in zip(LOAD_COLUMNS, values, strict=True):
            rows = rows.append_column(column.name, array)
        return rows


def _text_leaves(field: pa.Field, prefix: str) -> list[str]:
    """Parquet's paths of the strings in a column."""
    path = prefix + field.name
    if pa.types.is_string(field.type) or pa.types.is_dictionary(field.type):
        return [path]
    if pa.types.is_list(field.type):
        return _text_leaves(pa.field("element", field.type.value_type), f"{path}.list.")
    if pa.types.is_struct(field.type):
        return [leaf for member in field.type for leaf in _text_leaves(member, f"{path}.")]
    return []
