"""The orders export: one row per line item, order cells on the first row of an order only.

An order is loaded whole or not at all: half an order would not add up to its own total. So a bad row sets its
siblings aside with it, and the reason says which line was at fault.
"""

import duckdb

from martlet.loaders.landing import Landing
from martlet.loaders.shopify_csv.synthetic_ids import LOCATION_ID, synthetic_id

_JUDGE = """
create temp table verdicts as
with
    marked as (
        select
            *,
            id is not null or financial_status is not null or total is not null as is_head,
            line_quantity is not null or line_name is not null or line_price is not null as has_line
        from typed
    ),

    placed as (
        select
            *,
            -- lines are told by the order's name; a name that comes back with order cells is a later copy of the order
            max(case when is_head then _line end) over (
                partition by name order by _line rows between unbounded preceding and current row
            ) as head_line,
            max(case when is_head then _line end) over (partition by name) as last_head_line,
            max(case when is_head then _line end) over (partition by id) as last_id_line
        from marked
    ),

    measured as (
        select
            *,
            sum(line_quantity * line_price) over (partition by name, head_line) as goods,
            max(_line) over (partition by name, head_line) = max(_line) over () as is_last_order
        from placed
    ),

    faulted as (
        select
            *,
            case
                when _reason is not null then _reason
                when name is null then 'Name is blank'
                when is_head and id is null then 'Id is blank'
                when is_head and created_at is null then 'Created at is blank'
                when is_head and currency is null then 'Currency is blank'
                when not is_head and not has_line then 'the row holds neither an order nor a line item'
                when has_line and line_quantity is null then 'Lineitem quantity is blank'
                when has_line and line_price is null then 'Lineitem price is blank'
                when head_line is null then 'the first row of order ' || name || ' is not in this file'
                when head_line <> last_head_line then 'a later copy of order ' || name || ' stands in this file'
                when is_head and _line < last_id_line then 'line ' || last_id_line || ' holds the same Id again'
                -- goods before discounts are never worth less than the subtotal after them
                when is_head and subtotal > goods + 0.01
                then
                    case when is_last_order then 'the file ends before order ' || name || ' does'
                    else 'lines of order ' || name || ' are missing' end
                    || ': its lines come to less than its Subtotal'
            end as own_reason
        from measured
    ),

    with_siblings as (
        select
            *,
            min(case when own_reason is not null then _line end) over (partition by name, head_line) as first_bad_line
        from faulted
    )

select
    * exclude (_reason),
    coalesce(
        own_reason,
        case
            when first_bad_line is not null
            then 'order ' || name || ' is set aside whole: line ' || first_bad_line || ' is bad'
        end
    ) as reason
from with_siblings
"""

# The file does not say whether prices hold the tax, but its total does.
_TAXES_INCLUDED = "coalesce(taxes > 0 and abs(total - subtotal - coalesce(shipping, 0)) < 0.005, false)"

_ORDERS = f"""
create temp view orders as
select
    _line,
    id,
    name,
    email,
    ltrim(phone, '''') as phone,
    created_at,
    paid_at as processed_at,
    cancelled_at,
    currency,
    financial_status,
    fulfillment_status,
    {_TAXES_INCLUDED} as taxes_included,
    subtotal as subtotal_price,
    discount_amount as total_discounts,
    shipping as total_shipping_price,
    taxes as total_tax,
    total as total_price,
    discount_code as discount_codes,
    source as source_name,
    tags,
    accepts_marketing as buyer_accepts_marketing,
    case when location is not null then {LOCATION_ID} end as location_id,
    shipping_city as shipping_address_city,
    shipping_province as shipping_address_province,
    ltrim(shipping_zip, '''') as shipping_address_zip,
    coalesce(shipping_country, billing_country) as shipping_address_country
from verdicts
where reason is null and is_head
"""

_ORDER_LINES = f"""
create temp view order_lines as
with
    numbered as (
        select
            lines.*,
            heads.id as order_id,
            row_number() over (partition by lines.name order by lines._line) as line_number
        from verdicts as lines
        inner join verdicts as heads on lines.head_line = heads._line
        where lines.reason is null and lines.has_line
    )

select
    _line,
    {synthetic_id("'order line'", "order_id", "line_number")} as id,
    order_id,
    line_number,
    line_sku as sku,
    line_name as title,
    vendor,
    line_quantity as quantity,
    line_price as price,
    line_discount as total_discount,
    line_requires_shipping as requires_shipping,
    line_taxable as taxable,
    line_fulfillment_status as fulfillment_status
from numbered
"""

# The file gives one refunded amount per order and no date. What exceeds the goods' value was shipping, then tax.
_REFUNDS = f"""
create temp view refunded as
select
    _line,
    id as order_id,
    {synthetic_id("'refund'", "id")} as refund_id,
    name,
    least(refunded_amount, coalesce(subtotal, refunded_amount)) as goods,
    least(
        greatest(refunded_amount - coalesce(subtotal, refunded_amount), 0), coalesce(shipping, 0)
    ) as shipping,
    -- where prices hold the tax it is in the goods and the shipping, and how much of it the file does not say
    case
        when not {_TAXES_INCLUDED}
        then greatest(refunded_amount - coalesce(subtotal, refunded_amount) - coalesce(shipping, 0), 0)
    end as tax
from verdicts
where reason is null and is_head and refunded_amount > 0
"""

_ADJUSTMENTS = f"""
create temp view order_adjustments as
select
    _line,
    {synthetic_id("'adjustment'", "refund_id", "kind")} as id,
    order_id,
    refund_id,
    amount,
    tax_amount,
    kind,
    'Refunded Amount of the orders export' as reason
from
    (
        select _line, order_id, refund_id, -goods as amount, -tax as tax_amount, 'refund_discrepancy' as kind
        from refunded
        union all
        select _line, order_id, refund_id, -shipping as amount, tax * 0 as tax_amount, 'shipping_refund' as kind
        from refunded
        where shipping > 0
    ) as amounts
"""


def split(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `bad` (line, reason, value) and the views that `land` writes from table `typed`."""
    connection.execute(_JUDGE)
    connection.execute(
        "create temp view bad as select _line as line, reason, _value as value from verdicts where reason is not null"
    )
    for statement in (_ORDERS, _ORDER_LINES, _REFUNDS, _ADJUSTMENTS):
        connection.execute(statement)
    connection.execute("create temp view refunds as select _line, refund_id as id, order_id from refunded")


def land(landing: Landing) -> None:
    """Write raw orders, order_lines, refunds and order_adjustments."""
    for table in ("orders", "order_lines", "refunds", "order_adjustments"):
        landing.add(table, table, "_line")
