"""From rows to typed tables: objects are taken out of the JSON they are nested in, and their fields typed.

Everything here is a query over all rows at once. In: table `records` (_row, _kind, _up, _order, _problem, _text). Out:
`typed_<table>` with _line (the row), _reason and _value for every table, and `faults` with what is wrong anywhere.
"""

from collections.abc import Mapping

import duckdb

from martlet.loaders.checks import type_rows
from martlet.loaders.shopify_records.shapes import Nested, Shape, TableMapping, extraction, json_path, sql_text
from martlet.loaders.shopify_records.tables import Table


def make_objects(connection: duckdb.DuckDBPyConnection, shape: Shape) -> None:
    """Make a view `objects_<kind>` (_row, _depth, _place, _up, _order, _json) for every kind, and table `faults`."""
    connection.execute("create temp table faults (_line bigint, reason varchar, value varchar)")
    for kind in shape.kinds:
        parts = [
            # a filter alone does not keep what is no JSON from functions that fail on it
            "select _row, 0 as _depth, 0 as _place, _up, _order, case when _problem is null then _text end as _json"
            " from records"
            f" where _kind = {sql_text(kind)} and _problem is null"
        ]
        for number, nested in enumerate(each for each in shape.nested if each.kind == kind):
            _take_out(connection, shape, nested, f'"nested_{kind}_{number}"')
            parts.append(f'select * from "nested_{kind}_{number}"')
        connection.execute(f'create temp view "objects_{kind}" as {" union all ".join(parts)}')


def _take_out(connection: duckdb.DuckDBPyConnection, shape: Shape, nested: Nested, target: str) -> None:
    source, path = f'"objects_{nested.inside}"', json_path(nested.path)
    lists = ["ARRAY"]
    if nested.is_one:
        items = (
            f"case when json_type(_json, {sql_text(path)}) = 'OBJECT' then json_extract(_json, [{sql_text(path)}]) end"
        )
        lists = ["OBJECT"]
    else:
        items = f"json_extract(_json, {sql_text(path + '[*]')})"
        if shape.has_connections:
            places = (path + "[*]", path + '."nodes"[*]', path + '."edges"[*]."node"')
            items = f"list_concat({', '.join(f'json_extract(_json, {sql_text(place)})' for place in places)})"
    order = "id" if nested.inside == shape.order_kind else "_order"
    element = "element"
    if nested.carried:
        found, columns = extraction(nested.carried)
        carried = ", ".join(column for column in columns)
        names = ", ".join(f"'{name}', \"{name}\"" for name in nested.carried)
        source = f"(select *, {carried} from (select *, {found} from {source}))"
        merged = f"json_merge_patch(element, json_object({names}))"
        element = f"case when json_type(element) = 'OBJECT' then {merged} else element end"
    connection.execute(
        f"""create temp table {target} as
        select _row, _depth + 1 as _depth, place - 1 as _place, id as _up, {order} as _order, {element} as _json
        from (
            select *, unnest(items) as element, generate_subscripts(items, 1) as place
            from (select *, json_extract_string(_json, '$."id"') as id, {items} as items from {source})
        )
        where json_type(element) <> 'NULL'"""
    )
    connection.execute(f"insert into faults select _row, {_misfit(shape, nested, path, lists)}")


def _misfit(shape: Shape, nested: Nested, path: str, lists: list[str]) -> str:
    """SQL after `select _row,` for the rows in which something else stands where the list or object should."""
    words = "an object" if nested.is_one else "a list"
    is_fit = f"coalesce(json_type(_json, {sql_text(path)}) in ('NULL', {sql_text(lists[0])}), true)"
    if shape.has_connections and not nested.is_one:
        connections = " or ".join(
            f"json_type(_json, {sql_text(path + end)}) = 'ARRAY'" for end in ('."nodes"', '."edges"')
        )
        is_fit += f" or coalesce({connections}, false)"
    return (
        f"{sql_text(f'{nested.path} is not {words}')}, left(json_extract_string(_json, {sql_text(path)}), 1000)"
        f' from "objects_{nested.inside}" where not ({is_fit})'
    )


def make_tables(connection: duckdb.DuckDBPyConnection, shape: Shape, tables: Mapping[str, Table]) -> None:
    """Make `typed_<table>` for every table; one that no mapping feeds is empty."""
    for table in tables.values():
        mappings = [mapping for mapping in shape.mappings if mapping.table == table.name]
        given = " union all by name ".join(f"({_given(mapping)})" for mapping in mappings)
        empty = "select null::bigint as _line, null::varchar as _problem, null::varchar as depth limit 0"
        connection.execute(f"create temp table given as {given or empty}")
        labels = {
            name: " or ".join(field.paths)
            for mapping in reversed(mappings)
            for name, field in mapping.fields.items()
            if field.paths
        }
        headings = {name: labels.get(name, name) for name in (*table.columns, "depth")}
        target = f"typed_{table.name}"
        type_rows(connection, headings, {**_kinds(table), "depth": "integer"}, "given", target)
        connection.execute("drop table given")
        _derive(connection, table)
        _find_faults(connection, table, headings)


def _kinds(table: Table) -> dict[str, str]:
    return {name: kind for name, kind in table.columns.items() if kind != "text"}


def _given(mapping: TableMapping) -> str:
    found, columns = extraction(mapping.fields)
    depth = f"cast(_depth + {int(mapping.is_second)} as varchar) as depth"
    return f"""select _row as _line, cast(null as varchar) as _problem, {depth}, {", ".join(columns)}
        from (select *, {found} from "objects_{mapping.kind}" where {mapping.when})"""


def _derive(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Columns that follow from others of the same row."""
    if table.name == "order_lines":
        # the line's total, never to be multiplied by the quantity again
        connection.execute(
            """update typed_order_lines
            set price = case when quantity <> 0 then line_total / quantity when line_total = 0 then 0 end
            where price is null and line_total is not null"""
        )
        connection.execute(
            """update typed_order_lines
            set fulfillment_status = case
                when unfulfilled_quantity = 0 then 'fulfilled' when unfulfilled_quantity < quantity then 'partial' end
            where fulfillment_status is null and unfulfilled_quantity is not null"""
        )
    if table.name == "orders":
        connection.execute("update typed_orders set financial_status = lower(financial_status)")
    if table.name == "inventory_quantities":
        connection.execute(
            """update typed_inventory_quantities as quantities
            set location_id = levels.location_id, updated_at = coalesce(quantities.updated_at, levels.updated_at)
            from typed_inventory_levels as levels
            where quantities.location_id is null and quantities.level_id = levels.id"""
        )


def _find_faults(connection: duckdb.DuckDBPyConnection, table: Table, headings: Mapping[str, str]) -> None:
    """Values that are not what their column asks for, words that are none of Shopify's, and blanks."""
    blanks = [
        (f'"{name}" is null', f"{headings[name]} is blank", "null")
        for name in table.required
        if not (table.name == "order_adjustments" and name == "order_id")
    ]
    words = [
        (f'"{name}" not in ({", ".join(map(sql_text, known))})', f"{headings[name]} is none of Shopify's words", name)
        for name, known in table.words.items()
    ]
    cases = " ".join(f"when {rule} then {sql_text(reason)}" for rule, reason, _ in (*blanks, *words))
    values = " ".join(f"when {rule} then cast({value} as varchar)" for rule, _, value in words) or "when false then ''"
    connection.execute(
        f"""insert into faults
        select _line, coalesce(_reason, reason), coalesce(_value, value)
        from (select _line, _reason, _value, case {cases} end as reason, case {values} end as value
            from typed_{table.name})
        where _reason is not null or reason is not null"""
    )
