"""Campaigns: nobody without consent, nobody whom the discount costs more than it brings, and value by hand."""

from dataclasses import replace
from functools import partial
from itertools import pairwise

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from shops import SETTINGS, Marts, assert_well_formed

from martlet.shortlist.plays import campaigns
from martlet.shortlist.rows import Assumptions, Ranked

ASSUMED = Assumptions("win_back", 3.0, 0.10, 0.06, 1, 10)
CAMPAIGN = "winback_high_value"
#: Margin over net sales of the made-up shop.
RATE = 0.4


def people(*rows: dict[str, object]) -> Marts:
    """Targets of one campaign: each may say whether they accept e-mail, p_alive, expected margin and discount."""
    usual = {"accepts": True, "alive": 0.2, "expected": 20.0, "discount": 0.0, "play": "win_back", "campaign": CAMPAIGN}
    frame = pd.DataFrame([{**usual, **row} for row in rows])
    keys = [f"customer-{place}" for place in range(len(frame))]
    return {
        "marketing_targets": pd.DataFrame(
            {
                "customer_key": keys,
                "play": frame["play"],
                "campaign_type": frame["campaign"],
                "content_theme": "we miss you",
                "offer": "10% off the next order",
                "discount_rate": frame["discount"],
                "last_category": "Trim",
                "days_since_last_order": 200,
                "orders": 4,
                "net_sales": 800.0,
                "accepts_email_marketing": frame["accepts"],
            }
        ),
        "predictions.customer_value": pd.DataFrame(
            {"customer_key": keys, "p_alive": frame["alive"], "expected_margin_90_days": frame["expected"]}
        ).dropna(subset="expected_margin_90_days"),
        "order_lines": pd.DataFrame({"net_sales": [100.0], "gross_margin": [100 * RATE]}),
    }


def found(marts: Marts, assumed: Assumptions = ASSUMED) -> Ranked:
    return campaigns.rank("win_back", marts, assumed, SETTINGS)


def reasons(made: Ranked) -> list[str]:
    assert made.audience is not None
    return made.audience.sort_values("customer_key")["reason"].tolist()


def test_value_at_risk_and_impact_are_those_worked_out_by_hand() -> None:
    made = found(people({"alive": 0.2, "expected": 20.0}, {"alive": 0.5, "expected": 30.0}))
    assert_well_formed(made.rows)
    (row,) = made.rows.to_dict("records")
    # worth 100 and 60 while active; 20 and 30 are expected anyway
    assert (row["value_while_active_90d"], row["expected_anyway_90d"], row["value_at_risk_90d"]) == (160, 50, 110)
    assert row["impact_margin_90d"] == pytest.approx(0.10 * 160)
    assert row["discount_on_orders_anyway"] == 0
    assert (row["audience"], row["targets"], row["margin_rate"], row["margin_assumed"]) == (2, 2, RATE, False)
    assert made.audience is not None
    assert made.audience["value_at_risk_90d"].tolist() == [80.0, 30.0]
    assert row["action"].startswith("Write to 2 customers who went quiet and win them back")


def test_a_discount_takes_its_part_of_what_comes_and_of_what_came_anyway() -> None:
    row = found(people({"discount": 0.02}, {"discount": 0.02})).rows.iloc[0]
    # 2% off is a twentieth of a margin of 40%: of 10 brought by each, and of 20 that each brings anyway
    assert row["discount_on_orders_anyway"] == pytest.approx(2 * 20 / 20)
    assert row["impact_margin_90d"] == pytest.approx(2 * (10 * 0.95 - 1.0))


def test_nobody_without_consent_is_in_an_audience() -> None:
    made = found(people({}, {"accepts": False}, {"accepts": None}, {}))
    assert reasons(made) == ["in the audience", "no consent to e-mail", "no consent to e-mail", "in the audience"]
    assert made.audience is not None
    assert made.audience["is_included"].eq(made.audience["reason"] == "in the audience").all()
    row = made.rows.iloc[0]
    assert (row["targets"], row["audience"], row["without_consent"]) == (4, 2, 2)
    assert row["value_while_active_90d"] == 200
    assert "2 left out for want of consent" in row["feasibility"]


def test_a_discount_that_costs_more_than_it_brings_leaves_the_person_out() -> None:
    # a quarter of the margin: the faithful cost 25% of 90 and bring 75% of 10, the lost cost 25% of 1 and bring as much
    made = found(people({"alive": 0.9, "expected": 90.0, "discount": 0.1}, {"alive": 0.01, "expected": 1.0}))
    assert reasons(made) == ["the discount would cost more than it brings", "in the audience"]
    assert made.rows.iloc[0]["without_gain"] == 1
    # a discount as large as the margin leaves nothing of any order
    assert found(people({"discount": RATE, "alive": 0.01, "expected": 1.0})).rows.empty


def test_somebody_without_a_predicted_value_is_left_out_and_told() -> None:
    made = found(people({}, {"expected": np.nan}))
    assert reasons(made) == ["in the audience", "no predicted value: run `martlet clv`"]


def test_where_nobody_knows_who_is_still_a_customer_that_is_the_reason() -> None:
    made = found(people({}, {"alive": np.nan}))
    assert reasons(made) == [
        "in the audience",
        "no model of leaving may be used: nobody knows who is still a customer",
    ]


