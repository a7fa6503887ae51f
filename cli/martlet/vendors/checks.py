"""What `martlet vendors` takes: texts and numbers as they were typed, checked and typed, each fault one line."""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation

from martlet.errors import MartletError
from martlet.privacy import shows_person
from martlet.vendor_changes import Terms

LONGEST_NAME = 200
MOST_DAYS = 365
MOST_UNITS = 1_000_000
MOST_COST = Decimal(1_000_000)
UNMAPPED = "(unmapped)"
"""What marts.vendor_skus calls the vendor of a SKU that has none."""


def read_name(what: str, text: str) -> str:
    """A SKU, vendor or vendor's number without the blanks around it. Raises MartletError if it cannot be one."""
    name = text.strip()
    if not name or name == UNMAPPED:
        raise MartletError(f"the {what} is blank" if not name else f"{UNMAPPED} is not a {what}: name one")
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for letter in name):
        raise MartletError(f"the {what} holds a character that cannot be seen: type it anew")
    if len(name) > LONGEST_NAME:
        raise MartletError(f"the {what} has {len(name)} letters; {LONGEST_NAME} is the most")
    if shows_person(what.replace(" ", "_"), name):
        raise MartletError(f"the {what} looks like an e-mail address or a telephone number, which marts do not hold")
    return name


def read_user(text: str | None) -> str:
    """The user name of who edits. Raises MartletError where there is none, or one that is more than a user name."""
    if not text or not text.strip():
        raise MartletError("nobody knows who edits: say --by NAME")
    if "@" in text:
        raise MartletError("--by takes a user name, not an e-mail address: it is published with the edit")
    name = read_name("user name", text)
    # a first and a last name could be a customer's, and would then stop every build
    if re.search(r"[\s,]", name):
        raise MartletError(f"--by takes a user name of one word, such as {name.split()[0].strip(',').lower()}")
    return name


def read_terms(
    vendor_sku: str | None, cost: str | None, lead_time: str | None, moq: str | None, pack: str | None
) -> Terms:
    """The terms that were given. Raises MartletError for a number that makes no sense."""
    return Terms(
        vendor_sku=None if vendor_sku is None else read_name("vendor sku", vendor_sku),
        unit_cost=None if cost is None else _read_cost(cost),
        lead_time_days=None if lead_time is None else _read_lead_time(lead_time),
        minimum_order_quantity=None if moq is None else _read_units("--moq", moq),
        pack_size=None if pack is None else _read_units("--pack", pack),
    )


def odd_terms(terms: Terms, price: Decimal | None) -> list[str]:
    """What is allowed and yet looks like a slip."""
    found = []
    least, pack, cost = terms.minimum_order_quantity, terms.pack_size, terms.unit_cost
    # a minimum of one is none
    if least and pack and least > 1 and least % pack:
        found.append(f"the minimum order of {least:,} is not a whole number of packs of {pack:,}")
    if cost is not None and price is not None and cost > price > 0:
        found.append(f"the cost of {cost:f} is above the price of {price:f}")
    return found


def nearest(name: str, known: Iterable[str]) -> str:
    """Words that name the nearest few of `known`, whatever their case; empty if none is near."""
    names: Mapping[str, str] = {candidate.casefold(): candidate for candidate in sorted(known, reverse=True)}
    found = [names[match] for match in difflib.get_close_matches(name.casefold(), names, n=3)]
    return f"; near it: {', '.join(found)}" if found else ""


def _read_cost(text: str) -> Decimal:
    number = _read_number("--cost", text)
    if not 0 < number <= MOST_COST:
        raise MartletError(f"--cost {text}: a cost is above 0 and up to {MOST_COST:,}")
    if number != round(number, 4):
        raise MartletError(f"--cost {text}: a cost has up to four decimals")
    return round(number, 4)


def _read_lead_time(text: str) -> float:
    number = _read_number("--lead-time", text)
    if not 0 <= number <= MOST_DAYS:
        raise MartletError(f"--lead-time {text}: a lead time is 0 to {MOST_DAYS} days")
    return float(number)


def _read_units(option: str, text: str) -> int:
    number = _read_number(option, text)
    if number != int(number) or not 1 <= number <= MOST_UNITS:
        raise MartletError(f"{option} {text}: a whole number of units, 1 to {MOST_UNITS:,}")
    return int(number)


def _read_number(option: str, text: str) -> Decimal:
    try:
        number = Decimal(text.strip() if re.fullmatch(r"\s*[+-]?[0-9]+(\.[0-9]+)?\s*", text, re.ASCII) else "")
    except InvalidOperation:
        raise MartletError(f"{option} {text!r}: not a plain number such as 12.50") from None
    return number
