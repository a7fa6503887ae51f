"""Offer the next rung of a ladder to buyers of the lower one: a higher variant or a larger pack of the same thing.

How many would take it: among people of the same kind (primary_segment), the share who chose the upper rung, weighted by
the kinds that the lower rung's buyers are of (direct standardisation), each share pulled to the ladder's and the
ladder's to all ladders'. Impact = orders of the lower rung in 90 days x units x that share x response x gain in margin
a unit. The response is an assumption (marts.plays).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from martlet.shortlist.evidence import as_float, count, counted, in_last_days, money, percent, product_name, sql_text
from martlet.shortlist.impact import log_normal_impact
from martlet.shortlist.ladders import find_rungs
from martlet.shortlist.rows import HORIZON_DAYS, Assumptions, Draft, Ranked, SetAside, Settings
from martlet.shortlist.scoring import finished
from martlet.shortlist.shelf import STOCK_COLUMNS, Shelf, shelf_of

PLAY = "upsell"
INPUTS: dict[str, tuple[str, ...]] = {
    "order_lines": ("order_id", "order_date", "customer_key", "sku", "quantity", "net_sales", "gross_margin"),
    "products": (
        *("sku", "product_id", "product_title", "variant_title", "category", "status", "is_active"),
        *("price", "unit_cost"),
    ),
    "reorder_points": STOCK_COLUMNS,
    "customer_segments": ("customer_key", "primary_segment"),
}
TYPED: dict[str, str] = {
    "sku": "object",
    "upper_sku": "object",
    "price": "float64",
    "upper_price": "float64",
    "orders_with_sku": "int64",
    "orders_with_upper": "int64",
    "upper_share": "float64",
    "alike_share": "float64",
    "buyer_overlap": "float64",
    "eligible_orders_90d": "int64",
    "units_per_order": "float64",
    "margin_gain_per_unit": "float64",
    "margin_assumed": "bool",
}
#: Orders that weigh as much as the ladder's own share in a kind of buyer, and as all ladders' in a ladder.
PRIOR_ORDERS = 10.0
#: Buyers of two rungs who overlap less than this are not alike.
LEAST_OVERLAP = 0.5
#: Fewest orders of the upper rung: somebody must want it.
LEAST_UPPER = 3


@dataclass(frozen=True)
class _Case:
    """A ladder's two rungs and what is known of their buyers; orders `lower` and `upper` are counts."""

    sku: str
    upper_sku: str
    lower: int
    upper: int
    alike_share: float
    overlap: float
    eligible: int
    units: float
    price: float
    upper_price: float
    gain: float
    assumed: bool
    weight: float

    @property
    def worth(self) -> float:
        """Margin over HORIZON_DAYS if every eligible order moved up."""
        return self.eligible * self.units * self.gain


def rank(marts: Mapping[str, pd.DataFrame], assumptions: Assumptions, settings: Settings) -> Ranked:
    """Ranked rows of rungs. Raises KeyError if a column of INPUTS is missing."""
    products = marts["products"].assign(**{name: as_float(marts["products"][name]) for name in ("price", "unit_cost")})
    rungs = find_rungs(products)
    lines = marts["order_lines"]
    lines = lines[lines["sku"].notna() & (lines["quantity"] > 0)]
    orders = _orders(lines, marts["customer_segments"], set(rungs.lower) | set(rungs.upper))
    skus = np.asarray(sorted(set(rungs.lower) | set(rungs.upper)), dtype=object)
    shelf = shelf_of(skus, lines, products, marts["reorder_points"], settings.assumed_margin_rate)
    place = {sku: k for k, sku in enumerate(skus.tolist())}
    price = products.drop_duplicates("sku").set_index("sku")
    counted_rungs = [
        (str(a), str(b), orders.get(a), orders.get(b)) for a, b in zip(rungs.lower, rungs.upper, strict=True)
    ]
    bought = [each for each in counted_rungs if _is_bought(each[2], each[3], assumptions.minimum_support)]
    usual = _usual_share(bought)
    cases = [
        _case(a, b, of, to, usual, price, settings) for a, b, of, to in bought if of is not None and to is not None
    ]
    drafts: list[Draft] = []
    set_aside: list[SetAside] = []
    for case in cases:
        if case.gain <= 0 or case.eligible == 0:
            continue
        of, to = place[case.sku], place[case.upper_sku]
        alike = case.overlap >= LEAST_OVERLAP
        reason = shelf.obstacle(of, to, skus) if alike else "buyers of the two rungs are not alike"
        if reason:
            set_aside.append(SetAside(PLAY, (case.sku, case.upper_sku), reason))
        else:
            drafts.append(_draft(case, shelf, of, to, len(cases), assumptions, settings))
    return finished(drafts, set_aside, TYPED, settings)


def _orders(lines: pd.DataFrame, segments: pd.DataFrame, skus: set[object]) -> dict[object, pd.DataFrame]:
    """By SKU: its orders with day, kind of buyer and units."""
    wanted = lines[lines["sku"].isin(skus)]
    orders = wanted.groupby(["sku", "order_id"], sort=True).agg(
        order_date=("order_date", "first"), customer_key=("customer_key", "first"), units=("quantity", "sum")
    )
    kinds = segments.drop_duplicates("customer_key").set_index("customer_key")["primary_segment"]
    orders["kind"] = orders["customer_key"].map(kinds).astype(object).where(lambda kind: kind.notna(), "unknown")
    return {sku: frame.droplevel("sku") for sku, frame in orders.groupby(level="sku")}


def _is_bought(lower: pd.DataFrame | None, upper: pd.DataFrame | None, minimum: int) -> bool:
    if lower is None or upper is None:
        return False
    return len(lower) + len(upper) >= minimum and len(upper) >= LEAST_UPPER


