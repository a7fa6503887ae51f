"""A spreadsheet must open an export right and run nothing in it."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from martlet.rendering import FORMULA_STARTS, cell, render_rows


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (1234567890123456789, "1234567890123456789"),
        (Decimal("0.0000001"), "0.0000001"),
        (Decimal("12.30"), "12.30"),
        (1e21, "1000000000000000000000"),
        (0.00001, "0.00001"),
        (-0.5, "-0.5"),
        (float("nan"), ""),
        (float("inf"), ""),
        (date(2026, 10, 31), "2026-10-31"),
        (datetime(2026, 10, 31, 9, 5), "2026-10-31 09:05:00"),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("plain", "plain"),
    ],
)
def test_cells_are_plain_and_safe(value: object, text: str) -> None:
    assert cell(value) == text


@given(st.one_of(st.text(), st.floats(), st.integers(), st.decimals(allow_nan=False, allow_infinity=False)))
def test_no_text_starts_like_a_formula_and_no_number_has_an_exponent(value: object) -> None:
    written = cell(value)
    if isinstance(value, str):
        assert not written.startswith(FORMULA_STARTS)
    else:
        assert "e" not in written.lower()


def test_rows_render_as_csv_and_json_lines() -> None:
    rows = [(1, "a,b", Decimal("1.50")), (2, None, None)]
    assert render_rows(["n", "t", "m"], rows, "csv") == 'n,t,m\n1,"a,b",1.50\n2,,\n'
    assert render_rows(["n", "t", "m"], rows, "json") == (
        '{"n": 1, "t": "a,b", "m": 1.5}\n{"n": 2, "t": null, "m": null}\n'
    )
