"""From orders to what each customer is still worth, with the model's record beside it.

A model of leaving is used if its fit is a maximum inside its range and, fitted on the past, it was nearer to what
people then bought than everybody's own constant rate. BG/NBD is asked first, then Pareto/NBD; where neither may be
used, orders come at a constant rate shrunk to the shop's, and nobody is called alive or gone. Without enough history to
hold out any of it nobody is valued: a year foretold from a week is that week, fifty times over.
"""

import json
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from martlet.clv import bg_nbd, constant_rate, gamma_gamma, pareto_nbd
from martlet.clv.holdout import (
    LEAST_HOLDOUT,
    Check,
    Holdout,
    constant_rates,
    correlation,
    deciles,
    errors,
    expected_orders,
    history_days,
    hold_out,
    tracking,
)
from martlet.clv.simulation import SEED
from martlet.clv.summary import Summary, Transactions, Tuples, daily_transactions, distinct_tuples, summarize
from martlet.clv.valuing import TUPLE, Fitted, outlooks, values_of

CANDIDATES = (bg_nbd, pareto_nbd)
#: Distributions across customers cannot be told from fewer people than this who came back.
MINIMUM_REPEATERS = 100
VALUE_COLUMNS = {
    "customer_key": "varchar", "rank": "bigint",
    "frequency": "bigint", "recency_days": "bigint", "tenure_days": "bigint",
    "p_alive": "double", "expected_orders_90_days": "double", "expected_orders_365_days": "double",
    "expected_margin_90_days": "double", "expected_margin_365_days": "double", "lo_80": "double", "hi_80": "double",
    "residual_value": "double", "next_expected_order_date": "date", "model": "varchar", "as_of_date": "date",
}  # fmt: skip
FIT_COLUMNS = {
    "model": "varchar", "predicts": "varchar", "customers": "bigint", "repeaters": "bigint", "parameters": "varchar",
    "log_likelihood": "double", "converged": "boolean", "boundary": "varchar", "holdout_days": "bigint",
    "holdout_customers": "bigint", "mae": "double", "rmse": "double", "bias_pct": "double", "correlation": "double",
    "constant_rate_mae": "double", "all_zero_mae": "double", "is_used": "boolean", "reason": "varchar",
    "as_of_date": "date",
}  # fmt: skip


@dataclass(frozen=True)
class ValueResult:
    """`values`: rows of predictions.customer_value. `fits`: rows of predictions.customer_value_fit, one a model.

    `check` is the record on held-out days behind the choice. Where there is too little history to hold any out it is
    None, no model is used and `values` is empty.
    """

    values: pd.DataFrame
    fits: pd.DataFrame
    check: Check | None


@dataclass(frozen=True)
class _Candidate:
    """A model of orders: its fit on everything, its fit on the past alone if days were held out, and its card."""

    module: ModuleType
    fit: Any
    past: Any
    card: dict[str, Any]


def customer_values(orders: pd.DataFrame, as_of: pd.Timestamp, seed: int = SEED) -> ValueResult:
    """Value every customer with an order up to `as_of`.

    orders : customer_key, order_date and margin (shop currency), any number of rows a customer and day; a day with
    orders is one transaction, worth the day's margin. Raises ValueError for missing columns or margins that are not
    numbers. Without an order, or with too little history, there are no rows. `seed` is that of the draws behind
    intervals and next days.
    """
    fitted = fit_customers(orders, as_of, seed)
    if fitted is None:
        return ValueResult(_frame({}, VALUE_COLUMNS), _frame({}, FIT_COLUMNS), None)
    # equal values stay in the order of their keys
    frame = value_customers(fitted, orders).sort_values("residual_value", ascending=False, kind="stable")
    frame["rank"] = np.arange(1, len(frame) + 1)
    return ValueResult(frame[list(VALUE_COLUMNS)].reset_index(drop=True), fitted.fits, fitted.check)


def fit_customers(orders: pd.DataFrame, as_of: pd.Timestamp, seed: int = SEED) -> Fitted | None:
    """What is learnt from all customers together; the orders as in `customer_values`. None without an order."""
    end = np.datetime64(as_of, "D")
    keys, transactions = _transactions(orders, end)
    if len(keys) == 0:
        return None
    summary = summarize(transactions, len(keys), end)
    tuples = distinct_tuples(summary.frequency, summary.recency, summary.age)
    holdout = hold_out(transactions, end)
    candidates = [_candidate(module, summary, tuples, holdout) for module in (*CANDIDATES, constant_rate)]
    chosen = _choose(candidates)
    spend, spend_card = _spend(summary, margin_of_all=float(transactions.value.mean()))
    cards = [*(candidate.card for candidate in candidates), spend_card]
    for card in cards:
        card["as_of_date"] = end.astype("datetime64[s]")
        if holdout is None:
            card |= {"is_used": False, "reason": _too_little(transactions, end)}
    return Fitted(
        model=chosen.module.MODEL,
        end=end,
        spend=spend,
        outlooks=outlooks(chosen.module, chosen.fit.parameters, spend, tuples, end, seed),
        fits=pd.DataFrame(cards)[list(FIT_COLUMNS)],
        check=None if holdout is None else _check(chosen, candidates, holdout),
    )


