"""One little shop as four vendors would give it: by hand, field by field, and the same in every shape.

Order 1001: a discount code, five units sent from two places, one unit and the shipping given back. Order 1002: a guest,
authorized and captured. Order 1003: cancelled.
"""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

Rows = list[dict[str, Any]]
PLACED, SENT, BACK = "2026-03-01T10:00:00Z", "2026-03-02T09:00:00Z", "2026-03-05T12:30:00Z"


def bag(amount: str) -> dict[str, Any]:
    """Money as GraphQL has it: the shop's and what the buyer saw."""
    return {
        "shopMoney": {"amount": amount, "currencyCode": "EUR"},
        "presentmentMoney": {"amount": str(float(amount) * 2), "currencyCode": "USD"},
    }


def money_set(amount: str) -> dict[str, Any]:
    """The same in REST."""
    return {
        "shop_money": {"amount": amount, "currency_code": "EUR"},
        "presentment_money": {"amount": str(float(amount) * 2), "currency_code": "USD"},
    }


def flat(name: str, amount: str | None) -> dict[str, Any]:
    """The same in Fivetran's GraphQL shape."""
    value = None if amount is None else float(amount)
    return {f"{name}_set_shop_amount": value, f"{name}_set_pres_amount": None if value is None else value * 2}


# id, name, email, customer, financial, fulfillment (REST), cancelled, subtotal, discounts, shipping, tax, total, codes
ORDERS = [
    (
        *(1001, "#1001", "ann@example.com", 501, "partially_refunded", "fulfilled", None),
        *("47.00", "3.00", "5.00", "4.70", "56.70", ["SAVE10"]),
    ),
    (*(1002, "#1002", "guest@example.com", None, "paid", None, None), *("7.50", "0.00", "0.00", "0.00", "7.50", [])),
    (
        *(1003, "#1003", "bob@example.com", 502, "voided", "restocked", SENT),
        *("20.00", "0.00", "5.00", "0.00", "25.00", []),
    ),
]
# id, order, sku, variant, quantity, unit price, unfulfilled, tax, discount
LINES = [
    (2001, 1001, "A", 911, 3, "10.00", 0, "2.70", "3.00"),
    (2002, 1001, "B", 912, 5, "4.00", 0, "2.00", None),
    (2003, 1002, None, None, 1, "7.50", 1, None, None),
    (2004, 1003, "A", 911, 2, "10.00", 2, None, None),
]
# id, order, refund, parent, kind, amount
TRANSACTIONS = [
    (6001, 1001, None, None, "sale", "56.70"),
    (6002, 1001, 801, 6001, "refund", "14.90"),
    (6003, 1002, None, None, "authorization", "7.50"),
    (6004, 1002, None, 6003, "capture", "7.50"),
    (6005, 1003, None, None, "authorization", "25.00"),
    (6006, 1003, None, 6005, "void", "25.00"),
]
CUSTOMERS = [(501, "ann@example.com", "Ann", ["vip", "eu"]), (502, "bob@example.com", "Bob", [])]
VARIANTS = [(911, "A", "12.00", 921, "6.10"), (912, "B", "4.00", 922, None)]
# item, location, name, quantity
COUNTS = [(921, 71, "available", 4), (921, 72, "available", 6), (921, 71, "on_hand", 5), (922, 72, "available", 0)]
LOCATIONS = [(71, "Main street"), (72, "Dock")]


def lower_rest(line: tuple[Any, ...]) -> str | None:
    return "fulfilled" if line[6] == 0 else None


def gid(kind: str, number: int | None) -> str | None:
    return None if number is None else f"gid://shopify/{kind}/{number}"


def reference(kind: str, number: int | None) -> dict[str, Any] | None:
    return None if number is None else {"id": gid(kind, number)}


# --- a bulk operation


