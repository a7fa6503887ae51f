"""What the page says: escaped, self-contained, and "not known" where nothing is known."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from report_facts import AS_OF, TITLES, a_window, an_action, shortlist, some_facts

from martlet.report import words
from martlet.report.facts import Action, Facts, Funnel, Order, SetAside, Source, Stock, Tracking, VendorOrders
from martlet.report.notes import banner, funnel_absence, headline, tracking_notes
from martlet.report.page import best_actions, render
from martlet.report.read import parse_modes, total
from martlet.report.read_actions import action, written_out
from martlet.report.tiles import NO_GOAL, tiles

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Reading(HTMLParser):
    """Tags as they nest, and text outside of <style>."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.unbalanced: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def unscored(**changed: object) -> Facts:
    """A version that a build alone published: no forecast, no plan, no shortlist."""
    stock = Stock(False, 0, 0, 0, [], [])
    fields = {"outlook": None, "no_outlook": "Nothing is forecast yet.", "is_scored": False, "actions": []}
    return some_facts(**{**fields, "stock": stock, **changed})


def an_empty_shop() -> Facts:
    """Not a single order, session or SKU."""
    return unscored(
        as_of=None,
        windows=None,
        weeks=[],
        goals=[],
        currency="",
        funnel=Funnel("all", 0, 0, 0, 0, 0),
        devices=[],
        last_session=None,
        tracking=Tracking(0, 0, 0, 0, ()),
        stock=Stock(True, 0, 0, 0, [], []),
        is_scored=True,
    )


CASES = {
    "known": some_facts(),
    "long": some_facts(actions=shortlist(60), set_aside=[SetAside("upsell", "A1", TITLES[0], 7)] * 14),
    "unscored": unscored(),
    "empty": an_empty_shop(),
}


