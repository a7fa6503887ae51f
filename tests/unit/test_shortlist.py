"""Shortlists: published figures, planted truth found and nothing else, rules kept, rows that hold together."""

import math
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from martlet.shortlist.baskets import associate, basket_size_factor, baskets_from_lines, count_pairs
from martlet.shortlist.comparables import expected_events, traffic_by_cell
from martlet.shortlist.evidence import as_float, counted, money, percent, probability, product_name, sql_text, times
from martlet.shortlist.impact import log_normal_impact, product_impact, shrink_normal, shrink_ratios
from martlet.shortlist.plays import PLAYS, score_plays
from martlet.shortlist.rows import COMMON_COLUMNS, Assumptions, Settings, row_id
from martlet.shortlist.scoring import combine
from martlet.shortlist.statistics import (
    benjamini_hochberg,
    hypergeometric_tail,
    minimum_detectable_effect,
    poisson_tail,
    sample_size_per_arm,
    sample_size_per_arm_evan_miller,
)

LEDGER = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "online_retail.parquet"
AS_OF = date(2025, 6, 30)
SETTINGS = Settings(as_of=AS_OF, source_modes="shopify=mock;ga4=mock", currency="USD")
PLAYS_TABLE = pd.DataFrame(
    {
        "play": ["cross_sell", "landing_page_test"],
        "title": ["Offer what is bought together", "Test a weak landing page"],
        "effort_hours": [1.0, 12.0],
        "horizon_days": [90, 90],
        "response_mean": [0.10, 0.40],
        "response_sd": [0.06, 0.20],
        "minimum_support": [10, 100],
        "note": ["", ""],
    }
)
Marts = dict[str, pd.DataFrame]


# --- statistics -----------------------------------------------------------------------------------------------------


def test_benjamini_hochberg_published_vector() -> None:
    p_values = [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205]
    expected = [0.008, 0.032, 0.0672, 0.0672, 0.0672, 0.08, 0.0846, 0.205]
    assert benjamini_hochberg(p_values) == pytest.approx(expected, abs=5e-5)
    assert benjamini_hochberg(p_values[::-1]) == pytest.approx(expected[::-1], abs=5e-5)


def test_tests_that_are_not_listed_still_count() -> None:
    listed = benjamini_hochberg([0.001, 0.02], tests=10)
    assert listed == pytest.approx(benjamini_hochberg([0.001, 0.02] + [1.0] * 8)[:2])
    with pytest.raises(ValueError, match="2 p-values for 1 tests"):
        benjamini_hochberg([0.1, 0.2], tests=1)


def test_fishers_tail_equals_scipys() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.integers(5, 400, 200), rng.integers(5, 400, 200)
    both = np.minimum(rng.poisson(first * second / 1000 * 1.5) + 1, np.minimum(first, second))
    ours = hypergeometric_tail(both, first, second, 1000)
    theirs = stats.hypergeom.sf(both - 1, 1000, first, second)
    above = both > first * second / 1000
    assert above.sum() > 100
    assert ours[above] == pytest.approx(theirs[above], rel=1e-9)
    assert (ours[~above] == 1.0).all()


def test_poisson_tail_equals_scipys() -> None:
    assert poisson_tail([0, 3, 12], [2.0, 2.0, 4.5]) == pytest.approx(stats.poisson.sf([-1, 2, 11], [2.0, 2.0, 4.5]))


def test_sample_sizes_published() -> None:
    assert sample_size_per_arm_evan_miller(0.20, 0.25) == 1030
    assert sample_size_per_arm(0.025, 0.0275) == 64199
    assert sample_size_per_arm(0.05, 0.055) == 31234
    with pytest.raises(ValueError, match="two different rates"):
        sample_size_per_arm(0.1, 0.1)


def test_minimum_detectable_effect_inverts_the_sample_size() -> None:
    rise = minimum_detectable_effect(0.025, 64199)
    assert rise == pytest.approx(0.0025, rel=1e-4)
    assert np.isinf(minimum_detectable_effect(0.025, 2))


