"""The little shop as Airbyte gives it."""

from typing import Any

from little_shop import (
    BACK,
    COUNTS,
    CUSTOMERS,
    LINES,
    LOCATIONS,
    ORDERS,
    PLACED,
    SENT,
    TRANSACTIONS,
    VARIANTS,
    Rows,
    lower_rest,
    money_set,
)


def airbyte_streams() -> dict[str, Rows]:
    """Airbyte's streams; refunded shipping is in the refund's payment alone, as since the API of 2024-10."""
    lines = {
        line[0]: {"id": line[0], "sku": line[2], "title": "Gasket", "vendor": "Acme", "quantity": line[4]}
        | {"price": line[5], "price_set": money_set(line[5]), "total_discount": "0.00", "gift_card": False}
        | {"product_id": line[3] and 901, "variant_id": line[3], "requires_shipping": True, "taxable": True}
        | {"fulfillment_status": lower_rest(line)}
        | {"tax_lines": [{"price": line[7], "price_set": money_set(line[7]), "rate": 0.1}] if line[7] else []}
        | {"discount_allocations": [_airbyte_allocation(line[8])] if line[8] else []}
        for line in LINES
    }
    moves = [
        {"id": move, "order_id": of, "parent_id": parent, "kind": kind, "status": "success", "amount": float(amount)}
        | {"currency": "EUR", "gateway": "shopify_payments", "test": False, "created_at": BACK if back else PLACED}
        | {"amount_set": {"shop_money": money_set(amount)["shop_money"]}}
        for move, of, back, parent, kind, amount in TRANSACTIONS
    ]
    back = {"id": 811, "line_item_id": 2001, "quantity": 1, "subtotal": 9.0, "subtotal_set": money_set("9.00")}
    back |= {"total_tax": 0.9, "total_tax_set": money_set("0.90"), "restock_type": "return", "location_id": 71}
    refund = {"id": 801, "order_id": 1001, "created_at": BACK, "processed_at": BACK, "refund_line_items": [back]}
    refund |= {"order_adjustments": [], "transactions": [moves[1]]}
    orders = []
    for order in ORDERS:
        row: dict[str, Any] = {
            "id": order.number,
            "name": order.name,
            "email": order.email,
            "created_at": PLACED,
            "processed_at": PLACED,
        }
        row |= {
            "customer": {"id": order.customer, "email": order.email} if order.customer else None,
            "currency": "EUR",
            "test": False,
        }
        row |= {
            "cancelled_at": order.cancelled,
            "cancel_reason": "customer" if order.cancelled else None,
            "source_name": "web",
        }
        row |= {"financial_status": order.financial, "fulfillment_status": order.fulfillment, "taxes_included": False}
        row |= {
            "subtotal_price": float(order.subtotal),
            "total_discounts": float(order.discounts),
            "total_tax": float(order.tax),
        }
        row |= {
            "total_price": float(order.total),
            "total_shipping_price_set": money_set(order.shipping),
            "deleted_at": None,
        }
        row |= {"subtotal_price_set": money_set(order.subtotal), "total_price_set": money_set(order.total), "tags": ""}
        row |= {"shipping_address": {"city": "Lyon", "country": "France", "zip": "69001"}}
        row |= {"line_items": [lines[line[0]] for line in LINES if line[1] == order.number]}
        row |= {
            "discount_codes": [{"code": code, "amount": order.discounts, "type": "percentage"} for code in order.codes]
        }
        row |= {"discount_applications": [{"type": "discount_code", "value": "10.0"} for _ in order.codes]}
        row |= {"refunds": [refund] if order.number == 1001 else []}
        row |= {
            "fulfillments": [{"id": 1, "location_id": 71}, {"id": 2, "location_id": 72}] if order.number == 1001 else []
        }
        orders.append(row)
    return {
        "orders": orders,
        "order_refunds": [refund],
        "transactions": moves,
        "customers": [
            {"id": number, "email": email, "first_name": name, "created_at": PLACED, "orders_count": 1}
            | {"email_marketing_consent": {"state": "subscribed"}, "tags": ", ".join(tags), "deleted_at": None}
            for number, email, name, tags in CUSTOMERS
        ],
        "products": [
            {"id": 901, "handle": "gasket", "title": "Gasket", "vendor": "Acme", "status": "active", "tags": "rubber"}
            | {"created_at": PLACED, "published_at": PLACED, "deleted_at": None}
            | {"variants": [_airbyte_variant(*variant) for variant in VARIANTS]}
        ],
        "inventory_items": [
            {"id": item, "sku": sku, "tracked": True, "cost": cost and float(cost)}
            for _, sku, _, item, cost in VARIANTS
        ],
        "inventory_levels": [
            {"id": f"{place}|{item}", "inventory_item_id": item, "location_id": place}
            | {"quantities": [_airbyte_count(count) for count in COUNTS if count[:2] == (item, place)]}
            for item, place in sorted({count[:2] for count in COUNTS})
        ],
        "locations": [{"id": number, "name": name, "active": True} for number, name in LOCATIONS],
        "shop": [{"id": 1, "name": "The little shop"}],
    }


def _airbyte_allocation(amount: str) -> dict[str, Any]:
    return {"amount": amount, "amount_set": money_set(amount), "discount_application_index": 0}


def _airbyte_variant(number: int, sku: str, price: str, item: int, cost: str | None) -> dict[str, Any]:
    variant = {"id": number, "product_id": 901, "sku": sku, "price": price, "inventory_item_id": item}
    return variant | {"title": "Default Title", "position": number - 910, "inventory_policy": "deny"}


def _airbyte_count(count: tuple[int, int, str, int]) -> dict[str, Any]:
    return {"id": f"{count[0]}-{count[2]}", "name": count[2], "quantity": count[3], "updatedAt": SENT}
