"""What the page says in sentences: where sales stand, what is mock, what is missing and why."""

from martlet.report import words
from martlet.report.facts import Facts, Source


def banner(sources: list[Source]) -> tuple[str, str] | None:
    """A headline and a sentence that say which data are mock; None where none is."""
    mock = [words.source_title(source.name) for source in sources if source.mode == "mock"]
    if not mock:
        return None
    if len(mock) == len(sources):
        return "Mock data, no real shop", (
            "Every order, session, product and search behind this page was generated for the demo store."
            " No number here is about a real business: do not act on it."
        )
    return f"Partly mock data: {words.listed(mock)}", (
        f"What comes from {words.listed(mock)} was generated, not measured, and so was everything reckoned from it."
        " Do not act on those numbers."
    )


def headline(facts: Facts) -> str:
    """The page in two sentences: where sales stand, and the first thing to do."""
    if not facts.windows or facts.windows[0].net_sales is None:
        return "Net sales are not known: no orders are loaded."
    now, before, year_ago = facts.windows
    moved = [
        f"{change.lstrip('+' + chr(0x2212))} {'up' if change.startswith('+') else 'down'} on {label}"
        for past, label in ((before, "the four weeks before"), (year_ago, "the same weeks a year ago"))
        if (change := words.change(now.net_sales, past.net_sales))
    ]
    sales = f"The last four weeks brought {words.amount(now.net_sales, facts.currency)} net sales"
    return f"{sales}{', ' if moved else ''}{words.listed(moved)}."


def funnel_absence(facts: Facts) -> str:
    """Why there is no funnel; nothing where there is one."""
    if facts.funnel.sessions:
        return ""
    if any(source.name == "ga4" and source.mode == "not connected" for source in facts.sources):
        return "Google Analytics 4 is not connected, so nobody's way through the shop is known."
    if facts.last_session:
        return f"GA4's newest session is of {words.day(facts.last_session)}: there is none in these 28 days."
    return "GA4 has sent no session yet."


def tracking_notes(facts: Facts) -> list[str]:
    """Sentences on what GA4 missed in these days; none where it missed nothing."""
    found, notes = facts.tracking, []
    missed = found.web_orders - found.matched_orders
    if missed > 0:
        notes.append(
            f"GA4 has {found.matched_orders:,} of {found.web_orders:,} web orders of these days"
            f" ({words.share(found.matched_orders / found.web_orders)}): {missed:,}"
            f" {'purchase is' if missed == 1 else 'purchases are'} missing from the last step and from conversion."
        )
    if found.silent_days:
        notes.append(
            f"On {found.silent_days} of these days GA4 sent nothing; {found.orders_on_silent_days:,} orders of those"
            " days are in no count."
        )
    notes += [f"{step} all but vanished on {days} of these days." for step, days in found.missing_steps]
    return notes