# --- impact ---------------------------------------------------------------------------------------------------------


def test_normal_shrinkage_by_hand() -> None:
    # equal errors of 1: mean 2, sum of squares 8, so tau^2 = 8 / 2 - 1 = 3 and B = 3 / 4
    shrunk = shrink_normal([0.0, 2.0, 4.0], [1.0, 1.0, 1.0])
    assert shrunk.prior_mean == pytest.approx(2.0)
    assert shrunk.mean == pytest.approx([0.5, 2.0, 3.5])
    assert shrunk.sd == pytest.approx([0.75**0.5] * 3)


def test_shrinkage_undoes_the_winners_curse() -> None:
    rng = np.random.default_rng(1)
    truth = rng.normal(10.0, 3.0, 4000)
    estimate = truth + rng.normal(0.0, 4.0, 4000)
    shrunk = shrink_normal(estimate, np.full(4000, 4.0))
    best = np.argsort(-estimate)[:200]
    assert estimate[best].mean() - truth[best].mean() > 4
    assert shrunk.mean[best].mean() == pytest.approx(truth[best].mean(), abs=0.5)
    inside = np.abs(shrunk.mean - truth)[best] < 1.2816 * shrunk.sd[best]
    assert inside.mean() == pytest.approx(0.8, abs=0.07)


def test_one_estimate_or_none_can_be_shrunk() -> None:
    assert shrink_normal([3.0], [1.0]).mean == pytest.approx([3.0])
    assert len(shrink_normal([], []).mean) == 0


def test_ratios_shrink_to_one_and_small_pages_more() -> None:
    posterior = shrink_ratios([2.0, 20.0, 100.0, 130.0], [4.0, 40.0, 100.0, 100.0])
    small, large = posterior.mean[:2]
    assert 0.5 < large < small < 1.0
    alike = shrink_ratios([10.0, 11.0, 9.0], [10.0, 10.0, 10.0])
    assert alike.mean == pytest.approx([1.0, 1.0, 1.0], abs=0.002)
    assert shrink_ratios([0.0], [0.0]).mean == pytest.approx([1.0])


def test_product_impact_matches_simulation() -> None:
    rng = np.random.default_rng(2)
    gap = np.sort(rng.normal(100.0, 30.0, 400))[None, :]
    impact = product_impact(gap, 0.4, 0.2)
    draws = rng.choice(gap[0], 200_000) * rng.gamma(4.0, 0.1, 200_000)
    assert impact.mean[0] == pytest.approx(draws.mean(), rel=0.02)
    assert [impact.low[0], impact.high[0]] == pytest.approx(list(np.quantile(draws, [0.1, 0.9])), rel=0.04)
    assert product_impact(gap, 0.4, 0.0).mean[0] == pytest.approx(0.4 * gap.mean())


def test_log_normal_impact_keeps_its_mean_and_covers() -> None:
    rng = np.random.default_rng(3)
    impact = log_normal_impact(np.array([4.0]), np.array([0.3]), 0.1, 0.06)
    spread = np.log1p(0.36) ** 0.5
    draws = np.exp(rng.normal(4.0, 0.3, 200_000)) * 0.1 * np.exp(rng.normal(-(spread**2) / 2, spread, 200_000))
    assert impact.mean[0] == pytest.approx(draws.mean(), rel=0.02)
    assert ((draws > impact.low[0]) & (draws < impact.high[0])).mean() == pytest.approx(0.8, abs=0.01)


# --- words ----------------------------------------------------------------------------------------------------------


def test_numbers_read_well() -> None:
    assert money(1234.4, "USD") == "USD 1,234"
    assert money(12.5) == "12.50"
    assert [percent(x) for x in (0.774, 0.034, 0.0021)] == ["77%", "3.4%", "0.21%"]
    assert [probability(x) for x in (0.9999, 0.953)] == ["over 99%", "95%"]
    assert [times(x) for x in (6.412, 76.83)] == ["6.4 times", "77 times"]
    assert [counted(1, "order"), counted(2345, "order")] == ["1 order", "2,345 orders"]
    assert product_name("  Oil   Pan ", "A1") == "Oil Pan (A1)"
    assert product_name(None, "A1") == "A1"
    assert sql_text("50'S BAG") == "'50''S BAG'"
    assert as_float(pd.Series([Decimal("1.50"), None], dtype=object)).tolist()[0] == 1.5


