"""One list out of all plays, ranked the same way every time."""

import pandas as pd
import pytest
from shops import PLAYS_TABLE, SETTINGS, Marts, assert_well_formed, shop

from martlet.shortlist.plays import PLAYS, score_plays
from martlet.shortlist.rows import COMMON_COLUMNS, Assumptions
from martlet.shortlist.scoring import combine


@pytest.fixture(scope="module")
def marts() -> Marts:
    return shop()


def test_combined_list_is_ranked_across_plays_and_ties_are_settled(marts: Marts) -> None:
    by_play = score_plays(marts, SETTINGS).rows
    assert list(by_play) == [play.name for play in PLAYS]
    combined = combine(list(by_play.values()), SETTINGS)
    assert list(combined.columns) == list(COMMON_COLUMNS)
    assert_well_formed(combined)
    assert set(combined["play"]) == {"cross_sell", "landing_page_test"}
    tied = combined.assign(impact_margin_90d=100.0, confidence=0.5, effort_hours=2.0)
    backwards = combine([tied.iloc[::-1]], SETTINGS)
    pd.testing.assert_frame_equal(backwards, combine([tied], SETTINGS))
    assert backwards["row_id"].is_monotonic_increasing


def test_quadrants() -> None:
    base = combine(list(score_plays(shop(), SETTINGS).rows.values()), SETTINGS).head(1)
    four = pd.concat([base] * 4, ignore_index=True).assign(
        row_id=list("abcd"), impact_margin_90d=[900.0, 800.0, 90.0, 80.0], effort_hours=[1.0, 9.0, 1.0, 9.0]
    )
    names = combine([four], SETTINGS).set_index("row_id")["quadrant"]
    assert names.to_dict() == {"a": "quick win", "b": "big bet", "c": "fill-in", "d": "time sink"}
    # nothing is a quick win that does not pay for its hour
    assert combine([base.assign(impact_margin_90d=5.0, effort_hours=1.0)], SETTINGS)["quadrant"].item() == "fill-in"


def test_a_play_switched_off_gives_no_rows_and_bad_assumptions_raise(marts: Marts) -> None:
    rows = score_plays({**marts, "plays": PLAYS_TABLE.head(1)}, SETTINGS).rows
    assert rows["landing_page_test"].empty
    assert "days_to_run" in rows["landing_page_test"].columns
    assert combine([rows["landing_page_test"]], SETTINGS).empty
    with pytest.raises(ValueError, match="horizon_days"):
        Assumptions.from_frame(PLAYS_TABLE.assign(horizon_days=30), "cross_sell")
    with pytest.raises(ValueError, match="above zero"):
        Assumptions.from_frame(PLAYS_TABLE.assign(response_mean=0.0), "cross_sell")
