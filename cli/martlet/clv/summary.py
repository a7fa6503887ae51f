"""What the models know of a customer: frequency, recency and age, and these as distinct tuples with weights."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Days = NDArray[np.datetime64]


@dataclass(frozen=True)
class Transactions:
    """One row a customer and day with orders, by customer, then day: three arrays (m,).

    `customer` counts from 0; `day` is datetime64[D]; `value` is the sum of the day's orders.
    """

    customer: Ints
    day: Days
    value: Floats


@dataclass(frozen=True)
class Summary:
    """n customers as arrays (n,): repeat transactions x, time of the last one t_x, age T; times since the first one.

    `value` is the mean value of a repeat transaction, NaN where there was none.
    """

    frequency: Floats
    recency: Floats
    age: Floats
    value: Floats


@dataclass(frozen=True)
class Tuples:
    """The distinct (x, t_x, T) of a summary, sorted, as arrays (k,), with how many customers share each.

    `inverse` (n,) is each customer's place among them. Customers who look alike to a model are worked out once, which
    makes a million of them as cheap as the distinct days they bought on.
    """

    frequency: Floats
    recency: Floats
    age: Floats
    weight: Floats
    inverse: Ints

    def time_scale(self) -> float:
        """Mean age, in which parameters are of order one whatever the unit of time; 1 if nobody has aged yet."""
        mean = float((self.age * self.weight).sum() / self.weight.sum())
        return mean if mean > 0 else 1.0


def daily_transactions(customer: Ints, day: Days, value: Floats) -> Transactions:
    """Orders (n,) of customers 0, 1, ... added up by day: several orders on one day are one transaction."""
    ordinal = day.astype("datetime64[D]").astype(np.int64)
    order = np.lexsort((value, ordinal, customer))
    who, when, worth = customer[order], ordinal[order], value[order]
    is_first = np.ones(len(who), dtype=np.bool_)
    is_first[1:] = (who[1:] != who[:-1]) | (when[1:] != when[:-1])
    start = np.flatnonzero(is_first)
    sums = np.add.reduceat(worth, start) if len(start) else np.empty(0)
    return Transactions(who[start], when[start].astype("datetime64[D]"), np.asarray(sums, dtype=np.float64))


def summarize(transactions: Transactions, customers: int, end: np.datetime64, unit_days: float = 1.0) -> Summary:
    """Frequency, recency and age of `customers` people as known at the end of day `end`, in units of `unit_days` days.

    Transactions after `end` are not seen; every customer must have one up to it, else ValueError.
    """
    seen = transactions.day <= end
    who, value = transactions.customer[seen], transactions.value[seen]
    ordinal = transactions.day[seen].astype(np.int64)
    count = np.bincount(who, minlength=customers)
    if len(count) != customers or (customers and count.min() == 0):
        raise ValueError("every customer must have a transaction up to the end")
    first = np.cumsum(count) - count
    last = first + count - 1
    repeats = (count - 1).astype(np.float64)
    spent = np.bincount(who, weights=value, minlength=customers) - value[first]
    mean = np.where(repeats > 0, spent / np.maximum(repeats, 1.0), np.nan)
    return Summary(
        frequency=repeats,
        recency=(ordinal[last] - ordinal[first]) / unit_days,
        age=(end.astype("datetime64[D]").astype(np.int64) - ordinal[first]) / unit_days,
        value=mean,
    )


def distinct_tuples(frequency: Floats, recency: Floats, age: Floats, weight: Floats | None = None) -> Tuples:
    """Group equal customers (n,); `weight` is how many people a row stands for, 1 by default.

    Raises ValueError for no customer, numbers that are not finite, x that is negative or not whole, weights that are
    not positive, and times out of order: 0 <= t_x <= T, t_x = 0 exactly where x = 0.
    """
    x, t_x, T = (np.ascontiguousarray(values, dtype=np.float64) for values in (frequency, recency, age))  # noqa: N806
    weights = np.ones(len(x)) if weight is None else np.asarray(weight, dtype=np.float64)
    _check(x, t_x, T, weights)
    first, times = pd.factorize(t_x, sort=True)
    second, ages = pd.factorize(T, sort=True)
    counts = x.astype(np.int64)
    key = (counts * len(times) + first) * len(ages) + second
    inverse, keys = pd.factorize(key, sort=True)
    rest, age_code = np.divmod(keys, len(ages))
    count, time_code = np.divmod(rest, len(times))
    return Tuples(
        frequency=count.astype(np.float64),
        recency=np.asarray(times[time_code], dtype=np.float64),
        age=np.asarray(ages[age_code], dtype=np.float64),
        weight=np.bincount(inverse, weights=weights, minlength=len(keys)).astype(np.float64),
        inverse=np.asarray(inverse, dtype=np.int64),
    )


def _check(x: Floats, t_x: Floats, T: Floats, weight: Floats) -> None:  # noqa: N803
    if len(x) == 0:
        raise ValueError("there are no customers to fit")
    if not len(x) == len(t_x) == len(T) == len(weight):
        raise ValueError("frequency, recency, age and weight must be of one length")
    if not all(np.isfinite(values).all() for values in (x, t_x, T, weight)):
        raise ValueError("frequency, recency, age and weight must be finite numbers")
    if (x < 0).any() or (x != np.floor(x)).any():
        raise ValueError("frequency must be a whole number, not below zero")
    if (weight <= 0).any():
        raise ValueError("weight must be above zero")
    if (t_x < 0).any() or (t_x > T).any():
        raise ValueError("recency must be between zero and age")
    if ((x == 0) != (t_x == 0)).any():
        raise ValueError("recency must be zero exactly where there was no repeat transaction")
