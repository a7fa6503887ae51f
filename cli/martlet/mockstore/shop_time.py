"""The shop's calendar: its days and their UTC bounds, the week's and year's season, promotions, hours of the day.

Times are UTC seconds since 1970 (int64). Days are numbered from 0, the shop's first. The processes run in "season
time": a clock that runs faster on busy days and gains FULL_DAYS units in two years; one unit is an average day.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np

from martlet.mockstore.randomness import Floats, Ints

SHOP_ZONE = ZoneInfo("America/Chicago")
FIRST_DAY = date(2024, 11, 1)
FULL_DAYS = 730
DAYS = FULL_DAYS + 1
"""The last day is there only up to CLOSING_HOUR, so the last full day is the one before it."""
CLOSING_HOUR = 10
GA4_DAYS = 75
"""GA4 was connected late: only the last so many full days have events."""
SEARCH_DAYS = 60

_WEEK = np.array([1.06, 1.02, 1.0, 0.96, 0.9, 1.08, 0.98])
_HOURS = np.array(
    [1, 1, 1, 1, 1, 2, 4, 6, 8, 10, 11, 11, 11, 10, 10, 10, 10, 11, 13, 15, 15, 12, 7, 3], dtype=np.float64
)
_HOUR_EDGES = np.concatenate([[0.0], np.cumsum(_HOURS) / _HOURS.sum()])


@dataclass(frozen=True)
class Promotion:
    """A discount code for the days `first` to `last`; `share` of the orders use it, `lift` multiplies demand."""

    code: str
    first: date
    last: date
    percent: int
    share: float
    lift: float

    @property
    def day_range(self) -> tuple[int, int]:
        """First day and the day after the last, as day numbers."""
        return (self.first - FIRST_DAY).days, (self.last - FIRST_DAY).days + 1


PROMOTIONS = (
    Promotion("BLACKFRIDAY", date(2024, 11, 28), date(2024, 12, 2), 15, 0.7, 2.1),
    Promotion("SPRINGBUILD", date(2025, 3, 21), date(2025, 4, 6), 10, 0.4, 1.15),
    Promotion("DADSDAY", date(2025, 6, 9), date(2025, 6, 15), 10, 0.35, 1.1),
    Promotion("BLACKFRIDAY", date(2025, 11, 27), date(2025, 12, 1), 15, 0.7, 2.1),
    Promotion("SPRINGBUILD", date(2026, 3, 20), date(2026, 4, 5), 10, 0.4, 1.15),
    Promotion("DADSDAY", date(2026, 6, 15), date(2026, 6, 21), 10, 0.35, 1.1),
    Promotion("FALLTUNE", date(2026, 10, 5), date(2026, 10, 11), 8, 0.35, 1.1),
)


def day_date(day: int) -> date:
    """Return the calendar date of a day number."""
    return FIRST_DAY + timedelta(days=day)


@cache
def midnights() -> Ints:
    """UTC seconds at which each day begins in the shop's time zone, and one more, (DAYS + 1,)."""
    starts = [datetime.combine(day_date(day), time(), SHOP_ZONE).timestamp() for day in range(DAYS + 1)]
    return np.array(starts, dtype=np.int64)


@cache
def now_seconds() -> int:
    """UTC second at which the data ends: the last day's CLOSING_HOUR."""
    return int(datetime.combine(day_date(FULL_DAYS), time(CLOSING_HOUR), SHOP_ZONE).astimezone(UTC).timestamp())


def day_of(seconds: Ints) -> Ints:
    """Return the shop's day number of UTC seconds."""
    return np.searchsorted(midnights(), seconds, side="right").astype(np.int64) - 1


@cache
def day_weights() -> Floats:
    """Demand of each day, (DAYS,): week times year times promotions; full days average 1, the last day is cut short."""
    dates = [day_date(day) for day in range(DAYS)]
    in_year = np.array([day.timetuple().tm_yday for day in dates], dtype=np.float64)
    weights = np.asarray(
        _WEEK[[day.weekday() for day in dates]] * (1 + 0.22 * np.cos(2 * np.pi * (in_year - 112) / 365.25))
    )
    christmas = [(day.month, day.day) >= (12, 20) or (day.month, day.day) <= (1, 4) for day in dates]
    weights[christmas] *= 0.62
    for promotion in PROMOTIONS:
        weights[slice(*promotion.day_range)] *= promotion.lift
    weights /= weights[:FULL_DAYS].mean()
    weights[FULL_DAYS] *= _HOUR_EDGES[CLOSING_HOUR]
    return weights


@cache
def season_edges() -> Floats:
    """Season time at which each day begins, and the end of the data, (DAYS + 1,)."""
    return np.concatenate([[0.0], np.cumsum(day_weights())])


def season_end() -> float:
    """Season time at the end of the data."""
    return float(season_edges()[-1])


def to_seconds(season_time: Floats) -> Ints:
    """Turn season time into UTC seconds: the day by its weight, the hour by the day's profile; order is kept."""
    edges = season_edges()
    day = np.clip(np.searchsorted(edges, season_time, side="right") - 1, 0, DAYS - 1)
    part = (season_time - edges[day]) / (edges[day + 1] - edges[day])
    return within_day(day.astype(np.int64), part)


def within_day(day: Ints, part: Floats) -> Ints:
    """Place shares `part` (0 to 1) of a day's traffic on its clock; the last day's traffic ends at CLOSING_HOUR."""
    part = np.where(day == FULL_DAYS, part * _HOUR_EDGES[CLOSING_HOUR], part)
    starts = midnights()
    # A day of 23 or 25 hours is stretched, so that no time leaves its day.
    length = starts[day + 1] - starts[day]
    clock = np.interp(part, _HOUR_EDGES, np.linspace(0.0, 1.0, 25))
    return np.asarray(starts[day] + np.minimum((clock * length).astype(np.int64), length - 1))
