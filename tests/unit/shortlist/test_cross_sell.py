"""The planted pair is found and nothing else; stock, listing and assumptions are said."""

import math
from decimal import Decimal

import duckdb
import numpy as np
import pandas as pd
import pytest
from shops import AS_OF, LEDGER, SETTINGS, Marts, assert_well_formed, planted_row, shop

from martlet.shortlist.baskets import associate, basket_size_factor, baskets_from_lines, count_pairs
from martlet.shortlist.plays import score_plays
from martlet.shortlist.rows import COMMON_COLUMNS, Settings, row_id


@pytest.fixture(scope="module")
def marts() -> Marts:
    return shop()


@pytest.fixture(scope="module")
def cross_sell(marts: Marts) -> pd.DataFrame:
    return score_plays(marts, SETTINGS).rows["cross_sell"]


def test_the_planted_pair_is_found_and_independent_ones_are_not(cross_sell: pd.DataFrame) -> None:
    assert_well_formed(cross_sell)
    assert cross_sell["subject"].tolist() == [planted_row(cross_sell)["subject"]]


def test_nothing_planted_nothing_found() -> None:
    found = [
        len(score_plays(shop(2500, 40, planted=False, seed=s), SETTINGS).rows["cross_sell"]) for s in range(10, 16)
    ]
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
    stated = row["eligible_90d"] * row["attach_rate_gap"] * 0.10 * row["margin_per_attach"]
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
    again = score_plays(shuffled, SETTINGS).rows
    pd.testing.assert_frame_equal(again["cross_sell"], cross_sell)
    pd.testing.assert_frame_equal(again["landing_page_test"], score_plays(marts, SETTINGS).rows["landing_page_test"])
    assert cross_sell["row_id"].tolist() == [row_id("cross_sell", planted_row(cross_sell)["subject"].split(" + "))]


@pytest.mark.parametrize(
    ("table", "column", "value"), [("reorder_points", "needs_reorder", True), ("products", "is_active", False)]
)
def test_what_is_short_or_inactive_is_not_offered(marts: Marts, table: str, column: str, value: bool) -> None:
    changed = marts[table].copy()
    changed.loc[changed["sku"] == "SKU-01", column] = value
    if column == "is_active":
        changed.loc[changed["sku"] == "SKU-01", "status"] = "archived"
    rows = score_plays({**marts, table: changed}, SETTINGS).rows["cross_sell"]
    assert "SKU-01" not in set(rows["recommended_sku"])
    both = changed.assign(**{column: value})
    if column == "is_active":
        both["status"] = "archived"
    assert score_plays({**marts, table: both}, SETTINGS).rows["cross_sell"].empty


def test_unknown_stock_cost_and_listing_are_said(marts: Marts) -> None:
    unknown = {
        **marts,
        "order_lines": marts["order_lines"].assign(gross_margin=None),
        "products": marts["products"].assign(status="unlisted", is_active=False),
        "reorder_points": marts["reorder_points"].assign(
            position=pd.array([None] * 60, dtype="Float64"), position_status="unknown", needs_reorder=None
        ),
    }
    row = planted_row(score_plays(unknown, SETTINGS).rows["cross_sell"])
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
    again = score_plays({**marts, "order_lines": money_typed}, SETTINGS).rows["cross_sell"]
    pd.testing.assert_frame_equal(again, cross_sell)


def test_one_product_does_not_fill_the_list() -> None:
    rng = np.random.default_rng(6)
    hub = [(order, f"P{item}") for order in range(2000) for item in [0, *rng.choice(np.arange(1, 9), 2, False)]]
    other = [(order, f"Q{item}") for order in range(2000, 6000) for item in [rng.integers(0, 30)]]
    lines = pd.DataFrame([*hub, *other], columns=["order_id", "sku"]).assign(
        order_date=pd.Timestamp(AS_OF), customer_key=None, quantity=1, net_sales=10.0, gross_margin=4.0
    )
    empty = shop(10)
    marts = {**empty, "order_lines": lines, "products": empty["products"].head(0)}
    rows = score_plays({**marts, "reorder_points": empty["reorder_points"].head(0)}, SETTINGS).rows["cross_sell"]
    uses = pd.concat([rows["sku"], rows["recommended_sku"]]).value_counts()
    assert uses.max() == SETTINGS.rows_per_subject
    few = Settings(as_of=AS_OF, max_rows=2)
    assert len(score_plays({**marts, "reorder_points": empty["reorder_points"].head(0)}, few).rows["cross_sell"]) == 2


def test_basket_size_factor_is_one_for_equal_baskets_and_more_for_long_ones() -> None:
    equal = pd.DataFrame({"order_id": [1, 2, 3], "sku": ["a", "b", "c"], "quantity": 1})
    assert basket_size_factor(baskets_from_lines(equal)) == 1.0
    long = pd.DataFrame({"order_id": [1] * 6 + [2, 3, 4], "sku": list("abcdefabc"), "quantity": 1})
    # sizes 6, 1, 1, 1: 4 * 30 / 81
    assert basket_size_factor(baskets_from_lines(long)) == pytest.approx(120 / 81)


@pytest.mark.parametrize("rows", [0, 1])
def test_hardly_any_orders_give_an_empty_frame_of_the_right_types(marts: Marts, rows: int) -> None:
    found = score_plays({**marts, "order_lines": marts["order_lines"].head(rows)}, SETTINGS).rows["cross_sell"]
    assert found.empty
    assert {name: str(found[name].dtype) for name in COMMON_COLUMNS} == COMMON_COLUMNS


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
