"""From a long frame (one row a series and day) to a matrix (series x day), and the calendar facts read from it.

A panel of weeks is one of days whose week has a single day: `season` says how many periods make a week.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Days = NDArray[np.datetime64]

WEEK = 7
#: Periods that make a week, by the length of the period.
PERIODS = {"day": WEEK, "week": 1}
#: A run of days without a sale counts as a closure when chance would make it once in ten thousand.
CLOSURE_PROBABILITY = 1e-4


@dataclass(frozen=True)
class Panel:
    """Values of n series over T days, or weeks, that end on the as-of day.

    `values` is (n, T), NaN before a series' first day and where it is not known (a day without stock is no day without
    demand); `groups` is (n,), the position of each series' category; `season` the periods in a week, 7 or 1.
    """

    ids: tuple[str, ...]
    groups: Ints
    days: Days
    values: Floats
    season: int = WEEK

    def until(self, length: int) -> "Panel":
        """The panel as it stood after its first `length` periods; series that had not begun stay, all NaN."""
        return replace(self, days=self.days[:length], values=self.values[:, :length])

    def phase(self) -> Ints:
        """Weekday of each period (T,), 0 is Monday; 0 for every week of a panel of weeks."""
        return weekdays(self.days) if self.season == WEEK else np.zeros(len(self.days), dtype=np.int64)

    def phase_ahead(self, horizon: int) -> Ints:
        """Weekday of each of the next periods (horizon,)."""
        if self.season != WEEK:
            return np.zeros(horizon, dtype=np.int64)
        return weekdays(self.days[-1] + np.arange(1, horizon + 1).astype("timedelta64[D]"))


@dataclass(frozen=True)
class Extent:
    """What a part of a panel must know of the whole: its first and last day, and its groups in order, None last."""

    first: np.datetime64
    last: np.datetime64
    groups: tuple[str | None, ...]


def panel_from_frame(
    frame: pd.DataFrame,
    series: str,
    day: str,
    value: str,
    group: str | None = None,
    period: str = "day",
    extent: Extent | None = None,
) -> Panel:
    """Pivot `frame` to a Panel, series in sorted order; a period missing inside a series' span counts as zero.

    period : "day", or "week" for rows a week apart. A value that is null is not known.
    extent : of the whole panel, where `frame` holds all rows of some of its series only, or of none.
    Raises ValueError if a column is missing, a value is not a number, dates are not whole periods apart, or a series
    has two rows for one period.
    """
    wanted = [series, day, value] + ([group] if group else [])
    missing = [column for column in wanted if column not in frame.columns]
    if missing:
        raise ValueError(f"missing columns: {', '.join(missing)}")
    if frame.empty and extent is None:
        nothing = np.empty((0, 0), dtype=np.float64)
        return Panel((), np.empty(0, dtype=np.int64), np.empty(0, dtype="datetime64[D]"), nothing, PERIODS[period])
    codes, ids = pd.factorize(frame[series], sort=True)
    if (codes < 0).any():
        raise ValueError(f"{series} is missing in some rows")
    dates = pd.to_datetime(frame[day]).to_numpy().astype("datetime64[D]")
    numbers = pd.to_numeric(frame[value].astype(float)).to_numpy(dtype=np.float64)
    if np.isinf(numbers).any():
        raise ValueError(f"{value} holds values that are not finite numbers")
    step = WEEK // PERIODS[period]
    first_day, last_day = (extent.first, extent.last) if extent else (dates.min(), dates.max())
    days = np.arange(first_day, last_day + np.timedelta64(1, "D"), np.timedelta64(step, "D"))
    columns, off = np.divmod((dates - days[0]).astype(np.int64), step)
    if off.any():
        raise ValueError(f"{day} holds dates that are not whole weeks apart")
    cells = codes.astype(np.int64) * len(days) + columns
    if len(cells) and np.bincount(cells).max() > 1:
        raise ValueError(f"more than one row for a {series} and {day}")
    first = np.full(len(ids), len(days), dtype=np.int64)
    np.minimum.at(first, codes, columns)
    values = np.where(np.arange(len(days)) < first[:, None], np.nan, 0.0)
    values[codes, columns] = numbers
    groups = _group_codes(frame, codes, len(ids), group, extent)
    return Panel(tuple(str(name) for name in ids), groups, days, values, PERIODS[period])


def _group_codes(frame: pd.DataFrame, codes: Ints, count: int, group: str | None, extent: Extent | None) -> Ints:
    """Category of each series as 0, 1, ...; a missing category is a category of its own."""
    groups = np.zeros(count, dtype=np.int64)
    if group is not None:
        # the first row of a series speaks for it
        first = np.unique(codes, return_index=True)[1]
        names = frame[group].iloc[first].astype(object)
        if extent:
            groups[:] = [extent.groups.index(None if pd.isna(name) else name) for name in names]
        else:
            groups[:] = pd.factorize(names, sort=True, use_na_sentinel=False)[0]
    return groups


def weekdays(days: Days) -> Ints:
    """Weekday of each day, 0 is Monday (1970-01-01 was a Thursday)."""
    return np.asarray((days.astype("datetime64[D]").astype(np.int64) + 3) % WEEK, dtype=np.int64)


def open_days(totals: Floats, phase: Ints) -> Bools:
    """False on days of an irregular closure (Christmas, a move): a run of days without a sale too long to be chance.

    A weekday on which the shop never sells is not irregular; the weekday profile holds it. With p the share of
    other days without a sale, a run of r such days is a closure when p ** r < CLOSURE_PROBABILITY.
    """
    sold = np.bincount(phase, weights=(totals > 0).astype(np.float64), minlength=WEEK)
    trading = sold[phase] > 0
    empty = (totals <= 0) & trading
    share = (empty.sum() + 1) / (trading.sum() + 2)
    position = np.flatnonzero(trading)
    is_open = np.ones(len(phase), dtype=np.bool_)
    # runs are counted over trading days, so that a weekly day of rest does not break a closure in two
    breaks = np.flatnonzero(np.diff(np.concatenate(([0], empty[position].astype(np.int64), [0]))))
    for start, stop in zip(breaks[::2], breaks[1::2], strict=True):
        if share ** (stop - start) < CLOSURE_PROBABILITY:
            is_open[position[start:stop]] = False
    return is_open


def weekly_sums(values: Floats, season: int = WEEK) -> Floats:
    """Sums over weeks that end on the last period: (n, T) -> (n, ceil(T / season)); the first may be short."""
    count, length = values.shape
    weeks = -(-length // season)
    padded = np.zeros((count, weeks * season), dtype=np.float64)
    padded[:, weeks * season - length :] = values
    return np.asarray(padded.reshape(count, weeks, season).sum(axis=2), dtype=np.float64)
