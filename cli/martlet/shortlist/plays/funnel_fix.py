"""Mend a step of the funnel where one device, browser or channel falls short of comparable sessions.

Impact = events missing at the step x share of those past it who buy x response x margin per order, over 90 days. What
is missing is shrunk over every segment and step compared. The response is an assumption (marts.plays): the share of the
gap that looking into it and mending it closes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from martlet.experiments.sample_size import sample_size_per_arm
from martlet.shortlist.comparables import FUNNEL, STEP_WORDS, STEPS, falling_counts, window_days
from martlet.shortlist.evidence import count, counted, money, p_text, percent, probability, sql_text
from martlet.shortlist.impact import Impact, product_impact
from martlet.shortlist.order_value import OrderValue, value_of_an_order
from martlet.shortlist.rows import HORIZON_DAYS, Assumptions, Draft, Ranked, Settings
from martlet.shortlist.scoring import finished
from martlet.shortlist.segments import Segment, Shortfall, find_shortfalls

PLAY = "funnel_fix"
INPUTS: dict[str, tuple[str, ...]] = {
    "funnel_by_segment": (
        "channel_group",
        "device_category",
        "browser",
        "first_date",
        "last_date",
        *FUNNEL,
        "purchased",
        "revenue",
    ),
    "order_lines": ("net_sales", "gross_margin"),
}
TYPED: dict[str, str] = {
    "step": "object",
    "device_category": "object",
    "browser": "object",
    "channel_group": "object",
    "window_days": "int64",
    "sessions_at_step": "int64",
    "sessions_past_step": "int64",
    "step_rate": "float64",
    "expected_step_rate": "float64",
    "shrunk_ratio": "float64",
    "probability_worse": "float64",
    "p_value": "float64",
    "q_value": "float64",
    "comparisons": "int64",
    "purchase_rate_past_step": "float64",
    "recoverable_orders_90d": "float64",
    "margin_per_order": "float64",
    "margin_assumed": "bool",
}
#: A shortfall below this share of the comparable rate is not worth looking into.
LEAST_SHORTFALL = 0.05
#: Most segments and steps named in one run.
MOST = 10
#: Sessions past the step that weigh as much as the shop's own share of buyers among them.
PRIOR_SESSIONS = 20.0
_WORDS = {"device_category": "{} visitors", "browser": "visitors with {}", "channel_group": "visitors from {}"}


def rank(marts: Mapping[str, pd.DataFrame], assumptions: Assumptions, settings: Settings) -> Ranked:
    """Ranked rows of segments and steps; none if the funnel has no purchases."""
    funnel = falling_counts(marts["funnel_by_segment"])
    if funnel.empty or funnel["closed_purchased"].sum() == 0:
        return finished([], [], TYPED, settings)
    value = value_of_an_order(funnel, marts["order_lines"], settings)
    if value.margin <= 0:
        return finished([], [], TYPED, settings)
    found = find_shortfalls(
        funnel,
        assumptions.minimum_support,
        settings.minimum_probability,
        settings.false_discovery_rate,
        LEAST_SHORTFALL,
        MOST,
    )
    past = funnel[[target for _, _, target in STEPS]].sum().to_numpy(dtype=np.float64)
    write = _Writer(past[-1] / np.maximum(past, 1.0), value, window_days(funnel), assumptions, settings)
    return finished([write.draft(each) for each in found], [], TYPED, settings)


@dataclass(frozen=True)
class _Writer:
    """Turns a shortfall into a row. `usual` (4,): the shop's share of buyers among those past each step."""

    usual: np.ndarray
    value: OrderValue
    days: int
    assumptions: Assumptions
    settings: Settings

    def draft(self, short: Shortfall) -> Draft:
        """The row of one shortfall."""
        name, source, target = STEPS[short.step]
        who, rate, usual = _who(short.segment), short.observed / short.exposure, short.expected / short.exposure
        worth, impact = self._worth(short), self._impact(short)
        per_arm = sample_size_per_arm(min(max(rate, 1e-6), 0.97), min(max(usual, rate + 1e-3), 0.98))
        days = per_arm / (short.exposure / self.days)
        return Draft(
            play=PLAY,
            subjects=(name, *(f"{dimension}={value}" for dimension, value in short.segment)),
            action=f"Find out why {who} are lost {STEP_WORDS[name]}, and mend it.",
            evidence=(
                f"{percent(rate)} of {count(short.exposure)} sessions of {who} got past {name}, where comparable "
                f"sessions, and theirs at the other steps, give {percent(usual)}; after shrinkage "
                f"{percent(float(np.exp(short.log_mean)))} of that, and worse with probability "
                f"{probability(short.probability_worse)}; q {p_text(short.q_value)} over {count(short.tests)} "
                f"comparisons.{_left_out(short)}"
            ),
            baseline=(
                f"{counted(short.purchases, 'purchase')} of {who} in {self.days} days; "
                f"{money(self.value.margin, self.settings.currency)} margin an order."
            ),
            impact=impact.one(0),
            impact_unshrunk=max(-np.expm1(short.log_ratio), 0.0) * worth * self.assumptions.response_mean,
            candidates=short.tests,
            confidence=short.probability_worse * self.assumptions.probability_positive,
            effort_hours=self.assumptions.effort_hours,
            feasibility=(
                f"Reproduce it first on that device and browser. {count(per_arm)} sessions at the step before and as "
                f"many after, about {count(days)} days each, tell whether it is mended."
            ),
            sample_size=2.0 * per_arm,
            days_to_run=days,
            caveats=self._caveats(),
            reproduce_sql=_reproduce_sql(short, source, target),
            typed=self._typed(short, rate, usual, worth),
        )

    def _past(self, short: Shortfall) -> float:
        """Share of those past the step who buy, pulled to the shop's own."""
        usual = float(self.usual[short.step])
        return (short.purchases + PRIOR_SESSIONS * usual) / (short.observed + PRIOR_SESSIONS)

    def _worth(self, short: Shortfall) -> float:
        """Margin over HORIZON_DAYS of everything expected at the step."""
        return short.expected * self._past(short) * self.value.margin * HORIZON_DAYS / self.days

    def _impact(self, short: Shortfall) -> Impact:
        levels = (np.arange(400) + 0.5) / 400
        ratios = np.exp(short.log_mean + short.log_sd * special.ndtri(levels))
        gaps = (1.0 - ratios)[None, :] * self._worth(short)
        return product_impact(gaps, self.assumptions.response_mean, self.assumptions.response_sd)

    def _caveats(self) -> list[str]:
        mean, sd = percent(self.assumptions.response_mean), percent(self.assumptions.response_sd)
        said = [f"Assumes that mending it closes {mean} (sd {sd}) of the gap; not measured in this shop."]
        said.append("A segment may differ in what its visitors came for; look before you mend.")
        return [*said, *self.value.caveats()]

    def _typed(self, short: Shortfall, rate: float, usual: float, worth: float) -> dict[str, object]:
        of = dict(short.segment)
        gap = max(-np.expm1(short.log_mean), 0.0)
        return {
            "step": STEPS[short.step][0],
            "device_category": of.get("device_category", "any"),
            "browser": of.get("browser", "any"),
            "channel_group": of.get("channel_group", "any"),
            "window_days": self.days,
            "sessions_at_step": int(short.exposure),
            "sessions_past_step": int(short.observed),
            "step_rate": round(rate, 6),
            "expected_step_rate": round(usual, 6),
            "shrunk_ratio": round(float(np.exp(short.log_mean)), 4),
            "probability_worse": round(short.probability_worse, 4),
            "p_value": short.p_value,
            "q_value": short.q_value,
            "comparisons": short.tests,
            "purchase_rate_past_step": round(self._past(short), 6),
            "recoverable_orders_90d": round(gap * worth / self.value.margin, 2),
            "margin_per_order": round(self.value.margin, 2),
            "margin_assumed": self.value.assumed,
        }


def _who(segment: Segment) -> str:
    """mobile visitors with Safari; visitors from Paid Search."""
    words = [_WORDS[dimension].format(value) for dimension, value in segment]
    return " ".join([words[0], *(word.removeprefix("visitors ") for word in words[1:])])


def _left_out(short: Shortfall) -> str:
    """A sentence if part of the segment has a row of its own at this step."""
    names = " and ".join(_who(segment) for segment in short.without)
    return f" Not counted: {names}, who have a row of their own." if names else ""


def _is(segment: Segment) -> str:
    return " and ".join(f"{dimension} = {sql_text(value)}" for dimension, value in segment)


def _reproduce_sql(short: Shortfall, source: str, target: str) -> str:
    """The segment's counts at the step out of marts.funnel_by_segment, beside those of all others."""
    mine = _is(short.segment)
    others = "".join(f"\n{'and' if place else 'where'} not ({_is(each)})" for place, each in enumerate(short.without))
    return f"""select
    {mine} as is_this_segment,
    sum({source}) as sessions_at_step,
    sum({target}) as sessions_past_step,
    sum({target}) / sum({source}) as step_rate,
    sum(closed_purchased) as purchases
from marts.funnel_by_segment{others}
group by is_this_segment
order by is_this_segment desc"""
