"""Any dialect is read, and a fault costs its own rows and no other."""

import random
import time
from pathlib import Path

import pytest
from loading import (
    ORDERS,
    csv_text,
    head_row,
    landed,
    line_row,
    load,
    make_lake,
    orders_csv,
    reasons,
    rejected,
    values,
    write,
)

from martlet.errors import MartletError
from martlet.loaders.landing import Lake

TWO_ORDERS = orders_csv(head_row(1, Shipping_City="Besançon"), line_row(1), head_row(2, Shipping_City="Łódź"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_encoding_and_line_ends_do_not_matter(lake: Lake, file: Path, encoding: str, line_end: str) -> None:
    mark = "\ufeff" if encoding[-2:] in ("le", "be") else ""
    write(file, (mark + TWO_ORDERS.replace("\n", line_end)).encode(encoding))
    assert load(lake, file).rows_loaded == 3
    assert values(landed(lake, "orders"), "shipping_address_city") == [("Besançon",), ("Łódź",)]
    assert [row["_source_row"] for row in landed(lake, "order_lines")] == [2, 3, 4]


def test_latin_1_and_utf_8_are_read_right_even_in_one_file(lake: Lake, file: Path) -> None:
    text = orders_csv(head_row(1, Shipping_City="Besançon"), head_row(2, Shipping_City="Zürich “€”"))
    load(lake, write(file, text.encode("cp1252")))
    assert values(landed(lake, "orders"), "shipping_address_city") == [("Besançon",), ("Zürich “€”",)]
    first, second, third = text.splitlines(keepends=True)
    mixed = first.encode("utf-8-sig") + second.encode("latin-1") + third.encode()
    load(make_lake(file.parent / "other"), write(file, mixed))
    assert values(landed(make_lake(file.parent / "other"), "orders"), "shipping_address_city") == [
        ("Besançon",),
        ("Zürich “€”",),
    ]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_semicolons_tabs_and_bars_are_delimiters_too(lake: Lake, file: Path, delimiter: str) -> None:
    write(file, csv_text(ORDERS, [head_row(1, Notes="a, b; c\td | e"), line_row(1)], delimiter))
    assert load(lake, file).rows_loaded == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf\r\n \r\n", "the file is empty"),
        (orders_csv(head_row()).replace(",", "~").encode(), "no comma, semicolon, tab or bar"),
        (b"PK\x03\x04\x14\x00\x06\x00,,\x00\xff", "zip archive or Excel workbook"),
        (bytes(range(256)) * 40, "not a text file"),
        (b"\x89PNG,\r\n\x1a\n" + bytes(200), "not a Shopify admin export"),
        (TWO_ORDERS.encode("utf-16-le"), "not a text file"),
        (b"a,b\n1,2\n", "not a Shopify admin export"),
        (TWO_ORDERS.replace("Payment References", '"Payment References', 1).encode(), "quote in the header line"),
        (b"x," * 200_000, "first line is longer"),
    ],
)
def test_a_file_that_is_no_export_is_refused_in_one_line(lake: Lake, file: Path, content: bytes, words: str) -> None:
    with pytest.raises(MartletError, match=words):
        load(lake, write(file, content))
    assert not lake.raw_dir.exists()


def test_a_header_alone_is_a_load_of_no_rows(lake: Lake, file: Path) -> None:
    receipt = load(lake, write(file, orders_csv()))
    assert (receipt.rows_in, receipt.rows_loaded, receipt.rows_rejected) == (0, 0, 0)
    assert receipt.tables == {"orders": 0, "order_lines": 0, "refunds": 0, "order_adjustments": 0}


def test_a_file_cut_off_in_a_row_sets_that_order_aside(lake: Lake, file: Path) -> None:
    content = orders_csv(head_row(1), head_row(2), line_row(2)).encode()
    receipt = load(lake, write(file, content[:-60]))
    assert (receipt.rows_in, receipt.rows_loaded) == (3, 1)
    assert reasons(lake)[4].endswith("cells, the header has 79")
    assert reasons(lake)[3] == "order #1002 is set aside whole: line 4 is bad"


def test_a_file_cut_off_between_two_rows_sets_its_last_order_aside(lake: Lake, file: Path) -> None:
    whole = orders_csv(head_row(1, Subtotal="40.00"), line_row(1), head_row(2, Subtotal="40.00"), line_row(2))
    load(lake, write(file, "".join(whole.splitlines(keepends=True)[:-1])))
    assert values(landed(lake, "orders"), "name") == [("#1001",)]
    assert reasons(lake)[4] == "the file ends before order #1002 does: its lines come to less than its Subtotal"


def test_an_order_whose_cells_were_filled_down_does_not_land_with_its_last_line_alone(lake: Lake, file: Path) -> None:
    filled = [head_row(1, Subtotal="40.00"), head_row(1, Subtotal="40.00"), head_row(2)]
    load(lake, write(file, orders_csv(*filled)))
    assert values(landed(lake, "orders"), "name") == [("#1002",)]
    assert reasons(lake) == {
        2: "a later copy of order #1001 stands in this file",
        3: "lines of order #1001 are missing: its lines come to less than its Subtotal",
    }


def test_a_file_cut_off_in_a_quoted_cell_or_a_character_costs_the_last_row_alone(lake: Lake, file: Path) -> None:
    content = orders_csv(head_row(1), head_row(2, Notes='say "é", twice\nand more')).encode()
    for number, cut in enumerate(
        (content.index("é".encode()) + 1, content.index(b"twice") + 2, content.index(b"more"))
    ):
        lake = make_lake(file.parent / f"home{number}")
        load(lake, write(file, content[:cut]))
        assert values(landed(lake, "orders"), "name") == [("#1001",)]
        assert "�" not in landed(lake, "orders")[0]["email"]


