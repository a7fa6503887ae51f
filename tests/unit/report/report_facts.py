"""Facts of a made-up shop for the report's tests: every field known, titles as hostile as titles get."""

import hashlib
from datetime import date, timedelta
from typing import Any

from martlet.report.facts import (
    Action,
    Facts,
    Funnel,
    Goal,
    Order,
    Outlook,
    Source,
    Stock,
    Tracking,
    VendorOrders,
    Week,
    Window,
)
from martlet.report.read_actions import written_out
from martlet.report.words import PLAYS

AS_OF = date(2026, 10, 31)
HOURS = dict(zip(PLAYS, (1.0, 2.0, 12.0, 16.0, 6.0, 3.0, 3.0, 4.0, 1.0, 2.0, 0.5), strict=True))
TITLES = (
    'Offer <script>alert(1)</script> & "Sons" to buyers of <img src=x onerror=alert(2)>',
    "\u0639\u0631\u0636 \u0645\u062c\u0645\u0648\u0639\u0629 V8",
    "Win back \U0001f3c1\U0001f525 buyers of a Blower Kit",
    "X" * 300,
)


def chance(*key: object) -> float:
    """A number from 0 to 1 that depends on the key alone."""
    return int(hashlib.sha256(repr(key).encode()).hexdigest()[:8], 16) / 0xFFFFFFFF


def an_action(rank: int = 1, **changed: Any) -> Action:
    """One action; fields by name."""
    fields: dict[str, Any] = {
        "rank": rank,
        "row_id": f"{rank:012x}",
        "play": "cross_sell",
        "action": f"Do {rank}",
        "evidence": "12 of 34 orders",
        "baseline": "4 orders in 90 days",
        "impact": 120.5,
        "low": 40.25,
        "high": 300.75,
        "confidence": 0.8125,
        "hours": 2.0,
        "score": 48.9531,
        "quadrant": "quick win",
        "feasibility": "9 in stock",
        "caveats": "Assumed.",
        "sql": "select 1 as </code></pre><script>alert(3)</script>",
        "unshrunk": None,
        "candidates": None,
        "sample_size": None,
        "days_to_run": None,
        "stock": None,
        **changed,
    }
    numbers = (fields[name] for name in ("impact", "confidence", "hours", "score"))
    return Action(**{"formula": written_out(*numbers), **fields})


def shortlist(rows: int) -> list[Action]:
    """Actions over every play, impacts from a few to hundreds of thousands, every ninth at the same place."""
    made = []
    for n in range(rows):
        play = "reorder_now" if n % 9 == 0 else list(PLAYS)[n % len(PLAYS)]
        impact = 4200.0 if n % 9 == 0 else round(10 ** (0.3 + 5.2 * chance(n, "impact")), 2)
        confidence = round(0.02 + 0.97 * chance(n, "confidence"), 4)
        score = round(impact * confidence / HOURS[play], 4)
        made.append((score, n, play, impact, confidence))
    return [
        an_action(
            rank,
            play=play,
            action=TITLES[n % len(TITLES)],
            impact=impact,
            low=-5.0 if n % 4 == 0 else impact / 3,
            high=impact * 2,
            confidence=confidence,
            hours=HOURS[play],
            score=score,
        )
        for rank, (score, n, play, impact, confidence) in enumerate(sorted(made, reverse=True), 1)
    ]


def a_window(days_ago: int, **changed: Any) -> Window:
    """28 days that end so many days before AS_OF."""
    last = AS_OF - timedelta(days=days_ago)
    fields: dict[str, Any] = {
        "first": last - timedelta(days=27),
        "last": last,
        "days_known": 28,
        "net_sales": 20_933.6,
        "orders": 93,
        "order_value": 241.06,
        "margin_rate": 0.3465,
        "margin_coverage": 0.992,
        "conversion": 0.0714,
        **changed,
    }
    return Window(**fields)


def some_facts(**changed: Any) -> Facts:
    """Everything known, three actions, nothing mock; fields by name."""
    order = Order("A<b>1", TITLES[0], "V & Co", 4, 15, AS_OF, 1216.05, 425.73)
    fields: dict[str, Any] = {
        "as_of": AS_OF,
        "sources": [Source(name, "live") for name in ("shopify", "ga4", "search", "reference")],
        "currency": "USD",
        "version": "0.1.0",
        "windows": (a_window(0), a_window(28, net_sales=18_984.31), a_window(364, net_sales=17_496.6)),
        "weeks": [Week(AS_OF - timedelta(days=7 * n), 4000.0 + 10 * n) for n in range(51, -1, -1)],
        "goals": [Goal("Ten million", 10_000_000.0, 586_766.35, False, date(2060, 4, 1))],
        "outlook": Outlook(28, 21_567.66, 16_012.35, 28_862.75, date(2026, 11, 1)),
        "no_outlook": "",
        "is_scored": True,
        "actions": [an_action(rank) for rank in (1, 2, 3)],
        "funnel": Funnel("all", 1106, 552, 218, 110, 79),
        "devices": [Funnel("mobile", 612, 298, 118, 48, 33), Funnel("desktop", 494, 254, 100, 62, 46)],
        "last_session": AS_OF,
        "tracking": Tracking(84, 79, 0, 0, ()),
        "stock": Stock(True, 1150, 0, 0, [order], [VendorOrders("V & Co", 1, 15, 1216.05, 0, 425.73)]),
        "set_aside": [],
        **changed,
    }
    return Facts(**fields)
