"""Numbers as an analyst writes them, and the SQL that finds them again."""

import math
from datetime import date

import numpy as np
import pandas as pd


def money(amount: float, currency: str = "") -> str:
    """1,234 or USD 1,234; cents only under 100."""
    digits = 0 if abs(amount) >= 100 else 2
    text = f"{amount:,.{digits}f}"
    return f"{currency} {text}" if currency else text


def percent(share: float) -> str:
    """12%, 3.4% or 0.21%: two digits that matter, never more."""
    size = abs(share) * 100
    if size == 0:
        return "0%"
    digits = 0 if size >= 10 else 1 if size >= 1 else 2
    return f"{share * 100:.{digits}f}%"


def count(number: float) -> str:
    """A whole number with thousands separators."""
    return f"{round(number):,}"


def counted(number: float, noun: str) -> str:
    """1 order, 2,345 orders."""
    return f"{count(number)} {noun}" if round(number) == 1 else f"{count(number)} {noun}s"


def probability(value: float) -> str:
    """Like percent, but never 100%: nothing here is certain."""
    return "over 99%" if value > 0.99 else percent(value)


def times(ratio: float) -> str:
    """6.4 times, 77 times."""
    return f"{ratio:.1f} times" if ratio < 20 else f"{ratio:,.0f} times"


def p_text(p_value: float) -> str:
    """ "0.012", or "below 0.001" where more digits would pretend to precision."""
    return "below 0.001" if p_value < 0.001 else f"{p_value:.3f}"


def product_name(title: object, sku: str) -> str:
    """Title (SKU), or the SKU where the title is unknown."""
    if isinstance(title, str) and title.strip():
        return f"{' '.join(title.split())} ({sku})"
    return sku


def sql_text(value: str) -> str:
    """A SQL string literal."""
    return "'" + value.replace("'", "''") + "'"


def as_float(column: pd.Series) -> pd.Series:
    """Decimals, nullable integers and objects as float64, missing as NaN."""
    if column.dtype.kind in "iuf" and isinstance(column.dtype, np.dtype):
        return column.astype("float64")
    return pd.to_numeric(column.astype(object).where(column.notna(), math.nan)).astype("float64")


def in_last_days(dates: pd.Series, as_of: date | pd.Timestamp, days: int) -> pd.Series:
    """True for the `days` days up to `as_of`; the day after it, which may be cut short, is not among them."""
    day, last = pd.to_datetime(dates), pd.Timestamp(as_of)
    return (day > last - pd.Timedelta(days=days)) & (day <= last)
