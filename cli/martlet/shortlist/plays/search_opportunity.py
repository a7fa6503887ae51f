"""Earn the clicks a ranking should bring: queries on the first or second page of results that few people click.

Usual clicks come from the shop's own queries: clicks per impression as a power of the position. Observed over usual is
shrunk by a gamma-Poisson model over all queries. Impact = clicks missing over 90 days x response x the page's rate of
purchases x margin per order. The response is an assumption (marts.plays).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from martlet.experiments.multiplicity import benjamini_hochberg
from martlet.shortlist.comparables import window_days
from martlet.shortlist.evidence import as_float, count, counted, p_text, percent, probability, sql_text
from martlet.shortlist.impact import GammaPosterior, product_impact, shrink_ratios
from martlet.shortlist.order_value import OrderValue, value_of_an_order
from martlet.shortlist.rows import HORIZON_DAYS, Assumptions, Draft, Ranked, SetAside, Settings
from martlet.shortlist.scoring import finished
from martlet.shortlist.shelf import product_page_obstacles
from martlet.shortlist.statistics import Floats, shortfall_tail

PLAY = "search_opportunity"
INPUTS: dict[str, tuple[str, ...]] = {
    "search_queries": ("query", "page_path", "first_date", "last_date", "clicks", "impressions", "position"),
    "landing_pages": (
        "landing_page",
        "sessions",
        "closed_purchased",
        "purchases",
        "revenue",
    ),
    "order_lines": ("net_sales", "gross_margin"),
    "products": ("sku", "handle", "is_active"),
    "reorder_points": ("sku", "needs_reorder"),
}
TYPED: dict[str, str] = {
    "query": "object",
    "landing_page": "object",
    "impressions": "int64",
    "clicks": "int64",
    "position": "float64",
    "ctr": "float64",
    "usual_ctr": "float64",
    "usual_clicks": "float64",
    "shrunk_ratio": "float64",
    "probability_worse": "float64",
    "p_value": "float64",
    "q_value": "float64",
    "queries_compared": "int64",
    "missing_clicks_90d": "float64",
    "page_conversion": "float64",
    "margin_per_order": "float64",
    "margin_assumed": "bool",
}
#: Positions that a better page or snippet can do something about.
FIRST_POSITION, LAST_POSITION = 5.0, 15.0
#: Fewest queries that a curve of usual clicks can be fitted on.
FEWEST_QUERIES = 8
#: Fewest usual clicks in the window that are worth a rewrite.
FEWEST_CLICKS = 10.0
#: A shortfall below this share of the usual clicks is within what a curve of positions can tell.
LEAST_SHORTFALL = 0.2
#: Sessions that weigh as much as the shop's own conversion in a page's.
PRIOR_SESSIONS = 200.0
#: A query this surely worse is no standard for the others.
OUTLIER_PROBABILITY = 0.99
NOT_QUERIES = ("(masked)", "(not set)", "(not provided)", "")


def rank(marts: Mapping[str, pd.DataFrame], assumptions: Assumptions, settings: Settings) -> Ranked:
    """Ranked rows of queries; none if too few queries are known to say what is usual."""
    queries = _usable(marts["search_queries"])
    pages = marts["landing_pages"].assign(purchased=marts["landing_pages"]["purchases"])
    visited = pages[as_float(pages["sessions"]).fillna(0.0) > 0]
    if len(queries) < FEWEST_QUERIES or visited.empty:
        return finished([], [], TYPED, settings)
    pages = visited.assign(**{name: as_float(visited[name]) for name in ("sessions", "closed_purchased", "revenue")})
    value = value_of_an_order(pages.assign(purchased=as_float(pages["purchased"])), marts["order_lines"], settings)
    if value.margin <= 0:
        return finished([], [], TYPED, settings)
    usual, posterior, p_value = _compare(queries)
    position = queries["position"].to_numpy(dtype=np.float64)
    worse = posterior.below(1.0)
    compared = np.flatnonzero(
        (position >= FIRST_POSITION)
        & (position <= LAST_POSITION)
        & (queries["impressions"].to_numpy(dtype=np.float64) >= assumptions.minimum_support)
        & (usual >= FEWEST_CLICKS)
    )
    q_value = np.ones(len(p_value))
    q_value[compared] = benjamini_hochberg(p_value[compared])
    # the posterior says how sure each query is; that so many were looked at is for the q-value to say
    sure = (worse >= settings.minimum_probability) & (q_value <= settings.false_discovery_rate)
    chosen = np.flatnonzero(sure & (posterior.mean <= 1 - LEAST_SHORTFALL))
    stopped = product_page_obstacles(queries["page_path"].tolist(), marts["products"], marts["reorder_points"])
    judged = _Judged(worse, p_value, q_value, len(compared))
    days = window_days(marts["search_queries"])
    write = _Writer(queries, usual, posterior, judged, _conversion(pages), value, days, assumptions, settings)
    drafts, set_aside = [], []
    for k in chosen.tolist():
        page = str(queries["page_path"].iloc[k])
        if page in stopped:
            set_aside.append(SetAside(PLAY, write.subjects(k), stopped[page]))
        else:
            drafts.append(write.draft(k))
    return finished(drafts, set_aside, TYPED, settings)


def _usable(queries: pd.DataFrame) -> pd.DataFrame:
    known = queries.assign(**{name: as_float(queries[name]) for name in ("clicks", "impressions", "position")})
    named = known["query"].notna() & ~known["query"].isin(NOT_QUERIES) & known["page_path"].notna()
    found = known[named & (known["impressions"] > 0) & (known["position"] >= 1)]
    return found.sort_values(["query", "page_path"], ignore_index=True)


def _compare(queries: pd.DataFrame) -> tuple[Floats, GammaPosterior, Floats]:
    """Usual clicks (n,), the posterior of observed over usual, and p-values of so few clicks or fewer (n,).

    Two passes: queries that the first finds surely worse are left out of the curve of the second.
    """
    clicks, shown = queries["clicks"].to_numpy(dtype=np.float64), queries["impressions"].to_numpy(dtype=np.float64)
    place = np.log(queries["position"].to_numpy(dtype=np.float64))
    usual = _curve(clicks, shown, place, np.ones(len(clicks), dtype=np.bool_))
    sound = shrink_ratios(clicks, usual).below(1.0) < OUTLIER_PROBABILITY
    if sound.sum() < FEWEST_QUERIES:
        sound = np.ones(len(clicks), dtype=np.bool_)
    usual = _curve(clicks, shown, place, sound)
    others = clicks[sound].sum() - np.where(sound, clicks, 0.0)
    return usual, shrink_ratios(clicks, usual), shortfall_tail(clicks, usual, others)


def _curve(clicks: Floats, shown: Floats, place: Floats, kept: np.ndarray) -> Floats:
    """Usual clicks by a Poisson regression of clicks on the log of the position, impressions as exposure.

    Newton's method on log(clicks / impressions) = a + b log(position) (McCullagh and Nelder 1989, chapter 6), with a
    slope that is never positive: a worse place does not bring more.
    """
    design = np.stack([np.ones(len(place)), place], axis=1)
    x, y, exposure = design[kept], clicks[kept], shown[kept]
    beta = np.array([np.log((y.sum() + 0.5) / (exposure.sum() + 1.0)), 0.0])
    for _ in range(50):
        mean = exposure * np.exp(np.clip(x @ beta, -20.0, 0.0))
        step = np.linalg.solve(x.T @ (x * mean[:, None]) + 1e-9 * np.eye(2), x.T @ (y - mean))
        beta = beta + np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-10:
            break
    if beta[1] > 0:
        beta = np.array([np.log((y.sum() + 0.5) / (exposure.sum() + 1.0)), 0.0])
    return np.asarray(shown * np.exp(np.clip(design @ beta, -20.0, 0.0)), dtype=np.float64)


def _conversion(pages: pd.DataFrame) -> dict[str, float]:
    """Purchases a session of each page, pulled to the shop's own; "" holds the shop's."""
    shop = float(pages["closed_purchased"].sum() / pages["sessions"].sum())
    rate = (pages["closed_purchased"] + PRIOR_SESSIONS * shop) / (pages["sessions"] + PRIOR_SESSIONS)
    return {"": shop, **dict(zip(pages["landing_page"].astype(str), rate.tolist(), strict=True))}


@dataclass(frozen=True)
class _Judged:
    """How sure each query's shortfall is, arrays (n,), and how many queries were compared."""

    worse: Floats
    p_value: Floats
    q_value: Floats
    tests: int


