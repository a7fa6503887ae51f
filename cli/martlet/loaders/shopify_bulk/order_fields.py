"""Where GraphQL has the columns of an order and of what belongs to it. Money stands in bags, in two currencies."""

from martlet.loaders.shopify_csv.synthetic_ids import synthetic_id
from martlet.loaders.shopify_records.shapes import (
    FULFILLMENT,
    ORDER,
    PLACE,
    UP,
    Field,
    at,
    constant,
    gid,
    is_given,
    joined,
    word,
)


def shop_money(*names: str) -> Field:
    """A money bag's amount in the shop's currency."""
    return at(*(f"{name}.shopMoney.amount" for name in names))


def _minus(field: Field) -> Field:
    """Money that GraphQL gives positive and the contract negative."""
    return at(*field.paths, sql="case when {x} like '-%' then {x} else '-' || {x} end")


REFUND_LINE_ID = synthetic_id("'refund line'", "_up", "json_extract_string(_json, '$.lineItem.id')", "_place")

ORDERS = {
    "id": gid("id"),
    "name": at("name"),
    "email": at("email"),
    "phone": at("phone"),
    "customer_id": gid("customer.id"),
    "created_at": at("createdAt"),
    "processed_at": at("processedAt"),
    "updated_at": at("updatedAt"),
    "cancelled_at": at("cancelledAt"),
    "cancel_reason": word("cancelReason"),
    "test": at("test"),
    "currency": at("currencyCode"),
    "financial_status": word("displayFinancialStatus"),
    "fulfillment_status": word("displayFulfillmentStatus", **FULFILLMENT),
    "taxes_included": at("taxesIncluded"),
    "total_discounts": shop_money("totalDiscountsSet"),
    "subtotal_price": shop_money("subtotalPriceSet"),
    "total_shipping_price": shop_money("totalShippingPriceSet"),
    "total_tax": shop_money("totalTaxSet"),
    "total_price": shop_money("totalPriceSet"),
    "discount_codes": joined("discountCodes"),
    "source_name": at("sourceName"),
    "tags": joined("tags"),
    "buyer_accepts_marketing": at("customerAcceptsMarketing"),
    "landing_site": at("customerJourneySummary.firstVisit.landingPage", "landingPageUrl"),
    "referring_site": at("customerJourneySummary.firstVisit.referrerUrl", "referrerUrl"),
    "location_id": gid("retailLocation.id", "physicalLocation.id"),
    "user_id": gid("staffMember.id"),
    "shipping_address_city": at("shippingAddress.city"),
    "shipping_address_province": at("shippingAddress.province", "shippingAddress.provinceCode"),
    "shipping_address_zip": at("shippingAddress.zip"),
    "shipping_address_country": at(
        "shippingAddress.country", "shippingAddress.countryCodeV2", "shippingAddress.countryCode"
    ),
}
ORDER_LINES = {
    "id": gid("id"),
    "order_id": gid("order.id", otherwise="_order"),
    "product_id": gid("product.id"),
    "variant_id": gid("variant.id"),
    "sku": at("sku"),
    "title": at("title", "name"),
    "variant_title": at("variantTitle"),
    "vendor": at("vendor"),
    "quantity": at("quantity"),
    "price": shop_money("originalUnitPriceSet"),
    "line_total": shop_money("originalTotalSet"),
    "total_discount": shop_money("totalDiscountSet"),
    "requires_shipping": at("requiresShipping"),
    "taxable": at("taxable"),
    "gift_card": at("isGiftCard"),
    "unfulfilled_quantity": at("unfulfilledQuantity"),
    "has_taxes": is_given("taxLines"),
}
REFUNDS = {
    "id": gid("id"),
    "order_id": gid("order.id", otherwise="_order"),
    "created_at": at("createdAt"),
    "processed_at": at("processedAt"),
    "note": at("note"),
    "total_refunded": shop_money("totalRefundedSet"),
    "has_lines": is_given("refundLineItems"),
}
ORDER_LINE_REFUNDS = {
    # older versions of the API give these no id
    "id": gid("id", otherwise=f"cast({REFUND_LINE_ID} as varchar)"),
    "refund_id": gid("refund.id", otherwise="_up"),
    "order_line_id": gid("lineItem.id"),
    "quantity": at("quantity"),
    "subtotal": shop_money("subtotalSet"),
    "total_tax": shop_money("totalTaxSet"),
    "restock_type": word("restockType"),
    "location_id": gid("location.id"),
}
ADJUSTMENTS = {
    "id": gid("id"),
    "order_id": ORDER,
    "refund_id": UP,
    "amount": shop_money("amountSet"),
    "tax_amount": shop_money("taxAmountSet"),
    "kind": word("kind", otherwise="'refund_discrepancy'"),
    "reason": word("reason"),
}
SHIPPING_REFUNDS = {
    "id": gid("id"),
    "order_id": ORDER,
    "refund_id": UP,
    "amount": _minus(shop_money("subtotalAmountSet")),
    "tax_amount": _minus(shop_money("taxAmountSet")),
    "kind": constant("shipping_refund"),
    "reason": constant("Shipping refund"),
}
TRANSACTIONS = {
    "id": gid("id"),
    "order_id": gid("order.id", otherwise="_order"),
    "refund_id": gid("refund.id", otherwise="case when _up like '%/Refund/%' then _up end"),
    "parent_id": gid("parentTransaction.id"),
    "kind": word("kind"),
    "status": word("status"),
    "gateway": at("gateway"),
    "amount": shop_money("amountSet"),
    "currency": at("amountSet.shopMoney.currencyCode"),
    "created_at": at("processedAt", "createdAt"),
    "test": at("test"),
}
ALLOCATIONS = {
    "order_line_id": UP,
    "index": PLACE,
    "amount": shop_money("allocatedAmountSet"),
    "discount_application_index": at("discountApplication.index"),
    "code": at("discountApplication.code"),
}
APPLICATIONS = {
    "order_id": ORDER,
    "place": at("index"),
    "code": at("code"),
    "type": at(
        "__typename",
        otherwise="case when json_exists(_json, '$.code') then 'x' end",
        sql="case when {x} is not null then 'discount_code' end",
    ),
}
