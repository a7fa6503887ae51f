"""Recommend B to buyers of A: pairs bought together beyond chance, in the direction that is worth more.

Two windows: in one order (offer it on the page and in the cart), and within 30 days after by the same person (write to
those who consent). Impact = eligible x response x (rate of B with A - rate of B without A) x margin per order with B,
over 90 days. Eligible are the orders, or the people, of the last 90 days with A and without B. The response is an
assumption (marts.plays): the share of the gap in attach rates that a prompt brings about among them. What the pair
itself leaves uncertain is shrunk over all pairs of its window.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from martlet.shortlist.affinity import IN_ORDER, WITHIN_30_DAYS, Offers, candidate_offers
from martlet.shortlist.baskets import Baskets, baskets_from_lines, count_pairs
from martlet.shortlist.evidence import count, counted, p_text, percent, product_name, sql_text, times
from martlet.shortlist.impact import Impact, log_normal_impact, shrink_normal
from martlet.shortlist.rows import HORIZON_DAYS, Assumptions, Draft, Ranked, SetAside, Settings, row_id
from martlet.shortlist.scoring import behind_best, finished
from martlet.shortlist.shelf import PRODUCT_COLUMNS, STOCK_COLUMNS, Shelf, shelf_of
from martlet.shortlist.statistics import Floats

PLAY = "cross_sell"
INPUTS: dict[str, tuple[str, ...]] = {
    "order_lines": ("order_id", "order_date", "customer_key", "sku", "quantity", "net_sales", "gross_margin"),
    "products": PRODUCT_COLUMNS,
    "reorder_points": STOCK_COLUMNS,
    "customers": ("customer_key", "accepts_email_marketing"),
}
TYPED: dict[str, str] = {
    "sku": "object",
    "recommended_sku": "object",
    "bought_within": "object",
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
    "eligible_90d": "int64",
    "margin_per_attach": "float64",
    "margin_assumed": "bool",
}
#: A pair in fewer orders than this share is not worth an offer, however large the shop.
MINIMUM_SHARE = 0.001


def rank(marts: Mapping[str, pd.DataFrame], assumptions: Assumptions, settings: Settings) -> Ranked:
    """Ranked cross-sell rows. Raises KeyError if a column of INPUTS is missing."""
    lines = marts["order_lines"].loc[:, list(INPUTS["order_lines"])]
    lines = lines[lines["sku"].notna() & (lines["quantity"] > 0)]
    baskets = baskets_from_lines(lines)
    minimum = max(assumptions.minimum_support, math.ceil(MINIMUM_SHARE * len(baskets.order_ids)))
    pairs = count_pairs(baskets, minimum)
    people = marts["customers"]
    consenting = frozenset(people.loc[people["accepts_email_marketing"].eq(True), "customer_key"])
    offers, tests = candidate_offers(baskets, pairs, lines, consenting, pd.Timestamp(settings.as_of), minimum)
    if len(offers.of) == 0:
        return finished([], [], TYPED, settings)
    shelf = shelf_of(baskets.skus, lines, marts["products"], marts["reorder_points"], settings.assumed_margin_rate)
    impact, unshrunk = _worth(offers, shelf, assumptions)
    found = (offers.q_value <= settings.false_discovery_rate) & (offers.lift_low > 1.0) & (offers.gap > 0)
    write = _Writer(baskets, offers, tests, shelf, impact, unshrunk, assumptions, settings)
    kept, set_aside = _choose(write, found)
    return finished([write.draft(k) for k in kept], set_aside, TYPED, settings)


def _worth(offers: Offers, shelf: Shelf, assumptions: Assumptions) -> tuple[Impact, Floats]:
    """Impact of every offer, shrunk over those of its window, and before shrinkage; arrays (k,)."""
    size = len(offers.of)
    mean, low, high, unshrunk = (np.zeros(size) for _ in range(4))
    worth = offers.eligible * np.nan_to_num(shelf.margin[offers.to])
    for window in (IN_ORDER, WITHIN_30_DAYS):
        keep = np.flatnonzero((offers.window == window) & (offers.gap > 0) & (worth > 0))
        rate, other, n = offers.rate[keep], offers.other_rate[keep], offers.started[keep].astype(np.float64)
        # variance of the gap, of two binomial rates; half an event stands in for a rate of exactly 0 or 1
        variance = rate * (1 - rate) / n + other * (1 - other) / offers.others[keep] + 0.25 / n**2
        # only the gap is what made a pair stand out, so only the gap is pulled back for having stood out
        shrunk = shrink_normal(np.log(offers.gap[keep]), np.sqrt(variance) / offers.gap[keep])
        spread = np.sqrt(shrunk.sd**2 + 1.0 / offers.eligible[keep])
        # how many will come is uncertain, and so the interval is wider; on average it is as many as came
        centre = shrunk.mean + np.log(worth[keep]) - 0.5 / offers.eligible[keep]
        made = log_normal_impact(centre, spread, assumptions.response_mean, assumptions.response_sd)
        mean[keep], low[keep], high[keep] = made.mean, made.low, made.high
        unshrunk[keep] = offers.gap[keep] * worth[keep] * assumptions.response_mean
    return Impact(mean, low, high), unshrunk


def _choose(write: "_Writer", found: NDArray[np.bool_]) -> tuple[list[int], list[SetAside]]:
    """The best offer of each pair that can be made, no SKU in more than rows_per_subject of them, up to max_rows.

    Every pair of `found` (k,) that is left is set aside with its reason.
    """
    offers, settings = write.offers, write.settings
    order = np.flatnonzero(found)
    value = write.impact.mean * (1 - offers.q_value)
    order = order[np.lexsort((offers.to[order], offers.of[order], -value[order]))]
    used: dict[int, int] = {}
    seen: dict[tuple[int, int], str | None] = {}
    kept: list[int] = []
    refused: dict[tuple[int, int], SetAside] = {}
    # a pair that was decided rests as a whole: the other way round it would be the same action again
    resting: list[SetAside] = []
    for k in order.tolist() if settings.decided else ():
        decided = write.decided(k)
        if decided:
            seen[write.pair(k)] = None
            resting.append(SetAside(PLAY, write.subjects(k), decided))
    for place, k in enumerate(order.tolist()):
        ends, pair = (int(offers.of[k]), int(offers.to[k])), write.pair(k)
        if len(kept) == settings.max_rows:
            behind = behind_best(PLAY, _new_pairs(offers, order[place:], seen), settings)
            return kept, [*resting, *refused.values(), *behind]
        if pair in seen and seen[pair] is None:
            continue
        reason = write.obstacle(k)
        if reason is None and any(used.get(end, 0) >= settings.rows_per_subject for end in ends):
            reason = f"a product of it is in {settings.rows_per_subject} better rows"
        seen[pair] = reason
        if reason is None:
            kept.append(k)
            refused.pop(pair, None)
            used.update({end: used.get(end, 0) + 1 for end in ends})
        else:
            refused.setdefault(pair, SetAside(PLAY, write.subjects(k), reason))
    return kept, [*resting, *refused.values()]


def _new_pairs(offers: Offers, places: NDArray[np.int64], seen: Mapping[tuple[int, int], str | None]) -> int:
    """Number of pairs among the offers at `places` that are not in `seen`."""
    ends = np.sort(np.stack([offers.of[places], offers.to[places]]), axis=0)
    return len({*zip(*ends.tolist(), strict=True)} - seen.keys())


@dataclass(frozen=True)
class _Writer:
    """Turns an offer into a row."""

    baskets: Baskets
    offers: Offers
    tests: int
    shelf: Shelf
    impact: Impact
    unshrunk: Floats
    assumptions: Assumptions
    settings: Settings

    def subjects(self, k: int) -> tuple[str, ...]:
        """What offer `k` is about."""
        skus = (str(self.baskets.skus[self.offers.of[k]]), str(self.baskets.skus[self.offers.to[k]]))
        return skus if self.offers.window[k] == IN_ORDER else (*skus, WITHIN_30_DAYS)

    def pair(self, k: int) -> tuple[int, int]:
        """Both SKU numbers of offer `k`, the lower first."""
        ends = int(self.offers.of[k]), int(self.offers.to[k])
        return min(ends), max(ends)

    def decided(self, k: int) -> str | None:
        """What was decided on offer `k`, if anything that still counts."""
        return self.settings.decided.get(row_id(PLAY, self.subjects(k)))

    def obstacle(self, k: int) -> str | None:
        """Why offer `k` cannot be made, if it cannot."""
        of, to = int(self.offers.of[k]), int(self.offers.to[k])
        stopped = self.shelf.obstacle(of, to, self.baskets.skus)
        if stopped is None and self.offers.eligible[k] == 0:
            nobody = "order" if self.offers.window[k] == IN_ORDER else "buyer who accepts e-mail"
            stopped = f"no {nobody} of the last {HORIZON_DAYS} days has the one without the other"
        if stopped is None and not self.impact.mean[k] > 0:
            stopped = f"{self.baskets.skus[to]} has no margin"
        return stopped

    def draft(self, k: int) -> Draft:
        """The row of offer `k`."""
        offers, of, to = self.offers, int(self.offers.of[k]), int(self.offers.to[k])
        sku, other = str(self.baskets.skus[of]), str(self.baskets.skus[to])
        name, other_name = product_name(self.shelf.title[of], sku), product_name(self.shelf.title[to], other)
        in_order = offers.window[k] == IN_ORDER
        where = "on its product page and in the cart" if in_order else "by e-mail within 30 days of the order"
        return Draft(
            play=PLAY,
            subjects=self.subjects(k),
            action=f"Offer {other_name} to buyers of {name}, {where}.",
            evidence=self._evidence(k, sku, other),
            baseline=(
                f"{counted(int(offers.eligible[k]), 'order')} in the last {HORIZON_DAYS} days held {sku} without "
                f"{other}."
                if in_order
                else f"{counted(int(offers.eligible[k]), 'buyer')} of {sku} in the last {HORIZON_DAYS} days who may "
                f"be written to bought no {other}."
            ),
            impact=self.impact.one(k),
            impact_unshrunk=float(self.unshrunk[k]),
            candidates=self.tests,
            confidence=(1.0 - float(offers.q_value[k])) * self.assumptions.probability_positive,
            effort_hours=self.assumptions.effort_hours,
            feasibility=self.shelf.stock_sentence(to, other),
            stock_available=float(self.shelf.position[to]),
            caveats=self._caveats(to, other),
            reproduce_sql=_order_sql(sku, other) if in_order else _follow_sql(sku, other),
            typed=self._typed(k, sku, other),
        )

    def _evidence(self, k: int, sku: str, other: str) -> str:
        offers = self.offers
        both, started = count(offers.both[k]), count(offers.started[k])
        rates = f"({percent(offers.rate[k])}), against {percent(offers.other_rate[k])}"
        if offers.window[k] == IN_ORDER:
            seen = f"{both} of {started} orders with {sku} also hold {other} {rates} of other orders"
            chance = "what chance gives"
        else:
            seen = f"After {both} of {started} orders with {sku} the buyer came for {other} within 30 days {rates}"
            seen += " after other orders"
            chance = "what chance gives among those who came back"
        return (
            f"{seen}: {times(offers.lift[k])} {chance}, and at least {times(offers.lift_low[k])} what orders of like "
            f"size and price would bring, with 95% confidence; q "
            f"{p_text(float(offers.q_value[k]))} over {count(self.tests)} pairs tested."
        )

    def _caveats(self, to: int, sku: str) -> list[str]:
        mean, sd = percent(self.assumptions.response_mean), percent(self.assumptions.response_sd)
        said = f"Assumes that an offer closes {mean} (sd {sd}) of the gap in attach rates; not measured in this shop."
        return [said, *self.shelf.margin_caveats(to, sku, self.settings.assumed_margin_rate)]

    def _typed(self, k: int, sku: str, other: str) -> dict[str, object]:
        offers, to = self.offers, int(self.offers.to[k])
        n_of, n_to, both = int(offers.n_of[k]), int(offers.n_to[k]), int(offers.both[k])
        return {
            "sku": sku,
            "recommended_sku": other,
            "bought_within": str(offers.window[k]),
            "orders": int(offers.tested[k]),
            "orders_with_sku": n_of,
            "orders_with_recommended": n_to,
            "orders_with_both": both,
            "support": round(both / int(offers.tested[k]), 6),
            "confidence_forward": round(both / n_of, 6),
            "confidence_backward": round(both / n_to, 6),
            "lift": round(float(offers.lift[k]), 4),
            "lift_low_95": round(float(offers.lift_low[k]), 4),
            "leverage": round(float(offers.leverage[k]), 6),
            "p_value": float(offers.p_value[k]),
            "q_value": float(offers.q_value[k]),
            "pairs_tested": self.tests,
            "attach_rate_gap": round(float(offers.gap[k]), 6),
            "eligible_90d": int(offers.eligible[k]),
            "margin_per_attach": round(float(self.shelf.margin[to]), 2),
            "margin_assumed": bool(self.shelf.assumed[to]),
        }


_COUNTS = """select
    count(*) as orders,
    sum(has_sku) as orders_with_sku,
    sum(has_recommended) as orders_with_recommended,
    sum(has_sku * has_recommended) as orders_with_both,
    sum(has_sku * has_recommended) / nullif(sum(has_sku), 0) as confidence_forward,
    sum(has_sku * has_recommended) * count(*) / nullif(sum(has_sku) * sum(has_recommended), 0) as lift