def test_a_note_of_several_lines_keeps_line_numbers_right(lake: Lake, file: Path) -> None:
    rows = [head_row(1, Notes="one\ntwo, and\r\nthree"), head_row(2, Total="x", Notes='a "b"\n\n\nc'), head_row(3)]
    load(lake, write(file, "\n\n" + orders_csv(*rows).replace("#1003", "\n\n#1003").replace("\n\n#1003", "#1003")))
    assert values(landed(lake, "orders"), "name", "_source_row") == [("#1001", 4), ("#1003", 11)]
    assert list(reasons(lake)) == [7]


def test_blank_lines_are_no_rows_but_lines_of_commas_are(lake: Lake, file: Path) -> None:
    header, *rows = orders_csv(head_row(1), head_row(2)).splitlines()
    receipt = load(lake, write(file, "\n".join([header, "", rows[0], "", "", "," * 78, rows[1], "", ""])))
    assert (receipt.rows_in, receipt.rows_rejected) == (3, 1)
    assert reasons(lake) == {6: "Name is blank"}
    assert [row["_source_row"] for row in landed(lake, "orders")] == [3, 7]


@pytest.mark.parametrize("place", ["Notes", "Lineitem name", "Name", "Payment References"])
@pytest.mark.parametrize("later_note", ["", "quoted, note"])
def test_a_stray_quote_costs_its_own_row_and_swallows_no_other(
    lake: Lake, file: Path, place: str, later_note: str
) -> None:
    rows = [
        head_row(n, **{place: "@@" if n == 3 else head_row(n).get(place, ""), "Notes": "" if n == 3 else later_note})
        for n in range(1, 8)
    ]
    rows[2][place] = "@@"
    receipt = load(lake, write(file, orders_csv(*rows).replace("@@", '"stray')))
    assert receipt.rows_in == 7
    assert set(reasons(lake)) <= {4}
    assert [row["_source_row"] for row in landed(lake, "orders") if row["_source_row"] != 4] == [2, 3, 5, 6, 7, 8]


def test_many_stray_quotes_in_a_long_file_take_no_more_than_moments(lake: Lake, file: Path) -> None:
    rows = [head_row(n, Notes="@@" if n % 50 == 0 else "") for n in range(10_000)]
    started = time.monotonic()
    receipt = load(lake, write(file, orders_csv(*rows).replace("@@", '"stray')))
    assert (receipt.rows_in, receipt.rows_rejected) == (10_000, 200)
    assert time.monotonic() - started < 10


def test_an_enormous_cell_is_set_aside_where_it_is_read_and_ignored_where_not(lake: Lake, file: Path) -> None:
    huge = "x" * 5_000_000
    load(lake, write(file, orders_csv(head_row(1, Notes=huge), head_row(2, Email=huge), head_row(3))))
    assert reasons(lake) == {3: "Email holds more than 1,000,000 characters"}
    assert values(landed(lake, "orders"), "name") == [("#1001",), ("#1003",)]
    assert len(rejected(lake)[0]["row"]) > 5_000_000


def test_a_file_of_one_enormous_line_is_refused_or_set_aside_in_moments(lake: Lake, file: Path) -> None:
    started = time.monotonic()
    with pytest.raises(MartletError):
        load(lake, write(file, b"x" * 20_000_000))
    receipt = load(lake, write(file, orders_csv().encode() + b"y,y" * 3_000_000))
    assert (receipt.rows_in, receipt.rows_rejected) == (1, 1)
    assert time.monotonic() - started < 20


def test_nul_bytes_in_text_are_kept_and_in_a_number_are_bad(lake: Lake, file: Path) -> None:
    load(lake, write(file, orders_csv(head_row(1, Tags="a\0b"), head_row(2, Total="2\0"))))
    assert values(landed(lake, "orders"), "name", "tags") == [("#1001", "a\0b")]


def test_a_quote_in_a_file_name_does_no_harm(lake: Lake, tmp_path: Path) -> None:
    load(lake, write(tmp_path / 'it\'s "mine" [1].csv', orders_csv(head_row(1), head_row(2, Total="x"))))
    assert landed(lake, "orders")[0]["_source_file"] == 'it\'s "mine" [1].csv'


def _mutated(rng: random.Random, content: bytes) -> bytes:
    """The content with a few bytes, cells or lines changed, left out, put in or doubled."""
    separator = rng.choice([b"", b"\n", b","])
    parts = content.split(separator) if separator else [bytes([byte]) for byte in content]
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(parts))
        other = rng.choice(
            [rng.choice(parts), rng.choice([b'"', b"\0", b"\xff", b"\r", b"'", b"1e9", b"\xc3", b";", b""])]
        )
        parts[place : place + rng.randint(0, 2)] = [other] * rng.randint(0, 2)
        parts = parts or [b""]
    return separator.join(parts)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_to_a_file_it_is_refused_or_every_row_is_accounted_for(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    content = orders_csv(
        head_row(1, Notes='a "b"\nc'), line_row(1), head_row(2, Refunded_Amount="3"), line_row(2)
    ).encode()
    for number in range(30):
        path = write(tmp_path / f"{number}.csv", _mutated(rng, content))
        lake = make_lake(tmp_path / f"home{number}")
        try:
            load(lake, path)
        except MartletError:
            assert not lake.raw_dir.exists()
