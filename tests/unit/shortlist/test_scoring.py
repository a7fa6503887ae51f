"""One list out of all plays, ranked the same way every time."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from shops import AS_OF, PLAYS_TABLE, SETTINGS, Marts, assert_well_formed, funnel, shop

from martlet.shortlist.evidence import in_last_days
from martlet.shortlist.plays import PLAYS, Shortlists, score_plays
from martlet.shortlist.rows import COMMON_COLUMNS, SET_ASIDE_COLUMNS, Assumptions, Settings
from martlet.shortlist.scoring import combine, in_quadrants_of, matrix


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


def test_a_row_is_in_one_quadrant_wherever_it_is_read(marts: Marts) -> None:
    by_play = score_plays(marts, SETTINGS).rows
    combined = combine(list(by_play.values()), SETTINGS)
    known = combined.set_index("row_id")["quadrant"].to_dict()
    told = [in_quadrants_of(combined, rows) for rows in by_play.values()]
    assert {
        row: quadrant for rows in told for row, quadrant in zip(rows["row_id"], rows["quadrant"], strict=True)
    } == known
    assert [list(rows.dtypes) for rows in told] == [list(rows.dtypes) for rows in by_play.values()]


def test_the_last_days_end_with_the_as_of_day() -> None:
    days = pd.Series([date(2025, 4, 1), date(2025, 4, 2), date(2025, 6, 30), date(2025, 7, 1)])
    assert in_last_days(days, date(2025, 6, 30), 90).tolist() == [False, True, True, False]


def test_a_play_switched_off_gives_no_rows_and_bad_assumptions_raise(marts: Marts) -> None:
    rows = score_plays({**marts, "plays": PLAYS_TABLE.head(1)}, SETTINGS).rows
    assert rows["landing_page_test"].empty
    assert "days_to_run" in rows["landing_page_test"].columns
    assert combine([rows["landing_page_test"]], SETTINGS).empty
    with pytest.raises(ValueError, match="horizon_days"):
        Assumptions.from_frame(PLAYS_TABLE.assign(horizon_days=30), "cross_sell")
    with pytest.raises(ValueError, match="above zero"):
        Assumptions.from_frame(PLAYS_TABLE.assign(response_mean=0.0), "cross_sell")


def pairs_and_pages(seed: int = 3, orders: int = 6000, pairs: int = 12) -> Marts:
    """Twelve planted pairs, attached to more and less, beside forty other SKUs; four weak pages among fourteen."""
    rng = np.random.default_rng(seed)
    rows = []
    for order in range(orders):
        skus = {f"SKU-{item:02d}" for item in rng.integers(2 * pairs, 59, 1 + rng.poisson(0.7))}
        pair = int(rng.integers(0, pairs))
        if rng.random() < 0.5:
            skus.add(f"SKU-{2 * pair:02d}")
            if rng.random() < 0.2 + 0.05 * pair:
                skus.add(f"SKU-{2 * pair + 1:02d}")
        rows += [(order, sku) for sku in sorted(skus)]
    lines = pd.DataFrame(rows, columns=["order_id", "sku"])
    lines["order_date"] = pd.Timestamp(AS_OF) - pd.to_timedelta(364 - lines["order_id"] * 365 // orders, unit="D")
    lines = lines.assign(customer_key=None, quantity=1, net_sales=50.0, gross_margin=20.0)
    pages = funnel().copy()
    for place, page in enumerate(("/page-5", "/page-8", "/page-11")):
        fewer = pages["landing_page"] == page
        for column in ("closed_added_to_cart", "closed_began_checkout", "closed_purchased", "purchased"):
            pages.loc[fewer, column] = pages.loc[fewer, column] // (2 + place)
    pages["revenue"] = 150.0 * pages["purchased"]
    return {**shop(10), "order_lines": lines, "funnel_by_landing_page": pages}


def decided(found: Shortlists, row_ids: list[str], marts: Marts) -> Shortlists:
    """The lists after these rows were decided."""
    assert set(row_ids) <= set(combine(list(found.rows.values()), SETTINGS)["row_id"])
    return score_plays(marts, replace(SETTINGS, decided=dict.fromkeys(row_ids, "already rejected")))


@pytest.fixture(scope="module")
def rich() -> Marts:
    return pairs_and_pages()


@pytest.fixture(scope="module")
def whole(rich: Marts) -> Shortlists:
    found = score_plays(rich, SETTINGS)
    assert len(found.rows["cross_sell"]) >= 10
    assert len(found.rows["landing_page_test"]) >= 3
    return found


def test_what_was_decided_stays_away_with_the_reason_and_nothing_else_does(rich: Marts, whole: Shortlists) -> None:
    listed = combine(list(whole.rows.values()), SETTINGS)
    gone = [group["row_id"].iloc[0] for _, group in listed.groupby("play")]
    after = decided(whole, gone, rich)
    left = combine(list(after.rows.values()), SETTINGS)
    assert set(left["row_id"]) == set(listed["row_id"]) - set(gone)
    told = after.set_aside.set_index("row_id")["reason"]
    assert [told[row] for row in gone] == ["already rejected"] * len(gone)
    assert set(told.index) - set(whole.set_aside["row_id"]) == set(gone)


def test_a_pair_that_was_decided_does_not_come_back_the_other_way_round(rich: Marts, whole: Shortlists) -> None:
    row = whole.rows["cross_sell"].iloc[0]
    after = decided(whole, [row["row_id"]], rich)
    pairs = [set(pair) for pair in after.rows["cross_sell"][["sku", "recommended_sku"]].to_numpy().tolist()]
    assert {row["sku"], row["recommended_sku"]} not in pairs
    assert row["subject"] in set(after.set_aside["subject"])


@pytest.mark.parametrize(("limit", "listed"), [(2, 2), (500, None)])
def test_each_play_lists_no_more_than_its_own_limit_and_says_how_many_more(
    rich: Marts, whole: Shortlists, limit: int, listed: int | None
) -> None:
    found = score_plays({**rich, "plays": PLAYS_TABLE.assign(max_rows=limit)}, SETTINGS)
    for play in ("cross_sell", "landing_page_test"):
        rows, all_rows = found.rows[play], whole.rows[play]
        assert len(rows) == (listed or len(all_rows))
        assert rows["row_id"].tolist() == all_rows["row_id"].head(len(rows)).tolist()
        more = found.set_aside[(found.set_aside["play"] == play) & found.set_aside["reason"].str.startswith("behind")]
        expected = [f"{len(all_rows) - 2} more"] if listed else []
        assert more["subject"].tolist() == expected


def test_the_matrix_is_the_list_as_points_quick_wins_first(whole: Shortlists) -> None:
    listed = combine(list(whole.rows.values()), SETTINGS)
    points = matrix(listed)
    assert sorted(points["row_id"]) == sorted(listed["row_id"])
    order = points[["quadrant_number", "rank"]].to_records(index=False).tolist()
    assert order == sorted(order)
    assert points["quadrant_number"].nunique() > 1
    named = {"quick win": 1, "big bet": 2, "fill-in": 3, "time sink": 4}
    assert points["quadrant"].map(named).tolist() == points["quadrant_number"].tolist()
    same = points.set_index("row_id").join(listed.set_index("row_id"), rsuffix="_listed")
    for column in ("effort_hours", "impact_margin_90d", "impact_low_80", "impact_high_80", "confidence", "score"):
        assert same[column].tolist() == same[f"{column}_listed"].tolist()
    assert matrix(combine([], SETTINGS)).empty


def test_the_formula_that_is_printed_gives_the_score(whole: Shortlists) -> None:
    for row in combine(list(whole.rows.values()), SETTINGS).to_dict("records"):
        factors, told = row["score_formula"].split(" h = ")
        impact, rest = factors.split(" x ")
        confidence, hours = rest.split(" / ")
        worked_out = float(impact.replace(",", "")) * float(confidence) / float(hours)
        assert float(told.replace(",", "")) == pytest.approx(worked_out, abs=0.011)
        assert float(told.replace(",", "")) == pytest.approx(row["score"], abs=0.006)


def test_nothing_is_both_listed_and_set_aside(rich: Marts) -> None:
    short = rich["reorder_points"].copy()
    short["needs_reorder"] = short["sku"].isin(["SKU-01", "SKU-03", "SKU-05"])
    away = rich["products"].assign(is_active=~rich["products"]["sku"].isin(["SKU-06", "SKU-07"]))
    away["status"] = away["is_active"].map({True: "active", False: "archived"})
    few = PLAYS_TABLE.assign(max_rows=4)
    found = score_plays({**rich, "reorder_points": short, "products": away, "plays": few}, SETTINGS)
    listed = combine(list(found.rows.values()), SETTINGS)
    assert len(listed) == 7 or len(listed) == 8
    assert len(found.set_aside) >= 2
    assert set(listed["row_id"]).isdisjoint(found.set_aside["row_id"])
    assert found.set_aside["row_id"].is_unique
    assert {name: str(found.set_aside[name].dtype) for name in SET_ASIDE_COLUMNS} == SET_ASIDE_COLUMNS
    assert found.set_aside["reason"].str.len().gt(0).all()


@pytest.mark.parametrize(
    ("table", "values", "reason"),
    [
        ("products", {"is_active": False}, "its product is not on sale"),
        ("reorder_points", {"needs_reorder": True}, "its product is at or below its reorder point"),
    ],
)
def test_nobody_is_sent_to_a_product_page_that_cannot_sell(
    marts: Marts, table: str, values: dict[str, object], reason: str
) -> None:
    pages = funnel().replace({"landing_page": {"/weak": "/products/part-1"}})
    tables = {**marts, "funnel_by_landing_page": pages}
    assert score_plays(tables, SETTINGS).rows["landing_page_test"]["landing_page"].tolist() == ["/products/part-1"]
    changed = marts[table].copy()
    for column, value in values.items():
        changed.loc[changed["sku"] == "SKU-01", column] = value
    made = score_plays({**tables, table: changed}, SETTINGS)
    assert made.rows["landing_page_test"].empty
    told = made.set_aside[made.set_aside["play"] == "landing_page_test"]
    assert told[["subject", "reason"]].to_numpy().tolist() == [["/products/part-1", reason]]
    # another size of it that can be sold keeps the page open
    other = {"products": marts["products"], "reorder_points": marts["reorder_points"], table: changed}
    other["products"] = other["products"].assign(
        handle=lambda frame: frame["handle"].where(frame["sku"] != "SKU-02", "part-1")
    )
    assert len(score_plays({**tables, **other}, SETTINGS).rows["landing_page_test"]) == 1


def test_a_day_less_of_data_moves_scores_by_little(rich: Marts, whole: Shortlists) -> None:
    yesterday = AS_OF - timedelta(days=1)
    lines, pages = rich["order_lines"], rich["funnel_by_landing_page"].copy()
    rng = np.random.default_rng(1)
    columns = ["sessions", "closed_viewed_item", "closed_added_to_cart", "closed_began_checkout", "closed_purchased"]
    # one session in ninety goes, with every step it took
    counts = pages[columns].to_numpy()
    ended = counts - np.column_stack([counts[:, 1:], np.zeros(len(counts), dtype=np.int64)])
    pages[columns] = counts - rng.binomial(ended, 1 / 90)[:, ::-1].cumsum(axis=1)[:, ::-1]
    pages = pages.assign(last_date=yesterday, purchased=pages["closed_purchased"])
    pages["revenue"] = 150.0 * pages["purchased"]
    before = score_plays(
        {**rich, "order_lines": lines[lines["order_date"] <= pd.Timestamp(yesterday)], "funnel_by_landing_page": pages},
        Settings(as_of=yesterday, source_modes=SETTINGS.source_modes, currency=SETTINGS.currency),
    )
    for play in ("cross_sell", "landing_page_test"):
        now, then = (each.rows[play].set_index("row_id")["score"] for each in (whole, before))
        both = pd.concat([now, then], axis=1, join="inner", keys=["now", "then"])
        assert len(both) >= 0.8 * len(now)
        assert stats.spearmanr(both["now"], both["then"]).statistic > 0.9
        assert (both["now"] / both["then"] - 1).abs().median() < 0.06
