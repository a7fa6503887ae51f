"""The little shop as Fivetran gives it, in its REST and its GraphQL shape."""

import json
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
    flat,
    lower_rest,
    money_set,
)


def fivetran_tables(shape: str) -> dict[str, Rows]:
    """Fivetran's tables in the "rest" or the "graphql" shape."""
    is_rest = shape == "rest"

    def money(name: str, amount: str | None) -> dict[str, Any]:
        return {name: None if amount is None else float(amount)} if is_rest else flat(name, amount)

    def either(rest: str, graphql: str, value: Any) -> dict[str, Any]:
        return {rest: value} if is_rest else {graphql: value.upper() if isinstance(value, str) else value}

    orders = []
    for order in ORDERS:
        row = {
            "id": order.number,
            "name": order.name,
            "email": order.email,
            "customer_id": order.customer,
            "created_at": PLACED,
        }
        row |= {"processed_at": PLACED, "cancelled_at": order.cancelled, "test": False, "taxes_included": False}
        row |= {
            "cancel_reason": "customer" if order.cancelled else None,
            "source_name": "web",
            "_fivetran_deleted": False,
        }
        row |= {"shipping_address_city": "Lyon", "shipping_address_zip": "69001", "shipping_address_country": "France"}
        row |= either("currency", "currency_code", "EUR")
        row |= either("financial_status", "display_financial_status", order.financial)
        row |= either(
            "fulfillment_status",
            "display_fulfillment_status",
            order.fulfillment if is_rest else order.fulfillment or "unfulfilled",
        )
        row |= (
            money("subtotal_price", order.subtotal)
            | money("total_discounts", order.discounts)
            | money("total_tax", order.tax)
        )
        row |= money("total_price", order.total)
        row |= (
            {"total_shipping_price_set": json.dumps(money_set(order.shipping))}
            if is_rest
            else flat("total_shipping_price", order.shipping)
        )
        orders.append(row)
    lines = []
    for line in LINES:
        number, of, sku, variant, quantity, price, unfulfilled, _, _ = line
        row = {"id": number, "order_id": of, "sku": sku, "title": "Gasket", "vendor": "Acme", "quantity": quantity}
        row |= {"product_id": variant and 901, "variant_id": variant, "requires_shipping": True, "taxable": True}
        row |= {"gift_card" if is_rest else "is_gift_card": False} | money("total_discount", "0.00")
        row |= (
            {"price": float(price), "fulfillment_status": lower_rest(line), "index": number}
            if is_rest
            else flat("original_total", f"{float(price) * quantity:.2f}") | {"unfulfilled_quantity": unfulfilled}
        )
        lines.append(row)
    refund = {"id": 801, "order_id": 1001, "created_at": BACK}
    back = {"id": 811, "refund_id": 801, "order_line_id": 2001, "quantity": 1.0, "restock_type": "return"}
    tables: dict[str, Rows] = {
        "order": orders,
        "order_line": lines,
        "refund": [refund | ({"processed_at": BACK} if is_rest else flat("total_refunded", "14.90"))],
        "order_line_refund": [back | {"location_id": 71} | money("subtotal", "9.00") | money("total_tax", "0.90")],
        "transaction": [
            {"id": move, "order_id": of, "refund_id": back_to, "parent_id": parent, "status": "success", "test": False}
            | {"kind": kind if is_rest else kind.upper(), "gateway": "shopify_payments"}
            | {"created_at": BACK if back_to else PLACED}
            | ({"currency": "EUR", "amount": float(amount)} if is_rest else flat("amount", amount))
            | ({} if is_rest else {"amount_set_shop_currency_code": "EUR"})
            for move, of, back_to, parent, kind, amount in TRANSACTIONS
        ],
        "tax_line": [
            {"order_line_id": line[0], "index": 0, "rate": 0.1} | money("price", line[7]) for line in LINES if line[7]
        ],
        "discount_allocation": [
            {"order_line_id": line[0], "index": 0, "discount_application_index": 0}
            | money("amount" if is_rest else "allocated_amount", line[8])
            for line in LINES
            if line[8]
        ],
        "discount_application": [{"order_id": 1001, "index": 0, "code": "SAVE10", "target_type": "line_item"}],
        "order_discount_code": [{"order_id": 1001, "index": 0, "code": "SAVE10"}],
        "fulfillment": [
            {"id": 1, "order_id": 1001, "location_id": 71, "status": "success"},
            {"id": 2, "order_id": 1001, "location_id": 72, "status": "success"},
        ],
        "customer": [
            {"id": number, "email": email, "first_name": name, "created_at": PLACED, "orders_count": 1}
            | {"email_marketing_consent_state": "subscribed" if is_rest else "SUBSCRIBED"}
            for number, email, name, _ in CUSTOMERS
        ],
        "customer_tag": [
            {"customer_id": number, "index": place, "value": tag}
            for number, _, _, tags in CUSTOMERS
            for place, tag in enumerate(tags)
        ],
        "product": [
            {"id": 901, "handle": "gasket", "title": "Gasket", "vendor": "Acme", "created_at": PLACED}
            | {"status": "active" if is_rest else "ACTIVE", "published_at": PLACED, "_fivetran_deleted": False}
        ],
        "product_tag": [{"product_id": 901, "index": 0, "value": "rubber"}],
        "product_variant": [
            {"id": number, "product_id": 901, "sku": sku, "price": float(price), "inventory_item_id": item}
            | {"title": "Default Title", "position": number - 910, "inventory_policy": "deny"}
            for number, sku, price, item, _ in VARIANTS
        ],
        "inventory_item": [
            {"id": item, "sku": sku, "tracked": True, "_fivetran_deleted": False}
            | {"cost" if is_rest else "unit_cost_amount": cost and float(cost)}
            for _, sku, _, item, cost in VARIANTS
        ],
        "inventory_level": [
            {"id": item * 100 + place, "inventory_item_id": item, "location_id": place}
            for item, place in sorted({count[:2] for count in COUNTS})
        ],
        "inventory_quantity": [
            {"id": place, "inventory_item_id": item, "inventory_level_id": item * 100 + where, "name": name}
            | {"quantity": quantity, "updated_at": SENT}
            for place, (item, where, name, quantity) in enumerate(COUNTS)
        ],
        "location": [
            {"id": number, "name": name, "active" if is_rest else "is_active": True} for number, name in LOCATIONS
        ],
    }
    if is_rest:
        repaid = {"id": 821, "order_id": 1001, "refund_id": 801, "amount": -5.0, "tax_amount": 0.0}
        tables["order_adjustment"] = [{**repaid, "kind": "shipping_refund", "reason": "Shipping refund"}]
    return tables
