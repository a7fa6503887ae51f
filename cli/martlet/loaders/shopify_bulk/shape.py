"""Shopify's GraphQL objects as a bulk operation writes them: every object of a connection on a line of its own."""

from martlet.loaders.shopify_bulk.catalogue_fields import (
    AVAILABLE,
    COUNTS,
    CUSTOMERS,
    INVENTORY_ITEMS,
    LEVEL_ITEM,
    LEVEL_PLACE,
    LOCATIONS,
    PRODUCTS,
    VARIANTS,
)
from martlet.loaders.shopify_bulk.order_fields import (
    ADJUSTMENTS,
    ALLOCATIONS,
    APPLICATIONS,
    ORDER_LINE_REFUNDS,
    ORDER_LINES,
    ORDERS,
    REFUNDS,
    SHIPPING_REFUNDS,
    TRANSACTIONS,
)
from martlet.loaders.shopify_records.shapes import PLACE, UP, Nested, Shape, TableMapping, at

SHAPE = Shape(
    kinds=(
        *("Order", "LineItem", "Refund", "RefundLineItem", "OrderAdjustment", "RefundShippingLine"),
        *("OrderTransaction", "DiscountAllocation", "DiscountApplication", "TaxLine"),
        *("Customer", "Product", "ProductVariant", "InventoryItem", "InventoryLevel", "InventoryQuantity", "Location"),
    ),
    order_kind="Order",
    nested=(
        Nested("LineItem", "Order", "lineItems"),
        Nested("Refund", "Order", "refunds"),
        Nested("RefundLineItem", "Refund", "refundLineItems"),
        Nested("OrderAdjustment", "Refund", "orderAdjustments"),
        Nested("RefundShippingLine", "Refund", "refundShippingLines"),
        Nested("OrderTransaction", "Order", "transactions"),
        Nested("OrderTransaction", "Refund", "transactions"),
        Nested("DiscountAllocation", "LineItem", "discountAllocations"),
        Nested("DiscountApplication", "Order", "discountApplications"),
        Nested("TaxLine", "LineItem", "taxLines"),
        Nested("ProductVariant", "Product", "variants"),
        Nested("InventoryItem", "ProductVariant", "inventoryItem", is_one=True, carried={"_sku": at("sku")}),
        Nested("InventoryLevel", "InventoryItem", "inventoryLevels"),
        Nested(
            "InventoryQuantity",
            "InventoryLevel",
            "quantities",
            carried={"_item": LEVEL_ITEM, "_location": LEVEL_PLACE, "_updated": at("updatedAt")},
        ),
        Nested("Location", "InventoryLevel", "location", is_one=True),
    ),
    mappings=(
        TableMapping("orders", "Order", ORDERS),
        TableMapping("order_lines", "LineItem", ORDER_LINES),
        TableMapping("refunds", "Refund", REFUNDS),
        TableMapping("order_line_refunds", "RefundLineItem", ORDER_LINE_REFUNDS),
        TableMapping("order_adjustments", "OrderAdjustment", ADJUSTMENTS),
        TableMapping("order_adjustments", "RefundShippingLine", SHIPPING_REFUNDS),
        TableMapping("transactions", "OrderTransaction", TRANSACTIONS),
        TableMapping("discount_allocations", "DiscountAllocation", ALLOCATIONS),
        TableMapping("discount_applications", "DiscountApplication", APPLICATIONS),
        TableMapping(
            "tax_lines",
            "TaxLine",
            {"order_line_id": UP, "place": PLACE, "amount": at("priceSet.shopMoney.amount", "price")},
        ),
        TableMapping("customers", "Customer", CUSTOMERS),
        TableMapping("products", "Product", PRODUCTS),
        TableMapping("product_variants", "ProductVariant", VARIANTS),
        # an item of which the file gives the id alone must not overwrite a cost
        TableMapping("inventory_items", "InventoryItem", INVENTORY_ITEMS, "len(json_keys(_json)) > 2 or _depth = 0"),
        TableMapping("inventory_quantities", "InventoryQuantity", COUNTS),
        TableMapping(
            "inventory_quantities", "InventoryLevel", AVAILABLE, "json_exists(_json, '$.available')", is_second=True
        ),
        TableMapping("locations", "Location", LOCATIONS, "_depth = 0 or json_exists(_json, '$.name')"),
    ),
    has_connections=True,
)