def _usual_share(
    bought: list[tuple[str, str, pd.DataFrame | None, pd.DataFrame | None]],
) -> float:
    """Share of the upper rung over all ladders; half where there are none."""
    lower = sum(len(of) for _, _, of, _ in bought if of is not None)
    upper = sum(len(to) for _, _, _, to in bought if to is not None)
    return upper / (lower + upper) if lower + upper else 0.5


def _case(
    sku: str,
    upper_sku: str,
    lower: pd.DataFrame,
    upper: pd.DataFrame,
    usual: float,
    price: pd.DataFrame,
    settings: Settings,
) -> _Case:
    both = len(lower) + len(upper)
    ladder = (len(upper) + PRIOR_ORDERS * usual) / (both + PRIOR_ORDERS)
    of, to = lower["kind"].value_counts().sort_index(), upper["kind"].value_counts().sort_index()
    kinds = of.index.union(to.index)
    of, to = of.reindex(kinds, fill_value=0), to.reindex(kinds, fill_value=0)
    by_kind = (to + PRIOR_ORDERS * ladder) / (of + to + PRIOR_ORDERS)
    recent = in_last_days(lower["order_date"], settings.as_of, HORIZON_DAYS)
    margins = [
        _unit_margin(price["price"][each], price["unit_cost"][each], settings.assumed_margin_rate)
        for each in (sku, upper_sku)
    ]
    return _Case(
        sku=sku,
        upper_sku=upper_sku,
        lower=len(lower),
        upper=len(upper),
        alike_share=float((by_kind * of / len(lower)).sum()),
        overlap=float(np.minimum(of / len(lower), to / len(upper)).sum()),
        eligible=len(set(lower.index[recent]) - set(upper.index)),
        units=float(lower["units"].median()),
        price=float(price["price"][sku]),
        upper_price=float(price["price"][upper_sku]),
        gain=margins[1][0] - margins[0][0],
        assumed=margins[0][1] or margins[1][1],
        weight=both + PRIOR_ORDERS,
    )


def _unit_margin(price: float, cost: float, rate: float) -> tuple[float, bool]:
    """Margin of a unit now, and whether it is assumed for want of a cost."""
    return (price * rate, True) if np.isnan(cost) else (price - cost, False)


def _draft(
    case: _Case, shelf: Shelf, of: int, to: int, candidates: int, assumptions: Assumptions, settings: Settings
) -> Draft:
    share = case.alike_share
    # of the share, a beta with that weight, and of the orders to come
    spread = np.sqrt((1 - share) / (share * case.weight) + 1.0 / case.eligible)
    log_worth = np.array([np.log(case.worth * share) - spread**2 / 2])
    impact = log_normal_impact(log_worth, np.array([spread]), assumptions.response_mean, assumptions.response_sd)
    gap = money(case.upper_price - case.price, settings.currency)
    mean, sd = percent(assumptions.response_mean), percent(assumptions.response_sd)
    raw = case.upper / (case.lower + case.upper)
    caveats = [f"Assumes that an offer moves {mean} (sd {sd}) of those who would choose it; not measured in this shop."]
    if case.assumed:
        rate = percent(settings.assumed_margin_rate)
        caveats.append(f"A cost is unknown: margin there is taken as {rate} of the price.")
    return Draft(
        play=PLAY,
        subjects=(case.sku, case.upper_sku),
        action=(
            f"Show {product_name(shelf.title[to], case.upper_sku)} as the step up, {gap} more, to buyers of "
            f"{product_name(shelf.title[of], case.sku)}."
        ),
        evidence=(
            f"{count(case.upper)} orders took the upper rung and {count(case.lower)} the lower ({percent(raw)} upper); "
            f"among buyers of the lower rung's kinds {percent(share)} would, after shrinkage, and the kinds overlap by "
            f"{percent(case.overlap)}. A unit brings {money(case.gain, settings.currency)} more margin."
        ),
        baseline=f"{counted(case.eligible, 'order')} in the last {HORIZON_DAYS} days held {case.sku} alone.",
        impact=impact.one(0),
        impact_unshrunk=raw * case.worth * assumptions.response_mean,
        candidates=candidates,
        confidence=assumptions.probability_positive,
        effort_hours=assumptions.effort_hours,
        feasibility=shelf.stock_sentence(to, case.upper_sku),
        stock_available=float(shelf.position[to]),
        caveats=caveats,
        reproduce_sql=_reproduce_sql(case.sku, case.upper_sku),
        typed={
            "sku": case.sku,
            "upper_sku": case.upper_sku,
            "price": case.price,
            "upper_price": case.upper_price,
            "orders_with_sku": case.lower,
            "orders_with_upper": case.upper,
            "upper_share": round(raw, 6),
            "alike_share": round(share, 6),
            "buyer_overlap": round(case.overlap, 6),
            "eligible_orders_90d": case.eligible,
            "units_per_order": case.units,
            "margin_gain_per_unit": round(case.gain, 2),
            "margin_assumed": case.assumed,
        },
    )


def _reproduce_sql(sku: str, upper_sku: str) -> str:
    """Orders of both rungs by kind of buyer."""
    return f"""select
    coalesce(segments.primary_segment, 'unknown') as kind,
    count(distinct case when lines.sku = {sql_text(sku)} then lines.order_id end) as orders_with_sku,
    count(distinct case when lines.sku = {sql_text(upper_sku)} then lines.order_id end) as orders_with_upper
from marts.order_lines as lines
left join marts.customer_segments as segments using (customer_key)
where lines.quantity > 0 and lines.sku in ({sql_text(sku)}, {sql_text(upper_sku)})
group by kind
order by kind"""
