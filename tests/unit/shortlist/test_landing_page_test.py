"""The weak page is found with its step and no other; tests that take too long say so."""

from datetime import date

import duckdb
import numpy as np
import pandas as pd
import pytest
from shops import SETTINGS, Marts, assert_well_formed, funnel, shop

from martlet.shortlist.comparables import expected_events, traffic_by_cell
from martlet.shortlist.plays import score_plays
from martlet.shortlist.rows import COMMON_COLUMNS, Settings


@pytest.fixture(scope="module")
def marts() -> Marts:
    return shop()


def landing_rows(frame: pd.DataFrame, marts: Marts, settings: Settings = SETTINGS) -> pd.DataFrame:
    return score_plays({**marts, "funnel_by_landing_page": frame}, settings).rows["landing_page_test"]


def test_the_weak_page_is_found_with_its_step_and_no_other(marts: Marts) -> None:
    rows = landing_rows(funnel(), marts)
    assert_well_formed(rows)
    assert rows["landing_page"].tolist() == ["/weak"]
    row = rows.iloc[0]
    assert row["weak_step"] == "add_to_cart"
    assert row["weak_step_rate"] == pytest.approx(0.13, abs=0.03)
    assert row["weak_step_expected_rate"] == pytest.approx(0.39, abs=0.03)
    assert row["expected_purchases"] == pytest.approx(row["purchases"] * 0.40 / 0.13, rel=0.25)
    assert row["margin_per_order"] == pytest.approx(150 * 0.4)
    assert row["sample_size_per_arm"] * 2 / (row["sessions"] / 90) == pytest.approx(row["days_to_run"], rel=0.01)


def test_the_impact_interval_covers_what_was_planted(marts: Marts) -> None:
    inside = []
    for seed in range(30, 50):
        rows = landing_rows(funnel(seed=seed), marts)
        row = rows[rows["landing_page"] == "/weak"].iloc[0]
        # 13% instead of 40% at one step, 40% of the gap closed, 60 margin an order, in a window of 90 days
        planted = (1 - 0.13 / 0.40) * row["expected_purchases"] * 0.4 * 60
        inside.append(row["impact_low_80"] <= planted <= row["impact_high_80"])
        assert row["conversion"] < row["shrunk_conversion"] < row["expected_conversion"]
    assert sum(inside) >= 18


def test_a_weak_page_does_not_bring_sound_ones_onto_the_list(marts: Marts) -> None:
    # a weak page widens the prior of all, so that chance alone would make others "worse with probability 95%"
    every = [set(landing_rows(funnel(seed=seed), marts)["landing_page"]) for seed in range(30, 50)]
    assert sum("/weak" in pages for pages in every) == 20
    assert sum(len(pages - {"/weak"}) for pages in every) <= 3


def test_pages_alike_give_next_to_nothing(marts: Marts) -> None:
    assert sum(len(landing_rows(funnel(weak=False, seed=s), marts)) for s in range(60, 80)) <= 2


def test_a_test_that_would_take_too_long_says_so_and_ranks_lower(marts: Marts) -> None:
    busy = funnel().assign(first_date=date(2025, 6, 20))
    slow, quick = landing_rows(funnel(), marts).iloc[0], landing_rows(busy, marts).iloc[0]
    assert quick["days_to_run"] < 60 < slow["days_to_run"]
    assert "more than 60 days" in slow["feasibility"]
    assert "more than 60 days" not in quick["feasibility"]
    assert slow["confidence"] == pytest.approx(quick["confidence"] * 60 / slow["days_to_run"], abs=1e-3)
    assert "Confidence is cut" in slow["caveats"]


def test_the_page_query_gives_the_rows_counts(marts: Marts) -> None:
    row = landing_rows(funnel(), marts).iloc[0]
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        connection.register("pages", funnel())
        connection.execute("create table marts.funnel_by_landing_page as from pages")
        answer = connection.execute(row["reproduce_sql"]).df()
    assert answer["is_this_page"].tolist() == [True, False]
    assert answer["sessions"].iloc[0] == row["sessions"]
    assert answer["purchases"].iloc[0] == row["purchases"]


@pytest.mark.parametrize(
    "frame",
    [
        funnel().assign(closed_purchased=0, purchased=0, revenue=0.0),
        funnel(pages=1),
        funnel().assign(landing_page="(not set)"),
        funnel().head(0),
        funnel().assign(closed_viewed_item=lambda f: f["sessions"] * 3),
    ],
    ids=["no purchases", "one page", "not set", "no rows", "more views than sessions"],
)
def test_a_funnel_that_cannot_be_compared_gives_an_empty_frame(marts: Marts, frame: pd.DataFrame) -> None:
    rows = landing_rows(frame, marts)
    assert rows.empty
    assert {name: str(rows[name].dtype) for name in COMMON_COLUMNS} == COMMON_COLUMNS
    assert str(rows["sample_size_per_arm"].dtype) == "int64"


def test_expected_events_leave_the_page_itself_out() -> None:
    frame = pd.DataFrame(
        {"landing_page": ["/a", "/b"], "channel_group": "Direct", "device_category": "mobile", "sessions": [1000, 9000]}
    ).assign(closed_viewed_item=0, closed_added_to_cart=0, closed_began_checkout=0, closed_purchased=[500, 900])
    traffic = traffic_by_cell(frame)
    expected = expected_events(
        traffic.counts["closed_purchased"], traffic.counts["sessions"], traffic, np.ones(2, dtype=np.bool_)
    )
    assert expected == pytest.approx([100.0, 4500.0])
