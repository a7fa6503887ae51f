"""Where rows land: once, whole, and under one receipt for each file."""

import errno
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from loading import (
    CUSTOMERS_2022,
    ORDERS,
    contents,
    csv_text,
    head_row,
    landed,
    line_row,
    load,
    rejected,
    write,
)

from martlet.errors import MartletError
from martlet.loaders import ga4_export, reference_csv, shopify_csv
from martlet.loaders.landing import EDIT_ID, Lake, LoadReceipt, read_receipts

BAD_AND_GOOD = csv_text(ORDERS, [head_row(1), line_row(1), head_row(2, Total="1.234,56", Email="it's me")])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path / "orders.csv", BAD_AND_GOOD)


def test_a_load_leaves_one_part_for_each_table_one_of_rejected_rows_and_one_receipt(lake: Lake, file: Path) -> None:
    load_id = load(lake, file).load_id
    tables = ("order_adjustments", "order_lines", "orders", "refunds")
    assert sorted(contents(lake)) == sorted(
        [
            f"loads/{load_id}.json",
            *(f"raw/shopify/{table}/{load_id}.parquet" for table in tables),
            f"rejected/{load_id}.parquet",
        ]
    )


def test_a_rejected_row_tells_its_file_line_reason_value_and_all_its_cells(lake: Lake, file: Path) -> None:
    receipt = load(lake, file)
    (row,) = rejected(lake)
    assert (row["source"], row["resource"], row["file"], row["line"]) == ("shopify", "orders", "orders.csv", 4)
    assert (row["reason"], row["value"]) == ("Total is not a plain number such as 1234.56", "1.234,56")
    cells = head_row(2, Total="1.234,56", Email="it's me")
    assert json.loads(row["row"]) == {name: str(cell) for name, cell in cells.items() if cell != ""}
    assert row["rejected_at"] == datetime.fromisoformat(receipt.loaded_at)
    assert [(e.line, e.reason, e.value) for e in receipt.examples] == [(4, row["reason"], "1.234,56")]


def test_a_load_without_bad_rows_writes_no_rejected_rows(lake: Lake, file: Path) -> None:
    load(lake, write(file, csv_text(ORDERS, [head_row()])))
    assert not lake.rejected_dir.exists()


def test_loading_the_same_bytes_again_changes_no_byte_whatever_the_file_is_called(lake: Lake, file: Path) -> None:
    first = load(lake, file)
    before = contents(lake)
    for path in (file, write(file.with_name("copy of orders.csv"), BAD_AND_GOOD)):
        again = shopify_csv.load_file(lake, path, lambda message: None)
        assert again.was_loaded_before
        assert (again.load_id, again.rows_in, again.file) == (first.load_id, first.rows_in, "orders.csv")
        assert contents(lake) == before


def test_a_load_cut_off_before_its_receipt_is_done_again_without_a_second_copy(lake: Lake, file: Path) -> None:
    first = load(lake, file)
    before = contents(lake)
    lake.receipt_path(first.load_id).unlink()
    second = load(lake, file)
    assert not second.was_loaded_before
    assert contents(lake).keys() == before.keys()
    assert len(landed(lake, "order_lines")) == 2


def test_parts_of_a_load_that_was_killed_are_swept_away(lake: Lake, file: Path) -> None:
    load_id = load(lake, file).load_id
    lake.receipt_path(load_id).unlink()
    left = lake.raw_dir.parent / ".incoming" / load_id
    left.mkdir(parents=True)
    write(left / "shopify__orders.parquet", "half a file")
    load(lake, file)
    assert len(landed(lake, "orders")) == 1


def test_an_error_on_the_way_leaves_nothing_behind(lake: Lake, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise MartletError("orders.csv: no space left")

    monkeypatch.setattr("martlet.loaders.moving.commit", fail)
    with pytest.raises(MartletError):
        load(lake, file)
    assert contents(lake) == {}


def test_a_later_export_lands_later_even_where_the_clock_went_back(lake: Lake, file: Path) -> None:
    first = load(lake, file)
    path = lake.receipt_path(first.load_id)
    ahead = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=400)
    path.write_text(json.dumps({**json.loads(path.read_text()), "loaded_at": ahead.isoformat(sep=" ")}))
    second = load(lake, write(file, csv_text(ORDERS, [head_row(Financial_Status="refunded")])))
    assert datetime.fromisoformat(second.loaded_at) > ahead


def test_a_load_lands_later_than_every_edit(lake: Lake, file: Path) -> None:
    ahead = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=400)
    folder = lake.raw_dir / "reference" / "vendor_sku_edits"
    folder.mkdir(parents=True)
    for name in (ahead.strftime(EDIT_ID), "a copy"):
        (folder / f"{name}.parquet").touch()
    assert datetime.fromisoformat(load(lake, file).loaded_at) > ahead


def test_receipts_read_back_oldest_first(lake: Lake, file: Path) -> None:
    first = load(lake, file)
    second = load(lake, write(file.with_name("customers.csv"), csv_text(CUSTOMERS_2022, [{"Email": "a@example.com"}])))
    assert read_receipts(lake.receipts_dir) == [without_examples(first), second]


def without_examples(receipt: LoadReceipt) -> LoadReceipt:
    return LoadReceipt(**{**vars(receipt), "examples": ()})


# --- finding files


def test_a_folder_gives_its_files_sorted_and_leaves_others_and_hidden_ones(tmp_path: Path) -> None:
    for name in ("b.csv", "A.CSV", "._b.csv", "notes.txt", "events.json.gz", "x.parquet"):
        write(tmp_path / name, "x")
    (tmp_path / "folder.csv").mkdir()
    assert [path.name for path in shopify_csv.find_files(tmp_path)] == ["A.CSV", "b.csv"]
    assert [path.name for path in ga4_export.find_files(tmp_path)] == ["events.json.gz", "x.parquet"]
    assert reference_csv.find_files(tmp_path / "notes.txt") == [tmp_path / "notes.txt"]


@pytest.mark.parametrize("loader", [shopify_csv, ga4_export, reference_csv])
def test_a_folder_that_is_missing_or_empty_says_so(tmp_path: Path, loader: object) -> None:
    with pytest.raises(MartletError, match="nowhere: no such file or folder"):
        loader.find_files(tmp_path / "nowhere")
    with pytest.raises(MartletError, match="files in this folder"):
        loader.find_files(tmp_path)


@pytest.mark.parametrize("loader", [shopify_csv, ga4_export, reference_csv])
def test_a_folder_or_nothing_given_as_a_file_says_so(lake: Lake, tmp_path: Path, loader: object) -> None:
    for path in (tmp_path, tmp_path / "gone.csv"):
        with pytest.raises(MartletError, match=r"cannot be read \("):
            load(lake, path, loader)


def test_a_file_that_may_not_be_read_says_so(lake: Lake, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, *arguments: object, **options: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    # not by the file's mode: root may read everything
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(MartletError, match="Permission denied"):
        load(lake, file)