def test_a_campaign_without_anybody_is_set_aside_with_its_reasons_counted() -> None:
    made = found(people({"accepts": False}, {"accepts": False}, {"expected": np.nan}))
    assert made.rows.empty
    assert made.audience is not None
    assert made.audience.empty
    assert made.set_aside[["subject", "reason"]].to_numpy().tolist() == [
        [
            CAMPAIGN,
            "too few people to write to (no consent to e-mail: 2; no predicted value: run `martlet clv`: 1)",
        ]
    ]


def test_every_target_of_a_proposed_campaign_is_in_the_audience_frame_and_no_other() -> None:
    marts = people({}, {"accepts": False}, {"campaign": "other", "accepts": False}, {"play": "nurture"})
    made = found(marts)
    assert made.audience is not None
    assert sorted(made.audience["customer_key"]) == ["customer-0", "customer-1"]
    assert made.audience["reason"].notna().all()
    assert list(made.audience.columns) == list(campaigns.AUDIENCE)


def test_a_decided_campaign_stays_away_with_its_audience() -> None:
    marts = people({}, {})
    row_id = found(marts).rows["row_id"].item()
    decided = replace(SETTINGS, decided={row_id: "already approved"})
    made = campaigns.rank("win_back", marts, ASSUMED, decided)
    assert made.rows.empty
    assert made.audience is not None
    assert made.audience.empty
    assert made.set_aside["reason"].tolist() == ["already approved"]


def test_confidence_falls_as_the_discount_on_orders_anyway_grows() -> None:
    confidence = [
        found(people(*[{"discount": discount, "alive": 0.15, "expected": 15.0}] * 30)).rows["confidence"].item()
        for discount in (0.0, 0.02, 0.06, 0.1)
    ]
    # without a discount all that can fail is the response
    assert confidence[0] == pytest.approx(ASSUMED.probability_positive, abs=1e-4)
    assert all(later < earlier for earlier, later in pairwise(confidence))
    assert confidence[-1] < confidence[0] - 0.05


def test_the_interval_is_the_responses_for_many_and_wider_for_one() -> None:
    many, one = found(people(*[{}] * 2000)).rows.iloc[0], found(people({})).rows.iloc[0]
    draws = np.random.default_rng(6).gamma((0.10 / 0.06) ** 2, 0.06**2 / 0.10, 200_000) * 100 * 2000
    for place, column in ((0.1, "impact_low_80"), (0.9, "impact_high_80")):
        assert many[column] == pytest.approx(np.quantile(draws, place), rel=0.02)
    assert one["impact_low_80"] < many["impact_low_80"] / 2000 < many["impact_high_80"] / 2000 < one["impact_high_80"]


@given(
    st.lists(
        st.builds(
            dict,
            accepts=st.booleans(),
            alive=st.floats(0.0, 1.0),
            expected=st.floats(0.0, 500.0),
            discount=st.sampled_from([0.0, 0.05, 0.1, 0.3]),
        ),
        min_size=1,
        max_size=12,
    )
)
@examples(max_examples=40, deadline=None, derandomize=True)
def test_whoever_the_targets_are_the_row_is_sound(rows: list[dict[str, object]]) -> None:
    made = found(people(*rows))
    assert_well_formed(made.rows)
    assert made.audience is not None
    asked = {f"customer-{place}" for place, row in enumerate(rows) if row["accepts"]}
    assert set(made.audience.loc[made.audience["is_included"], "customer_key"]) <= asked
    assert (made.rows["impact_margin_90d"] > 0).all()


def test_a_margin_that_is_mostly_unknown_is_assumed_and_said() -> None:
    marts = people({}, {}, {})
    known = pd.DataFrame({"net_sales": 100.0, "gross_margin": [40.0, None, None]})
    row = found({**marts, "order_lines": known}).rows.iloc[0]
    assert row["margin_assumed"]
    assert "margin is taken as 40% of net sales" in row["caveats"]


def test_a_rows_people_and_value_come_back_from_its_query() -> None:
    marts = people({}, {"alive": 0.005, "expected": 1.0}, {"accepts": False}, {"campaign": "other"})
    row = found(marts).rows.set_index("campaign_type").loc[CAMPAIGN]
    with duckdb.connect() as connection:
        for table in ("marketing_targets", "predictions.customer_value"):
            schema, name = table.split(".") if "." in table else ("marts", table)
            connection.register("made", marts[table])
            connection.execute(f"create schema {schema}")
            connection.execute(f"create table {schema}.{name} as from made")
        answer = connection.execute(row["reproduce_sql"]).df()
    assert answer["accepts_email_marketing"].tolist() == [True, False]
    assert answer["people"].tolist() == [row["audience"], row["without_consent"]]
    assert answer["expected_anyway_90d"].iloc[0] == pytest.approx(row["expected_anyway_90d"])
    assert answer["value_while_active_90d"].iloc[0] == pytest.approx(row["value_while_active_90d"])


@pytest.mark.parametrize(("play", "verb"), [("re_engage", "before they go quiet"), ("nurture", "second order")])
def test_each_play_takes_its_own_targets(play: str, verb: str) -> None:
    rank = partial(campaigns.rank, play)
    made = rank(people({"play": play}, {}), replace(ASSUMED, play=play), SETTINGS)
    assert made.rows["audience"].tolist() == [1]
    assert verb in made.rows["action"].item()
