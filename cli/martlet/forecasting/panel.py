"""From a long frame (one row a series and day) to a matrix (series x day), and the calendar facts read from it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Days = NDArray[np.datetime64]

WEEK = 7
#: A run of days without a sale counts as a closure when chance would make it once in ten thousand.
CLOSURE_PROBABILITY = 1e-4


@dataclass(frozen=True)
class Panel:
    """Daily values of n series over T days that end on the as-of day.

    `values` is (n, T), NaN before a series' first day; `groups` is (n,), the position of each series' category.
    """

    ids: tuple[str, ...]
    groups: Ints
    days: Days
    values: Floats

    def until(self, length: int) -> "Panel":
        """The panel as it stood after its first `length` days; series that had not begun stay, all NaN."""
        return Panel(self.ids, self.groups, self.days[:length], self.values[:, :length])


def panel_from_frame(frame: pd.DataFrame, series: str, day: str, value: str, group: str | None = None) -> Panel:
    """Pivot `frame` to a Panel, series in sorted order; a day missing inside a series' span counts as zero.

    Raises ValueError if a column is missing, a value is not a number, or a series has two rows for one day.
    """
    wanted = [series, day, value] + ([group] if group else [])
    missing = [column for column in wanted if column not in frame.columns]
    if missing:
        raise ValueError(f"missing columns: {', '.join(missing)}")
    if frame.empty:
        nothing = np.empty((0, 0), dtype=np.float64)
        return Panel((), np.empty(0, dtype=np.int64), np.empty(0, dtype="datetime64[D]"), nothing)
    codes, ids = pd.factorize(frame[series], sort=True)
    if (codes < 0).any():
        raise ValueError(f"{series} is missing in some rows")
    dates = pd.to_datetime(frame[day]).to_numpy().astype("datetime64[D]")
    numbers = pd.to_numeric(frame[value].astype(float)).to_numpy(dtype=np.float64)
    if not np.isfinite(numbers).all():
        raise ValueError(f"{value} holds values that are not finite numbers")
    days = np.arange(dates.min(), dates.max() + np.timedelta64(1, "D"))
    columns = (dates - days[0]).astype(np.int64)
    cells = codes.astype(np.int64) * len(days) + columns
    if np.bincount(cells).max() > 1:
        raise ValueError(f"more than one row for a {series} and {day}")
    first = np.full(len(ids), len(days), dtype=np.int64)
    np.minimum.at(first, codes, columns)
    values = np.where(np.arange(len(days)) < first[:, None], np.nan, 0.0)
    values[codes, columns] = numbers
    return Panel(tuple(str(name) for name in ids), _group_codes(frame, codes, len(ids), group), days, values)


def _group_codes(frame: pd.DataFrame, codes: Ints, count: int, group: str | None) -> Ints:
    """Category of each series as 0, 1, ...; a missing category is a category of its own."""
    groups = np.zeros(count, dtype=np.int64)
    if group is not None:
        # the first row of a series speaks for it
        first = np.unique(codes, return_index=True)[1]
        labels, _ = pd.factorize(frame[group].iloc[first].astype(object), sort=True, use_na_sentinel=False)
        groups[:] = labels
    return groups


def weekdays(days: Days) -> Ints:
    """Weekday of each day, 0 is Monday (1970-01-01 was a Thursday)."""
    return np.asarray((days.astype("datetime64[D]").astype(np.int64) + 3) % WEEK, dtype=np.int64)


def open_days(totals: Floats, days: Days) -> Bools:
    """False on days of an irregular closure (Christmas, a move): a run of days without a sale too long to be chance.

    A weekday on which the shop never sells is not irregular; the weekday profile holds it. With p the share of
    other days without a sale, a run of r such days is a closure when p ** r < CLOSURE_PROBABILITY.
    """
    weekday = weekdays(days)
    sold = np.bincount(weekday, weights=(totals > 0).astype(np.float64), minlength=WEEK)
    trading = sold[weekday] > 0
    empty = (totals <= 0) & trading
    share = (empty.sum() + 1) / (trading.sum() + 2)
    position = np.flatnonzero(trading)
    is_open = np.ones(len(days), dtype=np.bool_)
    # runs are counted over trading days, so that a weekly day of rest does not break a closure in two
    breaks = np.flatnonzero(np.diff(np.concatenate(([0], empty[position].astype(np.int64), [0]))))
    for start, stop in zip(breaks[::2], breaks[1::2], strict=True):
        if share ** (stop - start) < CLOSURE_PROBABILITY:
            is_open[position[start:stop]] = False
    return is_open


def weekly_sums(values: Floats) -> Floats:
    """Sums over weeks that end on the last day: (n, T) -> (n, ceil(T / 7)); the first week may be short."""
    count, length = values.shape
    weeks = -(-length // WEEK)
    padded = np.zeros((count, weeks * WEEK), dtype=np.float64)
    padded[:, weeks * WEEK - length :] = values
    return np.asarray(padded.reshape(count, weeks, WEEK).sum(axis=2), dtype=np.float64)