"""


def _order_sql(sku: str, other: str) -> str:
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
{_COUNTS}from baskets"""


def _follow_sql(sku: str, other: str) -> str:
    """The same among people's episodes that hold any follow-up: an order day, and what came in the 30 days after."""
    return f"""with recursive bought as (
    select distinct customer_key, order_date, sku from marts.order_lines
    where customer_key is not null and sku is not null and quantity > 0
),
starts as (
    select customer_key, min(order_date) as start_date from bought group by customer_key
    union all
    select bought.customer_key, min(bought.order_date)
    from starts inner join bought using (customer_key)
    where bought.order_date > starts.start_date + 30
    group by bought.customer_key, starts.start_date
),
episodes as (
    select
        max(case when order_date = start_date and sku = {sql_text(sku)} then 1 else 0 end) as has_sku,
        max(case when is_new and sku = {sql_text(other)} then 1 else 0 end) as has_recommended,
        max(case when is_new then 1 else 0 end) as came_back
    from (
        select *, min(order_date) over (partition by customer_key, start_date, sku) > start_date as is_new
        from starts inner join bought using (customer_key)
        where order_date between start_date and start_date + 30
            and start_date <= (select max(as_of_date) from ops.build) - 30
    )
    group by customer_key, start_date
)
{_COUNTS}from episodes where came_back = 1"""
