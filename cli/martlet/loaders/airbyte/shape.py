"""Airbyte's Shopify streams (source-shopify 4.3): Shopify's REST names, lines, refunds and stock nested in them."""

from martlet.loaders.shopify_records.shapes import (
    FULFILLMENT,
    ORDER,
    PLACE,
    UP,
    Field,
    Nested,
    Shape,
    TableMapping,
    at,
    constant,
    gid,
    is_given,
    joined,
    word,
)


def shop_money(name: str) -> Field:
    """Money in the shop's currency: the set's if it is there, else the plain column."""
    return at(f"{name}_set.shop_money.amount", name)


def _same(*names: str) -> dict[str, Field]:
    """Columns that are called there as they are here."""
    return {name: at(name) for name in names}


def _minus(*paths: str) -> Field:
    return at(*paths, sql="case when {x} like '-%' then {x} else '-' || {x} end")


_ROW = {
    "deleted": at("deleted_at", sql="case when {x} is not null then 'true' end"),
    # in append mode a stream holds every version of a row
    "version": at("_airbyte_extracted_at", "_airbyte_emitted_at", "updated_at"),
}
_CONSENT = "case when lower({x}) in ('true', 'subscribed') then 'true' when {x} is not null then 'false' end"

_ORDERS = {
    **_same("id", "name", "email", "phone", "created_at", "processed_at", "updated_at", "cancelled_at", "test"),
    **_same("currency", "taxes_included", "source_name", "buyer_accepts_marketing", "landing_site", "referring_site"),
    **_same("checkout_token", "location_id", "user_id"),
    "customer_id": at("customer.id", "customer_id"),
    "cancel_reason": word("cancel_reason"),
    "financial_status": word("financial_status"),
    # REST leaves it empty until something is sent
    "fulfillment_status": word("fulfillment_status", otherwise="'unfulfilled'", **FULFILLMENT),
    "total_line_items_price": shop_money("total_line_items_price"),
    "total_discounts": shop_money("total_discounts"),
    "subtotal_price": shop_money("subtotal_price"),
    "total_shipping_price": at("total_shipping_price_set.shop_money.amount"),
    "total_tax": shop_money("total_tax"),
    "total_price": shop_money("total_price"),
    "tags": joined("tags"),
    "shipping_address_city": at("shipping_address.city"),
    "shipping_address_province": at("shipping_address.province", "shipping_address.province_code"),
    "shipping_address_zip": at("shipping_address.zip"),
    "shipping_address_country": at("shipping_address.country", "shipping_address.country_code"),
    **_ROW,
}
_ORDER_LINES = {
    **_same("id", "product_id", "variant_id", "sku", "variant_title", "vendor", "quantity", "requires_shipping"),
    **_same("taxable", "gift_card"),
    "order_id": ORDER,
    "title": at("title", "name"),
    "price": shop_money("price"),
    "total_discount": shop_money("total_discount"),
    "fulfillment_status": word("fulfillment_status"),
    "has_taxes": is_given("tax_lines"),
}
_REFUNDS = {
    **_same("id", "created_at", "processed_at", "note"),
    "order_id": at("order_id", otherwise="_order"),
    "has_lines": is_given("refund_line_items"),
    "version": _ROW["version"],
}
_ORDER_LINE_REFUNDS = {
    **_same("id", "quantity", "location_id"),
    "refund_id": UP,
    "order_line_id": at("line_item_id", "line_item.id"),
    "subtotal": shop_money("subtotal"),
    "total_tax": shop_money("total_tax"),
    "restock_type": word("restock_type"),
}
_ADJUSTMENTS = {
    "id": at("id"),
    "order_id": at("order_id", otherwise="_order"),
    "refund_id": UP,
    "amount": at("amount", "amount_set.shop_money.amount"),
    "tax_amount": at("tax_amount", "tax_amount_set.shop_money.amount"),
    "kind": word("kind", otherwise="'refund_discrepancy'"),
    "reason": word("reason"),
}
_SHIPPING_REFUNDS = {
    "id": at("id"),
    "order_id": ORDER,
    "refund_id": UP,
    "amount": _minus("subtotal_amount_set.shop_money.amount"),
    "tax_amount": _minus("tax_amount_set.shop_money.amount"),
    "kind": constant("shipping_refund"),
    "reason": constant("shipping refund"),
}
_TRANSACTIONS = {
    **_same("id", "parent_id", "gateway", "test"),
    "order_id": at("order_id", otherwise="_order"),
    "refund_id": gid("refund_id", otherwise="case when _depth > 0 then _up end"),
    "kind": word("kind"),
    "status": word("status"),
    "amount": at("amount_set.shop_money.amount", "amount"),
    "currency": at("amount_set.shop_money.currency_code", "currency"),
    "created_at": at("processed_at", "created_at"),
    "version": _ROW["version"],
}
_CUSTOMERS = {
    **_same("id", "email", "phone", "first_name", "last_name", "created_at", "updated_at", "tax_exempt"),
    **_same("total_spent", "orders_count"),
    "accepts_email_marketing": at("email_marketing_consent.state", "accepts_marketing", sql=_CONSENT),
    "accepts_sms_marketing": at("sms_marketing_consent.state", sql=_CONSENT),
    "tags": joined("tags"),
    "company": at("default_address.company"),
    "city": at("default_address.city"),
    "province_code": at("default_address.province_code"),
    "country_code": at("default_address.country_code"),
    **_ROW,
}
_PRODUCTS = {
    **_same("id", "handle", "title", "vendor", "product_type", "created_at", "updated_at"),
    "product_category": at("category.full_name"),
    "tags": joined("tags"),
    "status": word("status"),
    "published": is_given("published_at"),
    **_ROW,
}
_VARIANTS = {
    **_same("id", "inventory_item_id", "sku", "title", "position", "price", "compare_at_price", "barcode"),
    **_same("inventory_quantity", "created_at", "updated_at"),
    "product_id": at("product_id", otherwise="_up"),
    "inventory_policy": word("inventory_policy"),
    **_ROW,
}
_COUNTS = {
    "inventory_item_id": at("_item"),
    "location_id": at("_location"),
    "name": word("name"),
    "quantity": at("quantity"),
    "updated_at": at("updatedAt", "updated_at", "_updated"),
}

