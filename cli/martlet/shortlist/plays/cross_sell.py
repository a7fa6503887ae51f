"""Recommend B to buyers of A: pairs bought together beyond chance, in the direction that is worth more.

Impact = eligible orders x response x (P(B|A) - P(B|not A)) x margin per order with B, over 90 days. Eligible are the
orders of the last 90 days with A and without B. The response is an assumption (marts.plays): the share of the gap in
attach rates that a prompt brings about among them. What the pair itself leaves uncertain is shrunk over all pairs.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from martlet.shortlist.baskets import Association, Baskets, Pairs, associate, baskets_from_lines, count_pairs
from martlet.shortlist.evidence import as_float, count, counted, p_text, percent, product_name, sql_text, times
from martlet.shortlist.impact import Impact, log_normal_impact, shrink_normal
from martlet.shortlist.rows import HORIZON_DAYS, Assumptions, Draft, Settings, empty_rows, unranked_frame
from martlet.shortlist.scoring import ranked
from martlet.shortlist.statistics import Floats

PLAY = "cross_sell"
INPUTS: dict[str, tuple[str, ...]] = {
    "order_lines": ("order_id", "order_date", "sku", "quantity", "net_sales", "gross_margin"),
    "products": ("sku", "product_title", "status", "is_active"),
    "reorder_points": ("sku", "position", "position_status", "needs_reorder"),
}
TYPED: dict[str, str] = {
    "sku": "object",
    "recommended_sku": "object",
    "orders": "int64",
    "orders_with_sku": "int64",
    "orders_with_recommended": "int64",
    "orders_with_both": "int64",
    "support": "float64",
    "confidence_forward": "float64",
    "confidence_backward": "float64",
    "lift": "float64",
    "lift_low_95": "float64",
    "leverage": "float64",
    "p_value": "float64",
    "q_value": "float64",
    "pairs_tested": "int64",
    "attach_rate_gap": "float64",
    "eligible_orders_90d": "int64",
    "margin_per_attach": "float64",
    "margin_assumed": "bool",
    "position": "float64",
}
#: A pair in fewer orders than this share is not worth an offer, however large the shop.
MINIMUM_SHARE = 0.001


@dataclass(frozen=True)
class _Shelf:
    """What is known of each SKU, arrays in the order of Baskets.skus."""

    title: NDArray[np.object_]
    sellable: NDArray[np.bool_]
    listed: NDArray[np.bool_]
    short: NDArray[np.bool_]
    position: Floats
    margin: Floats
    assumed: NDArray[np.bool_]


@dataclass(frozen=True)
class _Case:
    """Directed candidates (k,): recommend `to` (B) to buyers of `of` (A); `pair` is the position in Pairs."""

    of: NDArray[np.int64]
    to: NDArray[np.int64]
    pair: NDArray[np.int64]
    gap: Floats
    eligible: NDArray[np.int64]
    impact: Impact


def rank(marts: Mapping[str, pd.DataFrame], assumptions: Assumptions, settings: Settings) -> pd.DataFrame:
    """Ranked cross-sell rows: the common columns, then TYPED. Raises KeyError if a column of INPUTS is missing."""
    lines = marts["order_lines"].loc[:, list(INPUTS["order_lines"])]
    lines = lines[lines["sku"].notna() & (lines["quantity"] > 0)]
    baskets = baskets_from_lines(lines)
    minimum = max(assumptions.minimum_support, math.ceil(MINIMUM_SHARE * len(baskets.order_ids)))
    pairs = count_pairs(baskets, minimum)
    if len(pairs.both) == 0:
        return empty_rows(TYPED)
    association = associate(baskets, pairs, minimum)
    shelf = _shelf(baskets, lines, marts["products"], marts["reorder_points"], settings)
    case = _directed(baskets, pairs, shelf, _recent_both(baskets, pairs, lines, settings), assumptions)
    found = association.q_value[case.pair] <= settings.false_discovery_rate
    chosen = np.flatnonzero(found & (association.lift_low[case.pair] > 1.0))
    write = _Writer(baskets, pairs, association, shelf, case, assumptions, settings)
    best = chosen[np.argsort(-case.impact.mean[chosen] * (1 - association.q_value[case.pair[chosen]]), kind="stable")]
    kept = _spread(best, case, settings)
    return ranked(unranked_frame([write.draft(k) for k in kept], TYPED, settings), settings)


def _shelf(
    baskets: Baskets, lines: pd.DataFrame, products: pd.DataFrame, stock: pd.DataFrame, settings: Settings
) -> _Shelf:
    index = pd.Index(baskets.skus)
    known = products.drop_duplicates("sku").set_index("sku").reindex(index)
    shelf = stock.drop_duplicates("sku").set_index("sku").reindex(index)
    status = known["status"].astype(object).where(known["status"].notna(), "unlisted")
    active = known["is_active"].astype(object).eq(True).to_numpy(dtype=np.bool_)
    listed = status.ne("unlisted").to_numpy(dtype=np.bool_)
    margin, assumed = _margin_per_order(lines, index, settings.assumed_margin_rate)
    return _Shelf(
        title=known["product_title"].to_numpy(dtype=object),
        # a SKU that no products export lists may well be on sale; the row says that it is not known
        sellable=active | ~listed,
        listed=listed,
        short=shelf["needs_reorder"].astype(object).eq(True).to_numpy(dtype=np.bool_),
        position=as_float(shelf["position"].where(shelf["position_status"] == "known")).to_numpy(),
        margin=margin,
        assumed=assumed,
    )


def _margin_per_order(lines: pd.DataFrame, index: pd.Index, rate: float) -> tuple[Floats, NDArray[np.bool_]]:
    """Median margin of an order's lines of each SKU, and whether any was assumed: the median resists bulk orders."""
    sales, margin = as_float(lines["net_sales"]), as_float(lines["gross_margin"])
    made = pd.DataFrame(
        {
            "order_id": lines["order_id"],
            "sku": lines["sku"],
            "margin": margin.where(margin.notna(), sales * rate),
            "assumed": margin.isna(),
        }
    )
    by_order = made.groupby(["sku", "order_id"], sort=False)["margin"].sum()
    typical = by_order.groupby(level="sku").median().reindex(index)
    assumed = made.groupby("sku")["assumed"].any().reindex(index)
    return typical.to_numpy(dtype=np.float64), assumed.to_numpy(dtype=np.bool_)


