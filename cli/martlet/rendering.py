"""Rows as text: cells that a spreadsheet opens right and runs nothing in, or JSON lines for programs."""

import csv
import io
import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

# a cell that starts so is a formula to a spreadsheet
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def render_rows(
    names: Sequence[str], rows: Sequence[tuple[Any, ...]], format_: str, heading: bool = True, line_end: str = "\n"
) -> str:
    """Rows as CSV, with or without a line of names, or as JSON lines."""
    if format_ == "json":
        records = ({name: _json_value(value) for name, value in zip(names, row, strict=True)} for row in rows)
        return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=line_end)
    if heading:
        writer.writerow(names)
    writer.writerows([cell(value) for value in row] for row in rows)
    return text.getvalue()


def cell(value: Any) -> str:
    """A value as a spreadsheet reads it right: ISO dates, plain digits, and no text that is taken for a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, float):
        return _plain_float(value)
    text = str(value)
    if isinstance(value, str) and text.startswith(FORMULA_STARTS):
        return "'" + text
    return text


def _plain_float(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return ""
    return f"{value:.6f}".rstrip("0").rstrip(".") or "0"


def _json_value(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, float) and value != value:
        return None
    return str(value) if isinstance(value, (date, datetime)) else value
