"""Landing pages, channels and devices: how traffic spreads over them, and the true rate of each step to a purchase.

A cell is one landing page, channel and device; cells are numbered page-major. Rates are arrays (cells, 5), one column
for each step of FUNNEL. A cell's conversion is the product of its rates.
"""

from dataclasses import dataclass

import numpy as np

from martlet.errors import MartletError
from martlet.mockstore.catalogue import ACTIVE, Catalogue
from martlet.mockstore.parameters import CHANNELS, DEVICES, STEP_RATES, TRACKING_LOSS
from martlet.mockstore.plants import Plants
from martlet.mockstore.purchases import WEB, Purchases
from martlet.mockstore.randomness import Bools, Floats, Ints, Part, pick, stream
from martlet.mockstore.words import CATEGORIES

SITE = "https://shop.example"
CELLS_PER_PAGE = len(CHANNELS) * len(DEVICES)
SOURCES = ("google", "google", "(direct)", "newsletter", "instagram", "rodforum.example")
MEDIUMS = ("organic", "cpc", "(none)", "email", "social", "referral")
REFERRERS = (
    "https://www.google.com/", "https://www.google.com/", None, None, "https://www.instagram.com/",
    "https://rodforum.example/",
)  # fmt: skip
"""By channel, in the order of CHANNELS."""

CHANNEL_STEP, DEVICE_STEP = 0, 2
"""Steps of FUNNEL at which channels and devices differ."""
_GUIDES = (
    "how-to-set-up-a-three-carb-intake",
    "budget-roadster-build",
    "choosing-a-rear-axle",
    "brake-upgrade-checklist",
)
_WEAK = {"/collections/exhaust": 0, "/collections/wheels-tires": 2}
_WEAK_PRODUCT_STEP = 1
_CHANNEL_BY_KIND = {
    "home": (0.9, 0.4, 2.2, 0.6, 0.8, 1.2),
    "collection": (1.0, 1.1, 0.9, 1.3, 0.8, 0.8),
    "product": (1.0, 1.4, 0.7, 0.9, 1.0, 1.0),
    "blog": (1.5, 0.2, 0.6, 0.8, 1.8, 1.6),
}


@dataclass(frozen=True)
class Page:
    """A landing page; `effect` multiplies its conversion at step `step` of FUNNEL; weak pages lose people there."""

    path: str
    kind: str
    share: float
    effect: float
    step: int
    weak: bool
    category: int = -1
    product: int = -1


@dataclass(frozen=True)
class Funnel:
    """`traffic` (cells,) sums to 1; `effect` (cells, 5) multiplies the step rates."""

    pages: tuple[Page, ...]
    traffic: Floats
    effect: Floats

    def rates(self, conversion: float) -> Floats:
        """Step rates (cells, 5) at which the shop's mean conversion is `conversion`."""
        low, high = 0.3, 12.0
        for _ in range(60):
            power = (low + high) / 2
            rates = np.array(STEP_RATES) ** power * self.effect
            too_high = float(self.traffic @ rates.prod(axis=1)) > conversion
            low, high = (power, high) if too_high else (low, power)
        if rates.max() >= 1.0:
            raise MartletError(f"too few GA4 events for the orders: {conversion:.0%} of the sessions would have to buy")
        return np.asarray(rates)


@dataclass(frozen=True)
class OrderVisits:
    """Arrays (orders,): the cell an order's visit came in by, -1 if not by the web, and whether GA4 lost its trace."""

    cell: Ints
    untracked: Bools


def channel_of(cell: Ints) -> Ints:
    """Place in CHANNELS of cells."""
    return cell // len(DEVICES) % len(CHANNELS)


def make_funnel(catalogue: Catalogue, plants: Plants) -> Funnel:
    """Lay out the landing pages and the traffic's and conversion's spread over the cells."""
    pages = _pages(catalogue, plants)
    channels = np.array([channel.share for channel in CHANNELS])
    devices = np.array([device.share for device in DEVICES])
    traffic = np.zeros((len(pages), len(CHANNELS), len(DEVICES)))
    effect = np.ones((len(pages), len(CHANNELS), len(DEVICES), len(STEP_RATES)))
    effect[..., CHANNEL_STEP] *= np.array(plants.channel_conversion)[None, :, None]
    effect[..., DEVICE_STEP] *= np.array(plants.device_conversion)[None, None, :]
    for place, page in enumerate(pages):
        mix = channels * np.array(_CHANNEL_BY_KIND[page.kind])
        traffic[place] = page.share * np.outer(mix / mix.sum(), devices)
        effect[place, :, :, page.step] *= page.effect
    return Funnel(pages, traffic.ravel() / traffic.sum(), effect.reshape(-1, len(STEP_RATES)))


def _pages(catalogue: Catalogue, plants: Plants) -> tuple[Page, ...]:
    """Twenty pages: the home page, nine collections, six products and four guides; three of them are weak."""
    pages = [Page("/", "home", 0.12, 1.0, 0, weak=False)]
    for category, words in enumerate(CATEGORIES):
        path = f"/collections/{words.handle}"
        if path in _WEAK:
            effect = plants.weak_effects[list(_WEAK).index(path)]
            pages.append(Page(path, "collection", 0.16, effect, _WEAK[path], weak=effect < 1, category=category))
        else:
            pages.append(
                Page(
                    path,
                    "collection",
                    0.044,
                    1.0 + plants.page_spread * 0.03 * (category % 3 - 1),
                    0,
                    weak=False,
                    category=category,
                )
            )
    for place, product in enumerate(_landing_products(catalogue)):
        path = f"/products/{catalogue.products.handle[product]}"
        if place == 0:
            effect = plants.weak_effects[-1]
            pages.append(Page(path, "product", 0.16, effect, _WEAK_PRODUCT_STEP, weak=effect < 1, product=product))
        else:
            pages.append(
                Page(
                    path,
                    "product",
                    0.04,
                    1.0 + plants.page_spread * (0.1 + 0.03 * (place % 3 - 1)),
                    0,
                    weak=False,
                    product=product,
                )
            )
    pages += [
        Page(f"/blogs/garage/{name}", "blog", 0.022, 1.0 - 0.25 * plants.page_spread, 0, weak=False) for name in _GUIDES
    ]
    return tuple(pages)


def _landing_products(catalogue: Catalogue) -> list[int]:
    """The six most popular products that are always on show."""
    shown = (catalogue.products.status[catalogue.product] == ACTIVE) & (catalogue.closed_to.sum(axis=1) == 0)
    ranked = np.argsort(-np.where(shown, catalogue.popularity, -1.0), kind="stable")
    products = catalogue.product[ranked]
    return [int(product) for product in products[np.sort(np.unique(products, return_index=True)[1])][:6]]


def make_order_visits(seed: int, funnel: Funnel, purchases: Purchases) -> OrderVisits:
    """Draw the cell of every web order: traffic times conversion, whatever the level of conversion."""
    rng = stream(seed, Part.VISITS)
    cell = pick(rng, funnel.traffic * funnel.effect.prod(axis=1), purchases.count)
    untracked = rng.random(purchases.count) < TRACKING_LOSS
    return OrderVisits(np.where(purchases.source == WEB, cell, -1), untracked)
