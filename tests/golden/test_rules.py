"""The merchant's own thresholds, as the seeds hold them: a change here is a change of meaning."""

import csv

from stores import REPOSITORY


def rules(name: str, *columns: str) -> list[tuple[str, ...]]:
    with (REPOSITORY / "seeds" / "rules" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [tuple(row[column] for column in columns) for row in csv.DictReader(file)]


def test_campaigns() -> None:
    assert rules(
        *("campaign_rules", "campaign_type", "primary_segment", "lifecycle_stage", "net_sales_over"),
        *("minimum_days_since_last_order", "maximum_days_since_last_order", "days_since_first_order_under", "orders"),
    ) == [
        ("high_priority_winback", "professional_shop", "at_risk", "5000", "", "", "", ""),
        ("reengagement_campaign", "enthusiast_collector", "", "", "45", "60", "", ""),
        ("new_customer_nurture", "first_time_builder", "", "", "", "", "14", "1"),
    ]
    assert rules("campaign_themes", "category_l1", "content_theme") == [
        ("Engine & Drivetrain", "engine_specialist"),
        ("Suspension & Steering", "chassis_builder"),
    ]


def test_slow_stock() -> None:
    found = rules("slow_stock_actions", "action", "months_of_cover_over", "without_sales", "recovery_rate")
    assert [row[:3] for row in found] == [
        ("discontinue", "", "true"),
        ("discount_50_pct", "12", ""),
        ("discount_25_pct", "6", ""),
        ("monitor", "", ""),
    ]
    rates = [float(row[3]) for row in found]
    assert rates == sorted(rates, reverse=True)
    assert len(set(rates)) == len(rates), "two actions that bring back the same are one action"


def test_every_buyer_has_a_segment_and_a_stage() -> None:
    conditions = ("tag", "is_company", "maximum_orders", "minimum_net_sales", "maximum_days_since_last_order")
    last = {
        attribute: (minimum_orders, *rest)
        for attribute, minimum_orders, *rest in rules(
            "segment_rules", "attribute", "minimum_orders", *conditions, "maximum_days_since_first_order"
        )
    }
    # the last rule of each attribute asks for nothing but an order
    assert last == {name: ("1", "", "", "", "", "", "") for name in ("primary_segment", "lifecycle_stage")}
