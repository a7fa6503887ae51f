"""Pairs of products in the Online Retail ledger: how many, and what counting and testing them costs.

    python benchmarks/baskets.py

Positive lines whose code begins with a digit, as published: 894 pairs at 1% support, 8,085 at .5%, 91,144 at .2%.
"""

import math
import statistics
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from martlet.shortlist.affinity import candidate_offers
from martlet.shortlist.baskets import Baskets, associate, baskets_from_lines, count_pairs

LEDGER = Path(__file__).resolve().parents[2] / "shared" / "data" / "online_retail.parquet"
SHARES = (0.01, 0.005, 0.002)
AS_OF = pd.Timestamp(date(2011, 12, 8))
REPEATS = 3


@dataclass(frozen=True)
class Measured:
    """CPU seconds (medians): counting and testing pairs in orders, both windows with all candidates, and mlxtend.

    mlxtend's fpgrowth counts pairs from the same orders and tests none.
    """

    share: float
    pairs: int
    counted: float
    with_follow_ups: float
    mlxtend: float


def ledger_lines() -> pd.DataFrame:
    """The lines as the plays see them."""
    columns = ["invoice_no", "stock_code", "quantity", "unit_price", "customer_id", "invoice_ts"]
    lines = pd.read_parquet(LEDGER, columns=columns)
    lines = lines[lines["stock_code"].str.match(r"\d", na=False) & (lines["unit_price"] > 0) & (lines["quantity"] > 0)]
    lines = lines.rename(columns={"invoice_no": "order_id", "stock_code": "sku", "customer_id": "customer_key"})
    day = pd.to_datetime(lines.pop("invoice_ts")).dt.normalize()
    return lines.assign(net_sales=lines["quantity"] * lines["unit_price"], order_date=day)


def measure_mlxtend(baskets: Baskets, share: float, pairs: int) -> float:
    """CPU seconds of mlxtend for the same pairs."""
    from mlxtend.frequent_patterns import fpgrowth  # noqa: PLC0415  (only benchmarks have it)

    frame = pd.DataFrame.sparse.from_spmatrix(baskets.matrix.astype(bool))
    start = time.process_time()
    found = fpgrowth(frame, min_support=math.ceil(share * len(frame)) / len(frame), max_len=2)
    seconds = time.process_time() - start
    both = int((found["itemsets"].map(len) == 2).sum())
    if both != pairs:
        raise AssertionError(f"mlxtend finds {both:,} pairs at {share:.1%}, Martlet {pairs:,}")
    return seconds


def measure() -> list[Measured]:
    """One row for each support of SHARES."""
    lines = ledger_lines()
    found = []
    for share in SHARES:
        counted, everything, pairs = [], [], 0
        for _ in range(REPEATS):
            start = time.process_time()
            baskets = baskets_from_lines(lines)
            minimum = math.ceil(share * len(baskets.order_ids))
            together = count_pairs(baskets, minimum)
            associate(baskets, together, minimum)
            counted.append(time.process_time() - start)
            start = time.process_time()
            candidate_offers(baskets, together, lines, frozenset(), AS_OF, minimum)
            everything.append(time.process_time() - start)
            pairs = len(together.both)
        theirs = measure_mlxtend(baskets, share, pairs)
        found.append(Measured(share, pairs, statistics.median(counted), statistics.median(everything), theirs))
    return found


def section() -> str:
    """The table in Markdown, with a heading."""
    lines = ["## Pairs bought together, Online Retail, in one process", ""]
    lines += [
        "| support | pairs | count and test, CPU s | all candidates of both windows, CPU s | mlxtend counts, CPU s |"
    ]
    lines += ["|---:|---:|---:|---:|---:|"]
    lines += [
        f"| {row.share:.1%} | {row.pairs:,} | {row.counted:.2f} | {row.with_follow_ups:.2f} | {row.mlxtend:.2f} |"
        for row in measure()
    ]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    print(section())
