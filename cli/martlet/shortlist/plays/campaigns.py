"""Write to customers: win back those who went quiet, re-engage those about to, nurture the new ones.

The audience is marts.marketing_targets, less everybody without consent and everybody whom the offer's discount would
cost more than it brings. What a person is worth while active is the expected margin of 90 days over the probability of
being alive (predictions.customer_value). Impact = response x that worth x what the discount leaves of a margin, less
the discount given to orders that would have come anyway. The response is an assumption (marts.plays).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from martlet.shortlist.evidence import as_float, count, counted, money, percent, probability, sql_text
from martlet.shortlist.impact import TAIL, One
from martlet.shortlist.order_value import measured_margin_rate
from martlet.shortlist.rows import HORIZON_DAYS, Assumptions, Draft, Ranked, SetAside, Settings
from martlet.shortlist.scoring import finished

PLAYS = ("win_back", "re_engage", "nurture")
INPUTS: dict[str, tuple[str, ...]] = {
    "marketing_targets": (
        *("customer_key", "play", "campaign_type", "content_theme", "offer", "discount_rate", "last_category"),
        *("days_since_last_order", "orders", "net_sales", "accepts_email_marketing"),
    ),
    "predictions.customer_value": ("customer_key", "p_alive", "expected_margin_90_days"),
    "order_lines": ("net_sales", "gross_margin"),
}
TYPED: dict[str, str] = {
    "campaign_type": "object",
    "offer": "object",
    "discount_rate": "float64",
    "targets": "int64",
    "without_consent": "int64",
    "without_gain": "int64",
    "audience": "int64",
    "value_while_active_90d": "float64",
    "expected_anyway_90d": "float64",
    "value_at_risk_90d": "float64",
    "discount_on_orders_anyway": "float64",
    "margin_rate": "float64",
    "margin_assumed": "bool",
}
AUDIENCE: dict[str, str] = {
    "customer_key": "object",
    "play": "object",
    "campaign_type": "object",
    "content_theme": "object",
    "offer": "object",
    "last_category": "object",
    "days_since_last_order": "int64",
    "orders": "int64",
    "net_sales": "float64",
    "p_alive": "float64",
    "value_while_active_90d": "float64",
    "value_at_risk_90d": "float64",
    "is_included": "bool",
    "reason": "object",
}
IN, NO_CONSENT, NO_GAIN = "in the audience", "no consent to e-mail", "the discount would cost more than it brings"
NO_VALUE = "no predicted value: run `martlet clv`"
NO_LEAVING = "no model of leaving may be used: nobody knows who is still a customer"
#: A probability of being alive below this says no more than that nobody knows.
LEAST_ALIVE = 0.01
_ACTIONS = {
    "win_back": "Write to {people} who went quiet and win them back",
    "re_engage": "Write to {people} before they go quiet",
    "nurture": "Help {people} to their second order",
}


def rank(play: str, marts: Mapping[str, pd.DataFrame], assumptions: Assumptions, settings: Settings) -> Ranked:
    """A row for each campaign of the play, and its audience. Raises KeyError if a column of INPUTS is missing."""
    rate, assumed = _margin_rate(marts["order_lines"], settings)
    targets = marts["marketing_targets"]
    people = _people(targets[targets["play"] == play], marts["predictions.customer_value"], assumptions, rate)
    drafts: list[Draft] = []
    set_aside: list[SetAside] = []
    campaigns = people["campaign_type"].nunique()
    for campaign, group in people.groupby("campaign_type", sort=True):
        audience = group[group["is_included"]]
        if len(audience) >= assumptions.minimum_support:
            drafts.append(_draft(play, str(campaign), group, campaigns, rate, assumed, assumptions, settings))
        else:
            reasons = group.loc[~group["is_included"], "reason"].value_counts(sort=False).sort_index()
            said = "; ".join(f"{reason}: {number:,}" for reason, number in reasons.items())
            set_aside.append(SetAside(play, (str(campaign),), f"too few people to write to ({said})"))
    made = finished(drafts, set_aside, TYPED, settings)
    proposed = set(made.rows["campaign_type"])
    shown = people[people["campaign_type"].isin(proposed)][list(AUDIENCE)]
    return Ranked(made.rows, made.set_aside, shown.astype(AUDIENCE).reset_index(drop=True))


def _margin_rate(lines: pd.DataFrame, settings: Settings) -> tuple[float, bool]:
    """Margin over net sales, and whether it is assumed: a discount has no share of a margin that is none."""
    rate = measured_margin_rate(lines)
    return (settings.assumed_margin_rate, True) if rate is None or rate <= 0 else (rate, False)


def _people(targets: pd.DataFrame, values: pd.DataFrame, assumptions: Assumptions, rate: float) -> pd.DataFrame:
    """One row per target, ordered by campaign, value at risk and key, with AUDIENCE and what decides it."""
    people = targets.merge(values.drop_duplicates("customer_key"), on="customer_key", how="left")
    alive = np.maximum(as_float(people["p_alive"]), LEAST_ALIVE)
    anyway = as_float(people["expected_margin_90_days"])
    # what the discount takes of a margin, of orders that it brings and of those that come anyway
    given = np.minimum(as_float(people["discount_rate"]).fillna(0.0) / rate, 1.0)
    worth: pd.Series = anyway / alive
    gain = assumptions.response_mean * worth * (1 - given) - given * anyway
    reason = np.select(
        [~people["accepts_email_marketing"].eq(True), anyway.isna(), worth.isna(), gain <= 0],
        [NO_CONSENT, NO_VALUE, NO_LEAVING, NO_GAIN],
        IN,
    )
    people = people.assign(
        p_alive=as_float(people["p_alive"]).round(4),
        net_sales=as_float(people["net_sales"]),
        orders=as_float(people["orders"]).astype("int64"),
        days_since_last_order=as_float(people["days_since_last_order"]).fillna(-1).astype("int64"),
        value_while_active_90d=worth.round(2),
        value_at_risk_90d=(worth - anyway).round(2),
        brings=worth * (1 - given),
        costs=given * anyway,
        anyway=anyway,
        reason=reason.astype(object),
        is_included=reason == IN,
    )
    return people.sort_values(
        ["campaign_type", "is_included", "value_at_risk_90d", "customer_key"], ascending=[True, False, False, True]
    )


@dataclass(frozen=True)
class _Sums:
    """Of an audience over HORIZON_DAYS: what a response of 1 brings, its relative error, the discount's cost."""

    brings: float
    error: float
    costs: float


