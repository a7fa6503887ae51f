"""The products export: one row per variant or extra picture, product cells on a handle's first row only."""

import duckdb

from martlet.loaders.landing import Landing
from martlet.loaders.shopify_csv.synthetic_ids import INVENTORY_ITEM_ID, PRODUCT_ID, VARIANT_ID

_FIRST = "first({0} order by _line) filter (where {0} is not null) as {0}"

_PRODUCTS = f"""
create temp view products as
with
    by_handle as (
        select
            handle,
            min(_line) as _line,
            {", ".join(_FIRST.format(c) for c in ("title", "vendor", "type", "product_category", "tags", "status", "published"))}
        from good
        group by handle
    )

select
    _line,
    {PRODUCT_ID} as id,
    handle,
    title,
    vendor,
    type as product_type,
    product_category,
    tags,
    lower(status) as status,
    published
from by_handle
"""

_VARIANTS = f"""
create temp view variants as
select
    *,
    {PRODUCT_ID} as product_id,
    {VARIANT_ID} as variant_id,
    {INVENTORY_ITEM_ID} as inventory_item_id,
    row_number() over (partition by handle order by _line) as position
from good
-- a row with nothing but a picture is no variant
where sku is not null or price is not null or option1 is not null
"""

_PRODUCT_VARIANTS = """
create temp view product_variants as
select
    _line,
    variant_id as id,
    product_id,
    inventory_item_id,
    sku,
    nullif(concat_ws(' / ', option1, option2, option3), '') as title,
    position,
    price,
    compare_at_price,
    ltrim(barcode, '''') as barcode,
    {policy} as inventory_policy,
    inventory_quantity
from variants
"""

_INVENTORY_ITEMS = """
create temp view inventory_items as
select _line, inventory_item_id as id, sku, cost as unit_cost, inventory_tracker is not null as tracked
from variants
"""


def split(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `bad` (line, reason, value) and the views that `land` writes from table `typed`."""
    connection.execute(
        """create temp view bad as
        select _line as line, coalesce(_reason, 'the handle is blank') as reason, _value as value
        from typed where _reason is not null or handle is null"""
    )
    connection.execute("create temp view good as select * from typed where _reason is null and handle is not null")
    columns = {name for name, *_ in connection.execute("describe typed").fetchall()}
    # the newer layout asks "continue selling when out of stock", the older one names the policy
    policy = "inventory_policy" if "inventory_policy" in columns else "case when sells_when_out then 'continue' else 'deny' end"
    for statement in (_PRODUCTS, _VARIANTS, _PRODUCT_VARIANTS.format(policy=policy), _INVENTORY_ITEMS):
        connection.execute(statement)


def land(landing: Landing) -> None:
    """Write raw products, product_variants and inventory_items."""
    for table in ("products", "product_variants", "inventory_items"):
        landing.add(table, table, "_line")