def value_customers(fitted: Fitted, orders: pd.DataFrame) -> pd.DataFrame:
    """Value the customers of these orders, all of each one's: every column of VALUE_COLUMNS but the rank, by key.

    The orders may be those of some of the customers that `fitted` learnt from, who get what they would among all.
    Nobody is valued by what no held-out days have judged.
    """
    if fitted.check is None:
        return _frame({}, {name: type_ for name, type_ in VALUE_COLUMNS.items() if name != "rank"})
    keys, transactions = _transactions(orders, fitted.end)
    summary = summarize(transactions, len(keys), fitted.end)
    known = pd.DataFrame(dict(zip(TUPLE, (summary.frequency, summary.recency, summary.age), strict=True)))
    values = values_of(
        fitted, summary, known.merge(fitted.outlooks, on=list(TUPLE), how="left", validate="many_to_one")
    )
    return pd.DataFrame({"customer_key": np.asarray(keys, dtype=object), **values})


def _transactions(orders: pd.DataFrame, end: np.datetime64) -> tuple[pd.Index, Transactions]:
    """The customers up to `end` in the order of their keys, and their days with orders."""
    missing = [name for name in ("customer_key", "order_date", "margin") if name not in orders.columns]
    if missing:
        raise ValueError(f"missing columns: {', '.join(missing)}")
    known = orders[pd.to_datetime(orders["order_date"]) <= pd.Timestamp(end)]
    codes, keys = pd.factorize(known["customer_key"], sort=True)
    margin = known["margin"].to_numpy(dtype=np.float64)
    if not np.isfinite(margin).all():
        raise ValueError("margin holds values that are not finite numbers")
    days = pd.to_datetime(known["order_date"]).to_numpy().astype("datetime64[D]")
    return pd.Index(keys), daily_transactions(codes.astype(np.int64), days, margin)


def _candidate(module: ModuleType, summary: Summary, tuples: Tuples, holdout: Holdout | None) -> _Candidate:
    """Fit a model on everything and, if days are held out, on the days before them, and write its card."""
    fit = module.fit(tuples)
    card: dict[str, Any] = dict.fromkeys(FIT_COLUMNS, float("nan"))
    card |= _described(module, fit, "orders") | {
        "customers": len(summary.frequency),
        "repeaters": int((summary.frequency > 0).sum()),
        "holdout_days": 0,
        "holdout_customers": 0,
    }
    if holdout is None:
        return _Candidate(module, fit, None, card)
    past = module.fit(holdout.tuples)
    actual = holdout.actual
    card |= errors(expected_orders(module, past.parameters, holdout), actual) | {
        "holdout_days": holdout.days,
        "holdout_customers": len(actual),
        "constant_rate_mae": errors(constant_rates(holdout), actual)["mae"],
        "all_zero_mae": float(actual.mean()),
    }
    return _Candidate(module, fit, past, card)


def _choose(candidates: list[_Candidate]) -> _Candidate:
    """The first model that may be used, else the last of all; its card and the others' get their reasons."""
    *leaving, last = candidates
    refusals = [_refusal(candidate) for candidate in leaving]
    chosen = next((candidate for candidate, no in zip(leaving, refusals, strict=True) if no is None), last)
    for candidate, refusal in zip(leaving, refusals, strict=True):
        candidate.card["reason"] = f"Not used: {refusal or 'the model before it is'}."
    last.card["reason"] = f"Not used: {chosen.module.MODEL} is."
    for candidate in candidates:
        candidate.card["is_used"] = candidate is chosen
    chosen.card["reason"] = (
        "Used for want of a model of leaving that may be: nobody leaves in it, so it overstates who went quiet."
        if chosen is last
        else f"Used: {_comparison(chosen.card)}."
    )
    return chosen


