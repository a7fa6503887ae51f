"""Lead times that vary: whole days, at least one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

#: Points of the grid that stands for a distribution.
GRID = 200


@dataclass(frozen=True)
class LeadTimes:
    """`days` (G, GRID): equally likely lead times of each kind, ascending; `kind` (n,): which one a SKU has."""

    days: Ints
    kind: Ints

    @property
    def longest(self) -> int:
        return int(self.days.max(initial=1))

    @property
    def usual(self) -> Ints:
        """The mean lead time of each SKU in whole days (n,)."""
        return np.asarray(np.maximum(np.rint(self.days.mean(axis=1)), 1.0).astype(np.int64)[self.kind])

    def at(self, share: Floats, sku: Ints) -> Ints:
        """Quantiles of the SKUs at `share`, each in [0, 1); the two broadcast."""
        return np.asarray(self.days[self.kind[sku], (share * GRID).astype(np.int64)])


def lead_times(mean: Floats, deviation: Floats) -> LeadTimes:
    """Gamma-distributed lead times rounded to whole days. mean, deviation : (n,) days; a deviation of 0 is certain."""
    pairs, kind = np.unique(np.column_stack([mean, deviation]), axis=0, return_inverse=True)
    centre, spread = pairs[:, :1], pairs[:, 1:]
    varies = (spread > 0) & (centre > 0)
    shape = np.where(varies, centre / np.where(varies, spread, 1.0), 1.0) ** 2
    share = (np.arange(GRID) + 0.5) / GRID
    drawn = np.where(varies, gammaincinv(shape, share[None, :]) * centre / shape, centre)
    return LeadTimes(np.maximum(np.rint(drawn), 1.0).astype(np.int64), kind.reshape(-1).astype(np.int64))
