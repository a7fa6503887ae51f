"""Test a landing page that sells less than other pages do to the same traffic.

Expected purchases come from other pages' rates for the page's own mix of channels and devices. Observed over expected
is shrunk by a gamma-Poisson model over all pages; what is left of the gap is what a better page could win back.
Impact = gap in purchases over 90 days x response x margin per order. The response is an assumption (marts.plays): the
share of the gap that a test which works closes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from martlet.experiments.multiplicity import benjamini_hochberg
from martlet.experiments.sample_size import minimum_detectable_effect, sample_size_per_arm
from martlet.shortlist.comparables import (
    FUNNEL,
    STEP_WORDS,
    STEPS,
    Traffic,
    expected_events,
    falling_counts,
    traffic_by_cell,
    window_days,
)
from martlet.shortlist.evidence import count, counted, money, p_text, percent, probability, sql_text
from martlet.shortlist.impact import GammaPosterior, Impact, product_impact, shrink_ratios
from martlet.shortlist.order_value import OrderValue, value_of_an_order
from martlet.shortlist.rows import HORIZON_DAYS, Assumptions, Draft, Ranked, SetAside, Settings
from martlet.shortlist.scoring import finished
from martlet.shortlist.shelf import product_page_obstacles
from martlet.shortlist.statistics import Floats, shortfall_tail

PLAY = "landing_page_test"
INPUTS: dict[str, tuple[str, ...]] = {
    "funnel_by_landing_page": (
        "landing_page",
        "channel_group",
        "device_category",
        "first_date",
        "last_date",
        *FUNNEL,
        "purchased",
        "revenue",
    ),
    "order_lines": ("net_sales", "gross_margin"),
    "products": ("sku", "handle", "is_active"),
    "reorder_points": ("sku", "needs_reorder"),
}
TYPED: dict[str, str] = {
    "landing_page": "object",
    "window_days": "int64",
    "sessions": "int64",
    "purchases": "int64",
    "conversion": "float64",
    "expected_purchases": "float64",
    "expected_conversion": "float64",
    "shrunk_ratio": "float64",
    "shrunk_conversion": "float64",
    "probability_worse": "float64",
    "p_value": "float64",
    "q_value": "float64",
    "pages_compared": "int64",
    "weak_step": "object",
    "weak_step_rate": "float64",
    "weak_step_expected_rate": "float64",
    "recoverable_orders_90d": "float64",
    "margin_per_order": "float64",
    "margin_rate": "float64",
    "margin_assumed": "bool",
    "sample_size_per_arm": "int64",
    "minimum_detectable_effect": "float64",
}
#: Landing pages that are no page anyone could rewrite.
NOT_PAGES = ("(not set)", "(masked)", "")
#: A shortfall below this share of comparable pages is not worth a test.
LEAST_SHORTFALL = 0.05
#: A page this surely worse is no standard for others.
OUTLIER_PROBABILITY = 0.99


@dataclass(frozen=True)
class _Step:
    """The step where a page falls furthest behind: its name, its rate and the rate of comparable pages."""

    name: str
    rate: float
    expected: float


def rank(marts: Mapping[str, pd.DataFrame], assumptions: Assumptions, settings: Settings) -> Ranked:
    """Ranked landing-page rows; none if the funnel has no purchases to compare."""
    funnel = _named(falling_counts(marts["funnel_by_landing_page"]))
    if funnel.empty or funnel["closed_purchased"].sum() == 0 or funnel["landing_page"].nunique() < 2:
        return finished([], [], TYPED, settings)
    traffic = traffic_by_cell(funnel)
    posterior, expected, p_value = _compare(traffic)
    sessions = traffic.counts["sessions"].sum(axis=1)
    worse = posterior.below(1.0)
    compared = np.flatnonzero((sessions >= assumptions.minimum_support) & (expected > 0))
    q_value = np.ones(len(p_value))
    q_value[compared] = benjamini_hochberg(p_value[compared])
    # the posterior says how sure each page is; that so many were looked at is for the q-value to say
    sure = (worse >= settings.minimum_probability) & (q_value <= settings.false_discovery_rate)
    chosen = np.flatnonzero(sure & (posterior.mean <= 1 - LEAST_SHORTFALL))
    value = value_of_an_order(funnel, marts["order_lines"], settings)
    if len(chosen) == 0 or value.margin <= 0:
        return finished([], [], TYPED, settings)
    days = window_days(funnel)
    judged = _Judged(worse, p_value, q_value, len(compared))
    write = _Writer(traffic, posterior, expected, _weak_steps(traffic), judged, value, days, assumptions, settings)
    stopped = product_page_obstacles(traffic.pages, marts["products"], marts["reorder_points"])
    open_pages = [int(page) for page in chosen if traffic.pages[page] not in stopped]
    set_aside = [
        SetAside(PLAY, (traffic.pages[page],), stopped[traffic.pages[page]])
        for page in chosen
        if traffic.pages[page] in stopped
    ]
    return finished([write.draft(page) for page in open_pages], set_aside, TYPED, settings)


def _named(funnel: pd.DataFrame) -> pd.DataFrame:
    return funnel[funnel["landing_page"].notna() & ~funnel["landing_page"].isin(NOT_PAGES)]


def _compare(traffic: Traffic) -> tuple[GammaPosterior, Floats, Floats]:
    """Posterior of observed over expected purchases, the expected (p,), and p-values of so few or fewer (p,).

    Two passes: pages that the first finds surely worse are left out of the standard of the second. Kept in, a few
    weak pages with much traffic would make weakness look normal.
    """
    events, exposure = traffic.counts["closed_purchased"], traffic.counts["sessions"]
    observed = events.sum(axis=1)
    everyone = np.ones(len(traffic.pages), dtype=np.bool_)
    first = shrink_ratios(observed, expected_events(events, exposure, traffic, everyone))
    sound = first.below(1.0) < OUTLIER_PROBABILITY
    reference = sound if sound.sum() >= 2 else everyone
    expected = expected_events(events, exposure, traffic, reference)
    others = observed[reference].sum() - np.where(reference, observed, 0.0)
    return shrink_ratios(observed, expected), expected, shortfall_tail(observed, expected, others)


def _weak_steps(traffic: Traffic) -> list[_Step]:
    """For each page the step whose shrunk ratio of observed to expected is lowest."""
    everyone = np.ones(len(traffic.pages), dtype=np.bool_)
    ratios, rates, expected_rates = [], [], []
    for _, source, target in STEPS:
        events, exposure = traffic.counts[target], traffic.counts[source]
        reached = np.maximum(exposure.sum(axis=1), 1.0)
        expected = expected_events(events, exposure, traffic, everyone)
        ratios.append(shrink_ratios(events.sum(axis=1), expected).mean)
        rates.append(events.sum(axis=1) / reached)
        expected_rates.append(expected / reached)
    lowest = np.argmin(np.stack(ratios), axis=0)
    return [
        _Step(STEPS[step][0], float(rates[step][page]), float(expected_rates[step][page]))
        for page, step in enumerate(lowest.tolist())
    ]


@dataclass(frozen=True)
class _Plan:
    """What a test of the page would take: sessions per arm, days, and the rise it could show in the longest test."""

    per_arm: int
    days: float
    detectable: float


@dataclass(frozen=True)
class _Judged:
    """How sure each page's shortfall is, arrays (p,), and how many pages were compared."""

    worse: Floats
    p_value: Floats
    q_value: Floats
    tests: int