def _check(chosen: _Candidate, candidates: list[_Candidate], holdout: Holdout) -> Check:
    """The record of everything that was asked, and the chosen model's deciles and weeks."""
    expected = expected_orders(chosen.module, chosen.past.parameters, holdout)
    measures = ("mae", "rmse", "bias_pct", "correlation")
    record = [{"model": c.module.MODEL, **{name: c.card[name] for name in measures}} for c in candidates]
    for name, guess in (("own constant rate", constant_rates(holdout)), ("no orders", np.zeros(len(expected)))):
        record.append({"model": name, **errors(guess, holdout.actual)})
    return Check(
        model=chosen.module.MODEL,
        cut=holdout.cut,
        days=holdout.days,
        customers=len(expected),
        record=pd.DataFrame(record),
        deciles=deciles(expected, holdout.actual),
        tracking=tracking(chosen.module, chosen.past.parameters, holdout),
    )


def _refusal(candidate: _Candidate) -> str | None:
    """Why a model may not be used, or None."""
    fit, past, card = candidate.fit, candidate.past, candidate.card
    if card["repeaters"] < MINIMUM_REPEATERS:
        return f"{card['repeaters']} people came back, and {MINIMUM_REPEATERS} are needed"
    if fit.boundary:
        edge = ", ".join(fit.boundary)
        return f"the fit is on the boundary of its range ({edge}), as if nobody left, or all at one and the same rate"
    if not fit.converged:
        return "the fit did not converge"
    if past is None or past.boundary or not past.converged:
        return "the fit without the holdout is on the boundary or did not converge"
    if not card["mae"] < card["constant_rate_mae"]:
        return f"it does not beat a constant rate: {_comparison(card)}"
    return None


def _too_little(transactions: Transactions, end: np.datetime64) -> str:
    days, needed = history_days(transactions, end), 3 * LEAST_HOLDOUT
    learnt = f"{needed - LEAST_HOLDOUT} to learn from, {LEAST_HOLDOUT} to be judged on"
    return f"Not used: too little history: {days:,} days, and {needed} are needed ({learnt})."


def _comparison(card: dict[str, Any]) -> str:
    return (
        f"over {card['holdout_days']} held-out days its error was {card['mae']:.3f} orders a customer,"
        f" a constant rate's {card['constant_rate_mae']:.3f}, that of no orders at all {card['all_zero_mae']:.3f}"
    )


def _described(module: ModuleType, fit: Any, predicts: str) -> dict[str, Any]:
    rounded = {name: float(f"{value:.6g}") for name, value in vars(fit.parameters).items()}
    return {
        "model": module.MODEL,
        "predicts": predicts,
        "parameters": json.dumps(rounded),
        "log_likelihood": fit.log_likelihood,
        "converged": fit.converged,
        "boundary": ", ".join(fit.boundary),
    }


def _spend(summary: Summary, margin_of_all: float) -> tuple[gamma_gamma.Parameters | float, dict[str, Any]]:
    """Gamma-gamma, or else the mean margin of all the shop's transactions for everybody; and the card."""
    usable = (summary.frequency > 0) & (np.nan_to_num(summary.value) > 0)
    card: dict[str, Any] = dict.fromkeys(FIT_COLUMNS, float("nan"))
    card |= {"model": gamma_gamma.MODEL, "predicts": "margin", "parameters": "{}", "boundary": "", "converged": False}
    card |= {"customers": len(usable), "repeaters": int(usable.sum()), "holdout_days": 0, "holdout_customers": 0}
    mean = f"everybody's next order is taken at the mean margin, {margin_of_all:,.2f}"
    if usable.sum() < MINIMUM_REPEATERS:
        few = f"{int(usable.sum())} people came back at a margin, and {MINIMUM_REPEATERS} are needed"
        return margin_of_all, card | {"is_used": False, "reason": f"Not used: {few}; {mean}."}
    fit = gamma_gamma.fit(summary.frequency[usable], summary.value[usable])
    card |= _described(gamma_gamma, fit, "margin")
    if fit.boundary or not fit.converged:
        why = f"on the boundary ({', '.join(fit.boundary)})" if fit.boundary else "no maximum"
        return margin_of_all, card | {"is_used": False, "reason": f"Not used: the fit is {why}; {mean}."}
    related = correlation(summary.frequency[usable], summary.value[usable])
    left_out = int((summary.frequency > 0).sum() - usable.sum())
    reason = (
        f"Used. It takes margins to be independent of how often people buy; their correlation is {related:.2f}."
        f" {left_out} who came back without a margin were not learnt from."
    )
    return fit.parameters, card | {"is_used": True, "reason": reason}


def _frame(columns: dict[str, Any], names: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame(columns, columns=list(names))
