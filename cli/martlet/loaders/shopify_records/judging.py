"""Which rows land and which are set aside, over a whole load: an order is loaded whole or not at all.

A row of a file may feed several tables; it lands in all of them or in none. Copies that a later one supersedes, and
rows that the vendor marks as deleted, are set aside without taking anything with them, except a deleted order.
"""

from collections.abc import Mapping, Sequence

import duckdb

from martlet.loaders.shopify_records.shapes import sql_text
from martlet.loaders.shopify_records.tables import Table

# a row's number tells its file too, where a load has several
LINE_BITS = 40
_LINE_MASK = (1 << LINE_BITS) - 1
DELETED = "deleted in Shopify"
_NOUNS = {
    "orders": "order",
    "order_lines": "order line",
    "refunds": "refund",
    "customers": "customer",
    "products": "product",
}


def line_of(row: str) -> str:
    return f"({row} & {_LINE_MASK})"


def file_of(row: str, files: Sequence[str]) -> str:
    return f"([{', '.join(map(sql_text, files))}])[({row} >> {LINE_BITS}) + 1]"


def judge(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, Table], files: Sequence[str]) -> None:
    """Make table `verdicts` (_line, reason, value), and for each table a view `good_<table>` of what lands."""
    connection.execute("create temp table passed_over (_line bigint, reason varchar)")
    for table in tables.values():
        _pass_over(connection, table, files)
        connection.execute(
            f"""create temp view alive_{table.name} as
            select * from typed_{table.name} where _line not in (select _line from passed_over)"""
        )
    _give_adjustments_their_order(connection)
    for table in tables.values():
        _find_orphans(connection, table)
        _find_repeats(connection, table)
    _link_rows_to_orders(connection, tables)
    _find_incomplete_orders(connection)
    _decide(connection, files)
    _let_variants_follow(connection)
    for table in tables.values():
        key = ", ".join(f'"{name}"' for name in table.key)
        connection.execute(
            f"""create temp view good_{table.name} as
            select * from alive_{table.name}
            where _line not in (select _line from verdicts)
            qualify row_number() over (partition by {key} order by depth, _line desc) = 1"""
        )


def _place(row: str, files: Sequence[str]) -> str:
    """SQL for `line 4`, or `line 4 of order.csv` where a load has several files."""
    text = f"'line ' || {line_of(row)}"
    return text if len(files) < 2 else f"{text} || ' of ' || {file_of(row, files)}"


def _pass_over(connection: duckdb.DuckDBPyConnection, table: Table, files: Sequence[str]) -> None:
    """Of several rows that are the same object the newest counts; deleted ones do not, and need no other reason."""
    name, key = f"typed_{table.name}", ", ".join(f'"{column}"' for column in table.key)
    version = "version nulls first, " if "version" in table.columns else ""
    known = " and ".join(f'"{column}" is not null' for column in table.key)
    newest = f"last_value(_line) over (partition by {key} order by {version}_line"
    connection.execute(
        f"""insert into passed_over
        select _line, {_place("newest", files)} || ' holds the same ' || {sql_text(" and ".join(table.key))} || ' again'
        from (
            select _line, {newest} rows between unbounded preceding and unbounded following) as newest
            from {name} where depth = 0 and {known}
        )
        where _line <> newest"""
    )
    if "deleted" not in table.columns:
        return
    deleted = f"select distinct _line, {sql_text(DELETED)} from {name} where deleted"
    deleted += " and _line not in (select _line from passed_over)"
    connection.execute(f"delete from faults where _line in (select _line from {name} where deleted)")
    if table.name == "orders":
        connection.execute(f"insert into faults select *, null from ({deleted})")
    else:
        connection.execute(f"insert into passed_over {deleted}")


def _give_adjustments_their_order(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        """update typed_order_adjustments as adjustments set order_id = refunds.order_id
        from typed_refunds as refunds
        where adjustments.order_id is null and adjustments.refund_id = refunds.id"""
    )


