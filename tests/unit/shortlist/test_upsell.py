"""Ladders out of variants and titles, and the step up that alike buyers take, checked by hand."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from shops import AS_OF, SETTINGS, Marts, assert_well_formed

from martlet.shortlist.ladders import find_rungs
from martlet.shortlist.plays import upsell
from martlet.shortlist.rows import Assumptions, Ranked

ASSUMED = Assumptions("upsell", 1.0, 0.15, 0.10, 10, 15)
Product = tuple[str, str, float]


def listed(*products: Product, category: str = "C", product_id: int | None = None) -> pd.DataFrame:
    """Products of (sku, title, price), each a product of its own unless `product_id` makes them variants of one."""
    skus, titles, prices = zip(*products, strict=True)
    return pd.DataFrame(
        {
            "sku": skus,
            "product_id": [place if product_id is None else product_id for place in range(len(products))],
            "product_title": titles,
            "variant_title": "Default Title",
            "category": category,
            "price": prices,
            "unit_cost": [0.6 * price for price in prices],
            "status": "active",
            "is_active": True,
        }
    )


def rungs(products: pd.DataFrame) -> list[tuple[str, str]]:
    found = find_rungs(products)
    return list(zip(found.lower, found.upper, strict=True))


def test_variants_of_a_product_are_a_ladder_by_price() -> None:
    chrome = listed(("PAN-C", "Oil Pan", 90.0), ("PAN", "Oil Pan", 60.0), ("PAN-G", "Oil Pan", 140.0), product_id=7)
    assert rungs(chrome) == [("PAN", "PAN-C"), ("PAN-C", "PAN-G")]


@pytest.mark.parametrize(
    ("lower", "upper"),
    [
        ("SET OF 3 CAKE TINS", "SET OF 6 CAKE TINS"),
        ("CAKE TINS SET/3", "CAKE TINS SET/6"),
        ("Lantern, small", "LANTERN LARGE"),
        ("Lug nut 4-pack", "Lug nut 20 pcs"),
        ("Hose clamp x 2", "Hose clamp x 10"),
        ("Club tee M", "Club tee XL"),
        ("Seat cover", "Seat cover extra large"),
    ],
)
def test_titles_that_differ_only_in_number_or_size_are_a_ladder(lower: str, upper: str) -> None:
    # a title without a size is no rung of a ladder of sizes: it may be anything
    expected = [] if lower == "Seat cover" else [("A", "B")]
    assert rungs(listed(("A", lower, 5.0), ("B", upper, 9.0))) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SET OF 3 CAKE TINS", "SET OF 6 TEA PLATES"),
        ("Oil Pan", "Oil Pan"),
        ("SET OF 3 CAKE TINS", "SET OF 3 CAKE TINS"),
        ("CHILDREN'S APRON", "CHILDREN'S APRON"),
        ("DOLLY'S CUP", "DOLLY CUP LARGE"),
        ("SMALL", "LARGE"),
        ("Ford 302 bracket", "Ford 351 bracket"),
    ],
)
def test_unlike_titles_and_the_same_size_twice_are_no_ladder(one: str, other: str) -> None:
    assert rungs(listed(("A", one, 5.0), ("B", other, 9.0))) == []


def test_categories_prices_and_missing_values_keep_ladders_apart() -> None:
    small, large = ("A", "Lantern small", 5.0), ("B", "Lantern large", 9.0)
    apart = pd.concat([listed(small, product_id=1), listed(large, category="D", product_id=2)], ignore_index=True)
    assert rungs(apart) == []
    assert rungs(apart.assign(category="C")) == [("A", "B")]
    assert rungs(listed(small, ("B", "Lantern large", 5.05))) == []
    assert rungs(listed(small, ("B", "Lantern large", np.nan))) == []
    untitled = listed(small, large).assign(product_title=None, product_id=pd.array([None, None], dtype="Int64"))
    assert rungs(untitled) == []


def orders(sku: str, by_kind: dict[str, int], units: int = 1) -> pd.DataFrame:
    """So many orders of a SKU by buyers of each kind, all in the last 90 days, the customer named for the kind."""
    kinds = [kind for kind, number in by_kind.items() for _ in range(number)]
    return pd.DataFrame(
        {
            "order_id": [f"{sku}-{kind}-{place}" for place, kind in enumerate(kinds)],
            "order_date": pd.Timestamp(AS_OF) - pd.Timedelta(days=10),
            "customer_key": [f"{kind}-1" for kind in kinds],
            "sku": sku,
            "quantity": units,
            "net_sales": 60.0 * units,
            "gross_margin": 24.0 * units,
        }
    )


def shop(lower: dict[str, int], upper: dict[str, int], units: int = 1) -> Marts:
    """Pans at 60 and 90, costs 36 and 54, bought so often by each kind of buyer."""
    return {
        "order_lines": pd.concat([orders("PAN", lower, units), orders("PAN-C", upper)], ignore_index=True),
        "products": listed(("PAN", "Oil Pan", 60.0), ("PAN-C", "Oil Pan", 90.0), product_id=7),
        "reorder_points": pd.DataFrame(
            {
                "sku": ["PAN", "PAN-C"],
                "position": 80.0,
                "position_status": "known",
                "needs_reorder": pd.array([False, False], dtype="boolean"),
            }
        ),
        "customer_segments": pd.DataFrame({"customer_key": ["x-1", "y-1"], "primary_segment": ["x", "y"]}),
    }


def found(marts: Marts) -> Ranked:
    return upsell.rank(marts, ASSUMED, SETTINGS)


ALIKE = shop({"x": 60, "y": 40}, {"x": 30, "y": 50}, units=2)


def test_the_share_of_alike_buyers_is_the_one_worked_out_by_hand() -> None:
    rows = found(ALIKE).rows
    assert_well_formed(rows)
    (row,) = rows.to_dict("records")
    # 80 of 180 orders took the upper rung; each kind's share weighs with ten orders at that
    share_x, share_y = (30 + 10 * 80 / 180) / 100, (50 + 10 * 80 / 180) / 100
    alike = 0.6 * share_x + 0.4 * share_y
    assert (row["sku"], row["upper_sku"]) == ("PAN", "PAN-C")
    assert (row["orders_with_sku"], row["orders_with_upper"]) == (100, 80)
    assert row["alike_share"] == pytest.approx(alike, abs=1e-6)
    assert row["upper_share"] == pytest.approx(80 / 180, abs=1e-6)
    assert row["buyer_overlap"] == pytest.approx(min(0.6, 30 / 80) + min(0.4, 50 / 80), abs=1e-6)
    assert row["margin_gain_per_unit"] == 36 - 24
    # 100 orders of two units, 12 more margin each, 15% of those who would choose it
    assert row["impact_margin_90d"] == pytest.approx(100 * 2 * 12 * alike * 0.15, abs=0.01)
    assert row["impact_unshrunk_90d"] == pytest.approx(100 * 2 * 12 * 80 / 180 * 0.15, abs=0.01)
    assert "USD 30.00 more" in row["action"]


def test_a_kind_that_never_takes_the_upper_rung_pulls_its_share_down() -> None:
    # the same totals; here the lower rung's buyers are mostly of the kind that does not move up
    other = found(shop({"x": 90, "y": 10}, {"x": 40, "y": 40})).rows.iloc[0]
    same = found(shop({"x": 50, "y": 50}, {"x": 40, "y": 40})).rows.iloc[0]
    assert other["upper_share"] == same["upper_share"]
    assert other["alike_share"] < 0.85 * same["alike_share"]


def test_buyers_who_are_unlike_are_set_aside() -> None:
    made = found(shop({"x": 90, "y": 10}, {"x": 5, "y": 45}))
    assert made.rows.empty
    assert made.set_aside[["subject", "reason"]].to_numpy().tolist() == [
        ["PAN + PAN-C", "buyers of the two rungs are not alike"]
    ]


def test_a_step_up_that_earns_no_more_gives_no_row() -> None:
    dear = ALIKE["products"].assign(unit_cost=[36.0, 66.0])
    made = found({**ALIKE, "products": dear})
    assert made.rows.empty
    assert made.set_aside.empty


@pytest.mark.parametrize("number", [0, 2])
def test_an_upper_rung_that_hardly_anybody_wants_gives_no_row(number: int) -> None:
    assert found(shop({"x": 60, "y": 40}, {"x": number})).rows.empty


def test_orders_that_hold_both_rungs_or_are_old_are_not_there_to_be_moved() -> None:
    lines = ALIKE["order_lines"]
    both = lines[lines["sku"] == "PAN"].head(7).assign(sku="PAN-C", quantity=1)
    assert found({**ALIKE, "order_lines": pd.concat([lines, both])}).rows.iloc[0]["eligible_orders_90d"] == 93
    old = lines.assign(order_date=pd.Timestamp(AS_OF) - pd.Timedelta(days=90))
    assert found({**ALIKE, "order_lines": old}).rows.empty


@pytest.mark.parametrize(
    ("table", "values", "reason"),
    [
        ("reorder_points", {"needs_reorder": True}, "PAN-C is at or below its reorder point"),
        ("products", {"status": "archived", "is_active": False}, "PAN-C is not on sale"),
    ],
)
def test_an_upper_rung_that_is_short_or_off_sale_is_set_aside(
    table: str, values: dict[str, object], reason: str
) -> None:
    changed = ALIKE[table].copy()
    for column, value in values.items():
        changed.loc[changed["sku"] == "PAN-C", column] = value
    made = found({**ALIKE, table: changed})
    assert made.rows.empty
    assert made.set_aside["reason"].tolist() == [reason]


def test_an_unknown_cost_is_said() -> None:
    row = found({**ALIKE, "products": ALIKE["products"].assign(unit_cost=[36.0, np.nan])}).rows.iloc[0]
    assert row["margin_assumed"]
    assert row["margin_gain_per_unit"] == pytest.approx(0.4 * 90 - 24)
    assert "margin there is taken as 40% of the price" in row["caveats"]


def test_a_rows_orders_come_back_from_its_query() -> None:
    # a buyer without a segment is of unknown kind, in the row as in the query
    stranger = orders("PAN", {"z": 5})
    marts = {**ALIKE, "order_lines": pd.concat([ALIKE["order_lines"], stranger], ignore_index=True)}
    row = found(marts).rows.iloc[0]
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        for table in ("order_lines", "customer_segments"):
            connection.register("made", marts[table])
            connection.execute(f"create table marts.{table} as from made")
        answer = connection.execute(row["reproduce_sql"]).df()
    assert answer["kind"].tolist() == ["unknown", "x", "y"]
    assert answer["orders_with_sku"].tolist() == [5, 60, 40]
    assert answer["orders_with_sku"].sum() == row["orders_with_sku"]
    assert answer["orders_with_upper"].sum() == row["orders_with_upper"]
