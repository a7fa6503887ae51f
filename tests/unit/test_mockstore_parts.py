"""The mock store's two lanes: they write what one thread would, and a failure ends them cleanly."""

import errno
import threading
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from martlet.app import main
from martlet.mockstore import Summary, write_parquet
from martlet.mockstore.columns import coded, decoded
from martlet.mockstore.parts import LANES, Lanes
from martlet.mockstore.store import make_store
from martlet.mockstore.tables import EVENTS, pieces
from martlet.raw_contract import LOAD_COLUMNS, load_contract

CONTRACT = load_contract(Path(__file__).parents[2] / "models")
ORDERS, EVENT_COUNT = 500, 600_000


def refuse(*_: object, **__: object) -> int:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Summary]:
    folder = tmp_path_factory.mktemp("lanes")
    return folder, write_parquet(folder, CONTRACT, ORDERS, EVENT_COUNT)


def test_lanes_write_what_one_thread_makes(written: tuple[Path, Summary]) -> None:
    folder, summary = written
    made: dict[tuple[str, str], list[pa.Table]] = {}
    for piece in pieces(make_store(7, ORDERS, EVENT_COUNT), CONTRACT):
        made.setdefault(piece.key, []).append(piece.make())
    assert len(made[EVENTS]) > LANES, "too few pieces for the lanes to take turns"
    for (source, table), parts in made.items():
        rows = pq.read_table(folder / source / table).sort_by("_source_row")
        one = pa.concat_tables(parts)
        one = one.cast(pa.schema([pa.field(field.name, decoded(field.type)) for field in one.schema]))
        assert rows["_source_row"].to_pylist() == list(range(1, one.num_rows + 1))
        assert rows.drop_columns([column.name for column in LOAD_COLUMNS]).equals(one)
        assert summary.rows[source, table] == one.num_rows


def test_each_lane_writes_every_second_piece_of_the_events(written: tuple[Path, Summary]) -> None:
    folder, summary = written
    files = [folder / "ga4" / "events" / f"part-{lane:05d}.parquet" for lane in range(LANES)]
    assert [path for path in summary.files if path.parent == files[0].parent] == files
    assert [pq.ParquetFile(path).num_row_groups for path in files] == [2, 1]
    firsts = [pq.read_table(path, columns=["_source_row"])["_source_row"][0].as_py() for path in files]
    assert firsts == [1, 1 + pq.ParquetFile(files[0]).metadata.row_group(0).num_rows]


def test_jobs_are_reported_in_order() -> None:
    told: list[tuple[str, int]] = []
    with Lanes(lambda name, rows: told.append((name, rows))) as lanes:
        for number in range(20):
            lanes.add(number % LANES, str(number), partial(int, number))
    assert told == [(str(number), number) for number in range(20)]


def test_a_failed_job_drops_those_not_begun_and_leaves_no_thread() -> None:
    threads, given = threading.active_count(), []

    def give(jobs: int) -> None:
        with Lanes() as lanes:
            for number in range(jobs):
                given.append(number)
                lanes.add(number % LANES, str(number), refuse if number == 5 else partial(int, number))

    with pytest.raises(OSError, match="No space"):
        give(1_000)
    assert len(given) < 20
    assert threading.active_count() == threads


def test_a_lane_that_fails_ends_the_command_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("martlet.mockstore.tables.events_columns", refuse)
    threads = threading.active_count()
    result = CliRunner().invoke(main, ["mock", "--orders", "500", "--events", "5000", "--to", str(tmp_path / "raw")])
    assert (result.exit_code, result.stderr) == (2, "martlet: No space left on device\n")
    assert threading.active_count() == threads


def test_codes_name_each_word_once_and_leave_out_nulls() -> None:
    column = coded(["a", None, "a", "b"], np.array([3, 2, 1, 0, -1]))
    assert column.to_pylist() == ["b", "a", None, "a", None]
    assert column.dictionary.to_pylist() == ["a", "b"]
