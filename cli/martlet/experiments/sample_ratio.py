"""Sample ratio mismatch: whether units came to the arms in the ratio that was planned.

A mismatch says that assignment, exposure or logging depends on the arm, and no figure of such a test can be trusted:
Fabijan et al. (2019), "Diagnosing Sample Ratio Mismatch in Online Controlled Experiments".
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

#: Far below the level of the tests themselves: it is asked of every experiment and each time somebody looks.
ALARM = 0.001


@dataclass(frozen=True)
class RatioCheck:
    """Arms (k,) in order: units seen and expected, parts of the ratio; the chi-square statistic and its p-value."""

    arms: tuple[str, ...]
    counts: tuple[int, ...]
    ratio: tuple[float, ...]
    expected: tuple[float, ...]
    chi_square: float
    degrees_of_freedom: int
    p_value: float
    alarm: float

    @property
    def is_mismatched(self) -> bool:
        """True where the p-value is below the alarm."""
        return self.p_value < self.alarm


def check_ratio(
    counts: Sequence[int], ratio: Sequence[float] | None = None, arms: Sequence[str] = (), alarm: float = ALARM
) -> RatioCheck:
    """Pearson's chi-square test of counts (k,) against a ratio (k,), equal parts by default.

    10,000 to 10,400 at 50:50 gives p 0.0051, 10,000 to 10,500 gives 0.000479. Raises ValueError for fewer than two
    arms, no unit at all, negative counts, a ratio of another length or parts that are not finite and above zero.
    """
    if len(counts) < 2:
        raise ValueError("a ratio needs two arms or more")
    if min(counts) < 0 or not sum(counts):
        raise ValueError("counts are whole numbers of 0 or more, and not all of them 0")
    parts = np.asarray([1.0] * len(counts) if ratio is None else ratio, dtype=np.float64)
    if len(parts) != len(counts):
        raise ValueError(f"the ratio has {len(parts)} parts for {len(counts)} arms")
    if not (np.isfinite(parts) & (parts > 0)).all():
        raise ValueError("every part of the ratio is a number above 0")
    seen = np.asarray(counts, dtype=np.float64)
    expected = seen.sum() * parts / parts.sum()
    statistic = float(((seen - expected) ** 2 / expected).sum())
    return RatioCheck(
        arms=tuple(arms) or tuple(str(number) for number in range(1, len(counts) + 1)),
        counts=tuple(int(count) for count in counts),
        ratio=tuple(float(part) for part in parts),
        expected=tuple(float(count) for count in expected),
        chi_square=statistic,
        degrees_of_freedom=len(counts) - 1,
        p_value=float(special.chdtrc(len(counts) - 1, statistic)),
        alarm=alarm,
    )
