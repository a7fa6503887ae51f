"""The shop's products: vendors, categories, variants, prices, costs, popularity and the times a SKU cannot sell.

Money is whole cents (int64). Everything is an array over SKUs, or over products, in SKU order.
"""

from dataclasses import dataclass

import numpy as np

from martlet.mockstore.parameters import FAST_MOVERS, PAIR_ATTACH, PRODUCTS, SKUS
from martlet.mockstore.randomness import Bools, Floats, Ints, Part, ranges, stream
from martlet.mockstore.shop_time import DAYS
from martlet.mockstore.words import CATEGORIES, FITMENTS, VENDORS, Category

ACTIVE, DRAFT, ARCHIVED = 0, 1, 2
STATUSES = ("active", "draft", "archived")
_VENDORS_PER_CATEGORY = 4


@dataclass(frozen=True)
class Products:
    """Arrays (PRODUCTS,): category and vendor are places in CATEGORIES and VENDORS, status in STATUSES."""

    title: tuple[str, ...]
    handle: tuple[str, ...]
    category: Ints
    vendor: Ints
    status: Ints
    launch_day: Ints
    """Day the product came in; below 0 if the shop opened with it."""
    price_factor: Floats
    qualifier: tuple[str, ...]


@dataclass(frozen=True)
class Catalogue:
    """Arrays (SKUS,), and `closed_from`/`closed_to` (SKUS, 3): days [from, to) on which the SKU cannot sell."""

    products: Products
    product: Ints
    position: Ints
    sku: tuple[str, ...]
    option: tuple[str, ...]
    category: Ints
    vendor: Ints
    price: Ints
    old_price: Ints
    """Price before `price_change_day`."""
    price_change_day: Ints
    cost: Ints
    cost_known: Bools
    popularity: Floats
    """Weight among SKUs of about the same price; 0 never sells by itself."""
    closed_from: Ints
    closed_to: Ints
    pairs: Ints
    """The affinity pairs, (6, 2): the second is attached to orders of the first."""

    def price_on(self, sku: Ints, day: Ints) -> Ints:
        """Unit price in cents of SKUs on days."""
        return np.where(day < self.price_change_day[sku], self.old_price[sku], self.price[sku])

    def closed(self, sku: Ints, day: Ints) -> Bools:
        """True where a SKU cannot sell on a day: out of stock, not launched, archived or never published."""
        inside = (self.closed_from[sku] <= day[:, None]) & (day[:, None] < self.closed_to[sku])
        return np.asarray(inside.any(axis=1))


def make_catalogue(seed: int) -> Catalogue:
    """Draw the catalogue; it does not depend on the size of the store."""
    rng = stream(seed, Part.CATALOGUE)
    products = _make_products(rng)
    variants = np.ones(PRODUCTS, dtype=np.int64)
    several = rng.permutation(PRODUCTS)
    # 100 products of two variants, 45 of three and 20 of four add the 250 SKUs that 950 products lack.
    for first, last, extra in ((0, 100, 1), (100, 145, 2), (145, 165, 3)):
        variants[several[first:last]] += extra
    product = np.repeat(np.arange(PRODUCTS), variants)
    position = ranges(variants)
    price = _prices(rng, products, product, position)
    pairs, fast = _special_skus(price, products.status[product], products.launch_day[product], variants[product])
    closed_from, closed_to = _closed_days(rng, products, product, np.concatenate([pairs.ravel(), fast[:2]]))
    popularity = rng.lognormal(0.0, 1.3, SKUS)
    popularity[fast] = rng.uniform(90.0, 150.0, len(fast))
    popularity[pairs[:, 0]] = 0.0
    popularity[products.status[product] == DRAFT] = 0.0
    return Catalogue(
        products=products,
        product=product,
        position=position + 1,
        sku=tuple(
            f"{VENDORS[products.vendor[p]].code}-{CATEGORIES[products.category[p]].code}-{number:04d}"
            for number, p in enumerate(product.tolist(), start=1)
        ),
        option=tuple(
            CATEGORIES[products.category[p]].options[place] if variants[p] > 1 else "Default Title"
            for p, place in zip(product.tolist(), position.tolist(), strict=True)
        ),
        category=products.category[product],
        vendor=products.vendor[product],
        price=price,
        old_price=np.where(rng.random(SKUS) < 0.25, _retail(price * rng.uniform(0.9, 0.97, SKUS)), price),
        price_change_day=rng.integers(120, 600, SKUS),
        cost=np.rint(price * rng.uniform(0.5, 0.75, SKUS)).astype(np.int64),
        cost_known=rng.random(SKUS) >= 0.03,
        popularity=popularity,
        closed_from=closed_from,
        closed_to=closed_to,
        pairs=pairs,
    )