@dataclass(frozen=True)
class _Writer:
    """Turns a query into a row."""

    queries: pd.DataFrame
    usual: Floats
    posterior: GammaPosterior
    judged: _Judged
    conversion: dict[str, float]
    value: OrderValue
    days: int
    assumptions: Assumptions
    settings: Settings

    def subjects(self, k: int) -> tuple[str, ...]:
        """Query and page of query number `k`."""
        return str(self.queries["query"].iloc[k]), str(self.queries["page_path"].iloc[k])

    def draft(self, k: int) -> Draft:
        """The row of query number `k`."""
        query, page = self.subjects(k)
        clicks, shown, position = (float(self.queries[name].iloc[k]) for name in ("clicks", "impressions", "position"))
        usual, ratio = float(self.usual[k]), float(self.posterior.mean[k])
        bought = self.conversion.get(page, self.conversion[""])
        each = bought * self.value.margin * HORIZON_DAYS / self.days
        one = GammaPosterior(self.posterior.shape[[k]], self.posterior.rate[[k]])
        gaps = (1.0 - one.quantiles((np.arange(400) + 0.5) / 400)) * usual * each
        impact = product_impact(gaps, self.assumptions.response_mean, self.assumptions.response_sd)
        missing = max(1.0 - ratio, 0.0) * usual * HORIZON_DAYS / self.days
        mean, sd = percent(self.assumptions.response_mean), percent(self.assumptions.response_sd)
        return Draft(
            play=PLAY,
            subjects=(query, page),
            action=f'Rewrite title, snippet and text of {page} for the search "{query}", which shows it to few clicks.',
            evidence=(
                f"Shown {count(shown)} times in {self.days} days at position {position:.1f}, clicked {count(clicks)} "
                f"times ({percent(clicks / shown)}); the shop's other queries would bring {count(usual)} "
                f"({percent(usual / shown)}) there. After shrinkage it brings {percent(ratio)} of that, and less than "
                f"usual with probability {probability(self.judged.worse[k])}; q "
                f"{p_text(float(self.judged.q_value[k]))} over {count(self.judged.tests)} queries compared."
            ),
            baseline=f"{counted(clicks, 'click')} in {self.days} days; {percent(bought)} of sessions there buy.",
            impact=impact.one(0),
            impact_unshrunk=max(usual - clicks, 0.0) * each * self.assumptions.response_mean,
            candidates=self.judged.tests,
            confidence=float(self.judged.worse[k]) * self.assumptions.probability_positive,
            effort_hours=self.assumptions.effort_hours,
            feasibility=f"Google takes weeks to show a change; compare {self.days} days before with as many after.",
            caveats=[
                f"Assumes that a rewrite wins {mean} (sd {sd}) of the missing clicks; not measured in this shop.",
                "A query that others answer better, or that Google answers itself, brings few clicks whatever is done.",
                *self.value.caveats(),
            ],
            reproduce_sql=(
                "select query, page_path, impressions, clicks, ctr, position\nfrom marts.search_queries\n"
                f"where query = {sql_text(query)} and page_path = {sql_text(page)}"
            ),
            typed={
                "query": query,
                "landing_page": page,
                "impressions": int(shown),
                "clicks": int(clicks),
                "position": round(position, 2),
                "ctr": round(clicks / shown, 6),
                "usual_ctr": round(usual / shown, 6),
                "usual_clicks": round(usual, 2),
                "shrunk_ratio": round(ratio, 4),
                "probability_worse": round(float(self.judged.worse[k]), 4),
                "p_value": float(self.judged.p_value[k]),
                "q_value": float(self.judged.q_value[k]),
                "queries_compared": self.judged.tests,
                "missing_clicks_90d": round(missing, 1),
                "page_conversion": round(bought, 6),
                "margin_per_order": round(self.value.margin, 2),
                "margin_assumed": self.value.assumed,
            },
        )
