"""Shopify's bulk operations (JSONL, plain or gzipped) into the raw contract.

Every line is one object; a child names its parent in __parentId and may stand anywhere in the file. Objects are told by
their global id's type; who belongs to whom is found by joining the lines to themselves.
"""

from pathlib import Path

import duckdb

from martlet.errors import MartletError
from martlet.loaders.landing import Lake, Landing, LoadReceipt, Progress, file_load_id, files_under, next_load_time
from martlet.loaders.ndjson_lines import stage_lines
from martlet.loaders.shopify_bulk.shape import SHAPE
from martlet.loaders.shopify_records import SOURCE, create_records, land_records

JSON = (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz")

# Some objects have no id of their own; what they are is told by their type's name, or by what they hold.
_KIND = r"""
case
    when id is not null then nullif(regexp_extract(id, '^gid://shopify/([A-Za-z]+)/[0-9]+(\?.*)?$', 1), '')
    when type_name like '%DiscountApplication' then 'DiscountApplication'
    -- it stands in reasons, which are published
    when type_name is not null then nullif(regexp_extract(type_name, '^[A-Za-z]{1,60}$'), '')
    when up like 'gid://shopify/Order/%' and (targets is not null or code is not null) then 'DiscountApplication'
    when up like 'gid://shopify/Refund/%' and line_item is not null then 'RefundLineItem'
end
"""

_PARSE = f"""
create temp table parsed as
select _row, id, up, problem, {_KIND} as kind
from (
    select *, f[1] as id, f[2] as up, f[3] as type_name, f[4] as targets, f[5] as code, f[6] as line_item
    from (
        select _row, problem, case when problem is null then json_extract_string(_text, [
            '$.id', '$.__parentId', '$.__typename', '$.targetType', '$.code', '$.lineItem.id'
        ]) end as f
        from (
            select _row, _text, case
                when _problem is not null then _problem
                when not json_valid(_text) then 'the line is not valid JSON'
                when json_type(_text) <> 'OBJECT' then 'the line is not a JSON object' end as problem
            from lines
        )
    )
)
"""

# Whose order a line is: its own parent, or its parent's parent (a refund of a return).
_PARENTS = """
create temp table parents as
select id, any_value(up) as up from parsed where id is not null group by id
"""
_RECORDS = """
insert into records
select
    parsed._row,
    parsed.kind,
    parsed.up,
    case
        when parsed.up like '%/Order/%' then parsed.up
        when first.up like '%/Order/%' then first.up
        when second.up like '%/Order/%' then second.up
    end,
    case
        when parsed.problem is not null then parsed.problem
        when parsed.kind is null then 'no id tells what kind of object it is'
        when parsed.kind not in (select unnest($kinds)) then 'no table of the raw contract takes a ' || parsed.kind
        when parsed.up is not null and first.id is null
        then 'its parent' || coalesce(
            ', of type ' || nullif(regexp_extract(parsed.up, 'shopify/([A-Za-z]+)/', 1), '') || ',', ''
        ) || ' is not in this file'
    end,
    lines._text
from parsed
inner join lines on parsed._row = lines._row
left join parents as first on parsed.up = first.id
left join parents as second on first.up = second.id
"""

# A line that cannot be read may still say in its text whose it is; its order is then not whole.
_BROKEN = """
insert into broken_lines
select _row, try_cast(coalesce(
    nullif(regexp_extract(_text, '"__parentId" *: *"gid:[\\\\/]+shopify[\\\\/]+Order[\\\\/]+([0-9]+)"', 1), ''),
    nullif(regexp_extract(_text, '"id" *: *"gid:[\\\\/]+shopify[\\\\/]+Order[\\\\/]+([0-9]+)"', 1), '')
) as bigint)
from records
where _row in (select _row from parsed where problem is not null)
"""


def find_files(path: Path) -> list[Path]:
    """The files that `path` names. Raises MartletError if there are none."""
    return files_under(path, JSON, "JSONL")


def load_file(lake: Lake, path: Path, progress: Progress) -> LoadReceipt:
    """Load one file. Raises MartletError where it cannot be read or is no bulk operation's."""
    load_id = file_load_id(path, "shopify-bulk")
    if receipt := lake.find_receipt(load_id):
        return receipt
    landing = Landing(lake, SOURCE, "bulk operation", path, load_id, next_load_time(lake))
    try:
        _stage(landing.connection, path, progress)
        return land_records(lake, landing, SHAPE, [path.name], progress)
    finally:
        landing.close()


def _stage(connection: duckdb.DuckDBPyConnection, path: Path, progress: Progress) -> None:
    """Fill `records` from the file's lines."""
    if not stage_lines(connection, path, progress):
        raise MartletError(f"{path.name}: the file is empty: the operation found nothing")
    connection.execute(_PARSE)
    known = "select 1 from parsed where kind in (select unnest($kinds)) limit 1"
    if not connection.execute(known, {"kinds": list(SHAPE.kinds)}).fetchone():
        raise MartletError(
            f"{path.name}: not a bulk operation's file: no line of it is an object with a known id (gid://shopify/...)"
        )
    progress(f"{path.name}: finding parents")
    create_records(connection)
    connection.execute(_PARENTS)
    connection.execute(_RECORDS, {"kinds": list(SHAPE.kinds)})
    connection.execute(_BROKEN)
    for table in ("lines", "parsed", "parents"):
        connection.execute(f"drop table {table}")
