"""Turn slow stock into cash: discount or discontinue what lies for months.

The cash that comes back is no margin. Impact = cash released x a year's cost of holding stock x 90 / 365: what keeping
it would cost. The cash stands beside it in a column of its own. The holding cost is an assumption (marts.plays), and so
is the share of the cost that an action brings back (seed slow_stock_actions).
"""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from martlet.shortlist.evidence import as_float, counted, money, percent, product_name, sql_text
from martlet.shortlist.impact import product_impact
from martlet.shortlist.rows import HORIZON_DAYS, Assumptions, Draft, Ranked, SetAside, Settings
from martlet.shortlist.scoring import finished

PLAY = "slow_stock"
INPUTS: dict[str, tuple[str, ...]] = {
    "slow_stock": (
        *(
            "sku",
            "product_title",
            "units_on_hand",
            "capital_tied_up",
            "units_sold",
            "months_of_cover",
            "last_sold_date",
        ),
        *("action_recommended", "is_slow", "recovery_rate", "potential_recovery"),
    ),
}
TYPED: dict[str, str] = {
    "sku": "object",
    "stock_action": "object",
    "units_on_hand": "int64",
    "capital_tied_up": "float64",
    "months_of_cover": "float64",
    "recovery_rate": "float64",
    "cash_released": "float64",
    "holding_cost_90d": "float64",
}
#: Bounds that the recovered share lies between, as multiples of the rule's.
_RECOVERY = (0.5, 1.5)
_ACTIONS = {
    "discontinue": "Clear out and discontinue {}",
    "discount_50_pct": "Halve the price of {} until the stock is down",
    "discount_25_pct": "Take a quarter off {} until the stock is down",
}


def rank(marts: Mapping[str, pd.DataFrame], assumptions: Assumptions, settings: Settings) -> Ranked:
    """A row for each slow SKU with a known cost; those without one are set aside."""
    stock = marts["slow_stock"]
    slow = stock[stock["is_slow"].eq(True) & (as_float(stock["units_on_hand"]) >= assumptions.minimum_support)]
    cash = as_float(slow["potential_recovery"])
    unknown = [SetAside(PLAY, (str(sku),), "unit cost is unknown") for sku in slow.loc[cash.isna(), "sku"]]
    rows = slow.assign(cash=cash)[cash.fillna(0.0) > 0].sort_values(["cash", "sku"], ascending=[False, True])
    drafts = [_draft(row, len(rows), assumptions, settings) for row in rows.to_dict("records")]
    return finished(drafts, unknown, TYPED, settings)


def _draft(row: Mapping[Hashable, Any], candidates: int, assumptions: Assumptions, settings: Settings) -> Draft:
    sku, action = str(row["sku"]), str(row["action_recommended"])
    cash, tied = float(row["cash"]), float(row["capital_tied_up"])
    cover = float(row["months_of_cover"]) if pd.notna(row["months_of_cover"]) else np.nan
    units = int(row["units_on_hand"])
    held = cash * HORIZON_DAYS / 365
    shares = np.linspace(*_RECOVERY, 200)[None, :] * held
    impact = product_impact(shares, assumptions.response_mean, assumptions.response_sd)
    what = _ACTIONS.get(action, action.replace("_", " ").capitalize() + " {}")
    last = f", last on {str(row['last_sold_date'])[:10]}" if pd.notna(row["last_sold_date"]) else ""
    sold = f"{counted(float(row['units_sold']), 'unit')} sold lately{last}"
    months = f"{cover:.1f} months of cover" if np.isfinite(cover) else "no end in sight"
    rate = percent(float(row["recovery_rate"]))
    return Draft(
        play=PLAY,
        subjects=(sku,),
        action=f"{what.format(product_name(row['product_title'], sku))}.",
        evidence=(
            f"{counted(units, 'unit')} on hand, {money(tied, settings.currency)} at cost, {sold}: {months}. About "
            f"{money(cash, settings.currency)} of cash would come back."
        ),
        baseline=f"Holding that cash in stock costs {money(float(impact.mean[0]), settings.currency)} in 90 days.",
        impact=impact.one(0),
        # every slow SKU is listed by rule: nothing was picked for having come out high
        impact_unshrunk=float(impact.mean[0]),
        candidates=candidates,
        confidence=assumptions.probability_positive,
        effort_hours=assumptions.effort_hours,
        feasibility=f"{counted(units, 'unit')} to sell; the cash can buy what sells.",
        stock_available=float(units),
        caveats=[
            "Cash released is not margin: only the cost of holding it counts here.",
            f"Assumes that {rate} of the cost comes back (between half and one and a half times that) and that holding "
            f"stock costs {percent(assumptions.response_mean)} (sd {percent(assumptions.response_sd)}) a year; not "
            "measured in this shop.",
        ],
        reproduce_sql=f"select * from marts.slow_stock where sku = {sql_text(sku)}",
        typed={
            "sku": sku,
            "stock_action": action,
            "units_on_hand": units,
            "capital_tied_up": round(tied, 2),
            "months_of_cover": cover,
            "recovery_rate": float(row["recovery_rate"]),
            "cash_released": round(cash, 2),
            "holding_cost_90d": round(float(impact.mean[0]), 2),
        },
    )
