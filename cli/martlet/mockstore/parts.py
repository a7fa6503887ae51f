"""Raw tables as Parquet files of bounded size, made and written in two threads."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from martlet.mockstore.columns import constant
from martlet.raw_contract import LOAD_COLUMNS

LANES = 2
"""Threads that make and write; a number of its own and not the machine's, so that the files are the same anywhere."""
_AHEAD = 2
"""Pieces given to a lane at a time: the one it works on, and one more so that it need not wait."""
_PART_ROWS = 4_000_000
_LOADED_AT = np.datetime64("2026-11-01T16:00:00", "us")
_DISTINCT = ("user_pseudo_id", "collected_traffic_source.gclid")
"""Strings that seldom come twice in a piece, so that a dictionary of them would only cost time."""

Job = Callable[[], int]
"""Writes a piece and returns its rows."""


class Lanes:
    """LANES threads, each doing its jobs in order. numpy, Arrow and Parquet let go of the interpreter's lock.

    Leaving the block waits for all jobs, and raises what the first that failed raised. When a job or the block fails,
    jobs not yet begun are dropped.
    """

    def __init__(self, done: Callable[[str, int], None] | None = None) -> None:
        """`done` is called in the caller's thread with each job's name and rows."""
        self._threads = [ThreadPoolExecutor(max_workers=1) for _ in range(LANES)]
        self._jobs: deque[tuple[str, Future[int]]] = deque()
        self._done = done

    def add(self, lane: int, name: str, job: Job) -> None:
        """Give a lane one more job, as soon as few enough wait. Raises what an earlier job raised."""
        self._settle(LANES * _AHEAD)
        self._jobs.append((name, self._threads[lane].submit(job)))

    def _settle(self, open_jobs: int) -> None:
        """Wait until at most `open_jobs` are left."""
        while len(self._jobs) > open_jobs:
            name, job = self._jobs.popleft()
            rows = job.result()
            if self._done is not None:
                self._done(name, rows)

    def __enter__(self) -> "Lanes":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._settle(0)
        finally:
            for _, job in self._jobs:
                job.cancel()
            for thread in self._threads:
                thread.shutdown()


class PartWriter:
    """Writes rows of one raw table as parts of at most about _PART_ROWS rows, each with the columns loading adds.

    Writers of one table that each take every n-th piece of it number their files `first`, `first + n` and so on.
    """

    def __init__(self, folder: Path, lane: int, first: int = 0, every: int = 1) -> None:
        self.lane = lane
        self.rows = 0
        self.files: list[Path] = []
        self._paths: Iterator[Path] = (folder / f"part-{number:05d}.parquet" for number in count(first, every))
        self._writer: pq.ParquetWriter | None = None
        self._rows_in_part = 0

    def write(self, make: Callable[[], pa.Table], rows_before: int | None = None) -> int:
        """Make rows and add them; they are numbered from `rows_before`, or from those written so far."""
        rows = make()
        table = _with_load_columns(rows, self.rows if rows_before is None else rows_before)
        if self._writer is None or self._rows_in_part >= _PART_ROWS:
            self.close()
            self._writer = self._open(table.schema)
        self._writer.write_table(table, row_group_size=len(table))
        self.rows += len(table)
        self._rows_in_part += len(table)
        return len(table)

    def close(self) -> None:
        """Finish the part that is open, if any."""
        if self._writer is not None:
            self._writer.close()
        self._writer = None
        self._rows_in_part = 0

    def _open(self, schema: pa.Schema) -> pq.ParquetWriter:
        path = next(self._paths)
        path.parent.mkdir(parents=True, exist_ok=True)
        self.files.append(path)
        return pq.ParquetWriter(
            path,
            schema,
            compression="zstd",
            compression_level=1,
            # Dictionaries of numbers and statistics of nested members would cost time and gain nothing.
            use_dictionary=[leaf for field in schema for leaf in _text_leaves(field, "") if leaf not in _DISTINCT],
            # As differences, ids and times that follow each other take less room and less time to compress.
            column_encoding={field.name: "DELTA_BINARY_PACKED" for field in schema if _is_long(field.type)},
            # the default, 1,024 rows, costs some 3%
            write_batch_size=65_536,
            write_statistics=[field.name for field in schema if not pa.types.is_nested(field.type)],
            store_schema=False,
        )


def _with_load_columns(rows: pa.Table, rows_before: int) -> pa.Table:
    values = (
        pa.array(np.full(len(rows), _LOADED_AT)),
        constant("mock", len(rows)),
        pa.array(np.arange(rows_before + 1, rows_before + len(rows) + 1)),
    )
    for column, array in zip(LOAD_COLUMNS, values, strict=True):
        rows = rows.append_column(column.name, array)
    return rows


def _is_long(data_type: pa.DataType) -> bool:
    return bool(pa.types.is_int64(data_type) or pa.types.is_timestamp(data_type))


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
