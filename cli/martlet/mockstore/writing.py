"""Two writers of one generator: CSV seeds for dbt, and Parquet in the raw shape at any size."""

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import chain, cycle
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from martlet.errors import MartletError
from martlet.mockstore.parts import LANES, Lanes, PartWriter
from martlet.mockstore.plants import DEFAULT, Plants
from martlet.mockstore.shop_time import GA4_DAYS
from martlet.mockstore.store import make_store
from martlet.mockstore.tables import Contract, Piece, made_tables, pieces
from martlet.mockstore.truth import SessionTally, truth

Progress = Callable[[str, int], None]
"""Called with a table's name and the rows just written."""

SEED_ORDERS = 2_800
SEED_EVENTS = 10_300


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
        made = piece.make()
        _write_csv(path, made, append=piece.key in paths)
        paths[piece.key] = path
        rows[piece.key] += made.num_rows
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

    Rows carry LOAD_COLUMNS. Events are made and written some 250,000 at a time, whatever their number, in LANES
    threads: each writes files of its own, and `_source_row` numbers the rows as one thread would. Raises MartletError
    if there are Parquet files under `out_dir` (mock rows never stand beside others), and what a thread raised, say
    OSError.
    """
    if any(out_dir.rglob("*.parquet")):
        raise MartletError(f"{out_dir} holds Parquet files already; choose an empty folder")
    store = make_store(seed, orders, events, plants, event_days)
    # the folder says that it is mock before the first row is in it, should the writing be cut off
    out_dir.mkdir(parents=True, exist_ok=True)
    _write_truth(out_dir, {})
    tally = SessionTally(len(store.funnel.pages))
    writers: dict[tuple[str, str], list[PartWriter]] = {}
    turns = cycle(range(LANES))
    try:
        with Lanes(progress) as lanes:
            for piece in pieces(store, contract):
                if piece.key not in writers:
                    writers[piece.key] = _writers(out_dir, piece, lane=len(writers) % LANES)
                if piece.sessions is None:
                    (writer,) = writers[piece.key]
                    job = partial(writer.write, piece.make)
                else:
                    writer = writers[piece.key][next(turns)]
                    job = partial(writer.write, piece.make, rows_before=tally.events)
                    tally.add(store, piece.sessions)
                lanes.add(writer.lane, ".".join(piece.key), job)
    finally:
        for writer in chain.from_iterable(writers.values()):
            writer.close()
    facts = truth(store, tally)
    rows = {key: sum(writer.rows for writer in own) for key, own in writers.items()}
    files = sorted(path for own in writers.values() for writer in own for path in writer.files)
    return Summary(rows, (*files, _write_truth(out_dir, facts)), facts)


def _writers(out_dir: Path, piece: Piece, lane: int) -> list[PartWriter]:
    """Writers of a piece's table: one, as rows are numbered as they are made, but for events one in every lane."""
    folder = out_dir.joinpath(*piece.key)
    if piece.sessions is None:
        return [PartWriter(folder, lane)]
    return [PartWriter(folder, lane, first=lane, every=LANES) for lane in range(LANES)]


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
