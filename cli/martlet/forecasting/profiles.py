"""Day-of-week profiles, shrunk from a series to its category and from there to the whole shop.

A profile has as many entries as a week has periods: 7, or 1 in a panel of weeks.
"""

import numpy as np

from martlet.forecasting.panel import Floats, Ints
from martlet.forecasting.pooling import ALONE, Pool

#: Weeks of history behind a profile: long enough to average out noise, short enough to follow new habits.
PROFILE_WEEKS = 52
#: Independent sales that weigh as much as the profile above: bounds of what is learnt from how far profiles differ, ...
PRIOR_BOUNDS = (5.0, 300.0)
#: ... and what is taken where so few series are no witness of that.
LEAST_SERIES, PROFILE_PRIOR = 30, 50.0


def phase_sums(values: Floats, phase: Ints, season: int) -> Floats:
    """Sum of `values` (n, T) by `phase` (T,) over the last PROFILE_WEEKS whole weeks: (n, season)."""
    recent = values[:, -PROFILE_WEEKS * season :]
    at = phase[len(phase) - recent.shape[1] :]
    return np.stack([recent[:, at == d].sum(axis=1) for d in range(season)], axis=1)


def pooled_profile(sums: Floats, exposure: Floats) -> Floats:
    """Profile (season,), mean 1, from sums and open periods by phase (season,); flat if nothing was sold."""
    rate = sums / np.maximum(exposure, 1.0)
    return np.asarray(rate / rate.mean() if rate.sum() > 0 else np.ones(len(rate)), dtype=np.float64)


def shrunk_profiles(sums: Floats, exposure: Floats, prior: Floats, size: Floats, pool: Pool = ALONE) -> Floats:
    """Profiles (n, season), mean 1, each shrunk to its row of `prior`.

    sums, exposure, prior : (n, season), units sold, periods open and profile of the group, by phase.
    size : (n,), units that count as one independent sale.

    Posterior mean of a gamma-Poisson rate: for a phase with c sales seen where c_hat were due under the prior,
    prior * (c + k) / (c_hat + k). k is the shape of the gamma, the larger the more alike the profiles are.
    """
    sales = sums / np.maximum(size, 1e-9)[:, None]
    due = prior * exposure
    scale = sales.sum(axis=1) / np.maximum(due.sum(axis=1), 1e-9)
    due = due * scale[:, None]
    shape = _shape(sales, due, pool)
    raw = prior * (sales + shape) / (due + shape)
    mean = raw.mean(axis=1, keepdims=True)
    return np.asarray(np.where(mean > 0, raw / np.where(mean > 0, mean, 1.0), 1.0), dtype=np.float64)


def _shape(sales: Floats, due: Floats, pool: Pool) -> float:
    """Shape of the gamma by the method of moments: sales vary by due + due^2 / k around what was due."""
    series, excess, squares = pool.total(
        np.array([len(sales), ((sales - due) ** 2 - due).sum(), (due**2).sum()], dtype=np.float64)
    )
    if series < LEAST_SERIES:
        return float(PROFILE_PRIOR / sales.shape[1])
    shape = float(squares) / float(excess) if excess > 0 else np.inf
    return float(np.clip(shape, *(bound / sales.shape[1] for bound in PRIOR_BOUNDS)))


def group_sums(values: Floats, groups: Ints, count: int) -> Floats:
    """Sum the rows of `values` (n, m) by group: (count, m)."""
    sums = np.zeros((count, values.shape[1]), dtype=np.float64)
    np.add.at(sums, groups, values)
    return sums
