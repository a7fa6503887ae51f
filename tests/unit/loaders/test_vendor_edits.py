"""Edits in the lake: one file each, never half a file, read back as they were written."""

import tempfile
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loading import contents, landed, make_lake, write

from martlet.errors import MartletError
from martlet.loaders import reference_csv
from martlet.loaders.landing import Lake, next_load_time
from martlet.loaders.vendor_edits import read_edits, read_loaded, read_vendor_names, write_edit
from martlet.raw_contract import LOAD_COLUMNS
from martlet.vendor_changes import Change, Terms

NO_SEEDS = Path("/nowhere")
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20)
EDITS = st.builds(
    Change,
    action=st.sampled_from(["assign", "remove"]),
    sku=TEXT,
    vendor=TEXT,
    is_primary=st.booleans(),
    terms=st.builds(
        Terms,
        vendor_sku=st.none() | TEXT,
        unit_cost=st.none() | st.decimals("0.0001", 1_000_000, places=4),
        lead_time_days=st.none() | st.floats(0, 365),
        minimum_order_quantity=st.none() | st.integers(1, 1_000_000),
        pack_size=st.none() | st.integers(1, 1_000_000),
    ),
    at=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)),
    by=TEXT,
    made_in_mode=st.sampled_from(["mock", "live"]),
)


def edit(at: datetime, sku: str = "A", **terms: object) -> Change:
    return Change("assign", sku, "V", True, Terms(**terms), at, by="ann", made_in_mode="live")  # type: ignore[arg-type]


@settings(max_examples=40, deadline=None)
@given(EDITS)
def test_an_edit_reads_back_as_it_was_written(change: Change) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lake = make_lake(Path(folder))
        write_edit(lake, change)
        (found,) = read_edits(lake)
    # a removal says nothing of primary vendors
    assert vars(found) == {
        **vars(change),
        "place": (change.at.strftime("%Y%m%dT%H%M%S%f"), 0),
        "is_primary": change.is_primary or change.action == "remove",
    }


def test_an_edits_file_holds_the_raw_contracts_columns_in_its_types(lake: Lake) -> None:
    import pyarrow.parquet as pq  # noqa: PLC0415

    path = write_edit(lake, edit(datetime(2026, 1, 2, 3, 4, 5, 6), unit_cost=Decimal("2.5")))
    table = lake.contract["reference", "vendor_sku_edits"]
    schema = pq.read_schema(path)
    assert schema.names == [*table.column_names, *(column.name for column in LOAD_COLUMNS)]
    assert str(schema.field("unit_cost").type) == "decimal128(18, 4)"
    assert str(schema.field("edited_at").type) == "timestamp[us]"
    (row,) = landed(lake, "vendor_sku_edits", "reference")
    assert (row["edit_id"], row["_loaded_at"]) == ("20260102T030405000006", row["edited_at"])


def test_every_edit_is_a_file_of_its_own_and_none_is_changed_by_the_next(lake: Lake) -> None:
    write_edit(lake, edit(datetime(2026, 1, 1)))
    before = contents(lake)
    write_edit(lake, edit(datetime(2026, 1, 2)))
    after = contents(lake)
    assert len(after) == 2
    assert {name: after[name] for name in before} == before


def test_the_next_edit_is_later_than_every_one_before_even_where_the_clock_went_back(lake: Lake) -> None:
    ahead = datetime(2100, 1, 1)
    write_edit(lake, edit(ahead))
    write_edit(lake, edit(next_load_time(lake), "B"))
    assert [change.sku for change in read_edits(lake)] == ["A", "B"]


def test_half_a_file_never_counts_and_is_swept_away_by_the_next_edit(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    class KilledError(BaseException):
        """As of a process that is killed: nothing after it runs."""

    def kill(*_: object) -> None:
        raise KilledError

    with monkeypatch.context() as context:
        context.setattr(Path, "replace", kill)
        with pytest.raises(KilledError):
            write_edit(lake, edit(datetime(2026, 1, 1)))
    assert len(contents(lake)) == 1
    assert read_edits(lake) == []
    write_edit(lake, edit(datetime(2026, 1, 2)))
    assert [name.endswith(".parquet") for name in contents(lake)] == [True]


def test_a_folder_that_cannot_be_written_is_told_in_one_line(lake: Lake) -> None:
    lake.raw_dir.parent.mkdir(parents=True)
    write(lake.raw_dir, "not a folder")
    with pytest.raises(MartletError, match="cannot be written"):
        write_edit(lake, edit(datetime(2026, 1, 1)))


def test_a_broken_file_is_told_in_one_line(lake: Lake) -> None:
    write(write_edit(lake, edit(datetime(2026, 1, 1))), "not Parquet")
    with pytest.raises(MartletError, match=r"reference\.vendor_sku_edits cannot be read"):
        read_edits(lake)


def test_loaded_rows_are_read_with_their_times_and_blanks_as_nothing(lake: Lake, file: Path) -> None:
    write(file, "sku,vendor,is_primary,pack_size\nA,Acme,,6\nA,Bolt,no,\nB,Acme,yes,\n")
    receipt = reference_csv.load_file(lake, file, lambda message: None)
    changes = read_loaded(lake, NO_SEEDS, "live", "A")
    assert [(c.vendor, c.is_primary, c.terms.pack_size, c.place) for c in changes] == [
        ("Acme", True, 6, (receipt.file, 2)),
        ("Bolt", False, None, (receipt.file, 3)),
    ]
    assert {change.at for change in changes} == {datetime.fromisoformat(receipt.loaded_at)}
    assert len(read_loaded(lake, NO_SEEDS, "live")) == 3


def test_nothing_loaded_is_no_rows_and_no_vendors(lake: Lake) -> None:
    assert read_loaded(lake, NO_SEEDS, "not_connected") == []
    assert read_vendor_names(lake, NO_SEEDS, "live") == set()


def test_edits_cannot_be_loaded_from_a_file(lake: Lake, file: Path) -> None:
    columns = lake.contract["reference", "vendor_sku_edits"].column_names
    write(file, ",".join(columns) + "\n")
    with pytest.raises(MartletError, match="unknown headings"):
        reference_csv.load_file(lake, file, lambda message: None)
