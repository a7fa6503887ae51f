"""What the parts of a panel tell each other, where its series are spread over several processes.

Most of a forecast is a series' own; a few sums are over all series (the weekday profile of a category, say). Every part
takes the same steps in the same order, and where such a sum is due asks its pool for it. A panel in one piece is alone.
"""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from martlet.forecasting.panel import Floats


class Pool(Protocol):
    """Each method gives the same answer to every part, from what each of them holds of its own."""

    def total(self, own: Floats) -> Floats:
        """The sum of arrays of one shape."""

    def largest(self, own: Floats) -> Floats:
        """The largest of arrays of one shape, element by element."""

    def together(self, own: Floats) -> Floats:
        """Arrays (n,) of any lengths, one after the other."""


class Alone:
    """The pool of a panel in one piece."""

    def total(self, own: Floats) -> Floats:
        return own

    def largest(self, own: Floats) -> Floats:
        return own

    def together(self, own: Floats) -> Floats:
        return own


class Parts:
    """The pool of one part among several. `exchange` hands over this part's array and returns everybody's, in order.

    It must be called by every part, or the others wait for ever.
    """

    def __init__(self, exchange: Callable[[Floats], list[Floats]]) -> None:
        self._exchange = exchange

    def total(self, own: Floats) -> Floats:
        return np.asarray(np.sum(np.stack(self._exchange(own)), axis=0), dtype=np.float64)

    def largest(self, own: Floats) -> Floats:
        return np.asarray(np.max(np.stack(self._exchange(own)), axis=0), dtype=np.float64)

    def together(self, own: Floats) -> Floats:
        return np.concatenate(self._exchange(own))


ALONE = Alone()
