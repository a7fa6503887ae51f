"""What models of orders would have said on a past day, beside what then happened."""

from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from martlet.clv.summary import Days, Floats, Summary, Transactions, Tuples, distinct_tuples, summarize

#: The last third of the history is held out, no more days than these; fewer than the least are no test.
LONGEST_HOLDOUT, LEAST_HOLDOUT = 182, 28
DECILES = 10


@dataclass(frozen=True)
class Holdout:
    """n people known at the end of day `cut`, and what they bought in the `days` after it: `actual` (n,).

    `transactions` are theirs on all days; `summary` and its `tuples` end at the cut.
    """

    cut: np.datetime64
    days: int
    transactions: Transactions
    summary: Summary
    tuples: Tuples
    actual: Floats


@dataclass(frozen=True)
class Check:
    """How the model in use did on the held-out days, and how everything else did.

    `record`: a row for each way to foretell orders, with mae, rmse, bias_pct and correlation over customers.
    `deciles`: customers by orders expected, least first, with the mean expected and the mean that came.
    `tracking`: for each week's last day, repeat transactions so far, actual and expected; `is_held_out` after the cut.
    """

    model: str
    cut: np.datetime64
    days: int
    customers: int
    record: pd.DataFrame
    deciles: pd.DataFrame
    tracking: pd.DataFrame


def hold_out(transactions: Transactions, end: np.datetime64, days: int | None = None) -> Holdout | None:
    """Hold out the last `days` up to `end`, by default as many as the rule above says: None if they are too few."""
    if days is None:
        days = min(history_days(transactions, end) // 3, LONGEST_HOLDOUT)
        if days < LEAST_HOLDOUT:
            return None
    cut = end - np.timedelta64(days, "D")
    everybody = int(transactions.customer.max()) + 1
    is_known = np.bincount(transactions.customer[transactions.day <= cut], minlength=everybody) > 0
    kept = is_known[transactions.customer] & (transactions.day <= end)
    codes = np.asarray((np.cumsum(is_known) - 1)[transactions.customer[kept]], dtype=np.int64)
    theirs = Transactions(codes, transactions.day[kept], transactions.value[kept])
    known = int(is_known.sum())
    summary = summarize(theirs, known, cut)
    actual = np.bincount(codes[theirs.day > cut], minlength=known).astype(np.float64)
    tuples = distinct_tuples(summary.frequency, summary.recency, summary.age)
    return Holdout(cut, days, theirs, summary, tuples, actual)


def history_days(transactions: Transactions, end: np.datetime64) -> int:
    """Days from the first transaction to `end`, both counted."""
    return int((end - transactions.day.min()).astype(np.int64)) + 1


def expected_orders(module: ModuleType, parameters: Any, holdout: Holdout) -> Floats:
    """What a model with these parameters expects of each customer (n,) on the held-out days."""
    tuples = holdout.tuples
    known = tuples.frequency, tuples.recency, tuples.age
    expected = module.expected_transactions(parameters, float(holdout.days), *known)
    return np.asarray(expected[tuples.inverse], dtype=np.float64)


def constant_rates(holdout: Holdout) -> Floats:
    """Everybody's own rate so far, kept up over the held-out days (n,)."""
    return holdout.summary.frequency / np.maximum(holdout.summary.age, 1.0) * holdout.days


def errors(expected: Floats, actual: Floats) -> dict[str, float]:
    """Mean absolute and root mean square error in orders, bias of the total in percent, and Pearson's correlation."""
    total = float(actual.sum())
    return {
        "mae": float(np.abs(expected - actual).mean()),
        "rmse": float(np.sqrt(((expected - actual) ** 2).mean())),
        "bias_pct": 100.0 * (float(expected.sum()) / total - 1.0) if total > 0 else float("nan"),
        "correlation": correlation(expected, actual),
    }


def correlation(one: Floats, other: Floats) -> float:
    """Pearson's, by plain sums; NaN where either does not vary."""
    a, b = one - one.mean(), other - other.mean()
    spread = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / spread if spread > 0 else float("nan")


def deciles(expected: Floats, actual: Floats) -> pd.DataFrame:
    """Customers in ten groups of one size by what is expected of them, least first; fewer groups than ten people."""
    order = np.argsort(expected, kind="stable")
    groups = [group for group in np.array_split(order, DECILES) if len(group)]
    return pd.DataFrame(
        {
            "decile": np.arange(1, len(groups) + 1),
            "customers": [len(group) for group in groups],
            "expected": [float(expected[group].mean()) for group in groups],
            "actual": [float(actual[group].mean()) for group in groups],
        }
    )


def tracking(module: ModuleType, parameters: Any, holdout: Holdout) -> pd.DataFrame:
    """Cumulative repeat transactions of those known at the cut, by week, as they came and as a new customer's
    expectation (`expected_repeats`) says for people who joined when they did: Fader, Hardie and Lee (2005), figure 2.

    Weeks are counted from the cut in both directions; the last one may be shorter.
    """
    ordinal = holdout.transactions.day.astype(np.int64)
    cut = int(holdout.cut.astype("datetime64[D]").astype(np.int64))
    born, end = cut - holdout.summary.age.astype(np.int64), cut + holdout.days
    first = int(born.min())
    weeks = np.unique([*range(cut, first - 1, -7), *range(cut, end + 1, 7), end])
    by_age = module.expected_repeats(parameters, np.arange(end - first + 1, dtype=np.float64))
    births = np.bincount(born - first).astype(np.float64)
    joined = np.arange(len(births))
    # whoever has not joined yet is of no age and expected to do nothing
    expected = [float((births * by_age[np.maximum(week - first - joined, 0)]).sum()) for week in weeks]
    repeats = np.sort(ordinal[ordinal > born[holdout.transactions.customer]])
    days: Days = weeks.astype("datetime64[D]")
    return pd.DataFrame(
        {
            "week_end": days.astype("datetime64[s]"),
            "actual": np.searchsorted(repeats, weeks, side="right").astype(np.int64),
            "expected": expected,
            "is_held_out": weeks > cut,
        }
    )