def bulk_lines() -> Rows:
    """The objects of a bulk operation, parents first."""
    lines: Rows = []
    for order in ORDERS:
        lines.append(_bulk_order(order))
        lines += [_bulk_line(line) for line in LINES if line[1] == order[0]]
    for number, email, name, tags in CUSTOMERS:
        customer = {"id": gid("Customer", number), "firstName": name, "createdAt": PLACED, "tags": tags}
        address = {"emailAddress": email, "marketingState": "SUBSCRIBED"}
        lines.append({**customer, "defaultEmailAddress": address, "numberOfOrders": "1"})
    product = {"id": gid("Product", 901), "handle": "gasket", "title": "Gasket", "vendor": "Acme", "status": "ACTIVE"}
    lines.append({**product, "createdAt": PLACED, "tags": ["rubber"], "publishedAt": PLACED})
    for number, sku, price, item, cost in VARIANTS:
        stock = {"id": gid("InventoryItem", item), "tracked": True, "unitCost": cost and {"amount": cost}}
        variant = {"id": gid("ProductVariant", number), "sku": sku, "title": "Default Title", "price": price}
        lines.append(
            {**variant, "position": number - 910, "inventoryPolicy": "DENY", "inventoryItem": stock}
            | {"__parentId": gid("Product", 901)}
        )
    for number, name in LOCATIONS:
        lines.append({"id": gid("Location", number), "name": name, "isActive": True})
    for item, place in sorted({(item, place) for item, place, _, _ in COUNTS}):
        quantities = [
            {"name": name, "quantity": quantity, "updatedAt": SENT}
            for i, p, name, quantity in COUNTS
            if (i, p) == (item, place)
        ]
        level = f"gid://shopify/InventoryLevel/{place}?inventory_item_id={item}"
        lines.append({"id": level, "quantities": quantities, "__parentId": gid("Location", place)})
    return lines


def _bulk_order(order: tuple[Any, ...]) -> dict[str, Any]:
    (
        number,
        name,
        email,
        customer,
        financial,
        fulfillment,
        cancelled,
        subtotal,
        discounts,
        shipping,
        tax,
        total,
        codes,
    ) = order
    moves = [
        {"id": gid("OrderTransaction", move), "kind": kind.upper(), "status": "SUCCESS", "gateway": "shopify_payments"}
        | {"amountSet": bag(amount), "processedAt": BACK if refund else PLACED, "test": False}
        | {"parentTransaction": reference("OrderTransaction", parent)}
        for move, of, refund, parent, kind, amount in TRANSACTIONS
        if of == number
    ]
    refunds = []
    if number == 1001:
        line = {"id": gid("RefundLineItem", 811), "quantity": 1, "lineItem": reference("LineItem", 2001)}
        line |= {"subtotalSet": bag("9.00"), "totalTaxSet": bag("0.90"), "restockType": "RETURN"}
        line |= {"location": reference("Location", 71)}
        sent = {"id": gid("RefundShippingLine", 821), "subtotalAmountSet": bag("5.00"), "taxAmountSet": bag("0.00")}
        repaid = {"id": gid("OrderTransaction", 6002), "kind": "REFUND", "status": "SUCCESS", "amountSet": bag("14.90")}
        refunds.append(
            {"id": gid("Refund", 801), "createdAt": BACK, "processedAt": BACK, "totalRefundedSet": bag("14.90")}
            | {"refundLineItems": {"edges": [{"node": line}]}, "refundShippingLines": {"nodes": [sent]}}
            | {"orderAdjustments": {"edges": []}, "transactions": {"nodes": [repaid]}}
        )
    return {
        "id": gid("Order", number),
        "name": name,
        "email": email,
        "createdAt": PLACED,
        "processedAt": PLACED,
        "cancelledAt": cancelled,
        "cancelReason": "CUSTOMER" if cancelled else None,
        "test": False,
        "currencyCode": "EUR",
        "displayFinancialStatus": financial.upper(),
        "displayFulfillmentStatus": (fulfillment or "unfulfilled").upper(),
        "taxesIncluded": False,
        "subtotalPriceSet": bag(subtotal),
        "totalDiscountsSet": bag(discounts),
        "totalShippingPriceSet": bag(shipping),
        "totalTaxSet": bag(tax),
        "totalPriceSet": bag(total),
        "discountCodes": codes,
        "sourceName": "web",
        "tags": [],
        "customer": {"id": gid("Customer", customer), "email": email} if customer else None,
        "shippingAddress": {"city": "Lyon", "country": "France", "zip": "69001"},
        "transactions": moves,
        "refunds": refunds,
        "fulfillments": [{"id": gid("Fulfillment", 1)}, {"id": gid("Fulfillment", 2)}] if number == 1001 else [],
    }


