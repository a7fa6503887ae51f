"""Directed candidates for an offer: B to buyers of A, in one order or within 30 days, with what stands behind each."""

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from martlet.experiments.multiplicity import benjamini_hochberg
from martlet.shortlist.baskets import Association, Baskets, Pairs, associate
from martlet.shortlist.evidence import in_last_days
from martlet.shortlist.followups import FollowUps, episodes_from_lines, follow_ups
from martlet.shortlist.rows import HORIZON_DAYS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

IN_ORDER, WITHIN_30_DAYS = "order", "30 days"


@dataclass(frozen=True)
class Offers:
    """Arrays (k,): offer SKU number `to` to buyers of `of`; `window` says whether in the order or within 30 days.

    cases : orders, or episodes (a person's order and the 30 days after it). Of these `tested` hold `both`, `n_of` and
    `n_to`: for episodes only those with a follow-up. `started` and `others`: all cases with and without `of`, over
    which `rate` and `other_rate` of B stand. eligible : orders, or people, of the last 90 days with A and without B.
    """

    of: Ints
    to: Ints
    window: NDArray[np.object_]
    tested: Ints
    both: Ints
    n_of: Ints
    n_to: Ints
    started: Ints
    others: Ints
    rate: Floats
    other_rate: Floats
    eligible: Ints
    lift: Floats
    lift_low: Floats
    leverage: Floats
    p_value: Floats
    q_value: Floats

    @property
    def gap(self) -> Floats:
        """By how much the rate of B is higher with A than without (k,)."""
        return self.rate - self.other_rate


def candidate_offers(
    baskets: Baskets, pairs: Pairs, lines: pd.DataFrame, consenting: frozenset[str], as_of: pd.Timestamp, minimum: int
) -> tuple[Offers, int]:
    """Every directed candidate of both windows, and the number of tests that their q-values allow for.

    lines : order_id, order_date, customer_key, sku, quantity, net_sales. consenting : people who may be written to;
    only they can be offered anything after the order.
    """
    recent = lines[in_last_days(lines["order_date"], as_of, HORIZON_DAYS)]
    found = associate(baskets, pairs, minimum)
    later = follow_ups(episodes_from_lines(lines, baskets.skus, as_of), minimum)
    tests = found.tests + later.association.tests
    q_value = benjamini_hochberg(np.concatenate([found.p_value, later.association.p_value]), tests)
    split = len(found.p_value)
    both_ways = _in_one_order(baskets, pairs, found, q_value[:split], recent)
    after = _within_30_days(later, q_value[split:], _people(baskets, recent, consenting))
    return Offers(
        *(np.concatenate([getattr(both_ways, f.name), getattr(after, f.name)]) for f in fields(Offers))
    ), tests


def _in_one_order(baskets: Baskets, pairs: Pairs, found: Association, q_value: Floats, recent: pd.DataFrame) -> Offers:
    """Both directions of every pair."""
    of, to = np.concatenate([pairs.first, pairs.second]), np.concatenate([pairs.second, pairs.first])
    pair = np.tile(np.arange(len(pairs.both)), 2)
    total, both = len(baskets.order_ids), pairs.both[pair]
    n_of, n_to = baskets.orders[of], baskets.orders[to]
    without = np.maximum(total - n_of, 1)
    held = baskets.matrix[np.flatnonzero(pd.Index(baskets.order_ids).isin(recent["order_id"].unique()))]
    return Offers(
        of=of,
        to=to,
        window=np.full(len(of), IN_ORDER, dtype=object),
        tested=np.full(len(of), total),
        both=both,
        n_of=n_of,
        n_to=n_to,
        started=n_of,
        others=without,
        rate=both / np.maximum(n_of, 1),
        other_rate=(n_to - both) / without,
        eligible=_without(held, of, to),
        lift=found.lift[pair],
        lift_low=found.lift_low[pair],
        leverage=found.leverage[pair],
        p_value=found.p_value[pair],
        q_value=q_value[pair],
    )


def _within_30_days(later: FollowUps, q_value: Floats, people: sparse.csr_matrix) -> Offers:
    found = later.association
    return Offers(
        of=later.of,
        to=later.to,
        window=np.full(len(later.of), WITHIN_30_DAYS, dtype=object),
        tested=np.full(len(later.of), later.total),
        both=later.both,
        n_of=later.n_of,
        n_to=later.n_to,
        started=later.started,
        others=later.others,
        rate=later.rate,
        other_rate=later.other_rate,
        eligible=_without(people, later.of, later.to),
        lift=found.lift,
        lift_low=found.lift_low,
        leverage=found.leverage,
        p_value=found.p_value,
        q_value=q_value,
    )


def _people(baskets: Baskets, recent: pd.DataFrame, consenting: frozenset[str]) -> sparse.csr_matrix:
    """What each person who may be written to bought lately: (people, SKUs) of 0 and 1."""
    bought = recent[recent["customer_key"].isin(consenting)]
    person = pd.factorize(bought["customer_key"], sort=True)[0]
    column = pd.Index(baskets.skus).get_indexer(pd.Index(bought["sku"]))
    shape = (int(person.max()) + 1 if len(person) else 0, len(baskets.skus))
    matrix = sparse.csr_matrix((np.ones(len(bought), dtype=np.int32), (person, column)), shape=shape)
    matrix.data[:] = 1
    return matrix


def _without(held: sparse.csr_matrix, of: Ints, to: Ints) -> Ints:
    """Rows of `held` that have `of` and lack `to`, for each pair (k,)."""
    if len(of) == 0:
        return np.zeros(0, dtype=np.int64)
    involved, place = np.unique(np.concatenate([of, to]), return_inverse=True)
    narrow = held[:, involved]
    together = (narrow.T @ narrow).tocsr()
    with_of = np.asarray(held.sum(axis=0), dtype=np.int64).ravel()[of]
    both = np.asarray(together[place[: len(of)], place[len(of) :]], dtype=np.int64).ravel()
    return np.asarray(with_of - both, dtype=np.int64)
