"""What people come back for: episodes that count everything once, a planted follow-up, and nothing where nothing is."""

from dataclasses import replace

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shops import AS_OF, SETTINGS, Marts, assert_well_formed

from martlet.shortlist.affinity import WITHIN_30_DAYS
from martlet.shortlist.followups import FOLLOW_DAYS, Episodes, episodes_from_lines, follow_ups
from martlet.shortlist.plays import cross_sell
from martlet.shortlist.rows import Assumptions, Ranked

ASSUMED = Assumptions("cross_sell", 1.0, 0.10, 0.06, 3, 25)
SKUS = np.array(list("ABCD"), dtype=object)
START = pd.Timestamp(2025, 1, 1)
Visit = tuple[str, int, str]


def bought(visits: list[Visit]) -> pd.DataFrame:
    """Lines of (person, day, sku)."""
    frame = pd.DataFrame(visits, columns=["customer_key", "day", "sku"])
    days = pd.to_timedelta(frame.pop("day").astype("int64"), unit="D")
    return frame.assign(order_date=START + days, quantity=1, net_sales=1.0)


def episodes(visits: list[Visit], last_day: int = 1000) -> list[tuple[str, str]]:
    """What was bought on the first day and what after it, as text, sorted: the last day of data is `last_day`."""
    found: Episodes = episodes_from_lines(bought(visits), SKUS, START + pd.Timedelta(days=last_day))
    return sorted(
        ("".join(SKUS[base > 0]), "".join(SKUS[follow > 0]))
        for base, follow in zip(found.base.toarray(), found.follow.toarray(), strict=True)
    )


def one_by_one(visits: list[Visit], last_day: int) -> list[tuple[str, str]]:
    """The same, person by person and day by day."""
    made = []
    for person in {who for who, _, _ in visits}:
        days = sorted({day for who, day, _ in visits if who == person})
        while days:
            start, end = days[0], days[0] + FOLLOW_DAYS
            base = {sku for who, day, sku in visits if who == person and day == start}
            later = {sku for who, day, sku in visits if who == person and start < day <= end}
            if end <= last_day:
                made.append(("".join(sorted(base)), "".join(sorted(later - base))))
            days = [day for day in days if day > end]
    return sorted(made)


def test_an_episode_ends_after_thirty_days_and_the_next_begins_with_the_next_order() -> None:
    assert episodes([("ann", 0, "A"), ("ann", 30, "B"), ("ann", 31, "C"), ("ann", 60, "D")]) == [("A", "B"), ("C", "D")]
    # the order on day 20 follows the first and opens nothing: the one on day 40 is not counted as following it
    assert episodes([("ann", 0, "A"), ("ann", 20, "B"), ("ann", 40, "C")]) == [("A", "B"), ("C", "")]


def test_what_one_person_buys_follows_nothing_of_another() -> None:
    assert episodes([("ann", 0, "A"), ("bob", 5, "B")]) == [("A", ""), ("B", "")]


def test_what_is_bought_again_is_no_follow_up() -> None:
    assert episodes([("ann", 0, "A"), ("ann", 3, "A"), ("ann", 5, "B"), ("ann", 9, "B")]) == [("A", "B")]


@pytest.mark.parametrize(("last_day", "found"), [(30, [("A", "B")]), (29, [])])
def test_an_episode_whose_thirty_days_are_not_over_is_left_out(last_day: int, found: list[tuple[str, str]]) -> None:
    assert episodes([("ann", 0, "A"), ("ann", 1, "B")], last_day) == found


def test_nobody_known_gives_no_episodes() -> None:
    unknown = bought([("ann", 0, "A")]).assign(customer_key=None)
    assert episodes_from_lines(unknown, SKUS, START).base.shape == (0, 4)
    assert episodes([]) == []


@given(
    st.lists(
        st.tuples(st.sampled_from(["ann", "bob", "cy"]), st.integers(0, 150), st.sampled_from(list("ABCD"))),
        max_size=25,
    ),
    st.integers(20, 200),
)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_episodes_are_those_cut_one_by_one(visits: list[Visit], last_day: int) -> None:
    assert episodes(visits, last_day) == one_by_one(visits, last_day)


def test_rates_and_counts_by_hand() -> None:
    visits = [(f"a{i}", 0, "A") for i in range(10)] + [(f"a{i}", 7, "B") for i in range(6)]
    visits += [(f"c{i}", 0, "C") for i in range(20)] + [(f"c{i}", 7, "B") for i in range(2)]
    visits += [(f"c{i}", 7, "D") for i in range(2, 8)]
    made = follow_ups(episodes_from_lines(bought(visits), SKUS, START + pd.Timedelta(days=100)), 5)
    pairs = {(SKUS[of], SKUS[to]): k for k, (of, to) in enumerate(zip(made.of, made.to, strict=True))}
    assert set(pairs) == {("A", "B"), ("C", "D")}
    k = pairs["A", "B"]
    # 14 of 30 came back, 6 of them after A, 8 of them for B; over all, 6 of 10 with A and 2 of 20 without
    assert made.total == 14
    assert (made.both[k], made.n_of[k], made.n_to[k], made.started[k], made.others[k]) == (6, 6, 8, 10, 20)
    assert (made.rate[k], made.other_rate[k]) == (pytest.approx(0.6), pytest.approx(0.1))
    # bases A and C, follow-ups B and D
    assert made.association.tests == 4


