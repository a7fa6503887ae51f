"""The inventory export: one row per variant and location, or one per variant with a column for each location.

It is a count at one moment; every load is kept with its time, so that history can be rebuilt.
"""

import duckdb

from martlet.loaders.checks import later_copy
from martlet.loaders.landing import Landing
from martlet.loaders.shopify_csv.layouts import LOCATION_HEADING, Match
from martlet.loaders.shopify_csv.synthetic_ids import LOCATION_ID, synthetic_id

STATES = ("incoming", "unavailable", "committed", "available", "on_hand")

# Not the product export's id for the same variant: this file knows no cost and must not overwrite one.
_ITEM_ID = synthetic_id("'counted item'", "lower(handle)", "sku", "option1", "option2", "option3")


_JUDGE = f"""
create temp table judged as
with
    faulted as (
        select
            *,
            {_ITEM_ID} as inventory_item_id,
            {LOCATION_ID} as location_id,
            coalesce(
                -- where each location has its column, the reason names the location's
                replace(_reason, '{LOCATION_HEADING}', coalesce(location, '')),
                case when handle is null and sku is null then 'neither handle nor SKU is given' end,
                case when location is null then 'Location is blank' end
            ) as fault
        from typed
    )

select
    *,
    coalesce(fault, {later_copy("item and location", "inventory_item_id", "location_id")}) as reason
from faulted
"""


def lengthen(connection: duckdb.DuckDBPyConnection, match: Match) -> None:
    """Bring `staged` to one row per line and location, with the words `not stocked` and a SKU of `-` as blanks."""
    columns = [name for name in match.columns if name not in STATES]
    kept = ", ".join(f'"{name}"' for name in columns if name != "sku")
    sku = "nullif(sku, '-') as sku"
    if match.locations:
        places = ", ".join(match.location_columns)
        names = ", ".join("'" + name.replace("'", "''") + "'" for name in match.locations)
        query = f"""select _line, _problem, {kept}, {sku},
                map([{", ".join(f"'{place}'" for place in match.location_columns)}], [{names}])[place] as location,
                {_stock("available")}
            from staged unpivot include nulls (available for place in ({places}))"""
    else:
        states = ", ".join(_stock(name) for name in STATES if name in match.columns)
        query = f"select _line, _problem, {kept}, {sku}, {states} from staged"
    connection.execute(f"create temp table lengthened as {query}")
    connection.execute("drop table staged")
    connection.execute("alter table lengthened rename to staged")


def _stock(state: str) -> str:
    return f"case when lower({state}) <> 'not stocked' then {state} end as {state}"


def split(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `bad` (line, reason, value), one row per line, and the views that `land` writes from table `typed`."""
    present = {name for name, *_ in connection.execute("describe typed").fetchall()}
    states = [state for state in STATES if state in present]
    connection.execute(_JUDGE)
    connection.execute(
        """create temp view bad as
        select distinct on (_line) _line as line, reason, _value as value
        from judged where reason is not null order by _line, location"""
    )
    connection.execute("create temp view good as select * from judged where _line not in (select line from bad)")
    connection.execute(
        "create temp view inventory_items as "
        "select min(_line) as _line, inventory_item_id as id, sku from good group by inventory_item_id, sku"
    )
    connection.execute(
        "create temp view locations as "
        "select min(_line) as _line, location_id as id, any_value(location) as name from good group by location_id"
    )
    connection.execute(
        "create temp view counts as "
        + " union all ".join(
            f"select _line, inventory_item_id, location_id, '{state}' as name, {state} as quantity from good"
            f" where {state} is not null"
            for state in states
        )
    )


def land(landing: Landing) -> None:
    """Write raw inventory_items, locations and inventory_quantities, counted at the load's time."""
    connection = landing.connection
    connection.execute(
        f"create temp view inventory_quantities as select *, timestamp '{landing.loaded_at}' as updated_at from counts"
    )
    for table in ("inventory_items", "locations", "inventory_quantities"):
        landing.add(table, table, "_line")
