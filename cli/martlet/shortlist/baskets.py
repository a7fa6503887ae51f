"""Which products are bought together more often than chance would have it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from martlet.experiments.multiplicity import benjamini_hochberg
from martlet.shortlist.evidence import as_float
from martlet.shortlist.statistics import gamma_quantile, hypergeometric_tail, poisson_tail

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Sizes of orders that are a stratum each, up to the given number of SKUs; larger ones are the last.
SIZE_STRATA = (1, 2, 3, 4, 5, 10, 20, 40)
#: Parts of equal number that the orders of a size are cut into by mean price.
PRICE_STRATA = 5
#: Events of prior weight that pull a pair's lift to 1 before its lower bound is taken.
LIFT_PRIOR = 1.0


@dataclass(frozen=True)
class Baskets:
    """Distinct SKUs per order: `matrix` is (orders, SKUs) of 0 and 1; `orders` holds the SKUs' own counts (SKUs,).

    `stratum` (orders,): orders of like size and price.
    """

    skus: NDArray[np.object_]
    order_ids: NDArray[np.object_]
    matrix: sparse.csr_matrix
    orders: Ints
    stratum: Ints


@dataclass(frozen=True)
class Pairs:
    """Pairs of SKU positions, first < second, with the number of orders that hold both; arrays (k,)."""

    first: Ints
    second: Ints
    both: Ints


@dataclass(frozen=True)
class Association:
    """Evidence on each pair, arrays (k,). `tests` is how many pairs were judged, those never seen together included."""

    expected: Floats
    lift: Floats
    lift_low: Floats
    leverage: Floats
    p_value: Floats
    q_value: Floats
    tests: int


def baskets_from_lines(lines: pd.DataFrame) -> Baskets:
    """Baskets of order lines with order_id, sku, quantity and net_sales; without a SKU or units they are left out."""
    kept = lines[lines["sku"].notna() & (lines["quantity"] > 0)]
    order_codes, order_ids = pd.factorize(kept["order_id"], sort=True)
    sku_codes, skus = pd.factorize(kept["sku"], sort=True)
    ones = np.ones(len(kept), dtype=np.int32)
    matrix = sparse.csr_matrix((ones, (order_codes, sku_codes)), shape=(len(order_ids), len(skus)))
    # a SKU on two lines of an order was summed to 2
    matrix.data[:] = 1
    orders = np.bincount(matrix.indices, minlength=len(skus)).astype(np.int64)
    price = as_float(kept["net_sales"]).fillna(0.0).to_numpy() / as_float(kept["quantity"]).to_numpy()
    held = np.maximum(np.bincount(order_codes, minlength=len(order_ids)), 1)
    mean_price = np.bincount(order_codes, weights=price, minlength=len(order_ids)) / held
    size = np.asarray(matrix.sum(axis=1), dtype=np.float64).ravel()
    return Baskets(
        np.asarray(skus, dtype=object),
        np.asarray(order_ids, dtype=object),
        matrix,
        orders,
        # a hair's difference in a sum is no other price
        strata(size, mean_price.round(6)),
    )


def count_pairs(baskets: Baskets, minimum: int) -> Pairs:
    """Pairs of SKUs that at least `minimum` orders hold: the upper triangle of X'X."""
    frequent = np.flatnonzero(baskets.orders >= minimum)
    held = baskets.matrix[:, frequent]
    together = sparse.triu(held.T @ held, k=1).tocoo()
    enough = together.data >= minimum
    first, second = frequent[together.row[enough]], frequent[together.col[enough]]
    order = np.lexsort((second, first))
    return Pairs(
        first[order].astype(np.int64), second[order].astype(np.int64), together.data[enough][order].astype(np.int64)
    )


