"""Day-of-week profiles, shrunk from a series to its category and from there to the whole shop.

A profile has as many entries as a week has periods: 7, or 1 in a panel of weeks.
"""

import numpy as np

from martlet.forecasting.panel import Floats, Ints

#: Weeks of history behind a profile: long enough to average out noise, short enough to follow new habits.
PROFILE_WEEKS = 52
#: Sales (in units of the series' usual size of a sale) that weigh as much as the profile above it.
PROFILE_PRIOR = 50.0


def phase_sums(values: Floats, phase: Ints, season: int) -> Floats:
    """Sum of `values` (n, T) by `phase` (T,) over the last PROFILE_WEEKS whole weeks: (n, season)."""
    recent = values[:, -PROFILE_WEEKS * season :]
    at = phase[len(phase) - recent.shape[1] :]
    return np.stack([recent[:, at == d].sum(axis=1) for d in range(season)], axis=1)


def pooled_profile(sums: Floats, exposure: Floats) -> Floats:
    """Profile (season,), mean 1, from sums and open periods by phase (season,); flat if nothing was sold."""
    rate = sums / np.maximum(exposure, 1.0)
    return rate / rate.mean() if rate.sum() > 0 else np.ones(len(rate))


def shrunk_profiles(sums: Floats, exposure: Floats, prior: Floats, size: Floats) -> Floats:
    """Profiles (n, season), mean 1, each shrunk to its row of `prior`.

    sums, exposure, prior : (n, season), units sold, periods open and profile of the group, by phase.
    size : (n,), units per sale, so that one bulk order does not count as many witnesses.

    Posterior mean of a gamma-Poisson rate with PROFILE_PRIOR sales of prior weight: for weekday d, with c sales
    seen where c_hat were due under the prior, prior * (c + k) / (c_hat + k).
    """
    sales = sums / np.maximum(size, 1e-9)[:, None]
    due = prior * exposure
    scale = sales.sum(axis=1) / np.maximum(due.sum(axis=1), 1e-9)
    due = due * scale[:, None]
    weight = PROFILE_PRIOR / sums.shape[1]
    raw = prior * (sales + weight) / (due + weight)
    mean = raw.mean(axis=1, keepdims=True)
    return np.where(mean > 0, raw / np.where(mean > 0, mean, 1.0), 1.0)


def group_sums(values: Floats, groups: Ints, count: int) -> Floats:
    """Sum the rows of `values` (n, m) by group: (count, m)."""
    sums = np.zeros((count, values.shape[1]), dtype=np.float64)
    np.add.at(sums, groups, values)
    return sums