def _make_products(rng: np.random.Generator) -> Products:
    category = np.sort(np.arange(PRODUCTS) % len(CATEGORIES))
    drawn = [
        title for code, words in enumerate(CATEGORIES) for title in _titles(rng, words, int((category == code).sum()))
    ]
    place = rng.integers(0, _VENDORS_PER_CATEGORY, PRODUCTS)
    status = np.full(PRODUCTS, ACTIVE)
    unusual = rng.permutation(PRODUCTS)
    status[unusual[:12]] = DRAFT
    status[unusual[12:36]] = ARCHIVED
    # An archived product was there from the start: its one closed period is the one after it was archived.
    late = (rng.random(PRODUCTS) < 0.1) & (status != ARCHIVED)
    launch = np.where(late, rng.integers(30, 560, PRODUCTS), -rng.integers(20, 900, PRODUCTS))
    return Products(
        title=tuple(title for title, _, _ in drawn),
        handle=tuple(title.lower().replace(" ", "-") for title, _, _ in drawn),
        category=category,
        vendor=(category * 3 + place * 5) % len(VENDORS),
        status=status,
        launch_day=launch,
        price_factor=np.array([factor for _, factor, _ in drawn]),
        qualifier=tuple(qualifier for _, _, qualifier in drawn),
    )


def _titles(rng: np.random.Generator, words: Category, count: int) -> list[tuple[str, float, str]]:
    """Draw distinct titles of one category, each with its noun's price factor and its qualifier."""
    combinations = [
        (f"{qualifier} {noun} {fitment}", factor, qualifier)
        for qualifier in words.qualifiers
        for noun, factor in words.nouns
        for fitment in FITMENTS
    ]
    return [combinations[place] for place in rng.permutation(len(combinations))[:count].tolist()]


def _retail(cents: Floats) -> Ints:
    """Round cents to a price that ends in .95, at least 4.95."""
    return np.maximum(np.rint(cents / 100).astype(np.int64) * 100 - 5, 495)


def _prices(rng: np.random.Generator, products: Products, product: Ints, position: Ints) -> Ints:
    """Lognormal around the category's median and the noun's factor; a product's later variants cost a little more."""
    medians = np.array([words.median_price for words in CATEGORIES])[products.category]
    base = medians * products.price_factor * rng.lognormal(0.0, 0.3, PRODUCTS)
    return _retail(100 * base[product] * (1 + 0.06 * position))


def _special_skus(price: Ints, status: Ints, launch: Ints, variants: Ints) -> tuple[Ints, Ints]:
    """Choose the affinity pairs (6, 2) and the fast movers: single-variant, always for sale, at everyday prices."""
    usable = (status == ACTIVE) & (launch < 0) & (variants == 1)
    cheap = np.flatnonzero(usable & (price >= 1200) & (price <= 9000))
    middle = np.flatnonzero(usable & (price >= 4500) & (price <= 16000))
    firsts = middle[np.linspace(3, len(middle) - 4, len(PAIR_ATTACH)).astype(np.int64)]
    rest = cheap[~np.isin(cheap, firsts)]
    seconds = rest[np.linspace(5, len(rest) - 6, len(PAIR_ATTACH)).astype(np.int64)]
    rest = rest[~np.isin(rest, seconds)]
    fast = rest[np.linspace(2, len(rest) - 3, FAST_MOVERS).astype(np.int64)]
    # Reversed, so that a pair seldom lies in one category: across categories nobody would guess it.
    return np.stack([firsts, seconds[::-1]], axis=1), fast


def _closed_days(rng: np.random.Generator, products: Products, product: Ints, never: Ints) -> tuple[Ints, Ints]:
    """Days [from, to) each SKU cannot sell: up to two stock-outs, and the time before launch or after archiving."""
    start = np.zeros((SKUS, 3), dtype=np.int64)
    end = np.zeros((SKUS, 3), dtype=np.int64)
    for column, share in ((0, 0.16), (1, 0.06)):
        hit = rng.random(SKUS) < share
        start[:, column] = np.where(hit, rng.integers(15, DAYS, SKUS), 0)
        end[:, column] = np.where(hit, start[:, column] + rng.integers(7, 45, SKUS), 0)
    launch, status = products.launch_day[product], products.status[product]
    archive_day = rng.integers(300, 650, PRODUCTS)[product]
    end[:, 2] = np.maximum(launch, 0)
    start[:, 2] = np.where(status == ARCHIVED, archive_day, start[:, 2])
    end[:, 2] = np.where(status == ARCHIVED, DAYS, end[:, 2])
    start[:, 2] = np.where(status == DRAFT, 0, start[:, 2])
    end[:, 2] = np.where(status == DRAFT, DAYS, end[:, 2])
    start[never] = end[never] = 0
    return start, end
