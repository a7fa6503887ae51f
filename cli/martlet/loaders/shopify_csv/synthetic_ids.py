"""Ids for what the admin exports give none: the same text always gives the same number from 2^60 to 2^61.

Shopify's own ids are far below that, so the models can tell the two apart (macro is_synthetic_id): a shop that moves
from exports to an API must not count the same stock or refund under both.
"""


def synthetic_id(*parts: str) -> str:
    """SQL for an id made from texts: 2^60 and 15 hex digits of the MD5 of the parts, null parts as nothing."""
    text = " || '|' || ".join(f"coalesce(cast({part} as varchar), '')" for part in parts)
    return f"cast('0x1' || left(md5({text}), 15) as bigint)"


PRODUCT_ID = synthetic_id("'product'", "lower(handle)")
VARIANT_ID = synthetic_id("'variant'", "lower(handle)", "option1", "option2", "option3")
INVENTORY_ITEM_ID = synthetic_id("'inventory item'", "lower(handle)", "option1", "option2", "option3")
LOCATION_ID = synthetic_id("'location'", "location")