def histories(planted: bool, seed: int, people: int = 800, products: int = 20) -> Marts:
    """Orders of one SKU; half are followed by another within 30 days. Planted: after P00 it is P01 in 70%."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(people):
        day = int(rng.integers(0, 60))
        while day < 365:
            first, second = rng.integers(0, products, 2)
            if planted and first == 0 and rng.random() < 0.7:
                second = 1
            rows.append((person, day, first))
            if rng.random() < 0.5:
                rows.append((person, day + int(rng.integers(1, 31)), second))
            day += int(rng.integers(70, 160))
    lines = pd.DataFrame([row for row in rows if row[1] < 365], columns=["person", "day", "item"])
    skus = [f"P{item:02d}" for item in range(products)]
    return {
        "order_lines": pd.DataFrame(
            {
                "order_id": np.arange(len(lines)),
                "order_date": pd.Timestamp(AS_OF) - pd.to_timedelta(364 - lines["day"], unit="D"),
                "customer_key": "customer-" + lines["person"].astype(str),
                "sku": [skus[item] for item in lines["item"]],
                "quantity": 1,
                "net_sales": 50.0,
                "gross_margin": 20.0,
            }
        ),
        "products": pd.DataFrame({"sku": skus, "product_title": skus, "status": "active", "is_active": True}),
        "reorder_points": pd.DataFrame(
            {"sku": skus, "position": 90.0, "position_status": "known", "needs_reorder": False}
        ),
        "customers": pd.DataFrame(
            {"customer_key": [f"customer-{i}" for i in range(people)], "accepts_email_marketing": True}
        ),
    }


def found(marts: Marts) -> Ranked:
    return cross_sell.rank(marts, ASSUMED, SETTINGS)


@pytest.fixture(scope="module")
def planted() -> Marts:
    return histories(planted=True, seed=3)


@pytest.fixture(scope="module")
def row(planted: Marts) -> pd.Series:
    rows = found(planted).rows
    assert_well_formed(rows)
    assert rows["subject"].tolist() == [f"P00 + P01 + {WITHIN_30_DAYS}"]
    return rows.iloc[0]


def test_the_planted_follow_up_is_found_with_its_direction_and_its_gap(row: pd.Series) -> None:
    assert (row["sku"], row["recommended_sku"], row["bought_within"]) == ("P00", "P01", "30 days")
    # half come back, 70% and a twentieth of the rest of them for P01; after others a twentieth of half
    assert row["attach_rate_gap"] == pytest.approx(0.5 * (0.715 - 0.05), abs=0.08)
    assert 0 < row["impact_margin_90d"] < row["impact_unshrunk_90d"]
    assert "by e-mail within 30 days of the order" in row["action"]
    assert "who may be written to bought no P01" in row["baseline"]


def test_that_few_buyers_are_left_adds_doubt_and_no_margin(planted: Marts) -> None:
    # at ten episodes the planted pair is the only candidate: nothing to shrink it to
    (row,) = cross_sell.rank(planted, replace(ASSUMED, minimum_support=10), SETTINGS).rows.to_dict("records")
    assert row["impact_margin_90d"] == pytest.approx(row["eligible_90d"] * row["attach_rate_gap"] * 0.10 * 20, abs=0.01)


def test_independent_histories_give_next_to_nothing() -> None:
    assert sum(len(found(histories(planted=False, seed=seed)).rows) for seed in range(40, 48)) <= 1


def test_a_rows_numbers_come_back_from_its_query(planted: Marts, row: pd.Series) -> None:
    lines = planted["order_lines"]
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        connection.execute("create schema ops")
        connection.register("lines", lines)
        connection.execute(
            "create table marts.order_lines as select * replace (order_date::date as order_date) from lines"
        )
        connection.execute("create table ops.build as select ?::date as as_of_date", [AS_OF])
        answer = connection.execute(row["reproduce_sql"]).df().iloc[0]
    for column in ("orders", "orders_with_sku", "orders_with_recommended", "orders_with_both"):
        assert answer[column] == row[column]
    assert answer["lift"] == pytest.approx(row["lift"], abs=1e-4)
    assert answer["confidence_forward"] == pytest.approx(row["confidence_forward"], abs=1e-6)


def test_only_buyers_who_accept_e_mail_can_be_offered_a_follow_up(planted: Marts, row: pd.Series) -> None:
    consenting = {f"customer-{i}" for i in range(0, 800, 3)}
    people = planted["customers"]
    some = people.assign(accepts_email_marketing=people["customer_key"].isin(consenting))
    lines = planted["order_lines"]
    recent = lines[lines["order_date"] > pd.Timestamp(AS_OF) - pd.Timedelta(days=90)].groupby("customer_key")["sku"]
    lacking = {who for who, skus in recent if "P00" in set(skus) and "P01" not in set(skus)}
    fewer = found({**planted, "customers": some}).rows.iloc[0]
    assert row["eligible_90d"] == len(lacking)
    assert fewer["eligible_90d"] == len(lacking & consenting)
    assert 0 < fewer["eligible_90d"] < row["eligible_90d"]
    assert fewer["impact_margin_90d"] < row["impact_margin_90d"]


def test_without_consent_the_follow_up_is_set_aside_with_its_reason(planted: Marts) -> None:
    for people in (planted["customers"].assign(accepts_email_marketing=False), planted["customers"].head(0)):
        made = found({**planted, "customers": people})
        assert made.rows.empty
        assert dict(zip(made.set_aside["subject"], made.set_aside["reason"], strict=True)) == {
            "P00 + P01 + 30 days": "no buyer who accepts e-mail of the last 90 days has the one without the other"
        }
