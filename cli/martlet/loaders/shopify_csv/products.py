"""The products export: one row per variant or extra picture, product cells on a handle's first row only."""

import duckdb

from martlet.loaders.checks import later_copy
from martlet.loaders.landing import Landing
from martlet.loaders.shopify_csv.synthetic_ids import INVENTORY_ITEM_ID, PRODUCT_ID, VARIANT_ID

_JUDGE = f"""
create temp table judged as
with
    faulted as (
        select
            *,
            lower(handle) as product,
            -- a row with nothing but a picture is no variant
            sku is not null or price is not null or option1 is not null as is_variant,
            coalesce(_reason, case when handle is null then 'the handle is blank' end) as fault
        from typed
    ),

    headed as (
        select
            *,
            min(_line) over (partition by product) as head_line,
            first_value(fault) over (partition by product order by _line) as head_fault
        from faulted
    )

select
    *,
    coalesce(
        fault,
        -- the product's own cells stand on its first row: without that row they are unknown
        case
            when head_fault is not null
            then 'product ' || handle || ' is set aside whole: line ' || head_line || ' is bad'
        end,
        case when is_variant then {later_copy("variant", "is_variant", "product", "option1", "option2", "option3")} end
    ) as reason
from headed
"""

_CELLS = ("handle", "title", "vendor", "type", "product_category", "tags", "status", "published")
_LAST = "last({0} order by _line) filter (where {0} is not null) as {0}"

_PRODUCTS = f"""
create temp view products as
with
    by_handle as (
        select product, max(_line) filter (where title is not null) as titled_line, min(_line) as first_line,
            {", ".join(_LAST.format(cell) for cell in _CELLS)}
        from judged
        where fault is null and head_fault is null
        group by product
    )

select
    coalesce(titled_line, first_line) as _line,
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
    row_number() over (partition by product order by _line) as position
from judged
where reason is null and is_variant
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
    inventory_policy,
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
    connection.execute(_JUDGE)
    connection.execute(
        "create temp view bad as select _line as line, reason, _value as value from judged where reason is not null"
    )
    for statement in (_PRODUCTS, _VARIANTS, _PRODUCT_VARIANTS, _INVENTORY_ITEMS):
        connection.execute(statement)


def land(landing: Landing) -> None:
    """Write raw products, product_variants and inventory_items."""
    for table in ("products", "product_variants", "inventory_items"):
        landing.add(table, table, "_line")
