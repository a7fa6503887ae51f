"""From the published file to the page's facts: sums that marts do not hold, over one version of the file."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from martlet import warehouse
from martlet.project import Project
from martlet.report.facts import Facts, Funnel, Goal, Outlook, SetAside, Source, Tracking, Week, Window
from martlet.report.read_actions import read_actions
from martlet.report.read_stock import read_stock
from martlet.report.reader import Reader, integer, number, text

#: Days of a window: four whole weeks, so that each holds the same weekdays.
DAYS = 28
#: Windows end so many days before the as-of day: now, the four weeks before, the same four weeks a year ago.
BACK = (0, 28, 364)
WEEKS = 52

# 1970 is the as-of day of a store in which nothing has a day (int_as_of)
BUILD = "select nullif(as_of_date, date '1970-01-01') as as_of_date, source_modes, martlet_version from ops.build"
CURRENCY = "select coalesce(mode(currency), '') as currency from marts.orders"
SALES = """
select
    min(sales_date) as known_from,
    count(*) filter (sales_date between $1 and $2) as days_known,
    sum(net_sales) filter (sales_date between $1 and $2) as net_sales,
    sum(orders) filter (sales_date between $1 and $2) as orders,
    sum(gross_sales - discounts) filter (sales_date between $1 and $2) as sold
from marts.sales_daily
"""
MARGIN = """
select sum(gross_margin) as margin, sum(net_sales) filter (gross_margin is not null) as costed, sum(net_sales) as sold
from marts.order_lines
where order_date between $1 and $2
"""
FUNNEL = """
select
    device_category as device,
    sum(sessions) as sessions,
    sum(closed_viewed_item) as viewed,
    sum(closed_added_to_cart) as added,
    sum(closed_began_checkout) as began,
    sum(closed_purchased) as purchased
from marts.funnel_daily
where session_date between $1 and $2
group by device_category
order by sessions desc, device
"""
SESSIONS = "select min(session_date) as known_from, max(session_date) as known_to from marts.funnel_daily"
WEEKLY = """
select $1 - 7 * cast(floor(($1 - sales_date) / 7) as integer) as last, sum(net_sales) as net_sales, count(*) as days
from marts.sales_daily
where sales_date between cast($1 as date) - 7 * $2 + 1 and cast($1 as date)
group by last
having count(*) = 7
order by last
"""
GOALS = """
select goal, goal_amount, cumulative_net_sales, is_reached, projected_goal_date
from marts.growth_to_goal
qualify row_number() over (partition by goal order by sales_month desc) = 1
order by goal_amount, goal
"""
OUTLOOK = """
select count(*) as days, sum(mean) as mean, max(forecast_date) as last_date from predictions.revenue_forecast
"""
# Days that a level is wrong on are wrong together: bounds of days do not add up to the bound of their sum. A month's
# interval is of its days taken together, so the one that most of these days lie in lends its relative width.
SPREAD = """
select
    sales_month,
    (lo_80 - net_sales_known) / (mean - net_sales_known) as low,
    (hi_80 - net_sales_known) / (mean - net_sales_known) as high
from predictions.revenue_forecast_monthly
where mean > net_sales_known and days_ahead > 0
order by least(last_day(sales_month), $2) - greatest(sales_month, $1 + 1) desc, sales_month
limit 1
"""
REFUSED = """
select reason from predictions.forecast_accuracy
where target = 'revenue' and evidence = 'backtest' and segment_kind = 'all' and not published
"""
TRACKING = """
select
    coalesce(sum(web_orders), 0) as web_orders,
    coalesce(sum(matched_orders), 0) as matched_orders,
    count(*) filter (not is_collecting) as silent_days,
    coalesce(sum(orders_not_compared) filter (not is_collecting), 0) as orders_on_silent_days
