"""What named holidays did to a day's sales in the years before, for the years to come."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from martlet.forecasting.panel import Bools, Days, Floats

#: Days on either side that say what would have been sold without the holiday.
NEIGHBOURS = 28
#: Standard deviation, over holidays, of the log of what they do.
EFFECT_SD = 0.5
#: A day's sales against its neighbours', as far as they are believed.
RATIO_BOUNDS = (0.02, 10.0)


@dataclass(frozen=True)
class Holidays:
    """Days (m,) with the name of the holiday on each, past and to come; one name comes back year after year."""

    days: Days
    names: tuple[str, ...]

    @classmethod
    def from_frame(cls, frame: pd.DataFrame | None) -> "Holidays":
        """Rows with holiday_date and holiday; None is no holidays. Raises ValueError where a column is missing."""
        if frame is None or frame.empty:
            return cls(np.empty(0, dtype="datetime64[D]"), ())
        missing = [name for name in ("holiday_date", "holiday") if name not in frame.columns]
        if missing:
            raise ValueError(f"missing columns: {', '.join(missing)}")
        days = pd.to_datetime(frame["holiday_date"]).to_numpy().astype("datetime64[D]")
        return cls(days, tuple(str(name) for name in frame["holiday"]))


def holiday_factors(
    actual: Floats, usual: Floats, past: Days, ahead: Days, holidays: Holidays
) -> tuple[Floats, Floats]:
    """Factor of each past day (T,) and of each day ahead (h,); 1 where there is no holiday, or none seen before.

    actual, usual : (T,), sales, and the weekday profile. A holiday's factor is the geometric mean, over the years, of
    its sales against the days around it, in terms of what plain days show, shrunk towards 1 by how far plain days
    scatter: with n years, effect variance t and scatter v the log keeps n t / (n t + v) of itself.
    """
    before, after = np.ones(len(past)), np.ones(len(ahead))
    if not holidays.names:
        return before, after
    is_plain = ~np.isin(past, holidays.days)
    logs = _log_ratios(actual, usual, is_plain)
    plain = logs[is_plain & np.isfinite(logs)]
    if len(plain) < NEIGHBOURS:
        return before, after
    names = np.asarray(holidays.names, dtype=object)
    for name in np.unique(names):
        days = holidays.days[names == name]
        seen = np.flatnonzero(np.isin(past, days) & np.isfinite(logs))
        if len(seen):
            kept = len(seen) * EFFECT_SD**2 / (len(seen) * EFFECT_SD**2 + float(plain.var()))
            factor = float(np.exp(kept * (logs[seen].mean() - plain.mean())))
            before[seen], after[np.isin(ahead, days)] = factor, factor
    return before, after


def _log_ratios(actual: Floats, usual: Floats, is_plain: Bools) -> Floats:
    """Log of each day's sales over what its weekday and the plain days around it let expect (T,); NaN where nothing."""
    window = np.ones(2 * NEIGHBOURS + 1)
    sales = np.maximum(actual, 0.0)
    sold = np.convolve(np.where(is_plain, sales, 0.0), window, mode="full")[NEIGHBOURS:-NEIGHBOURS]
    due = np.convolve(np.where(is_plain, usual, 0.0), window, mode="full")[NEIGHBOURS:-NEIGHBOURS]
    expected = sold / np.where(due > 0, due, 1.0) * usual
    says = (due > 0) & (expected > 0)
    ratio = np.clip(sales / np.where(says, expected, 1.0), *RATIO_BOUNDS)
    return np.where(says, np.log(ratio), np.nan)