def associate(baskets: Baskets, pairs: Pairs, minimum: int) -> Association:
    """Test every pair for being bought together more often than chance, and than orders of that size and price.

    Benjamini-Hochberg runs over all pairs of SKUs with `minimum` orders each, whether they were ever seen together or
    not: choosing pairs for their joint count and then counting only those as tests would be choosing by the result.
    """
    n_a, n_b = baskets.orders[pairs.first].astype(np.float64), baskets.orders[pairs.second].astype(np.float64)
    eligible = int((baskets.orders >= minimum).sum())
    tests = max(eligible * (eligible - 1) // 2, len(pairs.both))
    fair = fair_meetings(baskets.matrix, None, baskets.stratum, pairs.first, pairs.second)
    return judge(pairs.both.astype(np.float64), n_a, n_b, len(baskets.order_ids), fair, tests)


def judge(both: Floats, n_a: Floats, n_b: Floats, total: int, fair: Floats, tests: int) -> Association:
    """Test joint counts (k,) of `total` cases against chance, and against the meetings `fair` (k,) to like cases.

    The p-value is the larger of two one-sided ones: Fisher's exact test, which is right at the small counts where a
    chi-square test is not, and a Poisson tail around `fair`: a wholesaler's long orders join everything with
    everything, and small change is bought with small change. tests : tests made.
    """
    expected = n_a * n_b / max(total, 1)
    p_value = np.maximum(hypergeometric_tail(both, n_a, n_b, total), poisson_tail(both, fair))
    return Association(
        expected=fair,
        lift=both / np.maximum(expected, 1e-12),
        lift_low=gamma_quantile(both + LIFT_PRIOR, np.maximum(fair, expected) + LIFT_PRIOR, 0.05),
        leverage=(both - expected) / max(total, 1),
        p_value=p_value,
        q_value=benjamini_hochberg(p_value, tests),
        tests=tests,
    )


def fair_meetings(
    first: sparse.csr_matrix, second: sparse.csr_matrix | None, stratum: Ints, a: Ints, b: Ints
) -> Floats:
    """How often unrelated SKUs a and b (k,) would meet in cases of the size and price that they are found in.

    first, second : (cases, SKUs) of 0 and 1; a is counted in the one, b in the other, or both in `first` without
    `second`. stratum : (cases,), codes from 0. Within a stratum a SKU falls into a case in proportion to the case's
    size s, so that two meet n_a n_b sum s (s - 1) / (sum s)^2 times (the configuration model of a bipartite graph), or
    n_a n_b sum s t / (sum s sum t) times across two sides of sizes s and t.
    """
    strata = int(stratum.max()) + 1 if len(stratum) else 0
    members = sparse.csr_matrix(
        (np.ones(len(stratum)), (stratum, np.arange(len(stratum)))), shape=(strata, len(stratum))
    )
    size = np.asarray(first.sum(axis=1), dtype=np.float64).ravel()
    other = size if second is None else np.asarray(second.sum(axis=1), dtype=np.float64).ravel()
    chances = members @ (size * (other - 1 if second is None else other))
    held = (members @ size) * (members @ other)
    per_pair = np.divide(chances, held, out=np.zeros(strata), where=held > 0)
    counts = (members @ first).toarray()
    others = counts if second is None else (members @ second).toarray()
    return np.asarray(sum((counts[s, a] * others[s, b] * per_pair[s] for s in range(strata)), np.zeros(len(a))))


def strata(size: Floats, price: Floats) -> Ints:
    """Stratum of each case (n,), codes from 0: by number of SKUs, and by price within it, in PRICE_STRATA parts."""
    tier = np.searchsorted(SIZE_STRATA, size)
    codes = np.zeros(len(size), dtype=np.int64)
    for each in np.unique(tier):
        inside = tier == each
        edges = np.quantile(price[inside], np.arange(1, PRICE_STRATA) / PRICE_STRATA)
        codes[inside] = each * PRICE_STRATA + np.searchsorted(edges, price[inside])
    return np.asarray(np.unique(codes, return_inverse=True)[1], dtype=np.int64)
