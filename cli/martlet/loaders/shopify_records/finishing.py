"""Views `final_<table>` of what lands: what the helper tables lend, and refunded money that no row accounts for."""

from collections.abc import Sequence

import duckdb

from martlet.loaders.landing import Landing
from martlet.loaders.shopify_csv.synthetic_ids import synthetic_id
from martlet.loaders.shopify_records.judging import file_of, line_of

_LISTED = """(select {key}, string_agg({value}, ', ' order by place) as listed from good_{table} group by {key})"""

_ORDERS = f"""
select
    orders.* replace (
        coalesce(orders.discount_codes, codes.listed) as discount_codes,
        coalesce(orders.tags, tags.listed) as tags
    )
from good_orders as orders
left join {_LISTED.format(key="order_id", value="code", table="discount_codes")} as codes on orders.id = codes.order_id
left join {_LISTED.format(key="order_id", value="tag", table="order_tags")} as tags on orders.id = tags.order_id
"""

_TAGGED = """
select {table}.* replace (coalesce({table}.tags, tags.listed) as tags)
from good_{table} as {table}
left join {listed} as tags on {table}.id = tags.{key}
"""

_ORDER_LINES = """
select
    lines.* replace (
        -- ids ascend in the order in which lines were put in
        row_number() over (partition by lines.order_id order by lines.id) as line_number,
        case
            when lines.has_taxes or (select count(*) from typed_tax_lines where depth = 0) > 0
            then coalesce(taxes.amount, 0)
        end as total_tax
    )
from good_order_lines as lines
left join (select order_line_id, sum(amount) as amount from good_tax_lines group by order_line_id) as taxes
    on lines.id = taxes.order_line_id
"""

# a refund's movement stands with its order and with its refund; only the latter names the refund
_TRANSACTIONS = """
select
    transactions.* replace (
        coalesce(transactions.refund_id, copies.refund_id) as refund_id,
        coalesce(transactions.parent_id, copies.parent_id) as parent_id
    )
from good_transactions as transactions
left join (
    select id, max(refund_id) as refund_id, max(parent_id) as parent_id from alive_transactions group by id
) as copies on transactions.id = copies.id
"""

_ALLOCATIONS = """
select
    allocations.* replace (
        coalesce(
            allocations.code,
            applications.code,
            case when applications.type = 'discount_code' and orders.discount_codes not like '%,%'
                then orders.discount_codes end
        ) as code
    )
from good_discount_allocations as allocations
left join good_order_lines as lines on allocations.order_line_id = lines.id
left join final_orders as orders on lines.order_id = orders.id
left join good_discount_applications as applications
    on lines.order_id = applications.order_id and allocations.discount_application_index = applications.place
"""

# Shopify names refunded shipping apart from adjustments since its API of 2024-10, and some files give a refund's total
# alone. Where the refund's lines are known, what is left over was shipping, then its tax, then a discrepancy; else it
# was goods, then shipping, then tax, as with the admin's orders export.
_LEFT_OVER = """
create temp table left_over as
with
    moved as (
        select transactions.refund_id, sum(transactions.amount) as amount
        from final_transactions as transactions
        inner join good_orders as orders on transactions.order_id = orders.id
        where transactions.kind = 'refund' and transactions.status = 'success'
            and coalesce(transactions.currency, orders.currency) = orders.currency
        group by transactions.refund_id
    ),

    for_lines as (
        select refund_id, sum(subtotal) as subtotal, sum(coalesce(total_tax, 0)) as tax
        from good_order_line_refunds group by refund_id
    ),

    adjusted as (
        select
            refund_id,
            -sum(amount + coalesce(tax_amount, 0)) as amount,
            -sum(case when kind = 'shipping_refund' then amount else 0 end) as shipping
        from good_order_adjustments group by refund_id
    ),

    line_taxes as (
        select order_id, sum(total_tax) as tax
        from final_order_lines group by order_id having count(total_tax) = count(*)
    ),

    measured as (
        select
            refunds._line,
            (select count(*) from typed_order_line_refunds) > 0
            or (select coalesce(bool_or(has_lines), false) from typed_refunds) as lines_are_known,
            refunds.id as refund_id,
            refunds.order_id,
            coalesce(orders.taxes_included, false) as taxes_included,
            coalesce(orders.subtotal_price, 0) as subtotal,
            coalesce(orders.total_shipping_price, 0) as order_shipping,
            sum(coalesce(adjusted.shipping, 0)) over (partition by refunds.order_id) as shipping_adjusted,
            case
                when orders.taxes_included then 0 else greatest(orders.total_tax - line_taxes.tax, 0)
            end as shipping_tax,
            coalesce(refunds.total_refunded, moved.amount) - coalesce(for_lines.subtotal, 0)
            - case when orders.taxes_included then 0 else coalesce(for_lines.tax, 0) end
            - coalesce(adjusted.amount, 0) as rest
        from good_refunds as refunds
        inner join good_orders as orders on refunds.order_id = orders.id
        left join moved on refunds.id = moved.refund_id
        left join for_lines on refunds.id = for_lines.refund_id
        left join adjusted on refunds.id = adjusted.refund_id
        left join line_taxes on refunds.order_id = line_taxes.order_id
    ),

    bounded as (
        select
            *,
            coalesce(sum(rest) over (
                partition by order_id order by refund_id rows between unbounded preceding and 1 preceding
            ), 0) as start,
            case when lines_are_known then 0 else subtotal end as goods_end,
            goods_end + greatest(order_shipping - shipping_adjusted, 0) as shipping_end,
            case when lines_are_known then shipping_end + coalesce(shipping_tax, 0) else 1e12 end as tax_end
        from measured
        where rest >= 0.01
    )

select
    _line,
    refund_id,
    order_id,
    lines_are_known,
    taxes_included,
    greatest(least(start + rest, goods_end) - start, 0) + greatest(start + rest - greatest(start, tax_end), 0) as goods,
    greatest(least(start + rest, shipping_end) - greatest(start, goods_end), 0) as shipping,
    greatest(least(start + rest, tax_end) - greatest(start, shipping_end), 0) as tax
from bounded
"""

