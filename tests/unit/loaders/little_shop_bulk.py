"""The little shop as a bulk operation gives it."""

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
    Order,
    Rows,
    bag,
    gid,
    reference,
)


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


def _bulk_order(order: Order) -> dict[str, Any]:
    moves = [
        {"id": gid("OrderTransaction", move), "kind": kind.upper(), "status": "SUCCESS", "gateway": "shopify_payments"}
        | {"amountSet": bag(amount), "processedAt": BACK if refund else PLACED, "test": False}
        | {"parentTransaction": reference("OrderTransaction", parent)}
        for move, of, refund, parent, kind, amount in TRANSACTIONS
        if of == order.number
    ]
    refunds = []
    if order.number == 1001:
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
        "id": gid("Order", order.number),
        "name": order.name,
        "email": order.email,
        "createdAt": PLACED,
        "processedAt": PLACED,
        "cancelledAt": order.cancelled,
        "cancelReason": "CUSTOMER" if order.cancelled else None,
        "test": False,
        "currencyCode": "EUR",
        "displayFinancialStatus": order.financial.upper(),
        "displayFulfillmentStatus": (order.fulfillment or "unfulfilled").upper(),
        "taxesIncluded": False,
        "subtotalPriceSet": bag(order.subtotal),
        "totalDiscountsSet": bag(order.discounts),
        "totalShippingPriceSet": bag(order.shipping),
        "totalTaxSet": bag(order.tax),
        "totalPriceSet": bag(order.total),
        "discountCodes": order.codes,
        "sourceName": "web",
        "tags": [],
        "customer": {"id": gid("Customer", order.customer), "email": order.email} if order.customer else None,
        "shippingAddress": {"city": "Lyon", "country": "France", "zip": "69001"},
        "transactions": moves,
        "refunds": refunds,
        "fulfillments": [{"id": gid("Fulfillment", 1)}, {"id": gid("Fulfillment", 2)}] if order.number == 1001 else [],
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