from marts.tracking_health
where event_date between $1 and $2
"""
MISSING_STEPS = """
select step, min(step_number) as step_number, count(*) as days
from marts.step_health
where is_missing and session_date between $1 and $2
group by step
order by step_number, step
"""
_TRACKED = ("web_orders", "matched_orders", "silent_days", "orders_on_silent_days")
SET_ASIDE = """
select play, min(subject) as subject, reason, count(*) as rows
from shortlists.set_aside
group by play, reason
order by rows desc, play, reason
"""


def read_facts(project: Project) -> Facts:
    """Everything the page tells, of one published version. Raises MartletError if nothing is published."""
    with warehouse.published(project) as connection:
        reader = Reader(connection)
        build = reader.row("ops.build", BUILD)
        as_of = build.get("as_of_date")
        windows = _windows(reader, as_of) if as_of else None
        first, last = (windows[0].first, windows[0].last) if windows else (date.min, date.min)
        outlook = _outlook(reader, as_of) if as_of else None
        devices = [_funnel(row) for row in reader.rows("marts.funnel_daily", FUNNEL, (first, last))]
        return Facts(
            as_of=as_of,
            sources=parse_modes(text(build.get("source_modes"))),
            currency=text(reader.row("marts.orders", CURRENCY).get("currency")),
            version=text(build.get("martlet_version")),
            windows=windows,
            weeks=[
                Week(row["last"], float(row["net_sales"]))
                for row in reader.rows("marts.sales_daily", WEEKLY, (as_of, WEEKS))
            ],
            goals=[_goal(row) for row in reader.rows("marts.growth_to_goal", GOALS)],
            outlook=outlook,
            no_outlook="" if outlook else _why_no_outlook(reader),
            is_scored=reader.has("shortlists.shortlist"),
            actions=read_actions(reader),
            funnel=total(devices),
            devices=devices,
            last_session=reader.row("marts.funnel_daily", SESSIONS).get("known_to"),
            tracking=_tracking(reader, first, last),
            stock=read_stock(reader),
            set_aside=[
                SetAside(text(row["play"]), text(row["subject"]), text(row["reason"]), row["rows"])
                for row in reader.rows("shortlists.set_aside", SET_ASIDE)
            ],
        )


def parse_modes(words: str) -> list[Source]:
    """Sources out of what exporting.describe_modes says: `mock`, or `shopify live; ga4 not connected`."""
    if words == "mock":
        return [Source(name, "mock") for name in ("shopify", "ga4", "search", "reference")]
    pairs = (part.strip().partition(" ") for part in words.split(";") if part.strip())
    return [Source(name, mode.strip()) for name, _, mode in pairs]


def total(devices: Iterable[Funnel]) -> Funnel:
    """All devices together."""
    sums = [sum(column) for column in zip(*(device.steps for device in devices), strict=True)] or [0] * 5
    return Funnel("all", *sums)


def _windows(reader: Reader, as_of: date) -> tuple[Window, Window, Window]:
    now, before, year_ago = (_window(reader, as_of - timedelta(days=days), is_now=days == 0) for days in BACK)
    return now, before, year_ago


def _window(reader: Reader, last: date, *, is_now: bool) -> Window:
    """One window; earlier ones are known only if the data begin no later than they do."""
    first = last - timedelta(days=DAYS - 1)
    sales = reader.row("marts.sales_daily", SALES, (first, last))
    is_held = sales.get("known_from") is not None and (is_now or sales["known_from"] <= first)
    margin = reader.row("marts.order_lines", MARGIN, (first, last)) if is_held else {}
    funnel = total(_funnel(row) for row in reader.rows("marts.funnel_daily", FUNNEL, (first, last)))
    tracked_from = reader.row("marts.funnel_daily", SESSIONS).get("known_from")
    is_tracked = tracked_from is not None and (is_now or tracked_from <= first)
    return Window(
        first=first,
        last=last,
        days_known=sales.get("days_known", 0),
        net_sales=number(sales["net_sales"]) if is_held else None,
        orders=integer(sales["orders"]) if is_held else None,
        order_value=_ratio(sales["sold"], sales["orders"]) if is_held else None,
        margin_rate=_ratio(margin.get("margin"), margin.get("costed")),
        margin_coverage=_ratio(margin.get("costed"), margin.get("sold")),
        conversion=_ratio(funnel.purchased, funnel.sessions) if is_tracked else None,
    )


def _ratio(part: Any, whole: Any) -> float | None:
    above, below = number(part), number(whole)
    return above / below if above is not None and below is not None and below > 0 else None


def _funnel(row: dict[str, Any]) -> Funnel:
    counts = (int(row[name]) for name in ("sessions", "viewed", "added", "began", "purchased"))
    return Funnel(text(row["device"]) or "unknown", *counts)


def _goal(row: dict[str, Any]) -> Goal:
    sold = float(row["cumulative_net_sales"])
    return Goal(text(row["goal"]), float(row["goal_amount"]), sold, row["is_reached"], row["projected_goal_date"])


def _outlook(reader: Reader, as_of: date) -> Outlook | None:
    found = reader.row("predictions.revenue_forecast", OUTLOOK)
    if not found.get("days"):
        return None
    mean = float(found["mean"])
    spread = reader.row("predictions.revenue_forecast_monthly", SPREAD, (as_of, found["last_date"]))
    low, high = number(spread.get("low")), number(spread.get("high"))
    if low is None or high is None:
        return Outlook(found["days"], mean, None, None, None)
    return Outlook(found["days"], mean, mean * low, mean * high, spread["sales_month"])


def _why_no_outlook(reader: Reader) -> str:
    refused = reader.row("predictions.forecast_accuracy", REFUSED)
    return text(refused.get("reason")) or "Nothing is forecast yet: run `martlet run`."


def _tracking(reader: Reader, first: date, last: date) -> Tracking:
    found = reader.row("marts.tracking_health", TRACKING, (first, last))
    steps = reader.rows("marts.step_health", MISSING_STEPS, (first, last))
    counts = {name: int(found.get(name) or 0) for name in _TRACKED}
    return Tracking(**counts, missing_steps=tuple((text(row["step"]), row["days"]) for row in steps))
