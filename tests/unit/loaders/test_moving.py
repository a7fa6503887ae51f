"""A load comes into the lake whole or not at all, wherever it is cut off."""

import json
from pathlib import Path

import pytest
from loading import ORDERS, contents, csv_text, head_row, line_row, load, write

from martlet.errors import MartletError
from martlet.loaders import moving, shopify_csv
from martlet.loaders.landing import Lake, read_receipts

TWO_ORDERS = csv_text(ORDERS, [head_row(1), line_row(1), head_row(2, Total="no number")])


class Killed(BaseException):
    """Stands for SIGKILL: nothing that follows is run, but for what Python's own `finally` cannot be kept from."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path / "orders.csv", TWO_ORDERS)


def parts(lake: Lake) -> set[str]:
    return {name for name in contents(lake) if ".incoming" not in name}


@pytest.fixture
def whole(tmp_path: Path, lake: Lake, file: Path) -> set[str]:
    """The names that a load leaves, when nothing comes in between."""
    other = Lake(tmp_path / "o" / "raw", tmp_path / "o" / "rejected", tmp_path / "o" / "loads", lake.contract)
    load(other, file)
    return parts(other)


@pytest.mark.parametrize("moved", range(6))
def test_a_load_killed_between_two_moves_is_finished_by_the_next_command(
    lake: Lake, file: Path, whole: set[str], moved: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    replace = Path.replace

    def cut_off(self: Path, target: Path) -> Path:
        if moving.INCOMING in self.parts and moving.INCOMING not in Path(target).parts:
            if len(done) == moved:
                raise Killed
            done.append(self.name)
        return replace(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", cut_off)
        with pytest.raises(Killed):
            shopify_csv.load_file(lake, file, print)
    assert len(parts(lake)) == moved < len(whole)
    moving.repair(lake.raw_dir.parent)
    assert parts(lake) == whole
    assert not list((lake.raw_dir.parent / moving.INCOMING).glob("*"))
    assert len(read_receipts(lake.receipts_dir)) == 1
    assert load(lake, file).was_loaded_before


def test_a_load_killed_before_its_parts_were_whole_is_forgotten(lake: Lake, file: Path, whole: set[str]) -> None:
    left = lake.raw_dir.parent / moving.INCOMING / "0123456789abcdef"
    left.mkdir(parents=True)
    (left / "shopify__orders.parquet").write_bytes(b"PAR1 half")
    moving.repair(lake.raw_dir.parent)
    assert not left.exists()
    assert contents(lake) == {}
    assert not load(lake, file).was_loaded_before
    assert parts(lake) == whole


def test_a_part_without_a_receipt_is_told(lake: Lake, file: Path) -> None:
    receipt = load(lake, file)
    assert moving.orphans(lake.raw_dir, lake.rejected_dir, lake.receipts_dir) == []
    lake.receipt_path(receipt.load_id).unlink()
    found = moving.orphans(lake.raw_dir, lake.rejected_dir, lake.receipts_dir)
    assert {path.stem for path in found} == {receipt.load_id}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"load_id": 1}', json.dumps({"loaded_at": "soon"})])
def test_a_receipt_that_is_none_is_told_in_one_line(lake: Lake, file: Path, text: str) -> None:
    path = lake.receipt_path(load(lake, file).load_id)
    path.write_text(text)
    for read in (lambda: shopify_csv.load_file(lake, file, print), lambda: read_receipts(lake.receipts_dir)):
        with pytest.raises(MartletError, match="delete it and load its file again") as error:
            read()
        assert "\n" not in str(error.value)
