"""What became of actions that were done: what each was expected to bring, beside what has happened since.

Before and after is no experiment: what else changed is in it, season first of all. Rates are compared and not counts,
so that a busier shop is not taken for a better page; every line says how it was measured, or why it cannot be.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from scipy import special

from martlet import decisions, warehouse
from martlet.project import Project
from martlet.shortlist.affinity import WITHIN_30_DAYS
from martlet.shortlist.evidence import sql_text
from martlet.shortlist.followups import FOLLOW_DAYS
from martlet.shortlist.rows import HORIZON_DAYS

COLUMNS = (
    *("row_id", "play", "action", "done_by", "done_on", "days_since", "expected_margin", "expected_low_80"),
    *("expected_high_80", "measured_margin", "measured_low_80", "measured_high_80", "verdict", "measured_by"),
)
_Z80 = float(special.ndtri(0.9))


@dataclass(frozen=True)
class _Window:
    """The days from `start` on, up to `end`, and as many days before. Both ends are in; `days` is the length of one."""

    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    @property
    def before(self) -> date:
        """First day of the window before."""
        return self.start - timedelta(days=self.days)


@dataclass(frozen=True)
class _Measure:
    """How a play is measured: `sql` gives day, exposure and events; an event more is worth `value` of the evidence."""

    told: str
    sql: Callable[[Mapping[str, Any]], str]
    value: Callable[[Mapping[str, Any]], float]


def read_results(project: Project) -> list[tuple[Any, ...]]:
    """A row of COLUMNS for each action done, oldest first. Margins are over the days since, 90 at most.

    The expectation is for 90 days and is cut to the days since.
    """
    _, rows = warehouse.query_published(project, "select max(as_of_date) from ops.build")
    newest = decisions.newest_by_row(decisions.read(project))
    done = [decision for decision in newest.values() if decision.verdict == "done"]
    return [_result(project, decision, rows[0][0]) for decision in sorted(done, key=lambda each: each.decision_id)]


def _result(project: Project, decision: decisions.Decision, as_of: date) -> tuple[Any, ...]:
    evidence = decision.evidence
    start = decision.as_of_date + timedelta(days=1)
    window = _Window(start, min(as_of, decision.as_of_date + timedelta(days=HORIZON_DAYS)))
    days = max(window.days, 0)
    share = days / HORIZON_DAYS
    expected = [evidence[name] * share for name in ("impact_margin_90d", "impact_low_80", "impact_high_80")]
    known = (
        decision.row_id,
        decision.play,
        decision.action,
        decision.decided_by,
        decision.as_of_date.isoformat(),
        days,
    )
    if days == 0:
        measured: tuple[Any, ...] = (None, None, None, "too early", "no day of data since")
    elif decision.play in _MEASURES:
        is_later = evidence.get("bought_within") == WITHIN_30_DAYS
        measure = _FOLLOW_UPS if is_later else _MEASURES[decision.play]
        measured = _measure(project, measure, evidence, window, expected)
    elif "customer_keys" in evidence:
        measured = _measure_campaign(project, evidence, window, expected)
    else:
        measured = (None, None, None, "cannot be measured", _UNMEASURED.get(decision.play, "no measure for this play"))
    return (*known, *(round(value, 2) for value in expected), *measured)


def _measure(
    project: Project, measure: _Measure, evidence: Mapping[str, Any], window: _Window, expected: list[float]
) -> tuple[Any, ...]:
    """Events more than at the rate before, at their value, with an 80% interval of two Poisson counts."""
    sql = f"""select
    coalesce(sum(exposure) filter (where day < ?), 0), coalesce(sum(events) filter (where day < ?), 0),
    coalesce(sum(exposure) filter (where day >= ?), 0), coalesce(sum(events) filter (where day >= ?), 0)
from ({measure.sql(evidence)}) where day between ? and ?"""
    _, rows = warehouse.query_published(project, sql, [*[window.start] * 4, window.before, window.end])
    seen_before, before, seen_after, after = (float(value) for value in rows[0])
    if seen_before == 0 or seen_after == 0:
        return None, None, None, "cannot be measured", f"{measure.told}: nothing to count before or after"
    more = after - before / seen_before * seen_after
    error = np.sqrt(after + 0.5 + (seen_after / seen_before) ** 2 * (before + 0.5))
    value = measure.value(evidence)
    low, mean, high = ((more + side * _Z80 * error) * value for side in (-1, 0, 1))
    told = f"{measure.told}: {before:,.0f} of {seen_before:,.0f} before, {after:,.0f} of {seen_after:,.0f} since"
    return _judged(mean, low, high, expected, told)


def _measure_campaign(
    project: Project, evidence: Mapping[str, Any], window: _Window, expected: list[float]
) -> tuple[Any, ...]:
    """Margin of the people written to, less what was expected of them anyway."""
    keys = ", ".join(sql_text(key) for key in evidence["customer_keys"]) or "null"
    sql = f"""select coalesce(sum(margin), 0), coalesce(sum(margin * margin), 0), count(*) filter (where margin > 0)
