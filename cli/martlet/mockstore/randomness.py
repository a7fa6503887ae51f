"""Independent streams of random numbers, one per part of the store, all from one seed."""

from enum import IntEnum, unique

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@unique
class Part(IntEnum):
    """A part of the store with a stream of its own, so that a change to one part leaves the others as they were."""

    CATALOGUE = 1
    CUSTOMERS = 2
    PURCHASES = 3
    BASKETS = 4
    ORDERS = 5
    REFUNDS = 6
    STOCK = 7
    VISITS = 8
    SESSIONS = 9
    SEARCH = 10
    EVENTS = 11
    COMPETITORS = 20
    PLANTS = 21


def stream(seed: int, part: Part, chunk: int = 0) -> np.random.Generator:
    """Return the generator (PCG64) of one part, and of one chunk of a part that is made chunk by chunk."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(int(part), chunk))))


def pick(rng: np.random.Generator, weights: Floats, size: int) -> Ints:
    """Draw `size` indices with probability proportional to `weights` (n,)."""
    edges = np.cumsum(weights)
    places = np.searchsorted(edges, rng.random(size) * edges[-1], side="right")
    return np.asarray(np.minimum(places, len(weights) - 1), dtype=np.int64)


def ranges(counts: Ints) -> Ints:
    """Number the members of consecutive groups from 0: counts [2, 3] gives [0, 1, 0, 1, 2]."""
    starts = np.cumsum(counts) - counts
    return np.arange(int(counts.sum()), dtype=np.int64) - np.repeat(starts, counts)
