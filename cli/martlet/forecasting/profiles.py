"""Day-of-week profiles, shrunk from a series to its category and from there to the whole shop."""

import numpy as np

from martlet.forecasting.panel import WEEK, Days, Floats, Ints, weekdays

#: Weeks of history behind a profile: long enough to average out noise, short enough to follow new habits.
PROFILE_WEEKS = 52
#: Sales (in units of the series' usual size of a sale) that weigh as much as the profile above it.
PROFILE_PRIOR = 50.0


def weekday_sums(values: Floats, days: Days) -> Floats:
    """Sum of `values` (n, T) by weekday over the last PROFILE_WEEKS whole weeks: (n, 7)."""
    recent = values[:, -PROFILE_WEEKS * WEEK :]
    weekday = weekdays(days[-recent.shape[1] :]) if recent.shape[1] else np.empty(0, dtype=np.int64)
    return np.stack([recent[:, weekday == d].sum(axis=1) for d in range(WEEK)], axis=1)


def pooled_profile(sums: Floats, exposure: Floats) -> Floats:
    """Weekday profile (7,), mean 1, from weekday sums (7,) and open days (7,); flat if nothing was sold."""
    rate = sums / np.maximum(exposure, 1.0)
    return rate / rate.mean() if rate.sum() > 0 else np.ones(WEEK)


def shrunk_profiles(sums: Floats, exposure: Floats, prior: Floats, size: Floats) -> Floats:
    """Weekday profiles (n, 7), mean 1, each shrunk to its row of `prior`.

    sums, exposure, prior : (n, 7), units sold, days open and profile of the group, by weekday.
    size : (n,), units per sale, so that one bulk order does not count as many witnesses.

    Posterior mean of a gamma-Poisson rate with PROFILE_PRIOR sales of prior weight: for weekday d, with c sales
    seen where c_hat were due under the prior, prior * (c + k) / (c_hat + k).
    """
    sales = sums / np.maximum(size, 1e-9)[:, None]
    due = prior * exposure
    scale = sales.sum(axis=1) / np.maximum(due.sum(axis=1), 1e-9)
    due = due * scale[:, None]
    weight = PROFILE_PRIOR / WEEK
    raw = prior * (sales + weight) / (due + weight)
    mean = raw.mean(axis=1, keepdims=True)
    return np.where(mean > 0, raw / np.where(mean > 0, mean, 1.0), 1.0)


def group_sums(values: Floats, groups: Ints, count: int) -> Floats:
    """Sum the rows of `values` (n, m) by group: (count, m)."""
    sums = np.zeros((count, values.shape[1]), dtype=np.float64)
    np.add.at(sums, groups, values)
    return sums