@pytest.mark.parametrize("facts", CASES.values(), ids=CASES)
def test_every_tag_is_closed_and_every_id_is_used_once(facts: Facts) -> None:
    reading = Reading(render(facts))
    assert reading.unbalanced == []
    ids = [attributes["id"] for _, attributes in reading.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    named = [name for _, a in reading.tags for name in (a.get("aria-labelledby") or "").split()]
    assert set(named) <= set(ids)


@pytest.mark.parametrize("facts", CASES.values(), ids=CASES)
def test_nothing_is_loaded_and_nothing_runs(facts: Facts) -> None:
    page = render(facts)
    reading = Reading(page)
    tags = {tag for tag, _ in reading.tags}
    assert not tags & {"script", "img", "link", "iframe", "object", "embed", "image", "use"}
    for _, attributes in reading.tags:
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "srcset", "action")]
        assert (attributes.get("href") or "#").startswith("#")
    style = page[page.index("<style>") : page.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style
    assert not re.search(r"https?://|//\w", re.sub(r"<[^>]*>", "", style))


def test_what_titles_hold_is_only_ever_text() -> None:
    page = render(some_facts(actions=shortlist(60)))
    assert "<script" not in page
    assert "<img" not in page
    text = Reading(page).text
    assert all(title in text for title in TITLES)
    assert "select 1 as </code></pre><script>alert(3)</script>" in text


def test_titles_of_any_direction_are_kept_apart_from_what_surrounds_them() -> None:
    page = render(some_facts(actions=[an_action(action=TITLES[1])]))
    assert page.count(f"<bdi>{TITLES[1]}</bdi>") == 2


def test_the_same_facts_give_the_same_bytes() -> None:
    assert render(some_facts(actions=shortlist(60))) == render(some_facts(actions=shortlist(60)))


def test_an_empty_shop_is_told_in_words_and_not_in_noughts() -> None:
    text = Reading(render(an_empty_shop())).text
    assert "Nothing here has a day yet" in text
    assert "Net sales are not known: no orders are loaded." in text
    assert "No action has enough evidence behind it" in text
    assert "No order is due." in text
    figures = text[text.index("Key figures") : text.index("Impact and effort")]
    assert not re.search(r"\b0\b", figures)


def test_what_no_version_has_published_yet_is_not_known() -> None:
    text = Reading(render(unscored())).text
    assert text.count("Actions are not known : nothing is ranked yet.") == 2
    assert "Orders are not known : nothing is planned yet." in text
    assert "Expected net sales, next 28 days not known Nothing is forecast yet." in text


def test_unknown_figures_say_so_and_why() -> None:
    blank = dict.fromkeys(("net_sales", "orders", "order_value", "margin_rate", "margin_coverage", "conversion"))
    now = a_window(0, margin_rate=None, margin_coverage=None, conversion=None)
    facts = some_facts(
        windows=(now, a_window(28), a_window(364, **blank)),
        goals=[],
        funnel=Funnel("all", 0, 0, 0, 0, 0),
        sources=[Source("shopify", "live"), Source("ga4", "not connected")],
    )
    found = {tile.label: tile for tile in tiles(facts)}
    for label in ("Gross margin", "Conversion", "On the way to the goal"):
        assert found[label].value == words.unknown()
    assert found["Gross margin"].lines == ["No cost is known of what sold."]
    assert "not connected" in found["Conversion"].lines[0]
    assert found["On the way to the goal"].lines == [NO_GOAL]
    assert "Same days a year ago: " + words.unknown() in found["Net sales, last 28 days"].lines
    text = Reading(render(facts)).text
    assert "The funnel is not known . Google Analytics 4 is not connected" in text
    assert "Not connected: Google Analytics 4." in text


def test_a_young_shop_says_how_many_days_it_has() -> None:
    facts = some_facts(windows=(a_window(0, days_known=9), a_window(28), a_window(364)))
    assert "The data hold 9 of these 28 days." in Reading(render(facts)).text
    assert "The data hold" not in Reading(render(some_facts())).text


def test_a_shop_that_is_all_mock_says_so_first_of_all() -> None:
    page = render(some_facts(sources=parse_modes("mock")))
    assert Reading(page).text.index("Mock data, no real shop") < Reading(page).text.index("Martlet shop report")
    assert "<title>Mock data, no real shop: shop report, 31 October 2026</title>" in page


def test_what_is_partly_mock_is_named() -> None:
    found = banner(parse_modes("shopify live; ga4 mock; search not connected; reference mock"))
    assert found
    assert found[0] == "Partly mock data: Google Analytics 4 and your own tables (vendors, goals, prices)"
    assert banner(parse_modes("shopify live; ga4 not connected")) is None
    assert 'class="banner"' not in render(some_facts())


def test_modes_are_read_as_exports_write_them() -> None:
    assert {source.mode for source in parse_modes("mock")} == {"mock"}
    assert parse_modes("shopify live; ga4 not connected") == [Source("shopify", "live"), Source("ga4", "not connected")]
    assert parse_modes("") == []


def test_the_headline_says_where_sales_stand() -> None:
    assert headline(some_facts()) == (
        "The last four weeks brought USD 20,934 net sales, 10% up on the four weeks before and 20% up on the same weeks"
        " a year ago."
    )
    fallen = some_facts(
        windows=(a_window(0, net_sales=50.0), a_window(28, net_sales=100.0), a_window(364, net_sales=None))
    )
    assert headline(fallen) == "The last four weeks brought USD 50.00 net sales, 50% down on the four weeks before."


def test_an_old_shortlist_has_only_the_old_columns() -> None:
    row = {
        "rank": 1,
        "play": "upsell",
        "impact_margin_90d": 100.0,
        "confidence": 0.5,
        "effort_hours": 2.0,
        "score": 25.0,
    }
    found = action(row)
    assert (found.formula, found.unshrunk, found.candidates, found.stock) == (
        "100.00 x 0.5000 / 2 h = 25.00",
        None,
        None,
        None,
    )
    text = Reading(render(some_facts(actions=[found]))).text
    assert "80% interval not known to not known" in text
    assert "before shrinkage" not in text


def test_a_new_shortlist_tells_more() -> None:
    row = {
        **{
            "rank": 1,
            "play": "upsell",
            "impact_margin_90d": 100.0,
            "confidence": 0.5,
            "effort_hours": 2.0,
            "score": 25.0,
        },
        **{"score_formula": "as the play says", "impact_unshrunk_90d": 180.0, "candidates": 4186},
        **{"sample_size": 3306.0, "days_to_run": 558.2, "stock_available": float("nan")},
    }
    text = Reading(render(some_facts(actions=[action(row)]))).text
    assert "Score: as the play says" in text
    told = "180 before shrinkage, picked out of 4,186 compared; a test needs 3,306 observations; 558 days to run."
    assert told in text


def test_the_formula_comes_out_to_what_it_says() -> None:
    assert written_out(1015.85, 0.105, 12.0, 8.8887) == "1,015.85 x 0.1050 / 12 h = 8.89"
    assert written_out(None, 0.105, 12.0, 8.8887) == ""


def test_an_action_without_numbers_is_listed_and_not_drawn() -> None:
    lost = an_action(2, impact=None, low=None, high=None, score=None, formula="")
    text = Reading(render(some_facts(actions=[an_action(1), lost]))).text
    assert "Not drawn, for want of a number: 1." in text
    assert "Do 2" in text


def test_what_a_rule_lists_was_not_picked() -> None:
    text = Reading(render(some_facts(actions=[an_action(1, impact=50.0, unshrunk=50.0, candidates=7)]))).text
    assert "Listed by rule, not picked for coming out high" in text


def test_no_more_than_two_of_a_play_are_told() -> None:
    plays = ["reorder_now"] * 4 + ["upsell", "reorder_now", "cross_sell"]
    actions = [an_action(rank, play=play) for rank, play in enumerate(plays, 1)]
    assert [action.rank for action in best_actions(actions)] == [1, 2, 5, 7]


@pytest.mark.parametrize("count", [1, 10, 11])
def test_ten_actions_are_told_and_the_rest_counted(count: int) -> None:
    actions: list[Action] = [an_action(rank, play=f"play_{rank}") for rank in range(1, count + 1)]
    page = render(some_facts(actions=actions))
    assert page.count('<li class="action"') == min(count, 10)
    assert ("1 more stand in shortlist.csv." in page) == (count == 11)


def test_funnel_rates_are_of_the_step_before_and_of_all() -> None:
    text = Reading(render(some_facts())).text
    assert "1,106 100.0%" in text
    assert "Added to cart" in text
    assert "218 39.5% 19.7%" in text
    assert "mobile 612 48.7% 39.6% 40.7% 68.8% 5.4%" in text
    assert total([Funnel("a", 5, 4, 3, 2, 1), Funnel("b", 5, 4, 3, 2, 1)]) == Funnel("all", 10, 8, 6, 4, 2)


def test_missed_purchases_are_told() -> None:
    assert tracking_notes(some_facts()) == [
        "GA4 has 79 of 84 web orders of these days (94%):"
        " 5 purchases are missing from the last step and from conversion."
    ]
    assert tracking_notes(some_facts(tracking=Tracking(84, 84, 0, 0, ()))) == []
    gaps = tracking_notes(some_facts(tracking=Tracking(2, 1, 3, 11, (("begin_checkout", 2),))))
    assert [note[:28] for note in gaps] == [
        "GA4 has 1 of 2 web orders of",
        "On 3 of these days GA4 sent ",
        "begin_checkout all but vanis",
    ]


def test_why_there_is_no_funnel() -> None:
    nobody = {"funnel": Funnel("all", 0, 0, 0, 0, 0), "devices": []}
    assert funnel_absence(some_facts()) == ""
    assert "newest session is of 31 October 2026" in funnel_absence(some_facts(**nobody))
    assert funnel_absence(some_facts(**nobody, last_session=None)) == "GA4 has sent no session yet."


def test_unknown_stock_and_costs_are_told_and_not_summed() -> None:
    order = Order("A1", "", "no vendor", None, 12, None, None, 0.2)
    vendors = [VendorOrders("no vendor", 1, 12, None, 1, 0.2), VendorOrders("V", 2, 5, 1200.4, 1, None)]
    text = Reading(render(some_facts(stock=Stock(True, 40, 30, 3, [order], vendors)))).text
    assert "Stock is not known for 30 of 40 SKUs" in text
    assert "3 more are due, but beyond the budget." in text
    assert "A1 A1 no vendor not known 12 not known not known under 1" in text
    assert "V 1 of unknown cost, not in the sum 2 5 1,200 not known" in text
    assert "All vendors 3 17 1,200 under 1" in text
    nothing = Reading(render(some_facts(stock=Stock(True, 40, 40, 0, [], [])))).text
    assert "What to reorder is not known" in nothing


def test_what_was_set_aside_is_counted_by_reason() -> None:
    aside = [SetAside("cross_sell", "A1", f"reason {n}", 100 - n) for n in range(14)]
    text = Reading(render(some_facts(set_aside=aside))).text
    assert "Cross-sell, 100 : reason 0" in text
    assert "175 for 2 other reasons" in text
    one = Reading(render(some_facts(set_aside=[SetAside("upsell", "1,234 more", "behind the play's 50 best", 1)]))).text
    assert "Upsell, 1,234 more : behind the play's 50 best" in one
    assert "set aside" not in Reading(render(some_facts())).text


def test_a_goal_that_is_reached_or_out_of_sight() -> None:
    goal = some_facts().goals[0]
    reached = some_facts(goals=[replace(goal, sold=11e6, is_reached=True, reached_on=AS_OF)])
    assert "110%" in Reading(render(reached)).text
    assert "Reached on 31 October 2026." in Reading(render(reached)).text
    lost = some_facts(goals=[replace(goal, reached_on=None)])
    assert "it is reached in not known ." in Reading(render(lost)).text


def test_an_outlook_without_an_interval_says_so() -> None:
    outlook = replace(some_facts().outlook, low=None, high=None, spread_of=None)  # type: ignore[type-var]
    assert "80% interval: not known" in Reading(render(some_facts(outlook=outlook))).text
