"""What sales are worth in margin, and an order from the web."""

from dataclasses import dataclass

import pandas as pd

from martlet.shortlist.evidence import as_float, percent
from martlet.shortlist.rows import Settings

#: Margin is measured if at least this share of net sales has a known cost, else assumed.
MEASURED_SHARE = 0.5


@dataclass(frozen=True)
class OrderValue:
    """Revenue and margin of an order. `assumed`: the margin rate is the settings', not the shop's."""

    revenue: float
    rate: float
    assumed: bool

    @property
    def margin(self) -> float:
        """Margin of an order, shop currency."""
        return self.revenue * self.rate

    def caveats(self) -> list[str]:
        """A sentence if the margin is assumed, none otherwise."""
        if not self.assumed:
            return []
        return [f"Costs are unknown for most sales: margin is taken as {percent(self.rate)} of revenue."]


def value_of_an_order(funnel: pd.DataFrame, lines: pd.DataFrame, settings: Settings) -> OrderValue:
    """Mean revenue of a purchase in `funnel` (purchased, revenue), at the margin rate of `lines`."""
    # every purchasing session, closed or not: revenue counts them all
    revenue = float(funnel["revenue"].fillna(0.0).sum() / max(float(funnel["purchased"].sum()), 1.0))
    rate = measured_margin_rate(lines)
    return OrderValue(revenue, settings.assumed_margin_rate if rate is None else rate, assumed=rate is None)


def measured_margin_rate(lines: pd.DataFrame) -> float | None:
    """Gross margin over net sales of the lines whose cost is known; None if they are too few of the sales."""
    sales, margin = as_float(lines["net_sales"]), as_float(lines["gross_margin"])
    known = float(sales[margin.notna()].sum())
    return float(margin.sum()) / known if known > 0 and known >= MEASURED_SHARE * float(sales.sum()) else None
