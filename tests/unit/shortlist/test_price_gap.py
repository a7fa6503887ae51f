"""Prices to match: the impact by hand, the cheapest competitor, and every obstacle with its reason."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy import stats
from shops import AS_OF, SETTINGS, Marts, assert_well_formed

from martlet.shortlist.plays import price_gap
from martlet.shortlist.rows import Assumptions, Ranked

ASSUMED = Assumptions("price_gap", 0.5, 1.0, 0.6, 3, 15)


def seen(*rows: dict[str, object]) -> pd.DataFrame:
    """Prices seen of SKU S: ours 100, theirs 80, cost 60, fresh and dearer here, unless they say otherwise."""
    usual: dict[str, object] = {"sku": "S", "who": "Rival", "theirs": 80.0, "ours": 100.0, "cost": 60.0}
    usual |= {"active": True, "stale": False, "position": "dearer"}
    frame = pd.DataFrame([{**usual, **row} for row in rows])
    ours, theirs, cost = (frame[name].astype("float64") for name in ("ours", "theirs", "cost"))
    return pd.DataFrame(
        {
            "sku": frame["sku"],
            "competitor": frame["who"],
            "product_title": "Oil pan",
            "is_active": frame["active"],
            "observed_date": pd.Timestamp(2025, 6, 20),
            "is_stale": frame["stale"],
            "their_price": theirs,
            "our_price": ours,
            "gap_rate": ours / theirs - 1,
            "our_position": frame["position"],
            "unit_cost": cost,
            "margin_at_their_price": theirs - cost,
        }
    )


def sold(orders: int = 10, sku: str = "S", days_ago: int = 5) -> pd.DataFrame:
    """So many orders of two units."""
    return pd.DataFrame(
        {
            "order_id": [f"{sku}-{place}" for place in range(orders)],
            "order_date": pd.Timestamp(AS_OF) - pd.Timedelta(days=days_ago),
            "sku": sku,
            "quantity": 2,
        }
    )


def found(prices: pd.DataFrame, lines: pd.DataFrame | None = None, short: bool = False) -> Ranked:
    marts: Marts = {
        "competitor_prices": prices,
        "order_lines": sold() if lines is None else lines,
        "reorder_points": pd.DataFrame({"sku": ["S"], "needs_reorder": pd.array([short], dtype="boolean")}),
    }
    return price_gap.rank(marts, ASSUMED, SETTINGS)


def test_the_impact_is_the_one_worked_out_by_hand() -> None:
    made = found(seen({}))
    assert_well_formed(made.rows)
    (row,) = made.rows.to_dict("records")
    # a quarter dearer: a quarter of twenty units elsewhere, each worth twenty at their price
    assert (row["units_90d"], row["orders_90d"], row["share_lost"]) == (20, 10, 0.25)
    assert row["margin_at_their_price"] == 20
    assert row["impact_margin_90d"] == pytest.approx(20 * 0.25 * 20, rel=0.001)
    assert row["action"] == "Match Rival's USD 80.00 on Oil pan (S) for who asks, and say so on its page."


def test_the_interval_holds_the_sales_to_come_and_the_assumption() -> None:
    row = found(seen({})).rows.iloc[0]
    rng = np.random.default_rng(2)
    shape = (1.0 / 0.6) ** 2
    units = rng.gamma(10.5, 20 / 10.5, 100_000)
    drawn = units * 0.25 * 20 * rng.gamma(shape, 1.0 / shape, 100_000)
    assert ((drawn >= row["impact_low_80"]) & (drawn <= row["impact_high_80"])).mean() == pytest.approx(0.8, abs=0.02)


@pytest.mark.parametrize("theirs", [30.0, 10.0])
def test_no_gap_costs_more_than_most_of_the_sales(theirs: float) -> None:
    row = found(seen({"theirs": theirs, "cost": 5.0})).rows.iloc[0]
    assert row["share_lost"] == price_gap.MOST_LOST
    assert row["impact_margin_90d"] == pytest.approx(20 * price_gap.MOST_LOST * (theirs - 5), rel=0.001)


def test_the_cheapest_fresh_price_of_each_product_is_the_one_to_match() -> None:
    made = found(
        seen(
            {"who": "Dear", "theirs": 90.0},
            {"who": "Cheap", "theirs": 75.0},
            {"who": "Old", "theirs": 50.0, "stale": True},
            {"who": "Above", "theirs": 120.0, "position": "cheaper"},
        )
    )
    assert made.rows["competitor"].tolist() == ["Cheap"]
    assert made.rows["candidates"].tolist() == [4]


@pytest.mark.parametrize(
    ("row", "orders", "short", "reason"),
    [
        ({"active": False}, 10, False, "not on sale"),
        ({"stale": True}, 10, False, "their price was seen too long ago"),
        ({"cost": 80.0}, 10, False, "no margin is left at their price"),
        ({}, 2, False, "fewer than 3 orders in 90 days"),
        ({}, 0, False, "fewer than 3 orders in 90 days"),
        ({}, 10, True, "it is at or below its reorder point"),
    ],
)
def test_what_cannot_be_matched_is_set_aside_with_its_reason(
    row: dict[str, object], orders: int, short: bool, reason: str
) -> None:
    made = found(seen(row), sold(orders), short)
    assert made.rows.empty
    assert made.set_aside[["subject", "reason"]].to_numpy().tolist() == [["S + Rival", reason]]


def test_sales_of_long_ago_do_not_count() -> None:
    lines = pd.concat([sold(10, days_ago=89), sold(10, days_ago=90).assign(order_id=lambda f: "old" + f["order_id"])])
    assert found(seen({}), lines).rows["orders_90d"].tolist() == [10]


def test_where_we_are_not_dearer_there_is_nothing_to_match() -> None:
    made = found(seen({"position": "cheaper", "theirs": 110.0}, {"sku": "T", "position": "equal", "theirs": 100.0}))
    assert made.rows.empty
    assert made.set_aside.empty


def test_an_unknown_cost_is_assumed_and_said() -> None:
    row = found(seen({"cost": None})).rows.iloc[0]
    assert row["margin_assumed"]
    assert row["margin_at_their_price"] == pytest.approx(80 - 0.6 * 100)
    assert "Cost is unknown: margin is taken as 40% of our price." in row["caveats"]


def test_gaps_are_planted_and_recovered_in_order_of_what_they_cost() -> None:
    rng = np.random.default_rng(9)
    rows = [{"sku": f"S{place:02d}", "theirs": float(rng.uniform(70, 95)), "cost": 50.0} for place in range(15)]
    lines = pd.concat([sold(int(rng.integers(3, 40)), f"S{place:02d}") for place in range(15)])
    made = found(seen(*rows), lines).rows
    orders = lines.groupby("sku").size()
    planted = [
        2 * orders[row["sku"]] * (100 / float(str(row["theirs"])) - 1) * (float(str(row["theirs"])) - 50)
        for row in rows
    ]
    by_sku = made.set_index("sku")["impact_margin_90d"].sort_index()
    assert len(by_sku) == 15
    assert stats.spearmanr(by_sku, planted).statistic > 0.999


def test_a_rows_prices_come_back_from_its_query() -> None:
    prices = seen({"who": "Rival's"}, {"who": "Other", "theirs": 95.0})
    row = found(prices).rows.iloc[0]
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        connection.register("made", prices)
        connection.execute("create table marts.competitor_prices as from made")
        (answer,) = connection.execute(row["reproduce_sql"]).df().to_dict("records")
    for column in ("our_price", "their_price", "margin_at_their_price"):
        assert answer[column] == row[column]
    assert answer["gap_rate"] == pytest.approx(row["gap_rate"], abs=1e-6)
