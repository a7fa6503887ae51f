"""Reads a CSV file of any common dialect into a DuckDB table of text, line by line, losing nothing.

Python's csv module does the parsing because every record must keep its line number and survive its neighbours' faults.
"""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

import duckdb
import pyarrow as pa

from martlet.errors import MartletError
from martlet.loaders.landing import Progress

# A spreadsheet that saves "CSV" in much of Europe writes semicolons.
DELIMITERS = (",", ";", "\t", "|")
MAX_CELL = 1_000_000
BATCH_ROWS = 50_000
Cells = list[str]


@dataclass(frozen=True)
class CsvFile:
    """A CSV file whose encoding, delimiter and header are known."""

    path: Path
    encoding: str
    delimiter: str
    header: tuple[str, ...]

    def rows(self) -> Iterator[tuple[int, Cells]]:
        """(first line, cells) of every record below the header; blank lines are no records."""
        with self.path.open(encoding=self.encoding, errors="replace", newline="") as text:
            reader = csv.reader(text, delimiter=self.delimiter)
            line = 1
            for index, cells in enumerate(reader):
                if index and cells:
                    yield line, cells
                line = reader.line_num + 1

    def rows_at(self, lines: set[int]) -> Iterator[tuple[int, str]]:
        """(line, the record as JSON) for the records that begin on these lines."""
        for line, cells in self.rows():
            if line in lines:
                yield line, json.dumps(_named(self.header, cells), ensure_ascii=False)


def open_csv(path: Path) -> CsvFile:
    """Find out a file's encoding, delimiter and header. Raises MartletError if it has none to read."""
    csv.field_size_limit(2**31 - 1)
    try:
        encoding = _encoding(path)
        with path.open(encoding=encoding, errors="replace", newline="") as text:
            start = text.read(1 << 16)
    except OSError as error:
        raise MartletError(f"{path}: cannot be read ({error.strerror})") from None
    if not start.strip():
        raise MartletError(f"{path.name}: the file is empty")
    headers = {d: next(csv.reader(io.StringIO(start, newline=""), delimiter=d), []) for d in DELIMITERS}
    delimiter = max(DELIMITERS, key=lambda d: len(headers[d]))
    header = tuple(" ".join(cell.replace("\ufeff", "").split()) for cell in headers[delimiter])
    return CsvFile(path, encoding, delimiter, header)


def stage_rows(
    connection: duckdb.DuckDBPyConnection, file: CsvFile, columns: dict[str, int], progress: Progress
) -> int:
    """Fill table `staged` with `_line`, `_problem` and the wanted columns as text; return the number of records.

    `columns` maps a name to its place in the file. Blank cells become null. `_problem` says why a whole record is bad.
    """
    names = list(columns)
    fields = ", ".join(f'"{name}" varchar' for name in names)
    connection.execute(f"create or replace temp table staged (_line bigint, _problem varchar, {fields})")
    records = 0
    for batch in _batches(file.rows()):
        lines, problems, table_rows = _checked(batch, len(file.header), list(columns.values()))
        arrays = [pa.array(lines, pa.int64()), pa.array(problems, pa.string())]
        arrays += [pa.array(values, pa.string()) for values in zip(*table_rows, strict=True)]
        chunk = pa.Table.from_arrays(arrays, names=["_line", "_problem", *names])  # noqa: F841 (DuckDB reads it by name)
        trimmed = ", ".join(f'nullif(trim("{name}"), \'\')' for name in names)
        connection.execute(f"insert into staged select _line, _problem, {trimmed} from chunk")
        records += len(batch)
        progress(f"{file.path.name}: {records:,} rows read")
    return records


def _checked(
    batch: Sequence[tuple[int, Cells]], width: int, places: list[int]
) -> tuple[list[int], list[str | None], list[tuple[str, ...]]]:
    """Pick the wanted cells of each record and say what is wrong with the record as a whole."""
    pick = itemgetter(*places) if len(places) > 1 else lambda cells: (cells[places[0]],)
    lines: list[int] = []
    problems: list[str | None] = []
    picked: list[tuple[str, ...]] = []
    for line, cells in batch:
        problem = None
        if len(cells) != width:
            problem = f"the row has {len(cells)} cells, the header has {width}"
            cells = (cells + [""] * width)[:width]
        values = pick(cells)
        if max(map(len, values)) > MAX_CELL:
            problem = f"a cell holds more than {MAX_CELL:,} characters"
            values = tuple(value[:100] for value in values)
        lines.append(line)
        problems.append(problem)
        picked.append(values)
    return lines, problems, picked


def _batches(rows: Iterator[tuple[int, Cells]]) -> Iterator[list[tuple[int, Cells]]]:
    batch: list[tuple[int, Cells]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH_ROWS:
            yield batch
            batch = []
    if batch:
        yield batch


def _encoding(path: Path) -> str:
    """utf-8-sig or utf-16 where the bytes say so, else cp1252, which is what spreadsheets call Latin-1."""
    with path.open("rb") as file:
        if file.read(2) in (b"\xff\xfe", b"\xfe\xff"):
            return "utf-16"
    try:
        with path.open(encoding="utf-8-sig") as text:
            while text.read(1 << 20):
                pass
    except UnicodeDecodeError as error:
        # a file cut off inside a character is still UTF-8
        return "utf-8-sig" if error.reason == "unexpected end of data" else "cp1252"
    return "utf-8-sig"


def _named(header: Sequence[str], cells: Cells) -> dict[str, str]:
    """Cells under their headings, blank ones left out; cells beyond the header under their number."""
    named = {}
    for place, cell in enumerate(cells):
        name = header[place] if place < len(header) else f"cell {place + 1}"
        if cell:
            named[name if name not in named else f"{name} ({place + 1})"] = cell
    return named
