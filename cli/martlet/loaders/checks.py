"""What a cell of a CSV may hold: from the text in table `staged` to the types in table `typed`, faults named.

A cell that cannot be what its column asks for gives its row a reason; the row is then set aside with the record itself.
"""

from collections.abc import Iterable, Mapping

import duckdb
import pyarrow as pa

from martlet.loaders.csv_rows import CsvFile
from martlet.loaders.landing import Landing

NUMBER = r"^[+-]?[0-9]+(\.[0-9]+)?$"
INTEGER = r"^[+-]?[0-9]+(\.0+)?$"
DATE = r"^(19|20)\d{2}-\d{2}-\d{2}$"
TIME = r"^(19|20)\d{2}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d+)? ?(Z|UTC|[+-](0\d|1[0-4])(:?[0-5]\d)?)?)?$"

# DuckDB wants the offset as +02:00 or +02 with no space before it. Shapes are matched first: a cast that fails costs
# a thousand times one that does not.
_OFFSET = (
    r"regexp_replace(regexp_replace(regexp_replace({x}, ' ?(UTC|Z)$', '+00:00'), ' ?([+-]\d{2}):?(\d{2})$', '\1:\2'),"
    r" ' ([+-]\d{2})$', '\1')"
)
_TIMESTAMP = f"case when regexp_matches({{x}}, '{TIME}') then try_cast({_OFFSET} as timestamptz) at time zone 'UTC' end"

# kind -> (SQL that types a text {x}, what the reason calls it)
KINDS: Mapping[str, tuple[str, str]] = {
    "text": ("{x}", "text"),
    "id": (f"case when regexp_matches({{x}}, '{INTEGER}') then try_cast({{x}} as bigint) end", "a whole number"),
    "integer": (f"case when regexp_matches({{x}}, '{INTEGER}') then try_cast({{x}} as bigint) end", "a whole number"),
    "decimal": (
        f"case when regexp_matches({{x}}, '{NUMBER}') then try_cast({{x}} as decimal(18, 4)) end",
        "a plain number such as 1234.56",
    ),
    "number": (f"case when regexp_matches({{x}}, '{NUMBER}') then try_cast({{x}} as double) end", "a plain number"),
    "date": (f"case when regexp_matches({{x}}, '{DATE}') then try_cast({{x}} as date) end", "a day such as 2025-10-07"),
    # shop time with its offset; a time without one is taken as UTC
    "timestamp": (_TIMESTAMP, "a time such as 2025-10-07 09:50:26 +0200"),
    "boolean": (
        "case lower({x}) when 'yes' then true when 'true' then true when '1' then true"
        " when 'no' then false when 'false' then false when '0' then false end",
        "yes or no, true or false",
    ),
    # whether a variant is sold when it is out of stock: Shopify has asked it in both ways
    "policy": (
        "case when lower({x}) in ('continue', 'yes', 'true', '1') then 'continue'"
        " when lower({x}) in ('deny', 'no', 'false', '0') then 'deny' end",
        "deny or continue",
    ),
}


def type_rows(
    connection: duckdb.DuckDBPyConnection,
    headings: Mapping[str, str],
    kinds: Mapping[str, str],
    source: str = "staged",
    target: str = "typed",
) -> None:
    """Make table `target` from `source`: `_line`, `_reason` and `_value` of what is wrong, and a column per heading.

    `headings` maps our names to the file's; `kinds` says what each must hold (text if not named). A heading that the
    file does not have gives a column of nulls.
    """
    names = [name for name, *_ in connection.execute(f"describe {source}").fetchall() if not name.startswith("_")]
    absent = [name for name in headings if name not in names]
    reasons = {name: _reason(headings.get(name, name), name, kinds[name]) for name in names if name in kinds}
    columns = [f'{_typed(_text(name, kinds), kinds.get(name, "text"))} as "{name}"' for name in names]
    columns += [f'{_typed("cast(null as varchar)", kinds.get(name, "text"))} as "{name}"' for name in absent]
    bad_values = [f'case when ({reason}) is not null then "{name}" end' for name, reason in reasons.items()]
    connection.execute(
        f"""create temp table {target} as
        select
            _line,
            coalesce(_problem, nullif(concat_ws('; ', {_arguments(reasons.values())}), '')) as _reason,
            coalesce({_arguments(bad_values)}) as _value,
            {", ".join(columns)}
        from {source}"""
    )


def set_aside(landing: Landing, file: CsvFile) -> None:
    """Send the rows of `bad` (line, reason, value) to the rejected rows, each with the record as it stands."""
    lines = {line for (line,) in landing.connection.execute("select line from bad").fetchall()}
    if not lines:
        return
    found = dict(file.rows_at(lines))
    records = pa.table({"line": pa.array(found, pa.int64()), "row": pa.array(found.values(), pa.string())})
    landing.connection.register("records", records)
    landing.reject('(select bad.*, records."row" from bad left join records using (line))')


def later_copy(what: str, *keys: str) -> str:
    """SQL for why a row is one of several of the same key: the last one counts. Rows that have a `fault` do not."""
    last = f"max(_line) over (partition by fault is null, {', '.join(keys)})"
    return f"case when _line < {last} then 'line ' || {last} || ' holds the same {what} again' end"


def _arguments(expressions: Iterable[str]) -> str:
    return ", ".join([*expressions, "cast(null as varchar)"])


def _typed(text: str, kind: str) -> str:
    return "(" + KINDS[kind][0].replace("{x}", text) + ")"


def _text(name: str, kinds: Mapping[str, str]) -> str:
    # Shopify puts an apostrophe before ids so that spreadsheets leave them alone
    return f"ltrim(\"{name}\", '''')" if kinds.get(name) == "id" else f'"{name}"'


def _reason(heading: str, name: str, kind: str) -> str:
    """SQL for why a cell is bad, null if it is good. A blank cell is good here; who needs it says so."""
    words = f"{heading} is not {KINDS[kind][1]}".replace("'", "''")
    return f"case when \"{name}\" is not null and {_typed(_text(name, {name: kind}), kind)} is null then '{words}' end"