@dataclass(frozen=True)
class _Recent:
    """Orders of the last HORIZON_DAYS days: with each SKU (SKUs,) and with both of each pair (k,)."""

    orders: NDArray[np.int64]
    both: NDArray[np.int64]


def _recent_both(baskets: Baskets, pairs: Pairs, lines: pd.DataFrame, settings: Settings) -> _Recent:
    since = pd.Timestamp(settings.as_of) - pd.Timedelta(days=HORIZON_DAYS)
    recent_ids = lines.loc[pd.to_datetime(lines["order_date"]) > since, "order_id"].unique()
    held = baskets.matrix[np.flatnonzero(pd.Index(baskets.order_ids).isin(recent_ids))]
    orders = np.asarray(held.sum(axis=0), dtype=np.int64).ravel()
    involved, place = np.unique(np.concatenate([pairs.first, pairs.second]), return_inverse=True)
    narrow = held[:, involved]
    together = (narrow.T @ narrow).tocsr()
    first, second = place[: len(pairs.both)], place[len(pairs.both) :]
    return _Recent(orders, np.asarray(together[first, second], dtype=np.int64).ravel())


def _directed(baskets: Baskets, pairs: Pairs, shelf: _Shelf, recent: _Recent, assumptions: Assumptions) -> _Case:
    """Both directions of every pair, shrunk together; of those that can be done, each pair's better one."""
    of, to = np.concatenate([pairs.first, pairs.second]), np.concatenate([pairs.second, pairs.first])
    pair = np.tile(np.arange(len(pairs.both)), 2)
    both = pairs.both[pair].astype(np.float64)
    n_of, n_to = baskets.orders[of].astype(np.float64), baskets.orders[to].astype(np.float64)
    without = np.maximum(len(baskets.order_ids) - n_of, 1.0)
    with_rate, base_rate = both / n_of, (n_to - both) / without
    gap = with_rate - base_rate
    eligible = np.maximum(recent.orders[of] - recent.both[pair], 0)
    margin = shelf.margin[to]
    usable = (gap > 0) & (eligible > 0) & (margin > 0) & shelf.sellable[of] & shelf.sellable[to] & ~shelf.short[to]
    keep = np.flatnonzero(usable)
    # relative variance of the gap, of two binomial rates; half an event stands in for a rate of exactly 0 or 1
    variance = with_rate * (1 - with_rate) / n_of + base_rate * (1 - base_rate) / without + 0.25 / n_of**2
    # only the gap is what made a pair stand out, so only the gap is pulled back for having stood out
    shrunk = shrink_normal(np.log(gap[keep]), np.sqrt(variance[keep]) / gap[keep])
    worth = shrunk.mean + np.log(eligible[keep] * margin[keep])
    spread = np.sqrt(shrunk.sd**2 + 1.0 / eligible[keep])
    impact = log_normal_impact(worth, spread, assumptions.response_mean, assumptions.response_sd)
    order = np.lexsort((to[keep], -impact.mean, pair[keep]))
    best = order[np.unique(pair[keep][order], return_index=True)[1]]
    at = keep[best]
    chosen = Impact(impact.mean[best], impact.low[best], impact.high[best])
    return _Case(of[at], to[at], pair[at], gap[at], eligible[at].astype(np.int64), chosen)


