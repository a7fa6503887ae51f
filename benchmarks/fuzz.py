"""Broken files through every loader: rows in = rows loaded + rows rejected, no traceback, no hang, bounded memory.

    python benchmarks/fuzz.py                 # 10,000 files, prints a table
    python benchmarks/fuzz.py --files 500     # fewer
    python benchmarks/fuzz.py --write         # puts the table into docs/trust.md

Each file is a good one of a loader's, broken by one to four of MUTATIONS. A loader may set rows aside or refuse the
file in one line; anything else it raises, and anything that takes longer than a minute, ends the run; the file is kept.
"""

import argparse
import faulthandler
import random
import resource
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from types import ModuleType

import duckdb

import pages
from martlet.errors import MartletError
from martlet.loaders import airbyte, fivetran, ga4_export, reference_csv, search_console, shopify_bulk, shopify_csv
from martlet.loaders.landing import Lake, LoadReceipt

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "tests" / "unit" / "loaders"))

from little_shop import write_jsonl, write_tables  # noqa: E402  (the tests' little shop in every vendor's shape)
from little_shop_airbyte import airbyte_streams  # noqa: E402
from little_shop_bulk import bulk_lines  # noqa: E402
from little_shop_fivetran import fivetran_tables  # noqa: E402
from loading import CUSTOMERS_2024, ORDERS, csv_text, head_row, line_row, make_lake  # noqa: E402

PAGE = ROOT / "docs" / "trust.md"
SECONDS = 60
HUGE = 300_000
Mutation = Callable[[random.Random, bytes], bytes]


@dataclass(frozen=True)
class Seed:
    """A good file (or folder of files) of one loader."""

    name: str
    loader: ModuleType
    path: Path


@dataclass
class Findings:
    """What became of the files, by seed."""

    files: Counter[str] = field(default_factory=Counter)
    loaded: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    rows_in: Counter[str] = field(default_factory=Counter)
    rows_rejected: Counter[str] = field(default_factory=Counter)


