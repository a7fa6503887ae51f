"""Fivetran's Shopify schema: flat tables in the REST shape (plain money columns) or the GraphQL one (_shop_amount)."""

from martlet.loaders.shopify_records.shapes import FULFILLMENT, Field, Shape, TableMapping, at, is_given, word


def shop_money(gql: str, rest: str) -> Field:
    """Money in the shop's currency: `gql` as a set's column in the GraphQL shape, `rest` as the plain one."""
    return at(f"{gql}_set_shop_amount", rest)


_ROW = {"deleted": at("_fivetran_deleted"), "version": at("_fivetran_synced")}
_CONSENT = "case when lower({x}) in ('true', 'subscribed') then 'true' when {x} is not null then 'false' end"


def _same(*names: str) -> dict[str, Field]:
    """Columns that are called there as they are here."""
    return {name: at(name) for name in names}


_ORDERS = {
    **_same("id", "name", "email", "phone", "customer_id", "created_at", "processed_at", "updated_at", "cancelled_at"),
    **_same("test", "taxes_included", "total_line_items_price", "source_name", "referring_site", "checkout_token"),
    **_same("location_id", "shipping_address_city", "shipping_address_province", "shipping_address_zip"),
    "cancel_reason": word("cancel_reason"),
    "currency": at("currency", "currency_code"),
    "financial_status": word("financial_status", "display_financial_status"),
    # REST leaves it empty until something is sent
    "fulfillment_status": word(
        "fulfillment_status", "display_fulfillment_status", otherwise="'unfulfilled'", **FULFILLMENT
    ),
    "total_discounts": shop_money("total_discounts", "total_discounts"),
    "subtotal_price": shop_money("subtotal_price", "subtotal_price"),
    "total_shipping_price": at("total_shipping_price_set_shop_amount", "total_shipping_price_set.shop_money.amount"),
    "total_tax": shop_money("total_tax", "total_tax"),
    "total_price": shop_money("total_price", "total_price"),
    "buyer_accepts_marketing": at("buyer_accepts_marketing", "customer_accepts_marketing"),
    "landing_site": at("landing_site_base_url"),
    "user_id": at("user_id", "staff_member_id"),
    "shipping_address_country": at("shipping_address_country", "shipping_address_country_code"),
    **_ROW,
}
_ORDER_LINES = {
    **_same("id", "order_id", "product_id", "variant_id", "sku", "variant_title", "vendor", "quantity"),
    **_same("requires_shipping", "taxable", "unfulfilled_quantity"),
    "title": at("title", "name"),
    "price": shop_money("original_unit_price", "price"),
    "line_total": at("original_total_set_shop_amount"),
    "total_discount": shop_money("total_discount", "total_discount"),
    "gift_card": at("gift_card", "is_gift_card"),
    "fulfillment_status": word("fulfillment_status"),
    **_ROW,
}
_REFUNDS = {
    **_same("id", "order_id", "created_at", "processed_at", "note"),
    "total_refunded": at("total_refunded_set_shop_amount"),
    "version": at("_fivetran_synced"),
}
_ORDER_LINE_REFUNDS = {
    **_same("id", "refund_id", "order_line_id", "quantity", "location_id"),
    "subtotal": shop_money("subtotal", "subtotal"),
    "total_tax": shop_money("total_tax", "total_tax"),
    "restock_type": word("restock_type"),
}
_ADJUSTMENTS = {
    **_same("id", "order_id", "refund_id"),
    "amount": shop_money("amount", "amount"),
    "tax_amount": shop_money("tax_amount", "tax_amount"),
    "kind": word("kind", otherwise="'refund_discrepancy'"),
    "reason": word("reason"),
}
_TRANSACTIONS = {
    **_same("id", "order_id", "refund_id", "parent_id", "gateway", "test"),
    "kind": word("kind"),
    "status": word("status"),
    # a payment in another currency names what it came to in the shop's
    "amount": at("amount_set_shop_amount", "currency_exchange_final_amount", "amount"),
    "currency": at("amount_set_shop_currency_code", "currency_exchange_currency", "currency"),
    "created_at": at("processed_at", "created_at"),
    **_ROW,
}
_CUSTOMERS = {
    **_same("id", "email", "phone", "first_name", "last_name", "created_at", "updated_at", "tax_exempt"),
    **_same("total_spent", "orders_count"),
    "accepts_email_marketing": at("email_marketing_consent_state", "accepts_marketing", sql=_CONSENT),
    **_ROW,
}
_PRODUCTS = {
    **_same("id", "handle", "title", "vendor", "product_type", "created_at", "updated_at"),
    "status": word("status"),
    "published": is_given("published_at"),
    **_ROW,
}
_VARIANTS = {
    **_same("id", "product_id", "inventory_item_id", "sku", "title", "position", "price", "compare_at_price"),
    **_same("barcode", "inventory_quantity", "created_at", "updated_at"),
    "inventory_policy": word("inventory_policy"),
    **_ROW,
}
_LINE_OF_LIST = {"order_line_id": at("order_line_id"), "place": at("index")}
_OF_ORDER = {"order_id": at("order_id"), "place": at("index")}

