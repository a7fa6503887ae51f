"""What customers are worth by models that are fitted already: first the distinct ones, then each like its likes."""

from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from martlet.clv import gamma_gamma
from martlet.clv.holdout import Check
from martlet.clv.simulation import Parameters, look_ahead
from martlet.clv.summary import Floats, Summary, Tuples

#: Discounting by this rate a year, over this many years: what is further away is worth little and known less.
ANNUAL_DISCOUNT_RATE = 0.10
RESIDUAL_YEARS = 5
QUARTER = 365.25 / 4
#: A next order that is not more likely than not within this time has no date.
LONGEST_WAIT = 730
#: What tells customers apart whom the models do not.
TUPLE = ("frequency", "recency", "age")


@dataclass(frozen=True)
class Fitted:
    """What all customers together have taught, and what each of them is then valued by.

    `outlooks` has a row for each distinct (frequency, recency, age), which is all that the models know of a customer;
    `spend` is gamma-gamma's parameters, or one margin an order for everybody. `fits` and `check` as in ValueResult.
    """

    model: str
    end: np.datetime64
    spend: gamma_gamma.Parameters | float
    outlooks: pd.DataFrame
    fits: pd.DataFrame
    check: Check | None


def outlooks(
    module: ModuleType,
    parameters: Parameters,
    spend: gamma_gamma.Parameters | float,
    tuples: Tuples,
    end: np.datetime64,
    seed: int,
) -> pd.DataFrame:
    """What the models expect of each distinct customer, in orders and units of spend: TUPLE and OUTLOOK columns."""
    known = tuples.frequency, tuples.recency, tuples.age

    def orders(days: float) -> Floats:
        return np.asarray(module.expected_transactions(parameters, days, *known), dtype=np.float64)

    outlook = look_ahead(parameters, None if isinstance(spend, float) else spend, tuples, 365.0, seed)
    worth, before = np.zeros(len(tuples.weight)), np.zeros(len(tuples.weight))
    for quarter in range(1, 4 * RESIDUAL_YEARS + 1):
        after = orders(quarter * QUARTER)
        worth += (after - before) * (1.0 + ANNUAL_DISCOUNT_RATE) ** (-(quarter - 0.5) / 4.0)
        before = after
    soon = outlook.wait <= LONGEST_WAIT
    wait = np.where(soon, np.ceil(np.where(soon, outlook.wait, 0.0)), 0.0).astype("timedelta64[D]")
    return pd.DataFrame(
        {
            **dict(zip(TUPLE, known, strict=True)),
            "p_alive": np.asarray(module.p_alive(parameters, *known), dtype=np.float64),
            "ninety": orders(90.0),
            "year": orders(365.0),
            "worth": worth,
            "low": outlook.low,
            "high": outlook.high,
            "due": np.where(soon, end + wait, np.datetime64("NaT")).astype("datetime64[s]"),
        }
    )


def values_of(fitted: Fitted, summary: Summary, outlook: pd.DataFrame) -> dict[str, Any]:
    """The columns of each customer (n,) from what is expected of the likes of them, a row of `outlook` each."""
    # what was lost on a customer counts as nothing earned
    earned = np.maximum(np.nan_to_num(summary.value), 0.0)
    if isinstance(fitted.spend, float):
        per_order = np.full(len(earned), max(fitted.spend, 0.0))
        unit = per_order
    else:
        per_order = gamma_gamma.expected_value(fitted.spend, summary.frequency, earned)
        unit = fitted.spend.v + summary.frequency * earned
    expected = {name: outlook[name].to_numpy() for name in ("p_alive", "ninety", "year", "worth", "low", "high", "due")}
    count = len(earned)
    return {
        "frequency": summary.frequency.astype(np.int64),
        "recency_days": summary.recency.astype(np.int64),
        "tenure_days": summary.age.astype(np.int64),
        "p_alive": np.round(expected["p_alive"], 6),
        "expected_orders_90_days": np.round(expected["ninety"], 6),
        "expected_orders_365_days": np.round(expected["year"], 6),
        "expected_margin_90_days": np.round(expected["ninety"] * per_order, 2),
        "expected_margin_365_days": np.round(expected["year"] * per_order, 2),
        "lo_80": np.round(expected["low"] * unit, 2),
        "hi_80": np.round(expected["high"] * unit, 2),
        "residual_value": np.round(expected["worth"] * per_order, 2),
        "next_expected_order_date": expected["due"].astype("datetime64[s]"),
        "model": pd.array([fitted.model] * count, dtype=object),
        "as_of_date": np.full(count, fitted.end).astype("datetime64[s]"),
    }