def _draft(
    play: str,
    campaign: str,
    group: pd.DataFrame,
    campaigns: int,
    rate: float,
    assumed: bool,
    assumptions: Assumptions,
    settings: Settings,
) -> Draft:
    audience = group[group["is_included"]]
    brings = audience["brings"].to_numpy(dtype=np.float64)
    sums = _Sums(brings.sum(), float(np.sqrt((brings**2).sum()) / brings.sum()), float(audience["costs"].sum()))
    mean, low, high, positive = _gain(sums, assumptions)
    people = counted(len(audience), "customer")
    refused, costly = (int((group["reason"] == reason).sum()) for reason in (NO_CONSENT, NO_GAIN))
    offer, alive = str(audience["offer"].iloc[0]), float(audience["p_alive"].mean())
    risk, active = float(audience["value_at_risk_90d"].sum()), float(audience["value_while_active_90d"].sum())
    return Draft(
        play=play,
        subjects=(campaign,),
        action=f"{_ACTIONS[play].format(people=people)}: {offer}.",
        evidence=(
            f"{people} fit the rule of {campaign} and may be written to; while active they are worth "
            f"{money(active, settings.currency)} margin in {HORIZON_DAYS} days, and {money(risk, settings.currency)} "
            f"of it is at risk: they are still customers with probability {probability(alive)} on average."
        ),
        baseline=(
            f"{money(float(audience['anyway'].sum()), settings.currency)} margin is expected of them in {HORIZON_DAYS} "
            f"days anyway."
        ),
        impact=One(mean, low, high),
        # an audience is taken whole, by rule: nothing was picked for having come out high
        impact_unshrunk=mean,
        candidates=campaigns,
        confidence=positive,
        effort_hours=assumptions.effort_hours,
        feasibility=(
            f"`martlet audience {campaign}` writes the list for Klaviyo or Mailchimp. Of {count(len(group))} in the "
            f"target group {count(refused)} left out for want of consent, {count(costly)} because {NO_GAIN}."
        ),
        sample_size=float(len(audience)),
        caveats=_caveats(sums, rate, assumed, assumptions, settings),
        reproduce_sql=_reproduce_sql(campaign),
        typed={
            "campaign_type": campaign,
            "offer": offer,
            "discount_rate": float(audience["discount_rate"].iloc[0]),
            "targets": len(group),
            "without_consent": refused,
            "without_gain": costly,
            "audience": len(audience),
            "value_while_active_90d": round(active, 2),
            "expected_anyway_90d": round(float(audience["anyway"].sum()), 2),
            "value_at_risk_90d": round(risk, 2),
            "discount_on_orders_anyway": round(sums.costs, 2),
            "margin_rate": round(rate, 4),
            "margin_assumed": assumed,
        },
    )


def _gain(sums: _Sums, assumptions: Assumptions) -> tuple[float, float, float, float]:
    """Mean, 80% interval and probability of being positive of response x brings - costs.

    The response is gamma; people who are few make what it brings uncertain too, which widens it.
    """
    relative = np.hypot(assumptions.response_sd / assumptions.response_mean, sums.error)
    shape = 1 / relative**2
    mean = assumptions.response_mean * sums.brings
    low, high = special.gammaincinv(shape, [TAIL, 1 - TAIL]) * mean / shape - sums.costs
    positive = float(special.gammaincc(shape, sums.costs * shape / mean)) * assumptions.probability_positive
    return mean - sums.costs, float(low), float(high), positive


def _caveats(sums: _Sums, rate: float, assumed: bool, assumptions: Assumptions, settings: Settings) -> list[str]:
    mean, sd = percent(assumptions.response_mean), percent(assumptions.response_sd)
    said = [f"Assumes that a campaign brings {mean} (sd {sd}) of what they are worth while active; not measured here."]
    said.append("Hold back a tenth of the list by chance and compare: only that measures what the campaign did.")
    if sums.costs > 0:
        cost = money(sums.costs, settings.currency)
        said.append(f"{cost} of discount on orders that would come anyway is taken off.")
    if assumed:
        said.append(f"Costs are unknown for most sales: margin is taken as {percent(rate)} of net sales.")
    return said


def _reproduce_sql(campaign: str) -> str:
    """The target group by consent, with what is expected of it."""
    return f"""select
    targets.accepts_email_marketing,
    count(*) as people,
    sum(values_90.expected_margin_90_days) as expected_anyway_90d,
    sum(values_90.expected_margin_90_days / greatest(values_90.p_alive, {LEAST_ALIVE})) as value_while_active_90d
from marts.marketing_targets as targets
left join predictions.customer_value as values_90 using (customer_key)
where targets.campaign_type = {sql_text(campaign)}
group by targets.accepts_email_marketing
order by targets.accepts_email_marketing desc"""