SHAPE = Shape(
    kinds=(
        *("order", "order_line", "refund", "order_line_refund", "order_adjustment", "transaction"),
        *("discount_allocation", "discount_application", "order_discount_code", "order_tag", "tax_line"),
        *("customer", "customer_tag", "product", "product_tag", "product_variant", "inventory_item"),
        *("inventory_level", "inventory_quantity", "location"),
    ),
    order_kind="order",
    nested=(),
    mappings=(
        TableMapping("orders", "order", _ORDERS),
        TableMapping("order_lines", "order_line", _ORDER_LINES),
        TableMapping("refunds", "refund", _REFUNDS),
        TableMapping("order_line_refunds", "order_line_refund", _ORDER_LINE_REFUNDS),
        TableMapping("order_adjustments", "order_adjustment", _ADJUSTMENTS),
        TableMapping("transactions", "transaction", _TRANSACTIONS),
        TableMapping(
            "discount_allocations",
            "discount_allocation",
            {
                **_same("order_line_id", "index", "discount_application_index"),
                "amount": at("allocated_amount_set_shop_amount", "amount_set_shop_money_amount", "amount"),
            },
        ),
        TableMapping("discount_applications", "discount_application", {**_OF_ORDER, **_same("code", "type")}),
        TableMapping("discount_codes", "order_discount_code", {**_OF_ORDER, "code": at("code")}),
        TableMapping("order_tags", "order_tag", {**_OF_ORDER, "tag": at("value")}),
        TableMapping("tax_lines", "tax_line", {**_LINE_OF_LIST, "amount": shop_money("price", "price")}),
        TableMapping("customers", "customer", _CUSTOMERS),
        TableMapping(
            "customer_tags", "customer_tag", {**_same("customer_id"), "place": at("index"), "tag": at("value")}
        ),
        TableMapping("products", "product", _PRODUCTS),
        TableMapping("product_tags", "product_tag", {**_same("product_id"), "place": at("index"), "tag": at("value")}),
        TableMapping("product_variants", "product_variant", _VARIANTS),
        TableMapping(
            "inventory_items",
            "inventory_item",
            {**_same("id", "sku", "tracked", "updated_at"), "unit_cost": at("unit_cost_amount", "cost"), **_ROW},
        ),
        TableMapping("inventory_levels", "inventory_level", _same("id", "location_id", "updated_at")),
        TableMapping(
            "inventory_quantities",
            "inventory_quantity",
            {
                **_same("inventory_item_id", "location_id", "quantity", "updated_at"),
                "name": word("name"),
                "level_id": at("inventory_level_id"),
            },
        ),
        TableMapping(
            "locations",
            "location",
            {**_same("id", "name"), "country_code": at("country_code"), "active": at("active", "is_active"), **_ROW},
        ),
    ),
)
# connectors made since November 2025 call two tables otherwise
ALIASES = {
    **{kind: kind for kind in SHAPE.kinds},
    "refund_line_item": "order_line_refund",
    "order_line_tax_line": "tax_line",
}
