"""Numbers and names as the page writes them. What is not known is written so, never as nought."""

from datetime import date

from markupsafe import Markup

from martlet.shortlist.evidence import count, money, percent, probability

UNKNOWN = "not known"
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
SOURCES = {
    "shopify": "Shopify",
    "ga4": "Google Analytics 4",
    "search": "Google Search Console",
    "reference": "your own tables (vendors, goals, prices)",
}
PLAYS = {
    "cross_sell": "Cross-sell",
    "upsell": "Upsell",
    "landing_page_test": "Landing page test",
    "funnel_fix": "Funnel fix",
    "search_opportunity": "Search opportunity",
    "win_back": "Win back",
    "re_engage": "Re-engage",
    "nurture": "Nurture",
    "reorder_now": "Reorder now",
    "slow_stock": "Slow stock",
    "price_gap": "Price gap",
}


def play_title(play: str) -> str:
    """A play's name as people read it."""
    return PLAYS.get(play) or play.replace("_", " ").capitalize()


def source_title(source: str) -> str:
    """A source's name as people know it."""
    return SOURCES.get(source, source)


def unknown() -> Markup:
    """Marked up so that it does not look like a number."""
    return Markup('<span class="unknown">{}</span>').format(UNKNOWN)


def amount(value: float | None, currency: str = "") -> str:
    """USD 1,234, cents only under 100; the sign before the currency."""
    if value is None:
        return unknown()
    sign = "\u2212" if round(value, 2) < 0 else ""
    return sign + money(abs(value), currency)


def whole(value: float | None) -> str:
    """A whole number with separators; "under 1" rather than nought for something small."""
    if value is None:
        return unknown()
    if 0 < value < 0.5:
        return "under 1"
    return count(value).replace("-", "\u2212")


def share(value: float | None) -> str:
    """A share as a percentage with two digits that matter."""
    return unknown() if value is None else percent(value).replace("-", "\u2212")


def rate(value: float | None) -> str:
    """A rate as a percentage with one decimal, to stand beside the same rate of other days."""
    return unknown() if value is None else f"{value * 100:.1f}%".replace("-", "\u2212")


def sure(value: float | None) -> str:
    """A confidence as a percentage, which is never 100%: nothing here is certain."""
    return probability(value) if value is not None and value > 0.99 else rate(value)


def day(value: date | None) -> str:
    """31 October 2026."""
    return unknown() if value is None else f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def short_day(value: date | None) -> str:
    """31 Oct 2026."""
    return unknown() if value is None else f"{value.day} {MONTHS[value.month - 1][:3]} {value.year}"


def month(value: date | None) -> str:
    """October 2026."""
    return unknown() if value is None else f"{MONTHS[value.month - 1]} {value.year}"


def change(now: float | None, before: float | None) -> str | None:
    """+12% or -3.4%, the change of `now` on `before`; None where either is unknown or there was no more than nought."""
    if now is None or before is None or before <= 0:
        return None
    # a tenth less must not come out as 9.9999%
    grown = round(now / before - 1.0, 9)
    return ("+" if grown >= 0 else "\u2212") + percent(abs(grown))


def points(now: float | None, before: float | None) -> str | None:
    """+1.2 points, the change of a rate; None where either is unknown."""
    if now is None or before is None:
        return None
    moved = round((now - before) * 100, 1)
    return f"{'+' if moved >= 0 else chr(0x2212)}{abs(moved):.1f} points"


def listed(names: list[str]) -> str:
    """One, two and three."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""
