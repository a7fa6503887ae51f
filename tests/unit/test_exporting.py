"""Pages of a file beyond ASCII: Excel's mark stands once, at the start of the whole."""

from pathlib import Path

import duckdb
import pytest

from martlet.errors import MartletError
from martlet.exporting import EVERYTHING, Selection, _write_text, write_csv

NAMES = "select name from (values (1, 'plain'), (2, 'plain too'), (3, 'Jürgens')) as names (place, name) order by place"


def written(path: Path, selection: Selection, sql: str = NAMES) -> bytes:
    with duckdb.connect() as connection:
        _write_text(connection.execute(sql), path, "csv", selection)
    return path.read_bytes()


def test_the_mark_stands_where_the_whole_begins(tmp_path: Path) -> None:
    whole = written(tmp_path / "whole", EVERYTHING)
    assert whole == "\ufeffname\r\nplain\r\nplain too\r\nJürgens\r\n".encode()
    pages = [written(tmp_path / str(page), Selection(page=page, page_size=1)) for page in (1, 2, 3)]
    assert pages[0].startswith(b"\xef\xbb\xbfname")
    assert b"".join(pages) == whole


def test_an_empty_table_has_one_page(tmp_path: Path) -> None:
    nothing = "select 1 as name where false"
    assert written(tmp_path / "first", Selection(page=1), nothing) == b"name\r\n"
    with pytest.raises(MartletError, match="there is no page 2"):
        written(tmp_path / "second", Selection(page=2), nothing)


def test_file_names_say_what_was_left_out() -> None:
    assert EVERYTHING.file_name("orders", "csv") == "orders.csv"
    chosen = Selection(fast_movers=True, vendor="Kessler & Vane", page=3)
    assert chosen.file_name("reorder_points", "json") == "reorder_points-fast_movers-kessler_vane.page0003.json"


def test_a_file_of_its_own_is_as_safe_for_a_spreadsheet(tmp_path: Path) -> None:
    write_csv(tmp_path / "order.csv", ["SKU", "Quantity"], [("=1+1", -2), ("Jürgens", 3)])
    assert (tmp_path / "order.csv").read_bytes() == "\ufeffSKU,Quantity\r\n'=1+1,-2\r\nJürgens,3\r\n".encode()
    assert [path.name for path in tmp_path.iterdir()] == ["order.csv"]