def _bulk_line(line: tuple[Any, ...]) -> dict[str, Any]:
    number, order, sku, variant, quantity, price, unfulfilled, tax, discount = line
    allocation = {"allocatedAmountSet": bag(discount or "0"), "discountApplication": {"index": 0, "code": "SAVE10"}}
    return {
        "id": gid("LineItem", number),
        "sku": sku,
        "title": "Gasket",
        "vendor": "Acme",
        "quantity": quantity,
        "unfulfilledQuantity": unfulfilled,
        "originalUnitPriceSet": bag(price),
        "originalTotalSet": bag(f"{float(price) * quantity:.2f}"),
        "totalDiscountSet": bag("0.00"),
        "discountAllocations": [allocation] if discount else [],
        "taxLines": [{"priceSet": bag(tax), "rate": 0.1}] if tax else [],
        "product": reference("Product", variant and 901),
        "variant": reference("ProductVariant", variant),
        "requiresShipping": True,
        "taxable": True,
        "isGiftCard": False,
        "__parentId": gid("Order", order),
    }


def write_jsonl(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


# --- Fivetran


def fivetran_tables(shape: str) -> dict[str, Rows]:
    """Fivetran's tables in the "rest" or the "graphql" shape."""
    is_rest = shape == "rest"

    def money(name: str, amount: str | None) -> dict[str, Any]:
        return {name: None if amount is None else float(amount)} if is_rest else flat(name, amount)

    def either(rest: str, graphql: str, value: Any) -> dict[str, Any]:
        return {rest: value} if is_rest else {graphql: value.upper() if isinstance(value, str) else value}

    orders = []
    for order in ORDERS:
        (
            number,
            name,
            email,
            customer,
            financial,
            fulfillment,
            cancelled,
            subtotal,
            discounts,
            shipping,
            tax,
            total,
            _,
        ) = order
        row = {"id": number, "name": name, "email": email, "customer_id": customer, "created_at": PLACED}
        row |= {"processed_at": PLACED, "cancelled_at": cancelled, "test": False, "taxes_included": False}
        row |= {"cancel_reason": "customer" if cancelled else None, "source_name": "web", "_fivetran_deleted": False}
        row |= {"shipping_address_city": "Lyon", "shipping_address_zip": "69001", "shipping_address_country": "France"}
        row |= either("currency", "currency_code", "EUR")
        row |= either("financial_status", "display_financial_status", financial)
        row |= either(
            "fulfillment_status", "display_fulfillment_status", fulfillment if is_rest else fulfillment or "unfulfilled"
        )
        row |= money("subtotal_price", subtotal) | money("total_discounts", discounts) | money("total_tax", tax)
        row |= money("total_price", total)
        row |= (
            {"total_shipping_price_set": json.dumps(money_set(shipping))}
            if is_rest
            else flat("total_shipping_price", shipping)
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


def write_tables(folder: Path, tables: Mapping[str, Rows], form: str = "parquet") -> Path:
    """A file for each table, as Parquet, CSV or JSONL."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        path = folder / f"{name}.{form}"
        if form == "parquet":
            pq.write_table(pa.Table.from_pylist(rows), path)
        elif form == "jsonl":
            write_jsonl(path, rows)
        else:
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)))
                writer.writeheader()
                writer.writerows([{name: _csv_cell(value) for name, value in row.items()} for row in rows])
    return folder


def _csv_cell(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict | list) else value


# --- Airbyte


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
        (
            number,
            name,
            email,
            customer,
            financial,
            fulfillment,
            cancelled,
            subtotal,
            discounts,
            shipping,
            tax,
            total,
            codes,
        ) = order
        row: dict[str, Any] = {"id": number, "name": name, "email": email, "created_at": PLACED, "processed_at": PLACED}
        row |= {"customer": {"id": customer, "email": email} if customer else None, "currency": "EUR", "test": False}
        row |= {"cancelled_at": cancelled, "cancel_reason": "customer" if cancelled else None, "source_name": "web"}
        row |= {"financial_status": financial, "fulfillment_status": fulfillment, "taxes_included": False}
        row |= {"subtotal_price": float(subtotal), "total_discounts": float(discounts), "total_tax": float(tax)}
        row |= {"total_price": float(total), "total_shipping_price_set": money_set(shipping), "deleted_at": None}
        row |= {"subtotal_price_set": money_set(subtotal), "total_price_set": money_set(total), "tags": ""}
        row |= {"shipping_address": {"city": "Lyon", "country": "France", "zip": "69001"}}
        row |= {"line_items": [lines[line[0]] for line in LINES if line[1] == number]}
        row |= {"discount_codes": [{"code": code, "amount": discounts, "type": "percentage"} for code in codes]}
        row |= {"discount_applications": [{"type": "discount_code", "value": "10.0"} for _ in codes]}
        row |= {"refunds": [refund] if number == 1001 else []}
        row |= {"fulfillments": [{"id": 1, "location_id": 71}, {"id": 2, "location_id": 72}] if number == 1001 else []}
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
