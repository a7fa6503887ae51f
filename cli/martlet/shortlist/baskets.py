"""Which products are bought together more often than chance would have it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from martlet.shortlist.statistics import benjamini_hochberg, gamma_quantile, hypergeometric_tail, poisson_tail

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Events of prior weight that pull a pair's lift to 1 before its lower bound is taken.
LIFT_PRIOR = 1.0


@dataclass(frozen=True)
class Baskets:
    """Distinct SKUs per order: `matrix` is (orders, SKUs) of 0 and 1; `orders` holds the SKUs' own counts (SKUs,)."""

    skus: NDArray[np.object_]
    order_ids: NDArray[np.object_]
    matrix: sparse.csr_matrix
    orders: Ints


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
    """Baskets of order lines with order_id, sku and quantity; lines without a SKU or without units are left out."""
    kept = lines[lines["sku"].notna() & (lines["quantity"] > 0)]
    order_codes, order_ids = pd.factorize(kept["order_id"], sort=True)
    sku_codes, skus = pd.factorize(kept["sku"], sort=True)
    ones = np.ones(len(kept), dtype=np.int32)
    matrix = sparse.csr_matrix((ones, (order_codes, sku_codes)), shape=(len(order_ids), len(skus)))
    # a SKU on two lines of an order was summed to 2
    matrix.data[:] = 1
    orders = np.bincount(matrix.indices, minlength=len(skus)).astype(np.int64)
    return Baskets(np.asarray(skus, dtype=object), np.asarray(order_ids, dtype=object), matrix, orders)


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


def basket_size_factor(baskets: Baskets) -> float:
    """How much more often than under equal baskets two unrelated SKUs meet because some baskets are large; at least 1.

    If a SKU falls into an order in proportion to the order's size s, unrelated SKUs with n_a and n_b orders meet
    n_a n_b sum s (s - 1) / (sum s)^2 times (the configuration model of a bipartite graph), against n_a n_b / N.
    """
    sizes = np.asarray(baskets.matrix.sum(axis=1), dtype=np.float64).ravel()
    if sizes.sum() == 0:
        return 1.0
    return float(max(len(sizes) * (sizes * (sizes - 1)).sum() / sizes.sum() ** 2, 1.0))


def associate(baskets: Baskets, pairs: Pairs, minimum: int) -> Association:
    """Test every pair for being bought together more often than chance.

    The p-value is the larger of two one-sided ones: Fisher's exact test, which is right at the small counts where a
    chi-square test is not, and a Poisson tail around the number of meetings that basket sizes alone would bring:
    a wholesaler's long orders join everything with everything. Benjamini-Hochberg runs over all pairs of SKUs with
    `minimum` orders each, whether they were ever seen together or not: choosing pairs for their joint count and
    then counting only those as tests would be choosing by the result.
    """
    n_a, n_b = baskets.orders[pairs.first].astype(np.float64), baskets.orders[pairs.second].astype(np.float64)
    eligible = int((baskets.orders >= minimum).sum())
    tests = max(eligible * (eligible - 1) // 2, len(pairs.both))
    both = pairs.both.astype(np.float64)
    return judge(both, n_a, n_b, len(baskets.order_ids), basket_size_factor(baskets), tests)


def judge(both: Floats, n_a: Floats, n_b: Floats, total: int, factor: float, tests: int) -> Association:
    """Test joint counts (k,) of `total` cases against what n_a and n_b (k,) would give by chance; see `associate`.

    factor : how much more often unrelated ones meet because some cases hold more than others. tests : tests made.
    """
    expected = n_a * n_b / max(total, 1)
    fair = expected * factor
    p_value = np.maximum(hypergeometric_tail(both, n_a, n_b, total), poisson_tail(both, fair))
    return Association(
        expected=fair,
        lift=both / np.maximum(expected, 1e-12),
        lift_low=gamma_quantile(both + LIFT_PRIOR, expected + LIFT_PRIOR, 0.05),
        leverage=(both - expected) / max(total, 1),
        p_value=p_value,
        q_value=benjamini_hochberg(p_value, tests),
        tests=tests,
    )
