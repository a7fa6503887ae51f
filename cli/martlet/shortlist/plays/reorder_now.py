"""Place the orders that are due: one action a vendor, out of the replenishment plan.

Impact = margin that the plan expects to be lost without the order, over the coming cycle, times how far plans hold
(an assumption, marts.plays). A stock-out of a SKU comes with some probability and then costs its whole loss: the
interval adds those gambles up over the vendor's SKUs.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import special

from martlet.shortlist.evidence import as_float, count, counted, money, percent, product_name, sql_text
from martlet.shortlist.impact import TAIL, One
from martlet.shortlist.rows import Assumptions, Draft, Ranked, SetAside, Settings
from martlet.shortlist.scoring import finished

PLAY = "reorder_now"
INPUTS: dict[str, tuple[str, ...]] = {
    "predictions.replenishment_plan": (
        *("sku", "product_title", "vendor", "position", "order_quantity", "order_cost_total", "order_now"),
        *("last_date_to_order", "expected_stock_outs_avoided", "expected_lost_margin_avoided", "is_funded", "reason"),
    ),
}
TYPED: dict[str, str] = {
    "vendor": "object",
    "skus": "int64",
    "units": "int64",
    "order_cost": "float64",
    "cost_unknown_skus": "int64",
    "last_date_to_order": "object",
    "expected_stock_outs_avoided": "float64",
    "expected_lost_margin_avoided": "float64",
    "most_urgent_sku": "object",
}


def rank(marts: Mapping[str, pd.DataFrame], assumptions: Assumptions, settings: Settings) -> Ranked:
    """A row for each vendor with an order to place; vendors whose orders no budget funds are set aside."""
    plan = marts["predictions.replenishment_plan"]
    wanted = plan[plan["order_now"].eq(True)]
    due = wanted[wanted["vendor"].notna()]
    funded = due[due["is_funded"].eq(True)]
    drafts: list[Draft] = []
    set_aside = [
        SetAside(PLAY, (str(vendor),), str(group["reason"].iloc[0]))
        for vendor, group in due[~due["vendor"].isin(funded["vendor"])].groupby("vendor", sort=True)
    ]
    if len(wanted) > len(due):
        nameless = counted(len(wanted) - len(due), "SKU")
        set_aside.append(SetAside(PLAY, (nameless,), "no vendor is known to order it from"))
    for vendor, group in funded.groupby("vendor", sort=True):
        lost = as_float(group["expected_lost_margin_avoided"]).fillna(0.0).to_numpy()
        if len(group) < assumptions.minimum_support:
            set_aside.append(SetAside(PLAY, (str(vendor),), f"fewer than {assumptions.minimum_support} SKUs due"))
        elif lost.sum() > 0:
            drafts.append(_draft(str(vendor), group, lost, due["vendor"].nunique(), assumptions, settings))
        else:
            set_aside.append(SetAside(PLAY, (str(vendor),), "no margin is expected to be lost without the order"))
    return finished(drafts, set_aside, TYPED, settings)


def _draft(
    vendor: str,
    group: pd.DataFrame,
    lost: np.ndarray,
    candidates: int,
    assumptions: Assumptions,
    settings: Settings,
) -> Draft:
    avoided = as_float(group["expected_stock_outs_avoided"]).fillna(0.0).to_numpy()
    cost = as_float(group["order_cost_total"])
    units, mean = int(as_float(group["order_quantity"]).sum()), float(lost.sum())
    low, high = _interval(lost, avoided, assumptions)
    urgent = group.iloc[int(np.lexsort((group["sku"].astype(str), -lost))[0])]
    days = group["last_date_to_order"].dropna().astype(str).str[:10]
    by = days.min() if len(days) else str(settings.as_of)
    total = money(float(cost.sum()), settings.currency)
    sd = percent(assumptions.response_sd)
    return Draft(
        play=PLAY,
        subjects=(vendor,),
        action=f"Order {counted(len(group), 'SKU')} from {vendor} by {by}, {count(units)} units for {total}.",
        evidence=(
            f"{counted(len(group), 'SKU')} at or below the level that holds off a stock-out; without the order "
            f"{avoided.sum():.1f} stock-outs and {money(mean, settings.currency)} of margin are expected to be "
            f"lost before the next could come. Most is at stake for "
            f"{product_name(urgent['product_title'], str(urgent['sku']))}, "
            f"{count(float(urgent['position']))} on hand or on order."
        ),
        baseline=f"Without the order {money(mean, settings.currency)} of margin is expected to be lost.",
        impact=One(mean * assumptions.response_mean, low, high),
        # every order that is due is listed: nothing was picked for having come out high
        impact_unshrunk=mean * assumptions.response_mean,
        candidates=candidates,
        confidence=assumptions.probability_positive,
        effort_hours=assumptions.effort_hours,
        feasibility="The purchase order is in exports/purchase_orders: whole packs, no less than the vendor takes.",
        stock_available=float(as_float(group["position"]).sum()),
        caveats=[
            f"The plan's forecast is taken to hold (sd {sd}); not measured in this shop yet.",
            "It counts margin over the plan's coming cycle, which may end before or after 90 days.",
            *([f"Cost is unknown for {int(cost.isna().sum())} of the SKUs."] if cost.isna().any() else []),
        ],
        reproduce_sql=(
            "select sku, order_quantity, order_cost_total, expected_stock_outs_avoided, expected_lost_margin_avoided\n"
            f"from predictions.replenishment_plan\nwhere vendor = {sql_text(vendor)} and order_now and is_funded\n"
            "order by expected_lost_margin_avoided desc, sku"
        ),
        typed={
            "vendor": vendor,
            "skus": len(group),
            "units": units,
            "order_cost": round(float(cost.sum()), 2),
            "cost_unknown_skus": int(cost.isna().sum()),
            "last_date_to_order": by,
            "expected_stock_outs_avoided": round(float(avoided.sum()), 4),
            "expected_lost_margin_avoided": round(mean, 2),
            "most_urgent_sku": str(urgent["sku"]),
        },
    )


def _interval(lost: np.ndarray, avoided: np.ndarray, assumptions: Assumptions) -> tuple[float, float]:
    """80% interval of the sum of the SKUs' losses, as a gamma of their mean and variance.

    A SKU loses lost / avoided with probability `avoided`, exponentially spread, so its second moment is twice
    lost^2 / avoided.
    """
    chance = np.clip(avoided, 1e-6, 1.0)
    variance = float((2 * lost**2 / chance - lost**2).sum())
    mean = float(lost.sum())
    relative = variance / mean**2 + (assumptions.response_sd / assumptions.response_mean) ** 2
    shape = 1 / relative
    low, high = special.gammaincinv(shape, [TAIL, 1 - TAIL]) * mean * assumptions.response_mean / shape
    return float(low), float(max(high, mean * assumptions.response_mean))