def _find_orphans(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    for column, parent in table.parents:
        connection.execute(
            f"""insert into faults
            select _line, {sql_text(f"its {_NOUNS[parent]} is not in this load")}, cast("{column}" as varchar)
            from alive_{table.name}
            where "{column}" is not null and "{column}" not in (select id from typed_{parent} where id is not null)"""
        )


def _find_repeats(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """One object twice in the same lists: one of them would go missing."""
    if table.may_repeat:
        return
    key = ", ".join(f'"{name}"' for name in table.key)
    known = " and ".join(f'"{name}" is not null' for name in table.key)
    connection.execute(
        f"""insert into faults
        select _line, {sql_text(f"the same {' and '.join(table.key)} stands twice among its {table.name}")}, null
        from alive_{table.name} where depth > 0 and {known}
        qualify count(*) over (partition by depth, {key}) > 1"""
    )


def _link_rows_to_orders(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, Table]) -> None:
    """Make table `links` (_line, order_id): every row that has a part in an order."""
    parts = ["select _line, id as order_id from alive_orders", "select _line, order_id from broken_lines"]
    for table in tables.values():
        if "order_id" in table.columns:
            parts.append(f"select _line, order_id from alive_{table.name}")
        elif table.parents and "order_id" in tables[table.parents[0][1]].columns:
            column, parent = table.parents[0]
            parts.append(
                f"select t._line, p.order_id from alive_{table.name} as t"
                f' inner join alive_{parent} as p on t."{column}" = p.id'
            )
    connection.execute(
        f"create temp table links as select distinct * from ({' union all '.join(parts)}) where order_id is not null"
    )


def _find_incomplete_orders(connection: duckdb.DuckDBPyConnection) -> None:
    """Goods before discounts are never worth less than the subtotal after them: else lines are missing.

    Not asked where the file gives no lines at all, nor of an order with a deleted line; half a cent a unit is rounding.
    """
    connection.execute(
        """insert into faults
        with goods as (
            select order_id, sum(quantity * price) as goods, sum(quantity) as units
            from alive_order_lines group by order_id
        )
        select orders._line, 'its lines come to less than its subtotal: some are missing', null
        from alive_orders as orders
        left join goods on orders.id = goods.order_id
        where (select count(*) from typed_order_lines) > 0
            and orders.subtotal_price > coalesce(goods.goods, 0) + 0.01 + 0.005 * coalesce(goods.units, 0)
            and orders.id not in (select order_id from typed_order_lines where deleted and order_id is not null)
            -- where a line is at fault, that is the reason
            and orders.id not in (
                select links.order_id from links inner join faults on links._line = faults._line
            )"""
    )


def _decide(connection: duckdb.DuckDBPyConnection, files: Sequence[str]) -> None:
    connection.execute(
        f"""create temp table verdicts as
        with
            own as (
                select _line, string_agg(distinct reason, '; ' order by reason) as reason, any_value(value) as value
                from faults where _line not in (select _line from passed_over) group by _line
            ),

            bad_orders as (
                select
                    links.order_id,
                    min(own._line) as bad_line,
                    bool_or(own.reason = {sql_text(DELETED)}) as is_deleted
                from links inner join own on links._line = own._line
                group by links.order_id
            ),

            siblings as (
                select
                    links._line,
                    case
                        when bad_orders.is_deleted then 'its order is {DELETED}'
                        else 'order ' || coalesce(names.name, cast(links.order_id as varchar))
                            || ' is set aside whole: ' || {_place("bad_orders.bad_line", files)} || ' is bad'
                    end as reason
                from links
                inner join bad_orders on links.order_id = bad_orders.order_id
                left join (select id, min(name) as name from alive_orders group by id) as names
                    on links.order_id = names.id
                where links._line not in (select _line from own)
                qualify row_number() over (partition by links._line order by links.order_id) = 1
            )

        select _line, reason, cast(null as varchar) as value from passed_over
        qualify row_number() over (partition by _line order by reason) = 1
        union all
        select _line, reason, value from own
        union all
        select _line, reason, null from siblings"""
    )


def _let_variants_follow(connection: duckdb.DuckDBPyConnection) -> None:
    """A product that is set aside takes its variants with it, where the load has no other copy of it."""
    connection.execute(
        """insert into verdicts
        select _line, 'its product is set aside', null
        from alive_product_variants
        where _line not in (select _line from verdicts)
            and product_id in (select id from typed_products where _line in (select _line from verdicts))
            and product_id not in (
                select id from typed_products where id is not null and _line not in (select _line from verdicts)
            )
        qualify row_number() over (partition by _line) = 1"""
    )