@dataclass(frozen=True)
class _Writer:
    """Turns a page into a row."""

    traffic: Traffic
    posterior: GammaPosterior
    expected: Floats
    steps: list[_Step]
    judged: _Judged
    value: OrderValue
    days: int
    assumptions: Assumptions
    settings: Settings

    def draft(self, page: int) -> Draft:
        """The row of page number `page`."""
        path, step = self.traffic.pages[page], self.steps[page]
        sessions = float(self.traffic.counts["sessions"][page].sum())
        bought = float(self.traffic.counts["closed_purchased"][page].sum())
        due, ratio = float(self.expected[page]), float(self.posterior.mean[page])
        plan, impact = self._plan(page, sessions), self._impact(page)
        # a test that cannot end in time pays only for the part of it that fits
        in_time = min(1.0, self.settings.max_test_days / plan.days)
        orders = max(1.0 - ratio, 0.0) * due * HORIZON_DAYS / self.days
        return Draft(
            play=PLAY,
            subjects=(path,),
            action=f"Test a new version of {path}, which loses people {STEP_WORDS[step.name]}.",
            evidence=(
                f"{counted(bought, 'purchase')} from {count(sessions)} sessions ({percent(bought / sessions)}), where "
                f"the same channels and devices on other pages would give {count(due)} ({percent(due / sessions)}); "
                f"after shrinkage it sells at {percent(ratio)} of that, and is worse with probability "
                f"{probability(self.judged.worse[page])}; q {p_text(float(self.judged.q_value[page]))} over "
                f"{counted(self.judged.tests, 'page')} compared. Weakest step: {step.name}, {percent(step.rate)} "
                f"against {percent(step.expected)}."
            ),
            baseline=(
                f"{percent(bought / sessions)} of {count(sessions)} sessions in {self.days} days; "
                f"{money(self.value.margin, self.settings.currency)} margin an order."
            ),
            impact=impact.one(0),
            impact_unshrunk=max(due - bought, 0.0) * self._worth_of_an_order() * self.assumptions.response_mean,
            candidates=self.judged.tests,
            confidence=float(self.judged.worse[page]) * self.assumptions.probability_positive * in_time,
            effort_hours=self.assumptions.effort_hours,
            feasibility=self._feasibility(plan, sessions),
            sample_size=2.0 * plan.per_arm,
            days_to_run=plan.days,
            caveats=self._caveats(in_time),
            reproduce_sql=_reproduce_sql(path),
            typed=self._typed(page, plan, orders),
        )

    def _impact(self, page: int) -> Impact:
        one = GammaPosterior(self.posterior.shape[[page]], self.posterior.rate[[page]])
        ratios = one.quantiles((np.arange(400) + 0.5) / 400)
        worth = float(self.expected[page]) * self._worth_of_an_order()
        return product_impact((1.0 - ratios) * worth, self.assumptions.response_mean, self.assumptions.response_sd)

    def _worth_of_an_order(self) -> float:
        """What an order within the window stands for in margin over HORIZON_DAYS."""
        return HORIZON_DAYS / self.days * self.value.margin

    def _plan(self, page: int, sessions: float) -> _Plan:
        usual = float(self.expected[page]) / sessions
        ratio = float(self.posterior.mean[page])
        now = min(max(usual * ratio, 1e-6), 0.95)
        better = min(now + self.assumptions.response_mean * max(usual - now, 1e-6), 0.99)
        per_arm = sample_size_per_arm(now, better)
        a_day = sessions / self.days
        detectable = minimum_detectable_effect(now, a_day * self.settings.max_test_days / 2)
        return _Plan(per_arm, 2 * per_arm / a_day, detectable)

    def _feasibility(self, plan: _Plan, sessions: float) -> str:
        limit = self.settings.max_test_days
        needs = (
            f"A test needs {count(plan.per_arm)} sessions an arm, about {count(plan.days)} days at "
            f"{sessions / self.days:.1f} sessions a day"
        )
        if plan.days <= limit:
            return needs + "."
        shows = (
            "no rise at all" if np.isinf(plan.detectable) else f"a rise of {plan.detectable * 100:.1f} points or more"
        )
        return (
            f"{needs}: more than {count(limit)} days, in which it could show {shows}. "
            "Change the page outright and compare before with after, or leave it."
        )

    def _caveats(self, in_time: float) -> list[str]:
        mean, sd = percent(self.assumptions.response_mean), percent(self.assumptions.response_sd)
        said = [f"Assumes that a new version closes {mean} (sd {sd}) of the gap; not measured in this shop."]
        said.append("Pages differ in what their visitors came for; channel and device do not capture all of it.")
        said += self.value.caveats()
        if in_time < 1:
            said.append(f"Confidence is cut to {percent(in_time)} of itself, the part of the test that fits the limit.")
        return said

    def _typed(self, page: int, plan: _Plan, orders: float) -> dict[str, object]:
        sessions = float(self.traffic.counts["sessions"][page].sum())
        bought = float(self.traffic.counts["closed_purchased"][page].sum())
        due, ratio, step = float(self.expected[page]), float(self.posterior.mean[page]), self.steps[page]
        return {
            "landing_page": self.traffic.pages[page],
            "window_days": self.days,
            "sessions": int(sessions),
            "purchases": int(bought),
            "conversion": round(bought / sessions, 6),
            "expected_purchases": round(due, 3),
            "expected_conversion": round(due / sessions, 6),
            "shrunk_ratio": round(ratio, 4),
            "shrunk_conversion": round(due / sessions * ratio, 6),
            "probability_worse": round(float(self.judged.worse[page]), 4),
            "p_value": float(self.judged.p_value[page]),
            "q_value": float(self.judged.q_value[page]),
            "pages_compared": self.judged.tests,
            "weak_step": step.name,
            "weak_step_rate": round(step.rate, 6),
            "weak_step_expected_rate": round(step.expected, 6),
            "recoverable_orders_90d": round(orders, 2),
            "margin_per_order": round(self.value.margin, 2),
            "margin_rate": round(self.value.rate, 4),
            "margin_assumed": self.value.assumed,
            "sample_size_per_arm": plan.per_arm,
            "minimum_detectable_effect": round(plan.detectable, 6),
        }


def _reproduce_sql(path: str) -> str:
    """The page's counts and step rates out of marts.funnel_by_landing_page, beside those of all other pages."""
    return f"""select
    landing_page = {sql_text(path)} as is_this_page,
    sum(sessions) as sessions,
    sum(closed_viewed_item) as closed_viewed_item,
    sum(closed_added_to_cart) as closed_added_to_cart,
    sum(closed_began_checkout) as closed_began_checkout,
    sum(closed_purchased) as purchases,
    sum(closed_purchased) / sum(sessions) as conversion
from marts.funnel_by_landing_page
where landing_page not in ('(not set)', '(masked)', '')
group by is_this_page
order by is_this_page desc"""
