"""From a value to a place on the page, and the ticks beside it."""

import math
from dataclasses import dataclass

#: Decades that a logarithmic scale spans at most: what is smaller stands on its edge.
MOST_DECADES = 7.0
#: The least ratio of a logarithmic scale's ends: where all values are alike there is still a tick on either side.
LEAST_SPAN = 8.0


@dataclass(frozen=True)
class Scale:
    """Maps values from `low` to `high` to pixels from `start` to `end`; what lies beyond stands on the edge.

    A logarithmic scale has `low` above zero.
    """

    low: float
    high: float
    start: float
    end: float
    is_log: bool = False

    def place(self, value: float) -> float:
        """Pixels, never outside `start` to `end`."""
        return self.project(min(max(value, self.low), self.high))

    def project(self, value: float) -> float:
        """Pixels, on beyond the ends too; value above zero on a logarithmic scale."""
        low, high, at = (math.log(v) if self.is_log else v for v in (self.low, self.high, value))
        share = (at - low) / (high - low) if high > low else 0.5
        return self.start + share * (self.end - self.start)

    def value(self, pixels: float) -> float:
        """What stands at these pixels: the inverse of `project`."""
        share = (pixels - self.start) / (self.end - self.start)
        if self.is_log:
            return self.low * math.exp(share * math.log(self.high / self.low))
        return self.low + share * (self.high - self.low)

    def doublings(self) -> list[float]:
        """Powers of two within a logarithmic scale: how people count hours."""
        powers = range(math.ceil(math.log2(self.low) - 1e-9), math.floor(math.log2(self.high) + 1e-9) + 1)
        return [2.0**power for power in powers]

    def ticks(self, most: int = 8) -> list[float]:
        """Round values within the scale: powers of ten, and their twos and fives where few of those fit."""
        if not self.is_log:
            return _linear_ticks(self.low, self.high, most)
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        for steps in ((1, 2, 5), (1, 3), (1,)):
            found = [step * 10.0**power for power in range(first, last + 1) for step in steps]
            inside = [tick for tick in found if self.low * 0.999 <= tick <= self.high * 1.001]
            if len(inside) <= most:
                return inside
        return inside[:: -(-len(inside) // most)]


def log_scale(values: list[float], start: float, end: float, *, room: float = 1.25) -> Scale:
    """A logarithmic scale that holds every value above zero, with `room` times more on either side.

    It spans a factor of LEAST_SPAN at least. Without any such value it runs from 1 to 10.
    """
    positive = [value for value in values if value > 0 and math.isfinite(value)]
    low, high = (min(positive), max(positive)) if positive else (1.0, 10.0)
    low = max(low, high / 10.0**MOST_DECADES)
    wider = max(1.0, math.sqrt(LEAST_SPAN * low / high))
    return Scale(low / room / wider, high * room * wider, start, end, is_log=True)


def short(value: float) -> str:
    """A tick's text: 0.5, 20, 5k, 1.5M."""
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"


def _linear_ticks(low: float, high: float, most: int) -> list[float]:
    if high <= low:
        return [low]
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next(power * factor for factor in (1, 2, 5, 10, 20) if (high - low) / (power * factor) <= most)
    first = math.ceil(low / step - 1e-9)
    return [step * number for number in range(first, math.floor(high / step + 1e-9) + 1)]