def _spread(best: NDArray[np.intp], case: _Case, settings: Settings) -> list[int]:
    """The best candidates, no SKU in more than rows_per_subject of them, up to max_rows."""
    used: dict[int, int] = {}
    kept: list[int] = []
    for k in best.tolist():
        ends = (int(case.of[k]), int(case.to[k]))
        if all(used.get(end, 0) < settings.rows_per_subject for end in ends):
            kept.append(k)
            used.update({end: used.get(end, 0) + 1 for end in ends})
        if len(kept) == settings.max_rows:
            break
    return kept


@dataclass(frozen=True)
class _Writer:
    """Turns a candidate into a row."""

    baskets: Baskets
    pairs: Pairs
    association: Association
    shelf: _Shelf
    case: _Case
    assumptions: Assumptions
    settings: Settings

    def draft(self, k: int) -> Draft:
        """The row of candidate `k`."""
        case, found, pair = self.case, self.association, int(self.case.pair[k])
        of, to = int(case.of[k]), int(case.to[k])
        sku, other = str(self.baskets.skus[of]), str(self.baskets.skus[to])
        name, other_name = product_name(self.shelf.title[of], sku), product_name(self.shelf.title[to], other)
        orders, both = len(self.baskets.order_ids), int(self.pairs.both[pair])
        n_of, n_to = int(self.baskets.orders[of]), int(self.baskets.orders[to])
        return Draft(
            play=PLAY,
            subjects=(sku, other),
            action=f"Offer {other_name} to buyers of {name}, on its product page and in the cart.",
            evidence=(
                f"{count(both)} of {count(n_of)} orders with {sku} also hold {other} ({percent(both / n_of)}), against "
                f"{percent((n_to - both) / max(orders - n_of, 1))} of other orders: {times(found.lift[pair])} what "
                f"chance gives, at least {times(found.lift_low[pair])} with 95% confidence; q "
                f"{p_text(float(found.q_value[pair]))} over {count(found.tests)} pairs tested."
            ),
            baseline=(
                f"{counted(int(case.eligible[k]), 'order')} in the last {HORIZON_DAYS} days held {sku} without {other}."
            ),
            impact=float(case.impact.mean[k]),
            impact_low=float(case.impact.low[k]),
            impact_high=float(case.impact.high[k]),
            confidence=(1.0 - float(found.q_value[pair])) * self.assumptions.probability_positive,
            effort_hours=self.assumptions.effort_hours,
            feasibility=self._feasibility(to, other),
            caveats=self._caveats(to, other),
            reproduce_sql=_reproduce_sql(sku, other),
            typed=self._typed(k, sku, other),
        )

    def _feasibility(self, to: int, sku: str) -> str:
        position = self.shelf.position[to]
        if np.isnan(position):
            stock = f"Stock of {sku} is unknown: check it before promoting."
        else:
            stock = f"{count(position)} of {sku} on hand or on order, above its reorder point."
        listed = "" if self.shelf.listed[to] else f" {sku} is not in the products export: check that it is on sale."
        return stock + listed

    def _caveats(self, to: int, sku: str) -> list[str]:
        mean, sd = percent(self.assumptions.response_mean), percent(self.assumptions.response_sd)
        said = [f"Assumes that an offer closes {mean} (sd {sd}) of the gap in attach rates; not measured in this shop."]
        if self.shelf.assumed[to]:
            rate = percent(self.settings.assumed_margin_rate)
            said.append(f"Some or all costs of {sku} are unknown: margin there is taken as {rate} of net sales.")
        return said

    def _typed(self, k: int, sku: str, other: str) -> dict[str, object]:
        case, found, pair = self.case, self.association, int(self.case.pair[k])
        of, to = int(case.of[k]), int(case.to[k])
        orders, both = len(self.baskets.order_ids), int(self.pairs.both[pair])
        return {
            "sku": sku,
            "recommended_sku": other,
            "orders": orders,
            "orders_with_sku": int(self.baskets.orders[of]),
            "orders_with_recommended": int(self.baskets.orders[to]),
            "orders_with_both": both,
            "support": round(both / orders, 6),
            "confidence_forward": round(both / int(self.baskets.orders[of]), 6),
            "confidence_backward": round(both / int(self.baskets.orders[to]), 6),
            "lift": round(float(found.lift[pair]), 4),
            "lift_low_95": round(float(found.lift_low[pair]), 4),
            "leverage": round(float(found.leverage[pair]), 6),
            "p_value": float(found.p_value[pair]),
            "q_value": float(found.q_value[pair]),
            "pairs_tested": found.tests,
            "attach_rate_gap": round(float(case.gap[k]), 6),
            "eligible_orders_90d": int(case.eligible[k]),
            "margin_per_attach": round(float(self.shelf.margin[to]), 2),
            "margin_assumed": bool(self.shelf.assumed[to]),
            "position": float(self.shelf.position[to]),
        }


def _reproduce_sql(sku: str, other: str) -> str:
    """The row's counts and rates out of marts.order_lines."""
    return f"""with baskets as (
    select
        order_id,
        max(case when sku = {sql_text(sku)} then 1 else 0 end) as has_sku,
        max(case when sku = {sql_text(other)} then 1 else 0 end) as has_recommended
    from marts.order_lines
    where sku is not null and quantity > 0
    group by order_id
)
select
    count(*) as orders,
    sum(has_sku) as orders_with_sku,
    sum(has_recommended) as orders_with_recommended,
    sum(has_sku * has_recommended) as orders_with_both,
    sum(has_sku * has_recommended) / nullif(sum(has_sku), 0) as confidence_forward,
    sum(has_sku * has_recommended) * count(*) / nullif(sum(has_sku) * sum(has_recommended), 0) as lift
from baskets"""