from (
    select customer_key, cast(sum(coalesce(gross_margin, net_sales * ?)) as double) as margin
    from marts.order_lines where order_date between ? and ? and customer_key in ({keys}) group by customer_key
)"""
    _, rows = warehouse.query_published(project, sql, [evidence["margin_rate"], window.start, window.end])
    margin, squares, buyers = rows[0]
    anyway = evidence["expected_anyway_90d"] * window.days / HORIZON_DAYS
    error = _Z80 * np.sqrt(squares) if buyers else _Z80 * anyway
    told = f"{buyers:,} of {len(evidence['customer_keys']):,} people ordered since, less what was expected anyway"
    return _judged(margin - anyway, margin - anyway - error, margin - anyway + error, expected, told)


def _judged(mean: float, low: float, high: float, expected: list[float], told: str) -> tuple[Any, ...]:
    """The measured values and what they say of the expectation: only an interval apart from it says anything."""
    if high < expected[1]:
        verdict = "less than expected"
    elif low > expected[2]:
        verdict = "more than expected"
    elif low > 0:
        verdict = "above nought, as expected"
    else:
        verdict = "not to be told from nought"
    return round(float(mean), 2), round(float(low), 2), round(float(high), 2), verdict, told


def _basket_sql(evidence: Mapping[str, Any]) -> str:
    return f"""select order_date as day, 1 as exposure,
    max(case when sku = {sql_text(evidence["recommended_sku"])} then 1 else 0 end) as events
from marts.order_lines where quantity > 0 group by order_id, order_date
having max(case when sku = {sql_text(evidence["sku"])} then 1 else 0 end) = 1"""


def _follow_up_sql(evidence: Mapping[str, Any]) -> str:
    # a day of a person who bought the one in the thirty days before it; whoever gets the e-mail bought before it went
    return f"""with bought as (
    select distinct customer_key, order_date, sku from marts.order_lines
    where customer_key is not null and quantity > 0
        and sku in ({sql_text(evidence["sku"])}, {sql_text(evidence["recommended_sku"])})
),
days as (
    select distinct customer_key, order_date + cast(after.days as integer) as day
    from bought cross join range(1, {FOLLOW_DAYS + 1}) as after(days)
    where sku = {sql_text(evidence["sku"])}
)
select days.day, 1 as exposure, case when later.sku is null then 0 else 1 end as events
from days left join bought as later on later.customer_key = days.customer_key and later.order_date = days.day
    and later.sku = {sql_text(evidence["recommended_sku"])}"""


def _ladder_sql(evidence: Mapping[str, Any]) -> str:
    skus = f"{sql_text(evidence['sku'])}, {sql_text(evidence['upper_sku'])}"
    return f"""select order_date as day, 1 as exposure,
    max(case when sku = {sql_text(evidence["upper_sku"])} then 1 else 0 end) as events
from marts.order_lines where quantity > 0 and sku in ({skus}) group by order_id, order_date"""


def _page_sql(evidence: Mapping[str, Any]) -> str:
    return f"""select session_date as day, 1 as exposure, case when purchased then 1 else 0 end as events
from marts.sessions where landing_page = {sql_text(evidence["landing_page"])}"""


def _segment_sql(evidence: Mapping[str, Any]) -> str:
    names = ("device_category", "browser", "channel_group")
    chosen = [
        f"coalesce({name}, '(not set)') = {sql_text(evidence[name])}" for name in names if evidence[name] != "any"
    ]
    return f"""select session_date as day, 1 as exposure, case when purchased then 1 else 0 end as events
from marts.sessions where {" and ".join(chosen)}"""


def _units_sql(evidence: Mapping[str, Any]) -> str:
    return f"""select order_date as day, quantity as exposure,
    case when sku = {sql_text(evidence["sku"])} then quantity else 0 end as events
from marts.order_lines where quantity > 0"""


def _clicks_sql(evidence: Mapping[str, Any]) -> str:
    return f"""select search_date as day, impressions as exposure, clicks as events from marts.search_performance
where query = {sql_text(evidence["query"])} and page_path = {sql_text(evidence["landing_page"])}"""


_MEASURES = {
    "cross_sell": _Measure(
        "orders with the one that hold the other", _basket_sql, lambda evidence: evidence["margin_per_attach"]
    ),
    "upsell": _Measure(
        "orders of either rung that took the upper",
        _ladder_sql,
        lambda evidence: evidence["margin_gain_per_unit"] * evidence["units_per_order"],
    ),
    "landing_page_test": _Measure(
        "sessions from the page that bought", _page_sql, lambda evidence: evidence["margin_per_order"]
    ),
    "funnel_fix": _Measure(
        "sessions of the segment that bought", _segment_sql, lambda evidence: evidence["margin_per_order"]
    ),
    "price_gap": _Measure(
        "units of it among all units sold", _units_sql, lambda evidence: evidence["margin_at_their_price"]
    ),
    "search_opportunity": _Measure(
        "impressions of the query that were clicked",
        _clicks_sql,
        lambda evidence: evidence["page_conversion"] * evidence["margin_per_order"],
    ),
    "slow_stock": _Measure(
        "units of it among all units sold, at the cost of holding them",
        _units_sql,
        lambda evidence: evidence["holding_cost_90d"] / max(evidence["units_on_hand"] * evidence["recovery_rate"], 1.0),
    ),
}
_FOLLOW_UPS = _Measure(
    f"days of people within {FOLLOW_DAYS} of buying the one on which they came for the other",
    _follow_up_sql,
    lambda evidence: evidence["margin_per_attach"],
)
_UNMEASURED = {"reorder_now": "a stock-out that did not happen leaves no trace; see forecast_accuracy instead"}
