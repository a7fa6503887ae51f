"""What is known of each product when one is to be offered: name, on sale or not, stock, and margin an order."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from martlet.shortlist.evidence import as_float, count, percent

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

PRODUCT_COLUMNS = ("sku", "product_title", "status", "is_active")
STOCK_COLUMNS = ("sku", "position", "position_status", "needs_reorder")
OFF_SALE = "not on sale"
SHORT = "at or below its reorder point"


@dataclass(frozen=True)
class Shelf:
    """Arrays in the order of the SKUs asked for. `margin`: median margin of an order's lines of the SKU."""

    title: NDArray[np.object_]
    sellable: Bools
    listed: Bools
    short: Bools
    position: Floats
    margin: Floats
    assumed: Bools

    def obstacle(self, of: int, to: int, skus: NDArray[np.object_]) -> str | None:
        """Why `to` cannot be offered to buyers of `of` now, if it cannot."""
        for k in (of, to):
            if not self.sellable[k]:
                return f"{skus[k]} is {OFF_SALE}"
        return f"{skus[to]} is {SHORT}" if self.short[to] else None

    def stock_sentence(self, k: int, sku: str) -> str:
        """What a promoter must know of the stock of SKU number `k`."""
        position = self.position[k]
        if np.isnan(position):
            stock = f"Stock of {sku} is unknown: check it before promoting."
        else:
            stock = f"{count(position)} of {sku} on hand or on order, above its reorder point."
        listed = "" if self.listed[k] else f" {sku} is not in the products export: check that it is on sale."
        return stock + listed

    def margin_caveats(self, k: int, sku: str, rate: float) -> list[str]:
        """A sentence if the margin of SKU number `k` rests on the assumed rate, none otherwise."""
        if not self.assumed[k]:
            return []
        return [f"Some or all costs of {sku} are unknown: margin there is taken as {percent(rate)} of net sales."]


def shelf_of(
    skus: Sequence[object] | NDArray[np.object_],
    lines: pd.DataFrame,
    products: pd.DataFrame,
    stock: pd.DataFrame,
    rate: float,
) -> Shelf:
    """The shelf of these SKUs. `lines`: order_id, sku, net_sales, gross_margin; `rate`: margin where costs are unknown.

    A SKU that no products export lists may well be on sale; the rows say that it is not known.
    """
    index = pd.Index(skus)
    known = products.drop_duplicates("sku").set_index("sku").reindex(index)
    counted = stock.drop_duplicates("sku").set_index("sku").reindex(index)
    status = known["status"].astype(object).where(known["status"].notna(), "unlisted")
    active = known["is_active"].astype(object).eq(True).to_numpy(dtype=np.bool_)
    listed = status.ne("unlisted").to_numpy(dtype=np.bool_)
    margin, assumed = _margin_per_order(lines, index, rate)
    return Shelf(
        title=known["product_title"].to_numpy(dtype=object),
        sellable=active | ~listed,
        listed=listed,
        short=counted["needs_reorder"].astype(object).eq(True).to_numpy(dtype=np.bool_),
        position=as_float(counted["position"].where(counted["position_status"] == "known")).to_numpy(),
        margin=margin,
        assumed=assumed,
    )


def product_page_obstacles(pages: Sequence[str], products: pd.DataFrame, stock: pd.DataFrame) -> dict[str, str]:
    """Pages of one product (/products/<handle>) that nobody should be sent to now, each with its reason.

    products : sku, handle, is_active. stock : sku, needs_reorder. A page is held back if none of its SKUs is on sale,
    or every one that is stands at or below its reorder point.
    """
    known = products[products["handle"].notna()].drop_duplicates("sku")
    short = set(stock.loc[stock["needs_reorder"].astype(object).eq(True), "sku"])
    active = known["is_active"].astype(object).eq(True)
    by_handle = pd.DataFrame(
        {"handle": known["handle"].astype(str), "active": active, "ready": active & ~known["sku"].isin(short)}
    )
    ready = by_handle.groupby("handle")[["active", "ready"]].any()
    obstacles: dict[str, str] = {}
    for page in pages:
        handle = page.rpartition("/products/")[2] if "/products/" in page else ""
        if handle in ready.index and not ready.at[handle, "ready"]:
            obstacles[page] = f"its product is {SHORT if ready.at[handle, 'active'] else OFF_SALE}"
    return obstacles


def _margin_per_order(lines: pd.DataFrame, index: pd.Index, rate: float) -> tuple[Floats, Bools]:
    """Median margin of an order's lines of each SKU, and whether any was assumed: the median resists bulk orders."""
    sales, margin = as_float(lines["net_sales"]), as_float(lines["gross_margin"])
    made = pd.DataFrame(
        {
            "order_id": lines["order_id"],
            "sku": lines["sku"],
            "margin": margin.where(margin.notna(), sales * rate),
            "assumed": margin.isna(),
        }
    )
    by_order = made.groupby(["sku", "order_id"], sort=False)["margin"].sum()
    typical = by_order.groupby(level="sku").median().reindex(index)
    assumed = made.groupby("sku")["assumed"].any().reindex(index)
    return typical.to_numpy(dtype=np.float64), assumed.astype(object).eq(True).to_numpy(dtype=np.bool_)
