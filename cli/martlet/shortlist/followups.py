"""What people come back for: products bought within 30 days after another, by the same person.

A person's history is cut into episodes that do not overlap: a day with an order, and what came in the FOLLOW_DAYS days
after it. The next episode starts with the first order after those. So no purchase counts twice, and a person who orders
every week is not mistaken for many.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from martlet.shortlist.baskets import Association, judge

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

FOLLOW_DAYS = 30


@dataclass(frozen=True)
class Episodes:
    """`base` and `follow` (episodes, SKUs) of 0 and 1: bought on the first day, and later but not on it."""

    base: sparse.csr_matrix
    follow: sparse.csr_matrix


@dataclass(frozen=True)
class FollowUps:
    """Directed pairs (k,): `to` bought after `of`. `both`, `n_of`, `n_to`: of `total` episodes that hold any follow-up.

    `rate` and `other_rate` (k,): share of all episodes with and without `of` in which `to` followed.
    """

    of: Ints
    to: Ints
    both: Ints
    n_of: Ints
    n_to: Ints
    total: int
    started: Ints
    others: Ints
    rate: Floats
    other_rate: Floats
    association: Association


def episodes_from_lines(lines: pd.DataFrame, skus: NDArray[np.object_], as_of: pd.Timestamp) -> Episodes:
    """Episodes of known people whose 30 days are over. `lines`: customer_key, order_date, sku; `skus`: all SKUs."""
    known = lines[lines["customer_key"].notna() & lines["sku"].notna()]
    person = pd.factorize(known["customer_key"], sort=True)[0].astype(np.int64)
    day = pd.to_datetime(known["order_date"]).to_numpy().astype("datetime64[D]").astype(np.int64)
    first_day = int(day.min()) if len(day) else 0
    reach = int(day.max()) - first_day + FOLLOW_DAYS + 2 if len(day) else 1
    visits, visit = np.unique(person * reach + (day - first_day), return_inverse=True)
    start, episode = _cut(visits, reach)
    last_start = (pd.Timestamp(as_of).to_datetime64().astype("datetime64[D]").astype(np.int64)) - FOLLOW_DAYS
    complete = visits[start] % reach + first_day <= last_start
    place = np.cumsum(complete) - 1
    column = pd.Index(skus).get_indexer(pd.Index(known["sku"]))
    is_base = start[episode[visit]] == visit
    kept = complete[episode[visit]] & (column >= 0)
    shape = (int(complete.sum()), len(skus))
    base = _zero_one(place[episode[visit]], column, kept & is_base, shape)
    follow = _zero_one(place[episode[visit]], column, kept & ~is_base, shape)
    # what was bought again is no reason to offer it beside itself
    return Episodes(base, sparse.csr_matrix(follow - follow.multiply(base)))


def _cut(visits: Ints, reach: int) -> tuple[Ints, Ints]:
    """First visit of each episode, and the episode of each visit; visits are person * reach + day, sorted."""
    opens = np.zeros(len(visits), dtype=np.bool_)
    at = np.flatnonzero(np.diff(visits // reach, prepend=-1) != 0) if len(visits) else np.zeros(0, dtype=np.int64)
    # everybody's next episode at once: as many rounds as the most faithful person has episodes
    while len(at):
        opens[at] = True
        after = np.searchsorted(visits, visits[at] + FOLLOW_DAYS, side="right")
        inside = after < len(visits)
        at = after[inside][visits[after[inside]] // reach == visits[at[inside]] // reach]
    return np.flatnonzero(opens), np.cumsum(opens) - 1


def _zero_one(row: Ints, column: Ints, kept: NDArray[np.bool_], shape: tuple[int, int]) -> sparse.csr_matrix:
    ones = np.ones(int(kept.sum()), dtype=np.int32)
    matrix = sparse.csr_matrix((ones, (row[kept], column[kept])), shape=shape)
    matrix.data[:] = 1
    return matrix


def follow_ups(episodes: Episodes, minimum: int) -> FollowUps:
    """Directed pairs that at least `minimum` episodes hold, tested among the episodes that hold any follow-up at all.

    Among all episodes, a product of people who come back more often would seem to bring anything along. What is tested
    is every ordered pair of SKUs with `minimum` episodes each, whether they were ever seen together or not.
    """
    back = np.flatnonzero(np.asarray(episodes.follow.sum(axis=1)).ravel() > 0)
    base, follow = episodes.base[back], episodes.follow[back]
    n_base, n_follow = _columns(base), _columns(follow)
    firsts, seconds = np.flatnonzero(n_base >= minimum), np.flatnonzero(n_follow >= minimum)
    together = (base[:, firsts].T @ follow[:, seconds]).tocoo()
    enough = together.data >= minimum
    of, to = firsts[together.row[enough]].astype(np.int64), seconds[together.col[enough]].astype(np.int64)
    both = together.data[enough].astype(np.int64)
    order = np.lexsort((to, of))
    of, to, both = of[order], to[order], both[order]
    started, followed = _columns(episodes.base), _columns(episodes.follow)
    without = np.maximum(episodes.base.shape[0] - started[of], 1)
    tests = max(len(firsts) * len(seconds), len(both))
    found = judge(
        both.astype(np.float64),
        n_base[of].astype(np.float64),
        n_follow[to].astype(np.float64),
        len(back),
        _size_factor(base, follow),
        tests,
    )
    return FollowUps(
        of=of,
        to=to,
        both=both,
        n_of=n_base[of],
        n_to=n_follow[to],
        total=len(back),
        started=started[of],
        others=without,
        rate=both / np.maximum(started[of], 1),
        other_rate=(followed[to] - both) / without,
        association=found,
    )


def _columns(matrix: sparse.csr_matrix) -> Ints:
    return np.asarray(matrix.sum(axis=0), dtype=np.int64).ravel()


def _size_factor(base: sparse.csr_matrix, follow: sparse.csr_matrix) -> float:
    """How much more often unrelated SKUs meet because some episodes are large at both ends; at least 1."""
    first, later = np.asarray(base.sum(axis=1)).ravel(), np.asarray(follow.sum(axis=1)).ravel()
    if first.sum() == 0 or later.sum() == 0:
        return 1.0
    return float(max(len(first) * (first * later).sum() / (first.sum() * later.sum()), 1.0))
