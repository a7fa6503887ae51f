"""Reads a CSV file of any common dialect into a DuckDB table of text, line by line, losing nothing.

Python's csv module does the parsing because every record must keep its line number and survive its neighbours' faults.
"""

import codecs
import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import TextIO

import duckdb
import pyarrow as pa

from martlet.errors import MartletError
from martlet.loaders.landing import Progress

# A spreadsheet that saves "CSV" in much of Europe writes semicolons.
DELIMITERS = (",", ";", "\t", "|")
MAX_HEADER = 1 << 18
MAX_CELL = 1_000_000
# a quoted cell that runs on beyond this is a quote that nobody closed
MAX_RECORD_LINES, MAX_RECORD_CHARACTERS = 20_000, 64_000_000
BATCH_ROWS = 50_000
UTF8, UTF16 = "utf-8-sig", "utf-16"
Cells = list[str]

csv.field_size_limit(2**31 - 1)


@dataclass(frozen=True)
class CsvFile:
    """A CSV file whose encoding, delimiter and header are known."""

    path: Path
    encoding: str
    delimiter: str
    header: tuple[str, ...]

    def rows(self) -> Iterator[tuple[int, Cells]]:
        """(first line, cells) of every record below the header; blank lines are no records.

        A record that runs over lines because of a stray quote is taken as its first line alone, so that the lines
        which the quote would have swallowed stand for themselves.
        """
        with _open_text(self.path, self.encoding) as text:
            lines = _Lines(text)
            reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
            is_header = True
            while True:
                first = lines.number + 1
                try:
                    cells = next(reader, None)
                    is_stray = len(lines.taken) > 1 and self._swallows(lines.taken)
                except csv.Error:
                    is_stray = True
                if is_stray:
                    line = lines.give_back_all_but_first()
                    cells = next(csv.reader([line], delimiter=self.delimiter), [])
                    reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
                lines.taken.clear()
                if cells is None:
                    return
                if cells and not is_header:
                    yield first, cells
                is_header = is_header and not cells

    def rows_at(self, lines: set[int]) -> Iterator[tuple[int, str]]:
        """(line, the record as JSON) for the records that begin on these lines."""
        for line, cells in self.rows():
            if line in lines:
                yield line, json.dumps(_named(self.header, cells, self.delimiter), ensure_ascii=False)

    def _swallows(self, lines: Sequence[str]) -> bool:
        """True if a line in the midst of a record is itself a record, which no note or description looks like."""
        width = len(self.header)
        inner = (line for line in lines[1:-1] if line.count(self.delimiter) >= width - 1)
        return width > 2 and any(len(next(csv.reader([line], delimiter=self.delimiter), [])) == width for line in inner)


