"""Match a competitor's lower price for who asks: a product that is dearer here loses those who compare.

Matching on request costs nothing on sales that come anyway. Impact = units of 90 days x share lost to the gap x margin
at their price. The share lost is an assumption (marts.plays): so many percent of units for each percent of gap.
"""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from martlet.shortlist.evidence import as_float, counted, in_last_days, money, percent, product_name, sql_text
from martlet.shortlist.impact import product_impact
from martlet.shortlist.rows import HORIZON_DAYS, Assumptions, Draft, Ranked, SetAside, Settings
from martlet.shortlist.scoring import finished
from martlet.shortlist.shelf import SHORT

PLAY = "price_gap"
INPUTS: dict[str, tuple[str, ...]] = {
    "competitor_prices": (
        *("sku", "competitor", "product_title", "is_active", "observed_date", "is_stale", "their_price", "our_price"),
        *("gap_rate", "our_position", "unit_cost", "margin_at_their_price"),
    ),
    "order_lines": ("order_id", "order_date", "sku", "quantity"),
    "reorder_points": ("sku", "needs_reorder"),
}
TYPED: dict[str, str] = {
    "sku": "object",
    "competitor": "object",
    "observed_date": "object",
    "our_price": "float64",
    "their_price": "float64",
    "gap_rate": "float64",
    "units_90d": "int64",
    "orders_90d": "int64",
    "share_lost": "float64",
    "margin_at_their_price": "float64",
    "margin_assumed": "bool",
}
#: No gap costs more than this share of a product's sales.
MOST_LOST = 0.9


def rank(marts: Mapping[str, pd.DataFrame], assumptions: Assumptions, settings: Settings) -> Ranked:
    """A row for each product that a competitor sells for less, against the cheapest of them."""
    prices = marts["competitor_prices"]
    dearer = prices[prices["our_position"].eq("dearer") & prices["our_price"].notna()]
    dearer = dearer.assign(their_price=as_float(dearer["their_price"]), our_price=as_float(dearer["our_price"]))
    cheapest = dearer.sort_values(["sku", "is_stale", "their_price", "competitor"]).drop_duplicates("sku")
    sold = _sold(marts["order_lines"], settings)
    cheapest = cheapest.merge(sold, left_on="sku", right_index=True, how="left")
    cost = as_float(cheapest["unit_cost"])
    assumed = cost.isna()
    cost = cost.where(~assumed, cheapest["our_price"] * (1 - settings.assumed_margin_rate))
    cheapest = cheapest.assign(margin=cheapest["their_price"] - cost, assumed=assumed)
    short = set(marts["reorder_points"].loc[marts["reorder_points"]["needs_reorder"].eq(True), "sku"])
    drafts: list[Draft] = []
    set_aside: list[SetAside] = []
    for row in cheapest.to_dict("records"):
        reason = _obstacle(row, short, assumptions)
        if reason:
            set_aside.append(SetAside(PLAY, (str(row["sku"]), str(row["competitor"])), reason))
        else:
            drafts.append(_draft(row, len(prices), assumptions, settings))
    return finished(drafts, set_aside, TYPED, settings)


def _sold(lines: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Units and orders of the last 90 days by SKU."""
    is_recent = in_last_days(lines["order_date"], settings.as_of, HORIZON_DAYS)
    recent = lines[lines["sku"].notna() & (lines["quantity"] > 0) & is_recent]
    return recent.groupby("sku").agg(units=("quantity", "sum"), orders=("order_id", "nunique"))


def _obstacle(row: Mapping[Hashable, Any], short: set[object], assumptions: Assumptions) -> str | None:
    """Why nothing can be done about this gap, if so."""
    if not row["is_active"]:
        return "not on sale"
    if row["is_stale"]:
        return "their price was seen too long ago"
    if not row["margin"] > 0:
        return "no margin is left at their price"
    if pd.isna(row["orders"]) or row["orders"] < assumptions.minimum_support:
        return f"fewer than {assumptions.minimum_support} orders in {HORIZON_DAYS} days"
    return f"it is {SHORT}" if row["sku"] in short else None


def _draft(row: Mapping[Hashable, Any], candidates: int, assumptions: Assumptions, settings: Settings) -> Draft:
    sku, competitor = str(row["sku"]), str(row["competitor"])
    ours, theirs, margin = (float(row[name]) for name in ("our_price", "their_price", "margin"))
    units, orders = int(row["units"]), int(row["orders"])
    gap = ours / theirs - 1
    lost = min(assumptions.response_mean * gap, MOST_LOST)
    levels = (np.arange(200) + 0.5) / 200
    # what sells in the next 90 days is known as well as so many orders tell
    coming = special.gammaincinv(orders + 0.5, levels) / (orders + 0.5) * units
    # a gap that the assumption would have cost more than MOST_LOST costs that
    counted_gap = lost / assumptions.response_mean
    impact = product_impact(coming[None, :] * counted_gap * margin, assumptions.response_mean, assumptions.response_sd)
    seen = str(row["observed_date"])[:10]
    name = product_name(row["product_title"], sku)
    caveats = [
        f"Assumes that a gap of 10% loses {percent(min(assumptions.response_mean * 0.1, MOST_LOST))} of the sales "
        f"(sd {percent(assumptions.response_sd * 0.1)}); not measured in this shop.",
        "Delivery, stock and service are not in the price; look at their offer first.",
    ]
    if row["assumed"]:
        caveats.append(f"Cost is unknown: margin is taken as {percent(settings.assumed_margin_rate)} of our price.")
    return Draft(
        play=PLAY,
        subjects=(sku, competitor),
        action=(
            f"Match {competitor}'s {money(theirs, settings.currency)} on {name} for who asks, and say so on its page."
        ),
        evidence=(
            f"{competitor} sold it for {money(theirs, settings.currency)} on {seen}, we ask "
            f"{money(ours, settings.currency)}: {percent(gap)} dearer. {counted(units, 'unit')} in "
            f"{counted(orders, 'order')} sold here in {HORIZON_DAYS} days; at their price a unit still leaves "
            f"{money(margin, settings.currency)}."
        ),
        baseline=f"{counted(units, 'unit')} sold in {HORIZON_DAYS} days at {money(ours, settings.currency)}.",
        impact=impact.one(0),
        # prices are seen, not estimated: nothing was picked for having come out high
        impact_unshrunk=float(impact.mean[0]),
        candidates=candidates,
        confidence=assumptions.probability_positive,
        effort_hours=assumptions.effort_hours,
        feasibility=f"Above its reorder point; {money(margin, settings.currency)} margin a unit at their price.",
        caveats=caveats,
        reproduce_sql=(
            "select sku, competitor, observed_date, our_price, their_price, gap_rate, margin_at_their_price\n"
            f"from marts.competitor_prices\nwhere sku = {sql_text(sku)} and competitor = {sql_text(competitor)}"
        ),
        typed={
            "sku": sku,
            "competitor": competitor,
            "observed_date": seen,
            "our_price": ours,
            "their_price": theirs,
            "gap_rate": round(gap, 6),
            "units_90d": units,
            "orders_90d": orders,
            "share_lost": round(lost, 6),
            "margin_at_their_price": round(margin, 2),
            "margin_assumed": bool(row["assumed"]),
        },
    )
