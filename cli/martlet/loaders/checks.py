"""What a cell may hold, and the SQL that finds the cells that do not hold it.

A check reads a column of text and gives a reason where it cannot be the type that the raw contract asks for.
"""

from collections.abc import Mapping

NUMBER = r"^[+-]?[0-9]+(\.[0-9]+)?$"
INTEGER = r"^[+-]?[0-9]+(\.0+)?$"
TIME = r"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)? ?(Z|UTC|[+-]\d{2}:?\d{2})?$"

# DuckDB wants the offset as +02:00 with no space before it. Shapes are matched first: a cast that fails costs
# a thousand times one that does not.
_TIMESTAMP = (
    f"case when regexp_matches({{x}}, '{TIME}') then try_cast(regexp_replace(regexp_replace({{x}}, ' ?(UTC|Z)$', '+00:00'),"
    r" ' ?([+-]\d{2}):?(\d{2})$', '\1:\2') as timestamptz) at time zone 'UTC' end"
)

# kind -> (SQL that types a text {x}, what the reason calls it)
KINDS: Mapping[str, tuple[str, str]] = {
    "text": ("{x}", "text"),
    "id": (f"case when regexp_matches({{x}}, '{INTEGER}') then try_cast({{x}} as bigint) end", "a whole number"),
    "integer": (f"case when regexp_matches({{x}}, '{INTEGER}') then try_cast({{x}} as bigint) end", "a whole number"),
    "decimal": (
        f"case when regexp_matches({{x}}, '{NUMBER}') then try_cast({{x}} as decimal(18, 4)) end",
        "a plain number such as 1234.56",
    ),
    # shop time with its offset; a time without one is taken as UTC
    "timestamp": (_TIMESTAMP, "a time such as 2025-10-07 09:50:26 +0200"),
    "boolean": (
        "case lower({x}) when 'yes' then true when 'true' then true when '1' then true"
        " when 'no' then false when 'false' then false when '0' then false end",
        "yes or no, true or false",
    ),
}


def typed(column: str, kind: str) -> str:
    """SQL for the typed value of a text column; null where it cannot be read."""
    return "(" + KINDS[kind][0].replace("{x}", _unquoted(column, kind)) + ")"


def reason(label: str, column: str, kind: str) -> str:
    """SQL for why a cell is bad, null if it is good. Blank is good."""
    return f"case when {_q(column)} is not null and {typed(column, kind)} is null then {_s(f'{label} is not {KINDS[kind][1]}')} end"


def typed_null(kind: str) -> str:
    """SQL for a null of the type that `typed` gives, for a column that a file does not have."""
    return "(" + KINDS[kind][0].replace("{x}", "cast(null as varchar)") + ")"


def _unquoted(column: str, kind: str) -> str:
    # Shopify puts an apostrophe before ids so that spreadsheets leave them alone
    return f"ltrim({_q(column)}, '''')" if kind == "id" else _q(column)


def _q(name: str) -> str:
    return '"' + name + '"'


def _s(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
