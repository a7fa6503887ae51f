"""Orders that are due, one row a vendor, and slow stock as cash: impact by hand, obstacles with their reasons."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from shops import SETTINGS, assert_well_formed

from martlet.shortlist.plays import reorder_now, slow_stock
from martlet.shortlist.rows import Assumptions, Ranked

PLANNED = Assumptions("reorder_now", 0.5, 0.9, 0.30, 1, 50)
HELD = Assumptions("slow_stock", 0.5, 0.25, 0.08, 1, 15)


def plan(*rows: dict[str, object]) -> pd.DataFrame:
    """Lines of a replenishment plan, due, funded and of vendor V unless they say otherwise."""
    usual = {"vendor": "V", "lost": 50.0, "avoided": 0.5, "due": True, "funded": True, "cost": 120.0, "reason": "due"}
    frame = pd.DataFrame([{**usual, **row} for row in rows])
    return pd.DataFrame(
        {
            "sku": [f"S{place}" for place in range(len(frame))],
            "product_title": "Oil pan",
            "vendor": frame["vendor"],
            "position": 3.0,
            "order_quantity": 12,
            "order_cost_total": frame["cost"],
            "order_now": frame["due"],
            "last_date_to_order": [f"2025-07-{place + 1:02d}" for place in range(len(frame))],
            "expected_stock_outs_avoided": frame["avoided"],
            "expected_lost_margin_avoided": frame["lost"],
            "is_funded": frame["funded"],
            "reason": frame["reason"],
        }
    )


def due(*rows: dict[str, object]) -> Ranked:
    return reorder_now.rank({"predictions.replenishment_plan": plan(*rows)}, PLANNED, SETTINGS)


def aside(made: Ranked) -> dict[str, str]:
    return dict(zip(made.set_aside["subject"], made.set_aside["reason"], strict=True))


def test_a_vendors_order_is_one_row_and_its_impact_the_sum_times_how_far_plans_hold() -> None:
    made = due({"lost": 40.0}, {"lost": 60.0, "avoided": 0.25}, {"vendor": "W", "lost": 5.0}, {"due": False})
    assert_well_formed(made.rows)
    row, other = made.rows.to_dict("records")
    assert (row["vendor"], row["skus"], row["units"], row["order_cost"]) == ("V", 2, 24, 240.0)
    assert row["impact_margin_90d"] == pytest.approx(0.9 * 100)
    assert row["expected_stock_outs_avoided"] == pytest.approx(0.75)
    assert row["most_urgent_sku"] == "S1"
    assert row["last_date_to_order"] == "2025-07-01"
    assert row["action"] == "Order 2 SKUs from V by 2025-07-01, 24 units for USD 240."
    assert (other["vendor"], other["impact_margin_90d"]) == ("W", pytest.approx(4.5))


def test_a_stock_out_that_is_unlikely_makes_the_interval_wider() -> None:
    likely, unlikely = (due({"avoided": chance}).rows.iloc[0] for chance in (0.9, 0.1))
    assert likely["impact_margin_90d"] == unlikely["impact_margin_90d"]
    assert unlikely["impact_low_80"] < likely["impact_low_80"]
    # ten like it, each with the same chance: the sum is known better than one
    one, ten = due({"avoided": 0.3}).rows.iloc[0], due(*[{"avoided": 0.3}] * 10).rows.iloc[0]
    assert one["impact_low_80"] < ten["impact_low_80"] / 10 < ten["impact_high_80"] / 10 < one["impact_high_80"]


def test_the_interval_covers_the_gambles_that_it_adds_up() -> None:
    rows = [{"lost": lost, "avoided": chance} for lost, chance in ((30.0, 0.6), (20.0, 0.3), (50.0, 0.8), (10.0, 0.1))]
    row = due(*rows * 5).rows.iloc[0]
    rng = np.random.default_rng(3)
    lost, chance = np.array([[each["lost"], each["avoided"]] for each in rows * 5]).T
    gambles = (rng.random((20_000, 20)) < chance) * rng.exponential(lost / chance, (20_000, 20))
    shape = (0.9 / 0.3) ** 2
    drawn = gambles.sum(axis=1) * rng.gamma(shape, 0.9 / shape, 20_000)
    assert ((drawn >= row["impact_low_80"]) & (drawn <= row["impact_high_80"])).mean() == pytest.approx(0.8, abs=0.05)


def test_orders_that_cannot_or_need_not_be_placed_are_set_aside_with_their_reasons() -> None:
    made = due(
        {"vendor": "Unfunded", "funded": False, "reason": "the budget is spent"},
        {"vendor": "Needless", "lost": 0.0},
        {"vendor": "Unknown", "lost": None},
        {"vendor": "Partly"},
        {"vendor": "Partly", "funded": False, "reason": "the budget is spent"},
    )
    assert aside(made) == {
        "Unfunded": "the budget is spent",
        "Needless": "no margin is expected to be lost without the order",
        "Unknown": "no margin is expected to be lost without the order",
    }
    assert made.rows[["vendor", "skus"]].to_numpy().tolist() == [["Partly", 1]]


def test_a_due_order_of_no_known_vendor_is_told() -> None:
    made = due({"vendor": None}, {"vendor": None, "due": False}, {})
    assert made.rows["vendor"].tolist() == ["V"]
    assert aside(made) == {"1 SKU": "no vendor is known to order it from"}


def test_an_unknown_cost_is_counted() -> None:
    row = due({"cost": None}, {}).rows.iloc[0]
    assert row["cost_unknown_skus"] == 1
    assert row["order_cost"] == 120
    assert "Cost is unknown for 1 of the SKUs." in row["caveats"]


@given(
    st.lists(
        st.builds(
            dict,
            lost=st.integers(0, 10**6).map(lambda cents: cents / 100),
            avoided=st.floats(0.0, 2.0),
            cost=st.none() | st.floats(0.0, 1e5),
        ),
        min_size=1,
        max_size=8,
    )
)
@examples(max_examples=60, deadline=None, derandomize=True)
def test_whatever_is_planned_the_interval_holds_the_mean(rows: list[dict[str, object]]) -> None:
    made = due(*rows)
    assert_well_formed(made.rows)
    assert len(made.rows) + len(made.set_aside) == 1


def test_no_plan_gives_no_rows() -> None:
    made = reorder_now.rank({"predictions.replenishment_plan": plan({}).head(0)}, PLANNED, SETTINGS)
    assert made.rows.empty
    assert made.set_aside.empty


def shelf(*rows: dict[str, object]) -> pd.DataFrame:
    """Slow SKUs: 40 on hand at 10 each, half of which comes back, unless they say otherwise."""
    usual: dict[str, object] = {"slow": True, "units": 40, "cost": 10.0, "recovery": 0.5, "action": "discontinue"}
    frame = pd.DataFrame([{**usual, **row} for row in rows])
    tied = frame["units"] * frame["cost"].astype("float64")
    return pd.DataFrame(
        {
            "sku": [f"S{place}" for place in range(len(frame))],
            "product_title": "Lamp",
            "units_on_hand": frame["units"],
            "capital_tied_up": tied,
            "units_sold": 3,
            "months_of_cover": 40.0,
            "last_sold_date": pd.Timestamp(2025, 3, 1),
            "action_recommended": frame["action"],
            "is_slow": frame["slow"],
            "recovery_rate": frame["recovery"],
            "potential_recovery": tied * frame["recovery"],
        }
    )


def slow(*rows: dict[str, object]) -> Ranked:
    return slow_stock.rank({"slow_stock": shelf(*rows)}, HELD, SETTINGS)


def test_holding_slow_stock_costs_what_the_rate_says_and_cash_is_no_margin() -> None:
    made = slow({}, {"slow": False}, {"units": 0})
    assert_well_formed(made.rows)
    (row,) = made.rows.to_dict("records")
    # 40 at 10, half of it comes back, a quarter a year for ninety days
    assert row["cash_released"] == 200
    assert row["impact_margin_90d"] == pytest.approx(200 * 0.25 * 90 / 365, abs=0.01)
    assert row["holding_cost_90d"] == row["impact_margin_90d"]
    assert row["action"] == "Clear out and discontinue Lamp (S0)."
    assert "40 units on hand, USD 400 at cost, 3 units sold lately, last on 2025-03-01" in row["evidence"]
    assert "Cash released is not margin" in row["caveats"]


def test_the_interval_holds_both_the_recovery_and_the_holding_rate() -> None:
    row = slow({"units": 4000}).rows.iloc[0]
    rng = np.random.default_rng(4)
    shape = (0.25 / 0.08) ** 2
    drawn = rng.uniform(0.5, 1.5, 100_000) * rng.gamma(shape, 0.25 / shape, 100_000) * 20_000 * 90 / 365
    assert ((drawn >= row["impact_low_80"]) & (drawn <= row["impact_high_80"])).mean() == pytest.approx(0.8, abs=0.02)


def test_slow_stock_of_unknown_cost_is_set_aside_and_each_action_has_its_words() -> None:
    made = slow({"cost": None}, {"action": "discount_50_pct"}, {"action": "discount_25_pct"}, {"action": "bundle_it"})
    assert aside(made) == {"S0": "unit cost is unknown"}
    assert set(made.rows["action"]) == {
        "Halve the price of Lamp (S1) until the stock is down.",
        "Take a quarter off Lamp (S2) until the stock is down.",
        "Bundle it Lamp (S3).",
    }


def test_what_costs_next_to_nothing_to_hold_is_set_aside() -> None:
    made = slow({"units": 1, "cost": 0.05})
    assert made.rows.empty
    assert aside(made) == {"S0": "worth less than a cent"}


@pytest.mark.parametrize("play", ["reorder_now", "slow_stock"])
def test_a_rows_numbers_come_back_from_its_query(play: str) -> None:
    frame = plan({}, {"lost": 20.0}, {"funded": False}) if play == "reorder_now" else shelf({}, {"cost": 3.0})
    schema, table = ("predictions", "replenishment_plan") if play == "reorder_now" else ("marts", "slow_stock")
    row = (due({}, {"lost": 20.0}, {"funded": False}) if play == "reorder_now" else slow({}, {"cost": 3.0})).rows.iloc[
        0
    ]
    with duckdb.connect() as connection:
        connection.register("made", frame)
        connection.execute(f"create schema {schema}")
        connection.execute(f"create table {schema}.{table} as from made")
        answer = connection.execute(row["reproduce_sql"]).df()
    if play == "reorder_now":
        assert answer["expected_lost_margin_avoided"].sum() == row["expected_lost_margin_avoided"]
        assert answer["order_cost_total"].sum() == row["order_cost"]
        assert len(answer) == row["skus"]
    else:
        assert answer["potential_recovery"].tolist() == [row["cash_released"]]
