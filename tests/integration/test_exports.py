"""What `martlet export` writes: surfaces with the same columns, pages that put together are the whole, a manifest."""

import csv
import hashlib
import json
from pathlib import Path

import pytest

from stores import Store


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("table", "format_", "size"),
    [
        ("vendor_scorecard", "csv", 1),
        ("vendor_scorecard", "json", 5),
        ("reorder_points", "csv", 400),
        ("reorder_points", "json", 575),
        ("customers", "csv", 5000),
    ],
)
def test_pages_put_together_are_the_whole_file(
    mock_store: Store, tmp_path: Path, table: str, format_: str, size: int
) -> None:
    mock_store.run("export", table, "--format", format_, "--to", str(tmp_path / "whole"))
    pages = b""
    for page in range(1, -(-int(str(mock_store.value(f"select count(*) from marts.{table}"))) // size) + 1):
        mock_store.run(
            *("export", table, "--format", format_, "--to", str(tmp_path)),
            *("--page", str(page), "--page-size", str(size)),
        )
        pages += (tmp_path / f"{table}.page{page:04d}.{format_}").read_bytes()
    assert pages == (tmp_path / "whole" / f"{table}.{format_}").read_bytes()


def test_surfaces_have_the_same_columns(mock_store: Store, tmp_path: Path) -> None:
    vendor = "Ironvale Speed"
    mock_store.run("export", "reorder_points", "--to", str(tmp_path))
    mock_store.run("export", "reorder_points", "--surface", "fast-movers", "--to", str(tmp_path))
    mock_store.run("export", "reorder_points", "--surface", "vendor", "--vendor", vendor, "--to", str(tmp_path))
    mock_store.run("export", "reorder_points", "--surface", "fast-movers", "--vendor", vendor, "--to", str(tmp_path))
    whole = read(tmp_path / "reorder_points.csv")
    fast = read(tmp_path / "reorder_points-fast_movers.csv")
    vendors = read(tmp_path / "reorder_points-ironvale_speed.csv")
    both = read(tmp_path / "reorder_points-fast_movers-ironvale_speed.csv")
    assert fast == [row for row in whole if row["velocity_decile"] == "1"]
    assert vendors == [row for row in whole if row["vendor"] == vendor]
    assert both == [row for row in fast if row["vendor"] == vendor]
    assert 0 < len(both) < len(fast) < len(whole)


def test_the_manifest_tells_every_file_that_is_as_it_was_written(mock_store: Store, tmp_path: Path) -> None:
    for table in ("orders", "plays", "fast_movers"):
        mock_store.run("export", table, "--to", str(tmp_path))
    (tmp_path / "orders.csv").write_text("changed by hand")
    mock_store.run("export", "products", "--to", str(tmp_path))
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert [entry["file"] for entry in manifest["files"]] == ["fast_movers.csv", "plays.csv", "products.csv"]
    for entry in manifest["files"]:
        content = (tmp_path / entry["file"]).read_bytes()
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
        assert entry["rows"] == len(read(tmp_path / entry["file"]))
        assert (entry["as_of_date"], entry["source_modes"]) == ("2026-10-31", "mock")
    assert manifest["versions"].keys() >= {"martlet", "dbt-core", "duckdb"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("export", "--page", "1"), "name the tables"),
        (("export", "orders", "--surface", "fast-movers"), "has no column is_fast_mover"),
        (("export", "reorder_points", "--surface", "vendor"), "needs --vendor"),
        (("export", "reorder_points", "--vendor", "Nobody' or 1=1 --"), "has no vendor"),
        (("export", "reorder_points", "--page", "0"), "Invalid value for '--page'"),
        (("export", "reorder_points", "--page", "9999"), "there is no page 9999"),
        (("export", "reorder_points", "--page", "1", "--format", "parquet"), "Parquet files cannot be put together"),
    ],
)
def test_what_cannot_be_selected_is_one_line(
    mock_store: Store, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    result = mock_store.martlet(*arguments, "--to", str(tmp_path))
    assert result.exit_code == 2
    assert words in result.output
    assert "Traceback" not in result.output
    assert not list(tmp_path.glob("*.csv"))
