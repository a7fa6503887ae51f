"""What stands after a history of loads and edits, and what typed texts and numbers are taken for."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from martlet.errors import MartletError
from martlet.vendor_changes import TERM_NAMES, Action, Change, Standing, Terms, primary_vendor, standing_pairs
from martlet.vendors.checks import nearest, odd_terms, read_name, read_terms, read_user
from martlet.vendors.lists import with_terms_in_one_column

START = datetime(2026, 1, 1)
TERMS = st.builds(
    Terms,
    vendor_sku=st.none() | st.sampled_from(["a1", "b2"]),
    unit_cost=st.none() | st.decimals("0.0001", 1000, places=4),
    lead_time_days=st.none() | st.floats(0, 365),
    minimum_order_quantity=st.none() | st.integers(1, 100),
    pack_size=st.none() | st.integers(1, 12),
)
CHANGES = st.builds(
    Change,
    action=st.sampled_from(["load", "assign", "remove"]),
    sku=st.sampled_from(["A", "B"]),
    vendor=st.sampled_from(["V", "W", "X"]),
    is_primary=st.booleans(),
    terms=TERMS,
    at=st.integers(0, 5).map(lambda days: START + timedelta(days=days)),
    place=st.tuples(st.text("ab", max_size=2), st.integers(0, 3)),
    by=st.just("ann"),
)


def change(action: Action, day: int, vendor: str = "V", primary: bool = True, **terms: object) -> Change:
    by = None if action == "load" else "ann"
    return Change(action, "A", vendor, primary, Terms(**terms), START + timedelta(days=day), by=by)  # type: ignore[arg-type]


def terms_after(*changes: Change) -> Terms:
    return standing_pairs(changes)["A", "V"].terms


def test_an_edit_changes_what_it_gives_and_leaves_the_rest() -> None:
    loaded = change("load", 0, vendor_sku="v1", unit_cost=Decimal(2), pack_size=6)
    after = terms_after(loaded, change("assign", 1, unit_cost=Decimal(3)), change("assign", 2, lead_time_days=4.0))
    assert after == Terms("v1", Decimal(3), 4.0, None, 6)


def test_a_later_load_says_all_anew_and_an_earlier_one_nothing() -> None:
    edit, load = change("assign", 1, unit_cost=Decimal(3), pack_size=6), Terms(unit_cost=Decimal(2))
    assert terms_after(edit, change("load", 2, unit_cost=Decimal(2))) == load
    assert terms_after(edit, change("load", 0, unit_cost=Decimal(2))) == Terms(unit_cost=Decimal(3), pack_size=6)


def test_a_removed_pair_stands_again_after_a_load_or_with_an_assignments_terms_alone() -> None:
    loaded, removed = change("load", 0, pack_size=6), change("remove", 1)
    assert standing_pairs([loaded, removed]) == {}
    assert terms_after(loaded, removed, change("load", 2, pack_size=7)) == Terms(pack_size=7)
    assert terms_after(loaded, removed, change("assign", 2, unit_cost=Decimal(3))) == Terms(unit_cost=Decimal(3))


def test_the_vendor_made_primary_last_is_the_only_one_and_gives_way_when_it_is_removed() -> None:
    changes = [
        change("load", 0, "W"),
        change("load", 0, "V"),
        change("assign", 1, "X"),
        change("assign", 2, "W", False),
    ]
    assert primary_vendor(standing_pairs(changes[:2]), "A") == "V"
    assert primary_vendor(standing_pairs(changes[:3]), "A") == "X"
    assert primary_vendor(standing_pairs([*changes, change("remove", 3, "X")]), "A") == "V"
    assert primary_vendor(standing_pairs(changes), "B") is None


def test_who_edited_last_and_when_is_known_until_a_load_says_all_anew() -> None:
    edited = standing_pairs([change("load", 0), change("assign", 1)])["A", "V"]
    assert (edited.edited_by, edited.edited_at) == ("ann", START + timedelta(days=1))
    loaded = standing_pairs([change("assign", 1), change("load", 2)])["A", "V"]
    assert (loaded.edited_by, loaded.edited_at) == (None, None)


@given(st.lists(CHANGES, max_size=12))
def test_no_history_gives_a_sku_two_primary_vendors(changes: list[Change]) -> None:
    found = standing_pairs(changes)
    primaries = [sku for (sku, _), pair in found.items() if pair.is_primary]
    assert len(primaries) == len(set(primaries))


@given(st.lists(CHANGES, max_size=8), CHANGES, TERMS)
def test_an_assignment_sets_what_it_gives_keeps_the_rest_and_a_second_time_changes_nothing(
    changes: list[Change], like: Change, terms: Terms
) -> None:
    def assignment(day: int) -> Change:
        return Change("assign", like.sku, like.vendor, like.is_primary, terms, START + timedelta(days=day), by="bob")

    before = standing_pairs(changes).get(like.pair)
    once = standing_pairs([*changes, assignment(10)])
    for name in TERM_NAMES:
        kept = getattr(before.terms, name) if before else None
        given_value = getattr(terms, name)
        assert getattr(once[like.pair].terms, name) == (kept if given_value is None else given_value)
    assert once[like.pair].is_primary == like.is_primary
    twice = standing_pairs([*changes, assignment(10), assignment(11)])
    assert {pair: shown(found) for pair, found in twice.items()} == {pair: shown(found) for pair, found in once.items()}


def shown(found: Standing) -> tuple[bool, Terms]:
    return found.is_primary, found.terms


# --- what is typed


def test_terms_are_typed() -> None:
    assert read_terms(" v-1 ", "12.50", "7.5", "12", "6.0") == Terms("v-1", Decimal("12.5000"), 7.5, 12, 6)
    assert read_terms(None, None, "0", None, None) == Terms(lead_time_days=0.0)


@pytest.mark.parametrize(
    ("place", "text", "words"),
    [
        *((1, text, "a cost is above 0") for text in ("0", "-3", "1000001")),
        *((1, text, "not a plain number") for text in ("nan", "inf", "1e3", "1,50", "", "12 USD", "١٢", "1_000")),
        (1, "0.00001", "up to four decimals"),
        *((2, text, "0 to 365 days") for text in ("-1", "366")),
        *((place, text, "a whole number of units") for place in (3, 4) for text in ("0", "-1", "1.5", "1000001")),
        (0, " ", "the vendor sku is blank"),
    ],
)
def test_numbers_that_make_no_sense_are_refused_in_one_line(place: int, text: str, words: str) -> None:
    typed: list[str | None] = [None] * 5
    typed[place] = text
    with pytest.raises(MartletError, match=words) as caught:
        read_terms(*typed)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is blank"),
        (" \t", "is blank"),
        ("a\tb", "cannot be seen"),
        ("a\nb", "cannot be seen"),
        ("a\u200bb", "cannot be seen"),
        ("a\ud800", "cannot be seen"),
        ("x" * 201, "201 letters"),
        ("(unmapped)", "is not a vendor"),
        ("Jo <jo@example.com>", "looks like an e-mail address"),
        ("+1 555 123 4567", "looks like an e-mail address or a telephone number"),
        ("Parts, +44 20 7946 0958", "looks like an e-mail address or a telephone number"),
    ],
)
def test_a_name_that_cannot_be_one_is_refused(text: str, words: str) -> None:
    with pytest.raises(MartletError, match=words):
        read_name("vendor", text)


def test_names_of_any_script_are_taken_without_the_blanks_around_them() -> None:
    assert read_name("vendor", "  Müller & Söhne 工具 ") == "Müller & Söhne 工具"
    # part numbers look like telephones
    assert read_name("sku", "555-123-4567") == "555-123-4567"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "say --by"),
        ("  ", "say --by"),
        ("jo@example.com", "not an e-mail address"),
        ("Ann Lee", "of one word, such as ann"),
        ("ann,lee", "of one word"),
        ("555-123-4567", "or a telephone number"),
        ("ann\x1b[31m", "cannot be seen"),
    ],
)
def test_who_edits_is_a_user_name_and_no_person(text: str | None, words: str) -> None:
    with pytest.raises(MartletError, match=words.replace("[", "")):
        read_user(text)
    assert read_user(" ann.lee ") == "ann.lee"


def test_the_nearest_names_are_told_whatever_their_case() -> None:
    known = ["Ironvale Speed", "Cobalt Ridge Racing", "Dry Lake Fabrication"]
    assert nearest("ironvale  SPED", known) == "; near it: Ironvale Speed"
    assert nearest("zzz", known) == ""
    assert len(nearest("AB-1", [f"AB-1{number}" for number in range(9)]).split(",")) == 3


def test_what_is_allowed_and_looks_like_a_slip_is_told() -> None:
    assert odd_terms(Terms(minimum_order_quantity=12, pack_size=6, unit_cost=Decimal(3)), Decimal(3)) == []
    odd = odd_terms(Terms(minimum_order_quantity=7, pack_size=6, unit_cost=Decimal("3.5")), Decimal(3))
    assert odd == [
        "the minimum order of 7 is not a whole number of packs of 6",
        "the cost of 3.5 is above the price of 3",
    ]
    assert odd_terms(Terms(unit_cost=Decimal(3), minimum_order_quantity=1, pack_size=6), None) == []


def test_a_terminal_gets_the_terms_in_one_column_of_words() -> None:
    names = ["sku", *TERM_NAMES, "state"]
    rows = [("A", "v1", Decimal("2.5000"), None, 12, None, "built"), ("B", *[None] * 5, "pending")]
    assert with_terms_in_one_column(names, rows) == (
        ["sku", "terms", "state"],
        [("A", "vendor_sku v1, unit_cost 2.5000, minimum_order_quantity 12", "built"), ("B", "", "pending")],
    )
