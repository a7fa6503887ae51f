"""The plays. A new play is a file with PLAY, INPUTS, TYPED and rank, and a name in PLAYS."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import ModuleType

import pandas as pd

from martlet.shortlist.plays import (
    campaigns,
    cross_sell,
    funnel_fix,
    landing_page_test,
    price_gap,
    reorder_now,
    search_opportunity,
    slow_stock,
    upsell,
)
from martlet.shortlist.rows import Assumptions, Ranked, Settings
from martlet.shortlist.scoring import finished

Marts = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Play:
    """`inputs`: the columns of each mart that `rank` reads. `typed`: the play's own columns and their dtypes.

    `rank(marts, assumptions, settings)` returns its rows, and what it set aside.
    """

    name: str
    inputs: Mapping[str, tuple[str, ...]]
    typed: Mapping[str, str]
    rank: Callable[[Marts, Assumptions, Settings], Ranked]

    @property
    def table(self) -> str:
        """Its table in the schema `shortlists` and its CSV file; marts.slow_stock has that name already."""
        return f"{self.name}_shortlist" if self.name == slow_stock.PLAY else self.name


def _play(module: ModuleType) -> Play:
    return Play(module.PLAY, module.INPUTS, module.TYPED, module.rank)


PLAYS = (
    *(_play(module) for module in (cross_sell, upsell, landing_page_test, funnel_fix)),
    *(Play(name, campaigns.INPUTS, campaigns.TYPED, partial(campaigns.rank, name)) for name in campaigns.PLAYS),
    *(_play(module) for module in (reorder_now, slow_stock, price_gap, search_opportunity)),
)


@dataclass(frozen=True)
class Shortlists:
    """`rows`: of each play by name. `set_aside`: what was found and is not proposed, of all plays.

    `audience`: the people of the proposed campaigns and those left out of them, one row each.
    """

    rows: dict[str, pd.DataFrame]
    set_aside: pd.DataFrame
    audience: pd.DataFrame


def score_plays(marts: Marts, settings: Settings) -> Shortlists:
    """Rank every play. `marts` holds every table in the plays' inputs, and `plays`.

    A play that marts.plays does not list is one the merchant has switched off: it returns no rows.
    """
    found: dict[str, Ranked] = {}
    for play in PLAYS:
        assumptions = Assumptions.from_frame(marts["plays"], play.name)
        if assumptions is None:
            found[play.name] = finished([], [], play.typed, settings)
        else:
            limits = replace(settings, max_rows=min(settings.max_rows, assumptions.max_rows))
            found[play.name] = play.rank(marts, assumptions, limits)
    set_aside = pd.concat([ranked.set_aside for ranked in found.values()], ignore_index=True)
    people = [ranked.audience for ranked in found.values() if ranked.audience is not None]
    audience = pd.concat(people, ignore_index=True) if people else pd.DataFrame(columns=list(campaigns.AUDIENCE))
    rows = {name: ranked.rows for name, ranked in found.items()}
    return Shortlists(rows, set_aside, audience.astype(campaigns.AUDIENCE))
