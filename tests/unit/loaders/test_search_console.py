"""Search Console: rows by day, query and page are loaded; exports that say nothing of days are refused."""

import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from loading import contents, landed, reasons, values, write
from loading import load as load_any

from martlet.errors import MartletError
from martlet.loaders import search_console
from martlet.loaders.landing import Lake, LoadReceipt

FULL = ["date", "query", "page", "country", "device"]
NAMES = (*FULL, "clicks", "impressions", "position")
PAGE = "https://shop.example/gasket"


def row(*keys: str, clicks: float = 3, impressions: float = 40, **more: Any) -> dict[str, Any]:
    keys = keys or ("2026-10-07", "rubber gasket", PAGE, "gbr", "MOBILE")
    return {"keys": list(keys), "clicks": clicks, "impressions": impressions, "ctr": 0.075, "position": 4.5, **more}


def load(lake: Lake, path: Path) -> LoadReceipt:
    return load_any(lake, path, search_console)


def rows_of(lake: Lake) -> list[tuple[Any, ...]]:
    return values(landed(lake, "search_performance", "search"), *NAMES)


@pytest.fixture
def answer(tmp_path: Path) -> Path:
    return tmp_path / "answer.json"


GOOD = (date(2026, 10, 7), "rubber gasket", PAGE, "gbr", "MOBILE", 3, 40, 4.5)


@pytest.mark.parametrize(
    "document",
    [
        {"rows": [row()], "dimensions": FULL},
        {"request": {"dimensions": FULL}, "rows": [row()]},
        {"rows": [row()], "responseAggregationType": "byPage"},
        [row()],
        row(),
        {"rows": [row("MOBILE", PAGE, "2026-10-07", "rubber gasket", "gbr")]},
        {
            "rows": [row("gbr", "2026-10-07", "rubber gasket", PAGE, "mobile")],
            "dimensions": [FULL[3], *FULL[:3], "device"],
        },
        dict(zip(NAMES, ("2026-10-07", "rubber gasket", PAGE, "GBR", "mobile", 3, 40, 4.5), strict=True)),
    ],
)
def test_answers_of_the_api_land_typed_whatever_they_are_wrapped_in(lake: Lake, answer: Path, document: object) -> None:
    receipt = load(lake, write(answer, json.dumps(document, indent=2 if isinstance(document, dict) else None)))
    assert (receipt.resource, receipt.rows_in, receipt.rows_loaded) == ("search_performance", 1, 1)
    assert rows_of(lake) == [GOOD]


def test_lines_of_rows_and_of_answers_are_read_plain_and_gzipped(lake: Lake, answer: Path) -> None:
    other = row("2026-10-08", "rubber gasket", PAGE, "gbr", "MOBILE")
    load(lake, write(answer, "".join(json.dumps(each) + "\n" for each in (row(), other))))
    answers = "".join(json.dumps({"rows": [each], "dimensions": FULL}) + "\n" for each in (row(), other))
    load(lake, write(answer.with_name("more.jsonl.gz"), gzip.compress(answers.encode())))
    assert len(rows_of(lake)) == 4
    assert len(set(rows_of(lake))) == 2


def test_three_dimensions_are_told_by_their_shapes(lake: Lake, answer: Path) -> None:
    load(lake, write(answer, json.dumps({"rows": [row(PAGE, "2026-10-07", "rubber gasket")]})))
    assert rows_of(lake) == [(date(2026, 10, 7), "rubber gasket", PAGE, None, None, 3, 40, 4.5)]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"rows": [row("2026-10-07", "rubber gasket")]}, "its rows have no page; export date, query"),
        ({"rows": [row("rubber gasket", "seal")]}, "not clear which key is which"),
        ({"rows": [row("rubber gasket", PAGE)], "dimensions": ["query", "page"]}, "its rows have no date"),
        ({"rows": [row("x")], "dimensions": ["searchAppearance"]}, "only date, query, page, country, device"),
        ({"rows": [row(), row("2026-10-07", "seal", PAGE)]}, "different numbers of keys"),
        ({"rows": []}, "no rows of the Search Console API"),
        ({"orders": []}, "no rows of the Search Console API"),
    ],
)
def test_answers_whose_dimensions_are_unknown_or_too_few_are_refused(
    lake: Lake, answer: Path, document: object, words: str
) -> None:
    with pytest.raises(MartletError, match=words):
        load(lake, write(answer, json.dumps(document)))
    assert contents(lake) == {}


