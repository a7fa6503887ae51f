"""raw_reference.competitor_prices: what two competitors ask for the best sellers, as the merchant noted it."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from martlet.mockstore.baskets import Lines
from martlet.mockstore.catalogue import ACTIVE, Catalogue
from martlet.mockstore.columns import Columns, money, text
from martlet.mockstore.plants import Plants
from martlet.mockstore.randomness import Bools, Ints, Part, stream
from martlet.mockstore.shop_time import FULL_DAYS, day_date

COMPETITORS = ("Redline Parts Depot", "Valley Rod and Custom")
_SITES = ("https://redline.example", "https://valleyrod.example")
_SKUS = 60
_UNDERCUT_EVERY = 12
"""The first competitor sells one SKU in so many well below us; all others are about our price or above."""
_OLD_ONLY_EVERY = 10
"""One pair in so many was seen two months ago and not since."""


@dataclass(frozen=True)
class CompetitorPrices:
    """Arrays over pairs of SKU and competitor, SKU by SKU; prices in cents, days as day numbers."""

    sku: Ints
    competitor: Ints
    first_price: Ints
    first_day: Ints
    last_price: Ints
    last_day: Ints
    seen_again: Bools
    """False where there is no later look: the first price is the newest."""
    undercut: Bools


def make_competitor_prices(seed: int, catalogue: Catalogue, lines: Lines, plants: Plants) -> CompetitorPrices:
    """Draw both looks at every pair; the SKUs are the active ones that sell most."""
    rng = stream(seed, Part.COMPETITORS)
    active = catalogue.products.status[catalogue.product] == ACTIVE
    best = np.argsort(np.where(active, -lines.daily_demand, 0.0), kind="stable")[:_SKUS]
    sku = np.repeat(best, len(COMPETITORS))
    pair = np.arange(len(sku))
    competitor = pair % len(COMPETITORS)
    undercut = (competitor == 0) & (pair // len(COMPETITORS) % _UNDERCUT_EVERY == 3)
    # the earlier look comes after the last change of our own prices, so that its gap is one of today's prices too
    first_factor, last_factor = rng.uniform(0.99, 1.12, (2, len(sku)))
    first_day, last_day = rng.integers(655, 685, len(sku)), rng.integers(705, FULL_DAYS, len(sku))
    price = catalogue.price[sku]
    return CompetitorPrices(
        sku=sku,
        competitor=competitor,
        first_price=np.rint(price * first_factor).astype(np.int64),
        first_day=first_day,
        last_price=np.rint(price * np.where(undercut, plants.undercut_price, last_factor)).astype(np.int64),
        last_day=last_day,
        seen_again=(pair % _OLD_ONLY_EVERY != 7) | undercut,
        undercut=undercut & (plants.undercut_price < 0.99),
    )


def competitor_price_columns(seed: int, catalogue: Catalogue, lines: Lines, plants: Plants) -> Columns:
    """raw_reference.competitor_prices: the first look at every pair, then the later ones."""
    prices = make_competitor_prices(seed, catalogue, lines, plants)
    again = prices.seen_again
    sku = np.concatenate([prices.sku, prices.sku[again]])
    competitor = np.concatenate([prices.competitor, prices.competitor[again]])
    days = np.concatenate([prices.first_day, prices.last_day[again]])
    return {
        "sku": text(catalogue.sku, sku),
        "competitor": text(COMPETITORS, competitor),
        "price": money(np.concatenate([prices.first_price, prices.last_price[again]])),
        "url": text(_SITES, competitor),
        "observed_date": pa.array([day_date(day) for day in days.tolist()], pa.date32()),
    }