_ADJUSTMENTS = f"""
select * from good_order_adjustments
union all by name
select
    _line,
    {synthetic_id("'adjustment'", "refund_id", "kind")} as id,
    order_id,
    refund_id,
    amount,
    tax_amount,
    kind,
    'paid back beyond the refund''s lines and adjustments' as reason
from (
    select _line, refund_id, order_id, 'shipping_refund' as kind, -shipping as amount,
        -- where prices hold the tax it is inside, and how much of it is not said
        case when taxes_included then null when lines_are_known then -tax else 0 end as tax_amount
    from left_over
    where shipping > 0 or (tax > 0 and lines_are_known)
    union all
    select _line, refund_id, order_id, 'refund_discrepancy' as kind, -goods as amount,
        case when taxes_included then null when lines_are_known then 0 else -tax end as tax_amount
    from left_over
    where goods > 0 or (tax > 0 and not lines_are_known)
) as parts
"""


def make_final(connection: duckdb.DuckDBPyConnection, loaded_at: str) -> None:
    """Make `final_<table>` for every table of the contract that needs more than its good rows."""
    customers = _LISTED.format(key="customer_id", value="tag", table="customer_tags")
    products = _LISTED.format(key="product_id", value="tag", table="product_tags")
    views = {
        "orders": _ORDERS,
        "order_lines": _ORDER_LINES,
        "transactions": _TRANSACTIONS,
        "discount_allocations": _ALLOCATIONS,
        "customers": _TAGGED.format(table="customers", listed=customers, key="customer_id"),
        "products": _TAGGED.format(table="products", listed=products, key="product_id"),
        "inventory_quantities": f"""select * replace (coalesce(updated_at, timestamp '{loaded_at}') as updated_at)
            from good_inventory_quantities""",
        "order_adjustments": _ADJUSTMENTS,
    }
    for name, query in views.items():
        if name == "order_adjustments":
            connection.execute(_LEFT_OVER)
        connection.execute(f"create temp view final_{name} as {query}")


def land(landing: Landing, tables: Sequence[tuple[str, tuple[str, ...]]], files: Sequence[str]) -> None:
    """Write every (table, columns) that has rows."""
    connection = landing.connection
    make_final(connection, landing.loaded_at.isoformat(sep=" "))
    finals = {name for (name,) in connection.execute("select view_name from duckdb_views() where temporary").fetchall()}
    for name, columns in tables:
        relation = f"final_{name}" if f"final_{name}" in finals else f"good_{name}"
        given = ", ".join(f'"{column}"' for column in columns)
        connection.execute(
            f"""create temp table landing_{name} as
            select {given}, {line_of("_line")} as _line, {file_of("_line", files)} as _file from {relation}"""
        )
        if connection.execute(f"select 1 from landing_{name} limit 1").fetchone():
            landing.add(name, f"landing_{name}", "_line", "_file")
        connection.execute(f"drop table landing_{name}")
