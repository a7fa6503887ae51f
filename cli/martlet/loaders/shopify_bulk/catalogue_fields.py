"""Where GraphQL has the columns of customers, products and stock."""

from martlet.loaders.shopify_records.shapes import at, constant, gid, is_given, is_word, joined, word

CUSTOMERS = {
    "id": gid("id"),
    "email": at("defaultEmailAddress.emailAddress", "email"),
    "phone": at("defaultPhoneNumber.phoneNumber", "phone"),
    "first_name": at("firstName"),
    "last_name": at("lastName"),
    "created_at": at("createdAt"),
    "updated_at": at("updatedAt"),
    "accepts_email_marketing": is_word(
        "subscribed", "defaultEmailAddress.marketingState", "emailMarketingConsent.marketingState"
    ),
    "accepts_sms_marketing": is_word(
        "subscribed", "defaultPhoneNumber.marketingState", "smsMarketingConsent.marketingState"
    ),
    "tags": joined("tags"),
    "company": at("defaultAddress.company"),
    "city": at("defaultAddress.city"),
    "province_code": at("defaultAddress.provinceCode"),
    "country_code": at("defaultAddress.countryCodeV2", "defaultAddress.countryCode"),
    "tax_exempt": at("taxExempt"),
    "total_spent": at("amountSpent.amount"),
    "orders_count": at("numberOfOrders"),
}
PRODUCTS = {
    "id": gid("id"),
    "handle": at("handle"),
    "title": at("title"),
    "vendor": at("vendor"),
    "product_type": at("productType"),
    "product_category": at("category.fullName", "productCategory.productTaxonomyNode.fullName"),
    "tags": joined("tags"),
    "status": word("status"),
    "published": is_given("publishedAt"),
    "created_at": at("createdAt"),
    "updated_at": at("updatedAt"),
}
VARIANTS = {
    "id": gid("id"),
    "product_id": gid("product.id", otherwise="case when _up like '%/Product/%' then _up end"),
    "inventory_item_id": gid("inventoryItem.id"),
    "sku": at("sku", "inventoryItem.sku"),
    "title": at("title"),
    "position": at("position"),
    "price": at("price"),
    "compare_at_price": at("compareAtPrice"),
    "barcode": at("barcode"),
    "inventory_policy": word("inventoryPolicy"),
    "inventory_quantity": at("inventoryQuantity"),
    "created_at": at("createdAt"),
    "updated_at": at("updatedAt"),
}
INVENTORY_ITEMS = {
    "id": gid("id"),
    "sku": at("sku", "_sku"),
    "unit_cost": at("unitCost.amount"),
    "tracked": at("tracked"),
    "updated_at": at("updatedAt"),
}
# a level's own id ends in ?inventory_item_id=456
LEVEL_ITEM = gid(
    "item.id",
    otherwise="coalesce("
    "nullif(regexp_extract(json_extract_string(_json, '$.id'), 'inventory_item_id=([0-9]+)', 1), ''),"
    " case when _up like '%/InventoryItem/%' then _up end)",
)
LEVEL_PLACE = gid("location.id", otherwise="case when _up like '%/Location/%' then _up end")
COUNTS = {
    "inventory_item_id": gid("_item"),
    "location_id": gid("_location"),
    "name": word("name"),
    "quantity": at("quantity"),
    "updated_at": at("updatedAt", "_updated"),
}
AVAILABLE = {
    "inventory_item_id": LEVEL_ITEM,
    "location_id": LEVEL_PLACE,
    "name": constant("available"),
    "quantity": at("available"),
    "updated_at": at("updatedAt"),
}
LOCATIONS = {
    "id": gid("id"),
    "name": at("name"),
    "country_code": at("address.countryCode"),
    "active": at("isActive"),
}