class _Lines:
    """A text's lines, those of the record being read kept so that it can be read again."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._again: list[str] = []
        self._characters = 0
        self.taken: list[str] = []
        self.number = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if self.taken:
            self._characters += len(self.taken[-1])
            if len(self.taken) >= MAX_RECORD_LINES or self._characters > MAX_RECORD_CHARACTERS:
                raise csv.Error("a quote is not closed")
        else:
            self._characters = 0
        line = self._again.pop() if self._again else next(self._text)
        self.taken.append(line)
        self.number += 1
        return line

    def give_back_all_but_first(self) -> str:
        """Take only the first line of the record; the others will be read again."""
        first, *others = self.taken
        self._again.extend(reversed(others))
        self.number -= len(others)
        return first


def open_csv(path: Path) -> CsvFile:
    """Find out a file's encoding, delimiter and header. Raises MartletError if it has none to read."""
    try:
        with path.open("rb") as file:
            magic = file.read(4)
        encoding = UTF16 if magic[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else UTF8
        with _open_text(path, encoding) as text:
            start = text.read(MAX_HEADER)
    except OSError as error:
        raise MartletError(f"{path}: cannot be read ({error.strerror})") from None
    start = start.lstrip("\r\n")
    if not start.strip():
        raise MartletError(f"{path.name}: the file is empty")
    if magic[:4] == b"PK\x03\x04":
        raise MartletError(f"{path.name}: a zip archive or Excel workbook, not a CSV file; save it as CSV")
    line = io.StringIO(start, newline="").readline()
    if "\0" in line:
        raise MartletError(f"{path.name}: not a text file; save it as CSV in UTF-8")
    return CsvFile(path, encoding, *_read_header(path, line))


def _read_header(path: Path, line: str) -> tuple[str, tuple[str, ...]]:
    """The delimiter that cuts the header line into the most cells, and those cells."""
    if len(line) == MAX_HEADER:
        raise MartletError(f"{path.name}: the first line is longer than {MAX_HEADER:,} characters, so it is no header")
    headers = {d: next(csv.reader([line], delimiter=d), []) for d in DELIMITERS}
    delimiter = max(DELIMITERS, key=lambda d: len(headers[d]))
    if any("\n" in cell or "\r" in cell for cell in headers[delimiter]):
        raise MartletError(f"{path.name}: a quote in the header line is not closed")
    return delimiter, tuple(" ".join(cell.replace("\ufeff", "").split()) for cell in headers[delimiter])


def _open_text(path: Path, encoding: str) -> TextIO:
    return path.open(encoding=encoding, errors=_STRAY_BYTES if encoding == UTF8 else "replace", newline="")


def _read_stray_bytes(error: UnicodeError) -> tuple[str, int]:
    """Bytes that are no UTF-8 are cp1252, which is what spreadsheets call Latin-1; a character cut off is lost."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    if error.reason == "unexpected end of data":
        return "\ufffd", error.end
    return error.object[error.start : error.end].decode("cp1252", errors="replace"), error.end


_STRAY_BYTES = "martlet.stray_bytes"
codecs.register_error(_STRAY_BYTES, _read_stray_bytes)


def stage_rows(
    connection: duckdb.DuckDBPyConnection,
    file: CsvFile,
    columns: dict[str, int],
    progress: Progress,
    max_cell: int = MAX_CELL,
) -> int:
    """Fill table `staged` with `_line`, `_problem` and the wanted columns as text; return the number of records.

    `columns` maps a name to its place in the file. Blank cells become null. `_problem` says why a whole record is bad.
    """
    names = list(columns)
    fields = ", ".join(f'"{name}" varchar' for name in names)
    connection.execute(f"create or replace temp table staged (_line bigint, _problem varchar, {fields})")
    trimmed = ", ".join(f"nullif(trim(\"{name}\"), '')" for name in names)
    records = 0
    for lines, problems, picked in _batches(file, list(columns.values()), max_cell):
        arrays = [pa.array(lines, pa.int64()), pa.array(problems, pa.string())]
        arrays += [pa.array(values, pa.string()) for values in zip(*picked, strict=True)]
        chunk = pa.Table.from_arrays(arrays, names=["_line", "_problem", *names])  # noqa: F841 (DuckDB reads it by name)
        connection.execute(f"insert into staged select _line, _problem, {trimmed} from chunk")
        records += len(lines)
        progress(f"{file.path.name}: {records:,} rows read")
    return records


def _batches(
    file: CsvFile, places: list[int], max_cell: int
) -> Iterator[tuple[list[int], list[str | None], list[tuple[str, ...]]]]:
    """Lines, what is wrong with each record as a whole, and its wanted cells, some thousand records at a time.

    The other cells are let go at once: a description may be longer than all the rest of its row.
    """
    width = len(file.header)
    pick = itemgetter(*places) if len(places) > 1 else lambda cells: (cells[places[0]],)
    lines: list[int] = []
    problems: list[str | None] = []
    picked: list[tuple[str, ...]] = []
    for line, cells in file.rows():
        problem = None
        if len(cells) != width:
            problem = f"the row has {len(cells)} cells, the header has {width}"
            cells = (cells + [""] * width)[:width]
        values = pick(cells)
        if max(map(len, values)) > max_cell:
            problem = f"{_longest(file, places, values)} holds more than {max_cell:,} characters"
            values = tuple(value[:100] for value in values)
        lines.append(line)
        problems.append(problem)
        picked.append(values)
        if len(lines) == BATCH_ROWS:
            yield lines, problems, picked
            lines, problems, picked = [], [], []
    if lines:
        yield lines, problems, picked


def _longest(file: CsvFile, places: list[int], values: tuple[str, ...]) -> str:
    return file.header[max(zip(places, values, strict=True), key=lambda pair: len(pair[1]))[0]]


def _named(header: Sequence[str], cells: Cells, delimiter: str) -> dict[str, str]:
    """Cells under their headings, blank ones left out; those beyond the header as one, under the first one's number."""
    named = {}
    for place, (name, cell) in enumerate(zip(header, cells, strict=False)):
        if cell:
            named[name if name not in named else f"{name} ({place + 1})"] = cell
    if len(cells) > len(header):
        named[f"from cell {len(header) + 1}"] = delimiter.join(cells[len(header) :])
    return named
