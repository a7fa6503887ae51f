"""Synthetic shops and funnels with a planted pair and a planted weak page, and checks that every row must pass."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from martlet.shortlist.rows import COMMON_COLUMNS, Settings

LEDGER = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "online_retail.parquet"
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
        "quiet_days": [90, 90],
        "max_rows": [50, 50],
        "note": ["", ""],
    }
)
Marts = dict[str, pd.DataFrame]


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
                "product_id": range(products),
                "variant_title": "Default Title",
                "handle": [f"part-{i}" for i in range(products)],
            }
        ),
        "customers": pd.DataFrame(
            {"customer_key": [f"customer-{i}" for i in range(900)], "accepts_email_marketing": True}
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