SHAPE = Shape(
    kinds=(
        *("orders", "line_items", "order_refunds", "refund_line_items", "order_adjustments"),
        *("refund_shipping_lines", "transactions", "discount_allocations", "discount_applications"),
        *("discount_codes", "tax_lines", "customers", "products", "product_variants", "inventory_items"),
        *("inventory_levels", "quantities", "locations"),
    ),
    order_kind="orders",
    nested=(
        Nested("line_items", "orders", "line_items"),
        Nested("order_refunds", "orders", "refunds"),
        Nested("refund_line_items", "order_refunds", "refund_line_items"),
        Nested("order_adjustments", "order_refunds", "order_adjustments"),
        Nested("refund_shipping_lines", "order_refunds", "refund_shipping_lines"),
        Nested("transactions", "order_refunds", "transactions"),
        Nested("discount_allocations", "line_items", "discount_allocations"),
        Nested("discount_applications", "orders", "discount_applications"),
        Nested("discount_codes", "orders", "discount_codes"),
        Nested("tax_lines", "line_items", "tax_lines"),
        Nested("product_variants", "products", "variants"),
        Nested(
            "quantities",
            "inventory_levels",
            "quantities",
            carried={"_item": at("inventory_item_id"), "_location": at("location_id"), "_updated": at("updated_at")},
        ),
    ),
    mappings=(
        TableMapping("orders", "orders", _ORDERS),
        TableMapping("order_lines", "line_items", _ORDER_LINES),
        TableMapping("refunds", "order_refunds", _REFUNDS),
        TableMapping("order_line_refunds", "refund_line_items", _ORDER_LINE_REFUNDS),
        TableMapping("order_adjustments", "order_adjustments", _ADJUSTMENTS),
        TableMapping("order_adjustments", "refund_shipping_lines", _SHIPPING_REFUNDS),
        TableMapping("transactions", "transactions", _TRANSACTIONS),
        TableMapping(
            "discount_allocations",
            "discount_allocations",
            {
                "order_line_id": UP,
                "index": PLACE,
                "amount": shop_money("amount"),
                "discount_application_index": at("discount_application_index"),
            },
        ),
        TableMapping(
            "discount_applications",
            "discount_applications",
            {"order_id": ORDER, "place": PLACE, "code": at("code"), "type": word("type")},
        ),
        TableMapping("discount_codes", "discount_codes", {"order_id": ORDER, "place": PLACE, "code": at("code")}),
        TableMapping("tax_lines", "tax_lines", {"order_line_id": UP, "place": PLACE, "amount": shop_money("price")}),
        TableMapping("customers", "customers", _CUSTOMERS),
        TableMapping("products", "products", _PRODUCTS),
        TableMapping("product_variants", "product_variants", _VARIANTS),
        TableMapping(
            "inventory_items",
            "inventory_items",
            {**_same("id", "sku", "tracked", "updated_at"), "unit_cost": at("cost"), **_ROW},
        ),
        TableMapping("inventory_quantities", "quantities", _COUNTS),
        TableMapping(
            "inventory_quantities",
            "inventory_levels",
            {
                **_same("inventory_item_id", "location_id", "updated_at"),
                "name": constant("available"),
                "quantity": at("available"),
            },
            "json_extract_string(_json, '$.available') is not null",
            is_second=True,
        ),
        TableMapping("locations", "locations", {**_same("id", "name", "country_code", "active"), **_ROW}),
    ),
)
STREAMS = {
    name: name
    for name in (
        *("orders", "order_refunds", "transactions", "customers", "products", "product_variants"),
        *("inventory_items", "inventory_levels", "locations"),
    )
}
