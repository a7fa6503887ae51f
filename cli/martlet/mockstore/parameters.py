"""What is planted: the true parameters of the merchant's processes. The truth file repeats them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Segment:
    """A kind of customer.

    Repeat purchases follow BG/NBD (Fader, Hardie and Lee 2005): rates Gamma(r, rate alpha) per day of season time,
    and after each repeat purchase a customer leaves with probability p from Beta(a, b). Order values follow
    Gamma-Gamma (Fader and Hardie 2013): Gamma(p, rate nu), nu from Gamma(q, rate v), in the shop's currency.
    """

    name: str
    tag: str
    share: float
    r: float
    alpha: float
    a: float
    b: float
    p: float
    q: float
    v: float
    more_lines: float
    bulk_share: float

    @property
    def mean_order_value(self) -> float:
        """Mean of the Gamma-Gamma order value, p v / (q - 1)."""
        return self.p * self.v / (self.q - 1)


SEGMENTS = (
    Segment("professional shops", "professional_shop", 0.12, 1.8, 120.0, 0.6, 6.0, 5.0, 5.0, 380.0, 1.5, 0.34),
    Segment("enthusiasts", "enthusiast_collector", 0.46, 0.7, 230.0, 0.8, 3.0, 4.0, 4.5, 180.0, 0.75, 0.16),
    Segment("first-time builders", "first_time_builder", 0.42, 0.45, 300.0, 1.0, 2.0, 4.0, 4.5, 125.0, 0.6, 0.12),
)
PROFESSIONAL = 0
FIRST_TIME = 2
"""Places in SEGMENTS; guests buy as first-time builders do."""

BUYERS_PER_ORDER = 0.4
IDLE_ACCOUNTS_PER_ORDER = 0.145
POS_SHARE = 0.03
LAPSED_SHARE = 0.14
"""Of the professional shops: those that go silent for good; planted, not left to the process."""

CANCELLATION_RATE = 0.02
TEST_RATE = 0.003
REFUND_RATE = 0.06
TRACKING_LOSS = 0.06
DUPLICATE_RATE = 0.03
DENIED_RATE = 0.04
"""Sessions without consent: no user_pseudo_id and no ga_session_id."""
NEW_USER_RATE = 0.25
NOT_SET_EVERY = 120
"""One tracked purchase in so many reports '(not set)' for its transaction id."""

PAIR_SHARE = 0.021
"""Orders that one affinity pair's first SKU is in, as a share of all orders."""
PAIR_ATTACH = (0.74, 0.7, 0.68, 0.66, 0.64, 0.62)

SKUS = 1200
PRODUCTS = 950
FAST_MOVERS = 10


@dataclass(frozen=True)
class Effect:
    """A named multiplier of conversion and a share of the traffic."""

    name: str
    share: float
    conversion: float


CHANNELS = (
    Effect("Organic Search", 0.38, 1.0),
    Effect("Paid Search", 0.17, 0.95),
    Effect("Direct", 0.19, 1.1),
    Effect("Email", 0.1, 1.4),
    Effect("Organic Social", 0.1, 0.6),
    Effect("Referral", 0.06, 1.0),
)
DEVICES = (Effect("desktop", 0.4, 1.2), Effect("mobile", 0.54, 0.85), Effect("tablet", 0.06, 1.0))

FUNNEL = ("view_item", "add_to_cart", "begin_checkout", "add_payment_info", "purchase")
STEP_RATES = (0.46, 0.34, 0.52, 0.8, 0.78)
"""Rates of the funnel's steps at a conversion of about 5%; for another conversion all are raised to one power."""

WEAK_EFFECT = 0.35