def flip_bytes(rng: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        if changed:
            changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def cut_end(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randint(0, len(data))]


def cut_start(rng: random.Random, data: bytes) -> bytes:
    return data[rng.randint(0, len(data)) :]


def cut_middle(rng: random.Random, data: bytes) -> bytes:
    first, last = sorted((rng.randint(0, len(data)), rng.randint(0, len(data))))
    return data[:first] + data[last:]


def insert_odd(rng: random.Random, data: bytes) -> bytes:
    """Something that parsers stumble over, anywhere."""
    odd = [b'"', b'""', b"'", b",", b"\n", b"\r", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\\", b"{", b"}", b"[",
           b"]", b":", b"null", b"NaN", b"1e999", b"-", b"=1+1", b"\xe2\x80\xae", b"\xed\xa0\x80", b";", b"\t",
           b"\\u0000", b"\\ud800", b"9" * 40, b"0001-01-01", b"294247-01-01", b"$1", b"%s",
           b"'); drop table x; --"]  # fmt: skip
    place = rng.randint(0, len(data))
    return data[:place] + rng.choice(odd) + data[place:]


def insert_huge(rng: random.Random, data: bytes) -> bytes:
    place = rng.randint(0, len(data))
    return data[:place] + rng.choice([b"x", b"9", b'"', b",", b"[", b"\n"]) * rng.randint(1_000, HUGE) + data[place:]


def other_encoding(rng: random.Random, data: bytes) -> bytes:
    text = data.decode("utf-8", errors="replace")
    return text.encode(
        rng.choice(["utf-16", "utf-16-be", "utf-32", "latin-1", "cp1252", "cp037", "utf-8-sig"]), "replace"
    )


def change_lines(rng: random.Random, data: bytes) -> bytes:
    """Lines swapped, doubled, dropped, or the first of them (the headings) put in again."""
    lines = data.splitlines(keepends=True)
    if not lines:
        return data
    place = rng.randrange(len(lines))
    how = rng.randrange(4)
    if how == 0:
        rng.shuffle(lines)
    elif how == 1:
        lines.insert(rng.randrange(len(lines)), lines[place])
    elif how == 2:
        del lines[place]
    else:
        lines.insert(place, lines[0])
    return b"".join(lines)


def change_cells(rng: random.Random, data: bytes) -> bytes:
    """Cells of one line swapped, doubled or dropped, or the separator changed everywhere."""
    if rng.random() < 0.2:
        return data.replace(b",", rng.choice([b";", b"\t", b"|", b",,"]))
    lines = data.split(b"\n")
    place = 0 if rng.random() < 0.5 else rng.randrange(len(lines))
    cells = lines[place].split(b",")
    one, other = rng.randrange(len(cells)), rng.randrange(len(cells))
    how = rng.randrange(4)
    if how == 0:
        cells[one], cells[other] = cells[other], cells[one]
    elif how == 1:
        cells.insert(one, cells[other])
    elif how == 2:
        del cells[one]
    else:
        cells[one] = cells[other]
    lines[place] = b",".join(cells)
    return b"\n".join(lines)


def empty(_rng: random.Random, _data: bytes) -> bytes:
    return b""


def line_ends(rng: random.Random, data: bytes) -> bytes:
    return data.replace(b"\n", rng.choice([b"\r\n", b"\r", b"\n\n", b"\x0b", b""]))


def packed(rng: random.Random, data: bytes) -> bytes:
    """Packed as it says or says not, whole or cut."""
    import gzip  # noqa: PLC0415
    import zlib  # noqa: PLC0415

    whole = rng.choice([gzip.compress(data, mtime=0), zlib.compress(data), b"\x1f\x8b" + data, b"PK\x03\x04" + data])
    return whole[: rng.choice([len(whole), len(whole), rng.randint(0, len(whole))])]


MUTATIONS: Sequence[Mutation] = (
    *(flip_bytes, cut_end, cut_start, cut_middle, insert_odd, insert_odd, insert_huge, other_encoding),
    *(change_lines, change_lines, change_cells, change_cells, line_ends, packed, empty),
)


def write_seeds(folder: Path) -> list[Seed]:
    """A good file for every loader and form of file it reads."""
    folder.mkdir(parents=True)
    seeds = [
        Seed("shopify-csv orders", shopify_csv, folder / "orders.csv"),
        Seed("shopify-csv customers", shopify_csv, folder / "customers.csv"),
        Seed("reference", reference_csv, folder / "vendors.csv"),
        Seed("search-console csv", search_console, folder / "search.csv"),
        Seed("search-console json", search_console, folder / "search.jsonl"),
        Seed("ga4 ndjson", ga4_export, folder / "events.ndjson"),
        Seed("ga4 parquet", ga4_export, folder / "events.parquet"),
        Seed("shopify-bulk", shopify_bulk, folder / "bulk.jsonl"),
    ]
    rows = [row for n in range(1, 9) for row in (head_row(n), line_row(n))]
    seeds[0].path.write_text(csv_text(ORDERS, rows))
    customer = {"Customer ID": "'1", "Email": "ann@example.com", "First Name": "Ann", "Total Spent": "1.00"}
    seeds[1].path.write_text(csv_text(CUSTOMERS_2024, [customer] * 5))
    seeds[2].path.write_text('vendor,lead_time_days,lead_time_sd_days,service_level\nA,10,2,0.95\n"B, C",5,1,0.9\n')
    seeds[3].path.write_text(
        "date,query,page,clicks,impressions,position\n2026-10-01,shoe,https://x.example/a,1,9,2.5\n" * 2
    )
    answer = '{"dimensions":["date","query","page"],"rows":[{"keys":["2026-10-01","shoe","https://x.example/a"],'
    seeds[4].path.write_text((answer + '"clicks":1,"impressions":9,"position":2.5}]}\n') * 3)
    event = (
        '{"event_date":"20261001","event_timestamp":"1759300000000000","event_name":"purchase","user_pseudo_id":"u.1",'
        '"event_params":[{"key":"ga_session_id","value":{"int_value":"7"}}],"items":[{"item_id":"A","quantity":"1"}]}\n'
    )
    seeds[5].path.write_text(event * 6)
    duckdb.execute(f"copy (select * from read_json('{seeds[5].path}')) to '{seeds[6].path}' (format parquet)")
    write_jsonl(seeds[7].path, bulk_lines())
    for form in ("parquet", "csv"):
        tables = write_tables(folder / f"fivetran_{form}", fivetran_tables("rest"), form)
        seeds.append(Seed(f"fivetran {form}", fivetran, tables))
        streams = write_tables(folder / f"airbyte_{form}", airbyte_streams(), form)
        seeds.append(Seed(f"airbyte {form}", airbyte, streams))
    return seeds


def break_one(rng: random.Random, seed: Seed, folder: Path) -> Path:
    """A broken copy of the seed in `folder`; of several files one is broken."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    target = folder / seed.path.name
    if seed.path.is_dir():
        shutil.copytree(seed.path, target)
        victim = rng.choice(sorted(path for path in target.rglob("*") if path.is_file()))
    else:
        victim = Path(shutil.copy(seed.path, target))
    data = victim.read_bytes()
    for _ in range(rng.randint(1, 4)):
        data = rng.choice(MUTATIONS)(rng, data)
    victim.write_bytes(data)
    return target


def load_broken(lake: Lake, seed: Seed, path: Path, findings: Findings) -> None:
    """Load a broken file; raises AssertionError unless its rows are accounted for or it is refused in one line."""
    findings.files[seed.name] += 1
    faulthandler.dump_traceback_later(SECONDS, exit=True)
    try:
        found = seed.loader.find_files(path)
        for file in found:
            receipt: LoadReceipt = seed.loader.load_file(lake, file, _silent)
            check(lake, receipt)
            findings.loaded[seed.name] += 1
            findings.rows_in[seed.name] += receipt.rows_in
            findings.rows_rejected[seed.name] += receipt.rows_rejected
    except MartletError as error:
        if "\n" in str(error) or error.exit_code != 2:
            raise AssertionError(f"refused, but not in one line: {error}") from error
        findings.refused[seed.name] += 1
    finally:
        faulthandler.cancel_dump_traceback_later()
    assert not (lake.raw_dir.parent / ".incoming").exists(), "something of a load is left behind"


def check(lake: Lake, receipt: LoadReceipt) -> None:
    """Rows in = rows loaded + rows rejected, and the lake holds as many of each as the receipt says."""
    assert receipt.rows_in == receipt.rows_loaded + receipt.rows_rejected
    assert min(receipt.rows_in, receipt.rows_loaded, receipt.rows_rejected) >= 0
    rejected = lake.rejected_dir / f"{receipt.load_id}.parquet"
    assert receipt.rows_rejected == (_rows(rejected) if rejected.exists() else 0)
    for table, rows in receipt.tables.items():
        assert rows == _rows(lake.raw_dir / receipt.source / table / f"{receipt.load_id}.parquet")


def _rows(path: Path) -> int:
    row = duckdb.execute("select count(*) from read_parquet(?)", [str(path)]).fetchone()
    assert row is not None
    return int(row[0])


def _silent(_message: str) -> None:
    """Nobody watches the progress of thousands of loads."""


def fuzz(folder: Path, files: int, seed: int, say: bool = False) -> Findings:
    """Break and load so many files. Raises what a loader raises that is no MartletError; the file stays in `folder`."""
    rng, findings = random.Random(seed), Findings()
    seeds = write_seeds(folder / "good")
    for number in range(files):
        lake = make_lake(folder / "home")
        chosen = seeds[number % len(seeds)]
        load_broken(lake, chosen, break_one(rng, chosen, folder / "broken"), findings)
        shutil.rmtree(folder / "home", ignore_errors=True)
        if say and number % 500 == 499:
            print(f"{number + 1:,} files", file=sys.stderr, flush=True)
    return findings


def table(findings: Findings, seed: int, before_mb: float) -> str:
    """What became of the files, as Markdown."""
    columns: Sequence[Mapping[str, int]] = (
        *(findings.files, findings.loaded, findings.refused, findings.rows_in, findings.rows_rejected),
    )
    rows = [
        f"| {name} | " + " | ".join(f"{column.get(name, 0):,}" for column in columns) + " |" for name in findings.files
    ]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return "\n".join(
        [
            "| files | broken | loaded | refused whole | rows in | set aside |",
            "|---|---:|---:|---:|---:|---:|",
            *rows,
            "",
            f"{sum(findings.files.values()):,} broken files, seed {seed}; the process took {before_mb:,.0f} MB before"
            f" the first and {peak:,.0f} MB at most.",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    # removed only when all went well: what a loader stumbled over stays in broken/
    folder = Path(mkdtemp(prefix="martlet-fuzz-"))
    print(f"working in {folder}", file=sys.stderr)
    told = table(fuzz(folder, arguments.files, arguments.seed, say=True), arguments.seed, before)
    shutil.rmtree(folder)
    print(told)
    if arguments.write:
        pages.put(PAGE, "fuzz", told)


if __name__ == "__main__":
    main()