@pytest.mark.parametrize(
    ("header", "missing"),
    [
        ("Top queries,Clicks,Impressions,CTR,Position", "no date and no page"),
        ("Top pages,Clicks,Impressions,CTR,Position", "no date and no query"),
        ("Date,Clicks,Impressions,CTR,Position", "no query and no page"),
        ("Country,Clicks,Impressions,CTR,Position", "no date and no query and no page"),
        ("Device,Clicks,Impressions,CTR,Position", "no date and no query and no page"),
    ],
)
def test_an_export_of_the_pages_is_refused_with_what_it_lacks(
    lake: Lake, file: Path, header: str, missing: str
) -> None:
    with pytest.raises(MartletError, match=f"{missing}; export date, query, page, country and device together"):
        load(lake, write(file, f"{header}\nrubber gasket,3,40,7.5%,4.5\n"))
    assert contents(lake) == {}


def test_a_flat_csv_lands_with_its_spreadsheets_numbers(lake: Lake, file: Path) -> None:
    write(
        file,
        "Date,Query,URL,Country,Device,Clicks,Impressions,CTR,Average position\n"
        f'2026-10-07,rubber gasket,{PAGE},GBR,Mobile,"1,203","14,000",8.6%,4.5\n'
        f"20261008,rubber gasket,{PAGE},gbr,DESKTOP,0,0,0%,0\n",
    )
    load(lake, file)
    assert rows_of(lake) == [
        (date(2026, 10, 7), "rubber gasket", PAGE, "gbr", "MOBILE", 1203, 14000, 4.5),
        (date(2026, 10, 8), "rubber gasket", PAGE, "gbr", "DESKTOP", 0, 0, None),
    ]


def test_a_row_that_cannot_be_taken_is_set_aside(lake: Lake, file: Path) -> None:
    rows = [
        ("07/10/2026", "a", PAGE, "gbr", "MOBILE", "3", "40", "4.5"),
        ("2026-10-07", "", PAGE, "gbr", "MOBILE", "3", "40", "4.5"),
        ("2026-10-07", "a", PAGE, "United Kingdom", "MOBILE", "3", "40", "4.5"),
        ("2026-10-07", "a", PAGE, "gbr", "FRIDGE", "3", "40", "4.5"),
        ("2026-10-07", "a", PAGE, "gbr", "MOBILE", "41", "40", "4.5"),
        ("2026-10-07", "a", PAGE, "gbr", "MOBILE", "3", "40", "0.5"),
        ("2026-10-07", "a", PAGE, "gbr", "MOBILE", "1.203.5", "40", "4.5"),
        ("2026-10-07", "b", PAGE, "gbr", "MOBILE", "3", "40", "4.5"),
        ("2026-10-07", "b", PAGE, "gbr", "MOBILE", "4", "40", "4.5"),
    ]
    receipt = load(lake, write(file, "\n".join([",".join(NAMES), *map(",".join, rows)])))
    assert (receipt.rows_in, receipt.rows_loaded) == (9, 1)
    assert reasons(lake) == {
        2: "date is not a day such as 2025-10-07",
        3: "query is blank",
        4: "country is not a code of three letters",
        5: "device is not desktop, mobile or tablet",
        6: "there are more clicks than impressions",
        7: "position is below 1",
        8: "clicks is not a whole number",
        9: "line 10 holds the same row again",
    }


def test_a_line_that_is_no_json_is_set_aside_and_the_others_land(lake: Lake, answer: Path) -> None:
    receipt = load(lake, write(answer, json.dumps(row()) + '\n{"keys": [\n'))
    assert (receipt.rows_in, receipt.rows_loaded) == (2, 1)
    assert reasons(lake) == {2: "the line is not valid JSON"}


def test_the_same_file_twice_changes_no_byte(lake: Lake, answer: Path) -> None:
    load(lake, write(answer, json.dumps({"rows": [row()]})))
    before = contents(lake)
    assert search_console.load_file(lake, answer, lambda message: None).was_loaded_before
    assert contents(lake) == before


def test_a_broken_archive_and_a_missing_file_are_refused(lake: Lake, answer: Path) -> None:
    with pytest.raises(MartletError, match="cannot be read to its end"):
        load(lake, write(answer, gzip.compress(b"x" * 500)[:-9]))
    with pytest.raises(MartletError, match="cannot be read"):
        load(lake, answer.with_name("gone.json"))
