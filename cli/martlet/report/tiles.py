"""The strip of key figures: each with its label, its value in words and what it is compared with."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from martlet.report import words
from martlet.report.charts.bars import range_bar, share_bar, sparkline
from martlet.report.charts.scales import Scale
from martlet.report.facts import Facts, Goal, Outlook, Window
from martlet.report.notes import funnel_absence

NO_GOAL = "No sales goal is set: martlet load reference goals.csv"


@dataclass(frozen=True)
class Tile:
    """One figure. `kind` is a CSS class; `lines` stand below the value, `picture` below them."""

    kind: str
    label: str
    value: str
    lines: Sequence[str]
    picture: str = ""


def tiles(facts: Facts) -> list[Tile]:
    """Every figure of the strip, in order; one for each goal."""
    goals = [_goal(goal, facts) for goal in facts.goals] or [
        Tile(
            "wide",
            "On the way to the goal",
            words.unknown(),
            ["No sales goal is set: martlet load reference goals.csv"],
        )
    ]
    outlook = _outlook(facts.outlook, facts) if facts.outlook else _no_outlook(facts)
    if not facts.windows:
        return [Tile("lead", "Net sales, last 28 days", words.unknown(), ["No sales are loaded yet."]), outlook, *goals]
    return [
        _net_sales(facts, *facts.windows),
        *_small(facts.windows, facts.currency, funnel_absence(facts)),
        outlook,
        *goals,
    ]


def _net_sales(facts: Facts, now: Window, before: Window, year_ago: Window) -> Tile:
    lines: list[str] = [
        _compared(words.change(now.net_sales, past.net_sales), label, words.amount(past.net_sales, facts.currency))
        for past, label in ((before, "the 28 days before"), (year_ago, "the same days a year ago"))
    ]
    if 0 < now.days_known < 28:
        lines.append(f"The data hold {now.days_known} of these 28 days.")
    picture = Markup("")
    if len(facts.weeks) > 1:
        low, high = (pick(week.net_sales for week in facts.weeks) for pick in (min, max))
        span = (
            f"{len(facts.weeks)} weeks to {words.short_day(facts.weeks[-1].last)}, from {words.whole(low)}"
            f" to {words.whole(high)} a week"
        )
        drawn = sparkline([week.net_sales for week in facts.weeks], f"Net sales by week: {span}")
        picture = Markup('{}<p class="caption">Net sales by week, {}</p>').format(drawn, span)
    return Tile("lead", "Net sales, last 28 days", words.amount(now.net_sales, facts.currency), lines, picture)


def _small(windows: tuple[Window, Window, Window], currency: str, no_funnel: str) -> list[Tile]:
    now, before, year_ago = windows
    past = ((before, "the 28 days before"), (year_ago, "a year ago"))
    orders = [_compared(words.change(now.orders, w.orders), label, words.whole(w.orders)) for w, label in past]
    value = [
        _compared(words.change(now.order_value, w.order_value), label, words.amount(w.order_value, currency))
        for w, label in past
    ]
    margin: list[str] = [
        _compared(words.points(now.margin_rate, w.margin_rate), label, words.rate(w.margin_rate)) for w, label in past
    ]
    if now.margin_coverage is not None and now.margin_coverage < 0.9995:
        margin.append(f"Costs are known for {now.margin_coverage:.1%} of net sales.")
    conversion = [
        _compared(words.points(now.conversion, w.conversion), label, words.rate(w.conversion)) for w, label in past
    ]
    return [
        Tile("small", "Orders", words.whole(now.orders), orders),
        Tile("small", "Average order", words.amount(now.order_value, currency), value),
        _or_why("Gross margin", words.rate(now.margin_rate), margin, "No cost is known of what sold."),
        _or_why("Conversion", words.rate(now.conversion), conversion, no_funnel),
    ]


def _or_why(label: str, value: str, lines: Sequence[str], why: str) -> Tile:
    """A figure with its comparisons, or why there is none."""
    return Tile("small", label, value, [why] if value == words.unknown() else lines)


def _compared(change: str | None, label: str, past: str) -> Markup:
    """+10% on the 28 days before (18,984); what is not known says so."""
    if change is None:
        return Markup("{}: {}").format(label.removeprefix("the ").capitalize(), past)
    return Markup('<b>{}</b> on {} <span class="past">({})</span>').format(change, label, past)


def _outlook(outlook: Outlook, facts: Facts) -> Tile:
    label = f"Expected net sales, next {outlook.days} days"
    value = words.amount(outlook.mean, facts.currency)
    if outlook.low is None or outlook.high is None or outlook.spread_of is None:
        return Tile("wide", label, value, [Markup("80% interval: {}").format(words.unknown())])
    interval = f"{words.amount(outlook.low)} to {words.amount(outlook.high)}"
    scale = Scale(min(0.0, outlook.low), 1.05 * outlook.high, 8.0, 292.0)
    picture = range_bar(outlook.low, outlook.mean, outlook.high, scale, f"80% interval, {interval}")
    spread = f"as wide as the forecast of {words.month(outlook.spread_of)}"
    return Tile("wide", label, value, [Markup("80% interval <b>{}</b>, {}").format(interval, spread)], picture)


def _no_outlook(facts: Facts) -> Tile:
    return Tile("wide", "Expected net sales, next 28 days", words.unknown(), [facts.no_outlook])


def _goal(goal: Goal, facts: Facts) -> Tile:
    done = goal.sold / goal.target if goal.target > 0 else None
    if goal.is_reached:
        when = Markup("Reached on {}.").format(words.day(goal.reached_on))
    else:
        when = Markup("At the trend of the last 90 days it is reached in {}.").format(words.month(goal.reached_on))
    sold = f"{words.amount(goal.sold, facts.currency)} of {words.amount(goal.target, facts.currency)} sold. "
    bar = share_bar(done, f"Part of the goal that is sold: {done:.1%}") if done is not None else Markup("")
    return Tile("wide", f"On the way to {goal.name}", words.share(done), [Markup("{}{}").format(sold, when)], bar)