# --- cross-sell -----------------------------------------------------------------------------------------------------


def shop(orders: int = 4000, products: int = 60, planted: bool = True, seed: int = 4) -> Marts:
    """Orders of independent products, sizes uneven; with `planted`, 70% of orders with SKU-00 also get SKU-01."""
    rng = np.random.default_rng(seed)
    popularity = rng.dirichlet(np.full(products, 2.0))
    sizes = 1 + rng.negative_binomial(1, 0.35, orders)
    rows = []
    for order, size in enumerate(sizes.tolist()):
        chosen = set(rng.choice(products, size=size, p=popularity).tolist())
        if planted and 0 in chosen and rng.random() < 0.7:
            chosen.add(1)
        rows += [(order, item) for item in sorted(chosen)]
    lines = pd.DataFrame(rows, columns=["order_id", "item"])
    lines["order_date"] = pd.Timestamp(AS_OF) - pd.to_timedelta(364 - lines["order_id"] * 365 // orders, unit="D")
    lines["customer_key"] = "customer-" + (lines["order_id"] % 900).astype(str)
    lines["sku"] = "SKU-" + lines.pop("item").astype(str).str.zfill(2)
    lines["quantity"] = 1
    lines["net_sales"] = 50.0
    lines["gross_margin"] = 20.0
    skus = [f"SKU-{i:02d}" for i in range(products)]
    return {
        "order_lines": lines,
        "products": pd.DataFrame(
            {
                "sku": skus,
                "product_title": [f"Part {i}" for i in range(products)],
                "vendor": "V",
                "category": "C",
                "status": "active",
                "is_active": True,
                "price": 50.0,
                "unit_cost": 30.0,
            }
        ),
        "reorder_points": pd.DataFrame(
            {
                "sku": skus,
                "position": 100.0,
                "position_status": "known",
                "reorder_point": 10.0,
                "needs_reorder": pd.array([False] * products, dtype="boolean"),
            }
        ),
        "funnel_by_landing_page": funnel(),
        "plays": PLAYS_TABLE,
    }


def funnel(weak: bool = True, pages: int = 14, seed: int = 5) -> pd.DataFrame:
    """Fourteen pages of like quality; with `weak`, /weak loses two thirds of its people before the cart."""
    rng = np.random.default_rng(seed)
    channel_rate = {"Organic Search": 1.0, "Email": 1.5, "Organic Social": 0.6}
    device_rate = {"desktop": 1.2, "mobile": 0.8}
    rows = []
    for page in range(pages):
        path = "/weak" if page == 3 else f"/page-{page}"
        for channel, effect in channel_rate.items():
            for device, factor in device_rate.items():
                sessions = int(rng.integers(150, 900))
                viewed = rng.binomial(sessions, min(0.5 * effect * factor, 0.95))
                carted = rng.binomial(viewed, 0.13 if weak and page == 3 else 0.4)
                began = rng.binomial(carted, 0.6)
                bought = rng.binomial(began, 0.7)
                rows.append((path, channel, device, sessions, viewed, carted, began, bought, 150.0 * bought))
    names = ["landing_page", "channel_group", "device_category", "sessions", "closed_viewed_item"]
    names += ["closed_added_to_cart", "closed_began_checkout", "closed_purchased", "revenue"]
    frame = pd.DataFrame(rows, columns=names)
    return frame.assign(purchased=frame["closed_purchased"], first_date=date(2025, 4, 2), last_date=date(2025, 6, 30))


def assert_well_formed(rows: pd.DataFrame) -> None:
    assert list(rows.columns[: len(COMMON_COLUMNS)]) == list(COMMON_COLUMNS)
    assert {name: str(rows[name].dtype) for name in COMMON_COLUMNS} == COMMON_COLUMNS
    assert rows["rank"].tolist() == list(range(1, len(rows) + 1))
    assert rows["row_id"].is_unique
    assert rows["score"].is_monotonic_decreasing
    assert (rows["impact_low_80"] <= rows["impact_margin_90d"]).all()
    assert (rows["impact_margin_90d"] <= rows["impact_high_80"]).all()
    assert rows["confidence"].between(0, 1).all()
    score = rows["impact_margin_90d"] * rows["confidence"] / rows["effort_hours"]
    assert rows["score"].to_numpy() == pytest.approx(score.to_numpy(), abs=1e-3)
    assert rows[["action", "evidence", "baseline", "feasibility", "caveats"]].notna().all(axis=None)


def planted_row(rows: pd.DataFrame) -> pd.Series:
    found = rows[rows["subject"].isin(["SKU-00 + SKU-01", "SKU-01 + SKU-00"])]
    assert len(found) == 1
    return found.iloc[0]


@pytest.fixture(scope="module")
def marts() -> Marts:
    return shop()


@pytest.fixture(scope="module")
def cross_sell(marts: Marts) -> pd.DataFrame:
    return score_plays(marts, SETTINGS)["cross_sell"]


def test_the_planted_pair_is_found_and_independent_ones_are_not(cross_sell: pd.DataFrame) -> None:
    assert_well_formed(cross_sell)
    assert cross_sell["subject"].tolist() == [planted_row(cross_sell)["subject"]]


def test_nothing_planted_nothing_found() -> None:
    found = [len(score_plays(shop(2500, 40, planted=False, seed=s), SETTINGS)["cross_sell"]) for s in range(10, 16)]
    assert sum(found) <= 1


def test_a_rows_numbers_come_back_from_its_query(cross_sell: pd.DataFrame, marts: Marts) -> None:
    row = planted_row(cross_sell)
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        connection.register("lines", marts["order_lines"])
        connection.execute("create table marts.order_lines as from lines")
        answer = connection.execute(row["reproduce_sql"]).df().iloc[0]
    for column in ("orders", "orders_with_sku", "orders_with_recommended", "orders_with_both"):
        assert answer[column] == row[column]
    assert answer["lift"] == pytest.approx(row["lift"], abs=1e-4)
    assert answer["confidence_forward"] == pytest.approx(row["confidence_forward"], abs=1e-6)


def test_impact_is_the_stated_product_but_for_shrinkage(cross_sell: pd.DataFrame) -> None:
    row = planted_row(cross_sell)
    stated = row["eligible_orders_90d"] * row["attach_rate_gap"] * 0.10 * row["margin_per_attach"]
    assert row["impact_margin_90d"] == pytest.approx(stated, rel=0.15)
    assert row["margin_per_attach"] == 20.0
    assert 1.0 < row["lift_low_95"] < row["lift"]


def test_sentences_name_products_and_own_up_to_assumptions(cross_sell: pd.DataFrame) -> None:
    row = planted_row(cross_sell)
    assert row["action"].startswith(("Offer Part 1 (SKU-01) to buyers of Part 0", "Offer Part 0 (SKU-00) to buyers of"))
    assert "pairs tested" in row["evidence"]
    assert "Assumes that an offer closes 10%" in row["caveats"]
    assert "costs" not in row["caveats"]
    assert "100 of SKU-0" in row["feasibility"]


def test_nothing_depends_on_the_order_of_the_rows(cross_sell: pd.DataFrame, marts: Marts) -> None:
    shuffled = {name: frame.sample(frac=1.0, random_state=9) for name, frame in marts.items()}
    again = score_plays(shuffled, SETTINGS)
    pd.testing.assert_frame_equal(again["cross_sell"], cross_sell)
    pd.testing.assert_frame_equal(again["landing_page_test"], score_plays(marts, SETTINGS)["landing_page_test"])
    assert cross_sell["row_id"].tolist() == [row_id("cross_sell", planted_row(cross_sell)["subject"].split(" + "))]


@pytest.mark.parametrize(
    ("table", "column", "value"), [("reorder_points", "needs_reorder", True), ("products", "is_active", False)]
)
def test_what_is_short_or_inactive_is_not_offered(marts: Marts, table: str, column: str, value: bool) -> None:
    changed = marts[table].copy()
    changed.loc[changed["sku"] == "SKU-01", column] = value
    if column == "is_active":
        changed.loc[changed["sku"] == "SKU-01", "status"] = "archived"
    rows = score_plays({**marts, table: changed}, SETTINGS)["cross_sell"]
    assert "SKU-01" not in set(rows["recommended_sku"])
    both = changed.assign(**{column: value})
    if column == "is_active":
        both["status"] = "archived"
    assert score_plays({**marts, table: both}, SETTINGS)["cross_sell"].empty


def test_unknown_stock_cost_and_listing_are_said(marts: Marts) -> None:
    unknown = {
        **marts,
        "order_lines": marts["order_lines"].assign(gross_margin=None),
        "products": marts["products"].assign(status="unlisted", is_active=False),
        "reorder_points": marts["reorder_points"].assign(
            position=pd.array([None] * 60, dtype="Float64"), position_status="unknown", needs_reorder=None
        ),
    }
    row = planted_row(score_plays(unknown, SETTINGS)["cross_sell"])
    assert "is unknown: check it before promoting" in row["feasibility"]
    assert "not in the products export" in row["feasibility"]
    assert "margin there is taken as 40% of net sales" in row["caveats"]
    assert row["margin_per_attach"] == pytest.approx(0.4 * 50)
    assert row["margin_assumed"]


def test_null_skus_repeats_and_decimals_change_nothing(cross_sell: pd.DataFrame, marts: Marts) -> None:
    lines = marts["order_lines"]
    repeated = lines.head(50).assign(net_sales=0.0, gross_margin=0.0)
    unnamed = lines.head(30).assign(sku=None)
    money_typed = pd.concat([lines, repeated, unnamed]).assign(
        net_sales=lambda f: f["net_sales"].map(lambda x: Decimal(str(x))),
        gross_margin=lambda f: f["gross_margin"].map(lambda x: Decimal(str(x))),
    )
    again = score_plays({**marts, "order_lines": money_typed}, SETTINGS)["cross_sell"]
    pd.testing.assert_frame_equal(again, cross_sell)


def test_one_product_does_not_fill_the_list() -> None:
    rng = np.random.default_rng(6)
    hub = [(order, f"P{item}") for order in range(2000) for item in [0, *rng.choice(np.arange(1, 9), 2, False)]]
    other = [(order, f"Q{item}") for order in range(2000, 6000) for item in [rng.integers(0, 30)]]
    lines = pd.DataFrame([*hub, *other], columns=["order_id", "sku"]).assign(
        order_date=pd.Timestamp(AS_OF), quantity=1, net_sales=10.0, gross_margin=4.0
    )
    empty = shop(10)
    marts = {**empty, "order_lines": lines, "products": empty["products"].head(0)}
    rows = score_plays({**marts, "reorder_points": empty["reorder_points"].head(0)}, SETTINGS)["cross_sell"]
    uses = pd.concat([rows["sku"], rows["recommended_sku"]]).value_counts()
    assert uses.max() == SETTINGS.rows_per_subject
    few = Settings(as_of=AS_OF, max_rows=2)
    assert len(score_plays({**marts, "reorder_points": empty["reorder_points"].head(0)}, few)["cross_sell"]) == 2


def test_basket_size_factor_is_one_for_equal_baskets_and_more_for_long_ones() -> None:
    equal = pd.DataFrame({"order_id": [1, 2, 3], "sku": ["a", "b", "c"], "quantity": 1})
    assert basket_size_factor(baskets_from_lines(equal)) == 1.0
    long = pd.DataFrame({"order_id": [1] * 6 + [2, 3, 4], "sku": list("abcdefabc"), "quantity": 1})
    # sizes 6, 1, 1, 1: 4 * 30 / 81
    assert basket_size_factor(baskets_from_lines(long)) == pytest.approx(120 / 81)


@pytest.mark.parametrize("rows", [0, 1])
def test_hardly_any_orders_give_an_empty_frame_of_the_right_types(marts: Marts, rows: int) -> None:
    found = score_plays({**marts, "order_lines": marts["order_lines"].head(rows)}, SETTINGS)["cross_sell"]
    assert found.empty
    assert {name: str(found[name].dtype) for name in COMMON_COLUMNS} == COMMON_COLUMNS


# --- landing pages --------------------------------------------------------------------------------------------------


def landing_rows(frame: pd.DataFrame, marts: Marts, settings: Settings = SETTINGS) -> pd.DataFrame:
    return score_plays({**marts, "funnel_by_landing_page": frame}, settings)["landing_page_test"]


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


# --- the list -------------------------------------------------------------------------------------------------------


def test_combined_list_is_ranked_across_plays_and_ties_are_settled(marts: Marts) -> None:
    by_play = score_plays(marts, SETTINGS)
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
    base = combine(list(score_plays(shop(), SETTINGS).values()), SETTINGS).head(1)
    four = pd.concat([base] * 4, ignore_index=True).assign(
        row_id=list("abcd"), impact_margin_90d=[900.0, 800.0, 90.0, 80.0], effort_hours=[1.0, 9.0, 1.0, 9.0]
    )
    names = combine([four], SETTINGS).set_index("row_id")["quadrant"]
    assert names.to_dict() == {"a": "quick win", "b": "big bet", "c": "fill-in", "d": "time sink"}
    # nothing is a quick win that does not pay for its hour
    assert combine([base.assign(impact_margin_90d=5.0, effort_hours=1.0)], SETTINGS)["quadrant"].item() == "fill-in"


def test_a_play_switched_off_gives_no_rows_and_bad_assumptions_raise(marts: Marts) -> None:
    rows = score_plays({**marts, "plays": PLAYS_TABLE.head(1)}, SETTINGS)
    assert rows["landing_page_test"].empty
    assert "days_to_run" in rows["landing_page_test"].columns
    assert combine([rows["landing_page_test"]], SETTINGS).empty
    with pytest.raises(ValueError, match="horizon_days"):
        Assumptions.from_frame(PLAYS_TABLE.assign(horizon_days=30), "cross_sell")
    with pytest.raises(ValueError, match="above zero"):
        Assumptions.from_frame(PLAYS_TABLE.assign(response_mean=0.0), "cross_sell")


# --- Online Retail --------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not LEDGER.exists(), reason="needs ../shared/data/online_retail.parquet")
def test_online_retail_pairs_published() -> None:
    lines = pd.read_parquet(LEDGER, columns=["invoice_no", "stock_code", "quantity", "unit_price"])
    lines = lines[lines["stock_code"].str.match(r"\d", na=False) & (lines["unit_price"] > 0)]
    lines = lines.rename(columns={"invoice_no": "order_id", "stock_code": "sku"})
    baskets = baskets_from_lines(lines)
    assert len(baskets.order_ids) == 19773
    assert len(baskets.skus) == 3900
    for share, pairs in ((0.002, 91144), (0.005, 8085), (0.01, 894)):
        found = count_pairs(baskets, math.ceil(share * 19773))
        assert len(found.both) == pairs
    association = associate(baskets, found, 198)

    def named(position: int) -> set[str]:
        return {str(baskets.skus[found.first[position]]), str(baskets.skus[found.second[position]])}

    top, strongest = int(np.argmax(found.both)), int(np.argmax(association.lift))
    assert named(top) == {"22386", "85099B"}
    assert found.both[top] == 825
    assert association.lift[top] == pytest.approx(6.41, abs=0.005)
    assert named(strongest) == {"22916", "22917"}
    assert found.both[strongest] == 221
    assert association.lift[strongest] == pytest.approx(76.83, abs=0.005)
