"""The replenishment plan in brief."""

from typing import Any

from martlet.report.facts import Order, Stock, VendorOrders
from martlet.report.reader import Reader, integer, number, text

PLAN = "predictions.replenishment_plan"
SHOWN = 15
COUNTS = f"""
select
    count(*) as skus,
    count(*) filter (order_now is null) as unknown,
    count(*) filter (order_now and not is_funded) as unfunded
from {PLAN}
"""
# the margin breaks the ties: most orders that are due are due today
URGENT = f"""
select
    sku,
    product_title,
    vendor,
    on_hand,
    order_quantity,
    last_date_to_order,
    order_cost_total,
    expected_lost_margin_avoided
from {PLAN}
where is_funded
order by last_date_to_order nulls last, expected_lost_margin_avoided desc nulls last, sku
limit {SHOWN}
"""
# cents before they are added up: a sum of doubles depends on who adds first
VENDORS = f"""
select
    vendor,
    count(*) as orders,
    sum(order_quantity) as units,
    sum(cast(order_cost_total as decimal(18, 2))) as cost,
    count(*) filter (order_cost_total is null) as uncosted,
    sum(cast(expected_lost_margin_avoided as decimal(18, 2))) as margin_at_risk
from {PLAN}
where is_funded
group by vendor
order by cost desc nulls last, vendor
"""


def read_stock(reader: Reader) -> Stock:
    """The plan's most urgent orders, every vendor's total, and what the plan could not say."""
    counts = reader.row(PLAN, COUNTS)
    return Stock(
        is_planned=bool(counts),
        skus=counts.get("skus", 0),
        unknown=counts.get("unknown", 0),
        unfunded=counts.get("unfunded", 0),
        orders=[_order(row) for row in reader.rows(PLAN, URGENT)],
        vendors=[_vendor(row) for row in reader.rows(PLAN, VENDORS)],
    )


def _order(row: dict[str, Any]) -> Order:
    return Order(
        sku=text(row["sku"]),
        title=text(row["product_title"]),
        vendor=text(row["vendor"]) or "no vendor",
        on_hand=integer(row["on_hand"]),
        quantity=int(row["order_quantity"]),
        last_date=row["last_date_to_order"],
        cost=number(row["order_cost_total"]),
        margin_at_risk=number(row["expected_lost_margin_avoided"]),
    )


def _vendor(row: dict[str, Any]) -> VendorOrders:
    return VendorOrders(
        vendor=text(row["vendor"]) or "no vendor",
        orders=row["orders"],
        units=int(row["units"]),
        cost=number(row["cost"]),
        uncosted=row["uncosted"],
        margin_at_risk=number(row["margin_at_risk"]),
    )
