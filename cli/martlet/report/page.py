"""From facts to the page's markup: what is said, what is drawn, and the template that holds it."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from martlet.report import words
from martlet.report.charts.bars import interval_scale, range_bar, share_bar
from martlet.report.charts.marks import mark, styles_of
from martlet.report.charts.matrix import NARROW, WIDE, Point, Rules, legend, matrix
from martlet.report.charts.scales import Scale
from martlet.report.facts import Action, Facts, Funnel
from martlet.report.notes import banner, funnel_absence, headline, tracking_notes
from martlet.report.tiles import tiles
from martlet.shortlist.rows import Settings

TEMPLATES = Path(__file__).parents[1] / "templates"
TOP = 10
MOST_OF_A_PLAY = 2
REASONS = 12
STEPS = ("Sessions", "Viewed a product", "Added to cart", "Began checkout", "Purchased")
RATES = ("Viewed", "Added", "Checkout", "Purchased", "Conversion")
QUADRANTS = ("quick win", "big bet", "fill-in", "time sink")
RULES = Rules(Settings.quick_hours, Settings.hour_value)


def render(facts: Facts) -> str:
    """The whole page as HTML. The same facts give the same text."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415  (only the report pays for it)

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    for function in (
        words.amount,
        words.whole,
        words.share,
        words.rate,
        words.sure,
        words.day,
        words.short_day,
        words.play_title,
    ):
        environment.filters[function.__name__] = function
    return environment.get_template("report.html").render(context(facts))


def context(facts: Facts) -> dict[str, Any]:
    """What the template reads."""
    top = best_actions(facts.actions)
    points = [point for action in facts.actions if (point := _point(action, is_labelled=action in top))]
    plays = list(dict.fromkeys(action.play for action in facts.actions))
    return {
        "facts": facts,
        "banner": banner(facts.sources),
        "absent": [words.source_title(s.name) for s in facts.sources if s.mode == "not connected"],
        "sources": [(words.source_title(source.name), source.mode) for source in facts.sources],
        "headline": headline(facts),
        "tiles": tiles(facts),
        "matrices": [matrix(points, RULES, canvas, facts.currency) for canvas in (WIDE, NARROW)],
        "undrawn": len(facts.actions) - len(points),
        "legend": legend(plays, {play: words.play_title(play) for play in plays}),
        "quadrants": [(name, sum(a.quadrant == name for a in facts.actions)) for name in QUADRANTS],
        "rules": RULES,
        "top": list(zip(top, [_glyph(a, plays) for a in top], _ranges(top), [_details(a) for a in top], strict=True)),
        "steps": funnel_steps(facts.funnel),
        "rate_names": RATES,
        "devices": [(f.device, f.sessions, list(zip(RATES, _rates(f), strict=True))) for f in facts.devices],
        "tracking": tracking_notes(facts),
        "funnel_absence": funnel_absence(facts),
        "totals": {
            "cost": _sum(vendor.cost for vendor in facts.stock.vendors),
            "margin": _sum(vendor.margin_at_risk for vendor in facts.stock.vendors),
        },
        "set_aside": facts.set_aside[:REASONS],
        "more_reasons": facts.set_aside[REASONS:],
    }


def funnel_steps(funnel: Funnel) -> list[tuple[str, int, float | None, float | None, Markup]]:
    """Each step: name, sessions, share of the step before, share of all sessions, and its bar."""
    steps = []
    for n, (name, reached) in enumerate(zip(STEPS, funnel.steps, strict=True)):
        of_all = reached / funnel.sessions if funnel.sessions else None
        before = funnel.steps[n - 1] if n else 0
        bar = share_bar(of_all, f"{name}: {words.share(of_all)} of sessions")
        steps.append((name, reached, reached / before if before else None, of_all, bar))
    return steps


def best_actions(actions: Sequence[Action]) -> list[Action]:
    """The TOP best by rank, MOST_OF_A_PLAY of a play at most: ten orders to place would say nothing of what else is."""
    kept: list[Action] = []
    for action in actions:
        if len(kept) < TOP and sum(other.play == action.play for other in kept) < MOST_OF_A_PLAY:
            kept.append(action)
    return kept


def _point(action: Action, *, is_labelled: bool) -> Point | None:
    if action.impact is None or action.confidence is None or not action.hours or action.hours < 0:
        return None
    money, sure = words.amount(action.impact), words.sure(action.confidence)
    title = f"{action.action} Margin {money}, confidence {sure}, {action.hours:g} h."
    return Point(action.rank, action.play, title, action.impact, action.hours, action.confidence, is_labelled)


def _glyph(action: Action, plays: list[str]) -> Markup:
    drawn = mark(styles_of(plays)[action.play], 0.0, 0.0, 5.5)
    return Markup('<svg class="key" viewBox="-10 -10 20 20" aria-hidden="true">{}</svg>').format(drawn)


def _ranges(actions: list[Action]) -> list[Markup]:
    """An interval's bar for each action, all on one scale."""
    ends = [end for a in actions for end in (a.low, a.impact, a.high) if end is not None]
    scale = interval_scale(ends)
    return [_range(action, scale) for action in actions]


def _range(action: Action, scale: Scale) -> Markup:
    if action.low is None or action.impact is None or action.high is None:
        return Markup("")
    low, high = words.amount(action.low), words.amount(action.high)
    return range_bar(action.low, action.impact, action.high, scale, f"80% interval, {low} to {high}")


def _details(action: Action) -> str:
    """What only newer shortlists tell, where this one does, in a sentence."""
    phrases = (
        (action.unshrunk, _shrinkage(action)),
        (action.sample_size, f"a test needs {words.whole(action.sample_size)} observations"),
        (action.days_to_run, f"{words.whole(action.days_to_run)} days to run"),
        (action.stock, f"{words.whole(action.stock)} in stock or on order"),
    )
    known = [phrase for value, phrase in phrases if value is not None]
    return f"{known[0][:1].upper()}{known[0][1:]}{''.join(f'; {phrase}' for phrase in known[1:])}." if known else ""


def _shrinkage(action: Action) -> str:
    """What picking this row out of many cost it; a rule that lists all it names picks nothing."""
    if action.unshrunk == action.impact:
        return "listed by rule, not picked for coming out high"
    many = f", picked out of {words.whole(action.candidates)} compared" if action.candidates is not None else ""
    return f"{words.amount(action.unshrunk)} before shrinkage{many}"


def _sum(amounts: Iterable[float | None]) -> float | None:
    """Of what is known; None if nothing is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


def _rates(funnel: Funnel) -> list[float | None]:
    """Each step's share of the step before, then purchases over sessions."""
    pairs = zip(funnel.steps, funnel.steps[1:], strict=False)
    conversion = funnel.purchased / funnel.sessions if funnel.sessions else None
    return [*(after / before if before else None for before, after in pairs), conversion]
