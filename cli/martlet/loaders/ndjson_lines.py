"""Reads newline-delimited JSON, plain or gzipped, into a DuckDB table of lines, each kept whatever it holds."""

import codecs
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import duckdb
import pyarrow as pa

from martlet.errors import MartletError
from martlet.loaders.landing import Progress

MAX_LINE = 16_000_000
BATCH_BYTES = 32_000_000
GZIP_MAGIC = b"\x1f\x8b"


def stage_lines(connection: duckdb.DuckDBPyConnection, path: Path, progress: Progress) -> int:
    """Fill table `lines` with _row (the line's number), _text and _problem; return how many there are.

    Blank lines are none. Raises MartletError where the file cannot be read to its end.
    """
    connection.execute("create temp table lines (_row bigint, _text varchar, _problem varchar)")
    count = 0
    for batch in _batches(path):
        numbers, texts, problems = zip(*batch, strict=True)
        arrays = [pa.array(numbers, pa.int64()), pa.array(texts, pa.string()), pa.array(problems, pa.string())]
        chunk = pa.Table.from_arrays(arrays, names=["_row", "_text", "_problem"])  # noqa: F841 (DuckDB reads it by name)
        connection.execute("insert into lines select * from chunk")
        count += len(batch)
        progress(f"{path.name}: {count:,} rows read")
    return count


def _batches(path: Path) -> Iterator[list[tuple[int, str, str | None]]]:
    batch: list[tuple[int, str, str | None]] = []
    size = 0
    try:
        with _open(path) as file:
            for number, line, problem in _lines(file):
                try:
                    text = line.decode()
                except UnicodeDecodeError:
                    text, problem = line.decode(errors="replace"), problem or "the line is not UTF-8"
                if not text.strip():
                    continue
                batch.append((number, text, problem))
                size += len(line)
                if size > BATCH_BYTES:
                    yield batch
                    batch, size = [], 0
    except (OSError, EOFError, zlib.error) as error:
        raise MartletError(f"{path.name}: cannot be read to its end ({error})") from None
    if batch:
        yield batch


def _open(path: Path) -> BinaryIO:
    """The file's bytes, unpacked; what it is called does not matter."""
    with path.open("rb") as file:
        is_gzip = file.read(2) == GZIP_MAGIC
    return cast(BinaryIO, gzip.open(path)) if is_gzip else path.open("rb")


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes, str | None]]:
    """(number, line, what is wrong with it); of a line beyond all measure only the start is kept."""
    number = 0
    while line := file.readline(MAX_LINE):
        number += 1
        problem = None
        if len(line) == MAX_LINE and not line.endswith(b"\n"):
            while (rest := file.readline(MAX_LINE)) and not rest.endswith(b"\n"):
                pass
            if rest.strip():
                line, problem = line[:1000], f"the line is longer than {MAX_LINE:,} bytes"
        yield number, line.removeprefix(codecs.BOM_UTF8) if number == 1 else line, problem
