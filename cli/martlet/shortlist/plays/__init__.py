"""The plays. A new play is a file with PLAY, INPUTS, TYPED and rank, and a line here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from martlet.shortlist.plays import cross_sell, landing_page_test
from martlet.shortlist.rows import Assumptions, Settings, empty_rows

Marts = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Play:
    """`inputs`: the columns of each mart that `rank` reads. `typed`: the play's own columns and their dtypes.

    `rank(marts, assumptions, settings)` returns its rows: the common columns, then its own.
    """

    name: str
    inputs: Mapping[str, tuple[str, ...]]
    typed: Mapping[str, str]
    rank: Callable[[Marts, Assumptions, Settings], pd.DataFrame]


PLAYS = (
    Play(cross_sell.PLAY, cross_sell.INPUTS, cross_sell.TYPED, cross_sell.rank),
    Play(landing_page_test.PLAY, landing_page_test.INPUTS, landing_page_test.TYPED, landing_page_test.rank),
)


def score_plays(marts: Marts, settings: Settings) -> dict[str, pd.DataFrame]:
    """Rows of each play by name. `marts` holds every mart in the plays' inputs, and `plays`.

    A play that marts.plays does not list is one the merchant has switched off: it returns no rows.
    """
    rows: dict[str, pd.DataFrame] = {}
    for play in PLAYS:
        assumptions = Assumptions.from_frame(marts["plays"], play.name)
        rows[play.name] = empty_rows(play.typed) if assumptions is None else play.rank(marts, assumptions, settings)
    return rows
