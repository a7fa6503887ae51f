"""The people with an account: segment, name, place, consent, and their own purchase rate, loyalty and spend."""

from dataclasses import dataclass

import numpy as np

from martlet.mockstore.parameters import (
    BUYERS_PER_ORDER,
    IDLE_ACCOUNTS_PER_ORDER,
    PROFESSIONAL,
    SEGMENTS,
)
from martlet.mockstore.randomness import Bools, Floats, Ints, Part, pick, stream
from martlet.mockstore.shop_time import season_end, to_seconds
from martlet.mockstore.words import CITIES, COMPANY_WORDS, FIRST_NAMES, LAST_NAMES

ID_BASE = 7_100_000_000


@dataclass(frozen=True)
class Customers:
    """Arrays (customers,). The first `buyers` of them order; the others only made an account."""

    buyers: int
    segment: Ints
    first_name: Ints
    last_name: Ints
    city: Ints
    company: Ints
    """Place in COMPANY_WORDS, -1 for none."""
    has_phone: Bools
    email_consent: Bools
    sms_consent: Bools
    tax_exempt: Bools
    first_season_time: Floats
    """Season time of the first order, or of the account where there is none."""
    created: Ints
    """UTC seconds the account was made."""
    rate: Floats
    """Orders a day of season time while active (BG/NBD's lambda)."""
    leave: Floats
    """Probability to leave after a repeat order (BG/NBD's p)."""
    nu: Floats
    """Gamma-Gamma's nu: order values are Gamma(p, rate nu)."""

    @property
    def count(self) -> int:
        """Number of customers."""
        return len(self.segment)

    def ids(self) -> Ints:
        """Shopify's customer ids."""
        return ID_BASE + 1 + np.arange(self.count, dtype=np.int64)

    def email(self, index: int) -> str:
        """E-mail address of one customer."""
        first, last = FIRST_NAMES[self.first_name[index]], LAST_NAMES[self.last_name[index]]
        return f"{first}.{last}{index + 1}@example.com".lower()


def make_customers(seed: int, orders: int) -> Customers:
    """Draw as many customers as `orders` orders need."""
    rng = stream(seed, Part.CUSTOMERS)
    buyers = max(int(orders * BUYERS_PER_ORDER), 10)
    count = buyers + int(orders * IDLE_ACCOUNTS_PER_ORDER)
    segment = pick(rng, np.array([segment.share for segment in SEGMENTS]), count)
    segment[buyers:] = np.maximum(segment[buyers:], 1)
    professional = segment == PROFESSIONAL
    # More than their share come early: the shop opens with its regulars.
    first = season_end() * rng.random(count) ** 1.25
    created = to_seconds(first) - np.where(rng.random(count) < 0.3, rng.integers(3600, 20 * 86400, count), 240)
    traits = {
        name: np.array([getattr(part, name) for part in SEGMENTS])[segment]
        for name in ("r", "alpha", "a", "b", "q", "v")
    }
    return Customers(
        buyers=buyers,
        segment=segment,
        first_name=rng.integers(0, len(FIRST_NAMES), count),
        last_name=rng.integers(0, len(LAST_NAMES), count),
        city=rng.integers(0, len(CITIES), count),
        company=np.where(professional, rng.integers(0, len(COMPANY_WORDS), count), -1),
        has_phone=professional | (rng.random(count) < 0.25),
        email_consent=rng.random(count) < 0.55,
        sms_consent=rng.random(count) < 0.12,
        tax_exempt=professional & (rng.random(count) < 0.8),
        first_season_time=first,
        created=created,
        rate=rng.gamma(traits["r"]) / traits["alpha"],
        leave=rng.beta(traits["a"], traits["b"]),
        nu=rng.gamma(traits["q"]) / traits["v"],
    )
