"""raw_search.search_performance: what Google counts for the shop's pages; some rank low and get few clicks."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from martlet.mockstore.columns import Columns, constant, number, text, whole
from martlet.mockstore.plants import Plants
from martlet.mockstore.randomness import Floats, Part, stream
from martlet.mockstore.shop_time import FULL_DAYS, SEARCH_DAYS, day_date, day_weights
from martlet.mockstore.visits import SITE, Funnel
from martlet.mockstore.words import CATEGORIES

_DEVICES = ("DESKTOP", "MOBILE")
_OPPORTUNITIES = (3, 8, 12, 17)
"""Queries that many people see on the first or second page of results, and few click."""
_QUERIES_BY_KIND = {
    "home": ("hot rod parts shop", "street rod parts online"),
    "collection": ("{} parts hot rod", "street rod {}"),
    "product": ("{}", "{} price"),
    "blog": ("{}", "{} guide"),
}


@dataclass(frozen=True)
class SearchQuery:
    """A query, the page it shows, impressions a day, mean position and clicks per impression."""

    query: str
    page: str
    impressions: float
    position: float
    click_rate: float
    opportunity: bool


def click_rate(position: float) -> float:
    """Clicks per impression usual at a position; a power law through 28% at the top."""
    return float(0.28 * position**-1.15)


def make_queries(seed: int, funnel: Funnel, plants: Plants) -> list[SearchQuery]:
    """Two queries for each landing page; the opportunities get too few clicks for their position."""
    rng = stream(seed, Part.SEARCH)
    fewer = plants.opportunity_clicks < 1
    queries: list[SearchQuery] = []
    for page in funnel.pages:
        handle = page.path.rsplit("/", 1)[-1]
        words = CATEGORIES[page.category].name.lower() if page.category >= 0 else handle.replace("-", " ")
        for pattern in _QUERIES_BY_KIND[page.kind]:
            chance = len(queries) in _OPPORTUNITIES
            position = float(rng.uniform(6.0, 13.0) if chance else rng.uniform(1.3, 18.0))
            impressions = float(rng.uniform(180.0, 320.0) if chance else rng.lognormal(2.9, 0.7))
            rate = click_rate(position) * (plants.opportunity_clicks if chance else 1.0)
            queries.append(
                SearchQuery(pattern.format(words), SITE + page.path, impressions, position, rate, chance and fewer)
            )
    return queries


def search_columns(seed: int, funnel: Funnel, plants: Plants) -> Columns:
    """One row a day, query and device: on each day a query is seen on one kind of device or, seldom, both."""
    queries = make_queries(seed, funnel, plants)
    rng = stream(seed, Part.SEARCH, 1)
    days = np.arange(FULL_DAYS - SEARCH_DAYS, FULL_DAYS)
    day, query = (grid.ravel() for grid in np.meshgrid(days, np.arange(len(queries)), indexing="ij"))
    mean = np.array([item.impressions for item in queries])[query] * day_weights()[day]
    impressions = rng.poisson(mean)
    rate: Floats = np.array([item.click_rate for item in queries])[query]
    clicks = rng.binomial(impressions, rate)
    position = np.maximum(np.array([item.position for item in queries])[query] + rng.normal(0.0, 0.6, len(query)), 1.0)
    device = (rng.random(len(query)) < 0.6).astype(np.int64)
    seen = (impressions > 0) & (rng.random(len(query)) < 0.75)
    return {
        "date": pa.array([day_date(place) for place in day[seen].tolist()]),
        "query": text([item.query for item in queries], query[seen]),
        "page": text([item.page for item in queries], query[seen]),
        "country": constant("usa", int(seen.sum())),
        "device": text(_DEVICES, device[seen]),
        "clicks": whole(clicks[seen]),
        "impressions": whole(impressions[seen]),
        "position": number(np.asarray(np.round(position[seen], 1), dtype=np.float64)),
    }
