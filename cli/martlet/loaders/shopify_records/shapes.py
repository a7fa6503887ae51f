"""How a vendor's shape is written down: which kinds of object it has, what is nested in what, which field is where.

A vendor's module holds one `Shape` and nothing that works row by row. Its rows arrive as JSON objects, whatever the
file was; a `Field` says where in that JSON a column of the contract stands, and a `Nested` where further objects do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

# gid://shopify/Order/123 and gid://shopify/InventoryLevel/123?inventory_item_id=456 are 123; anything else stays
_GID_TAIL = r"regexp_replace({x}, '^gid://shopify/[A-Za-z]+/([0-9]+)(\?.*)?$', '\1')"
# a list of texts as JSON, or one text that the vendor has joined itself
_JOINED = (
    "case when {x} like '[%' and json_valid({x})"
    " then nullif(array_to_string(json_extract_string({x}, '$[*]'), ', '), '') else {x} end"
)


@dataclass(frozen=True)
class Field:
    """Where a column's text comes from: the first of `paths` that is not null, else SQL `otherwise`; then `sql` of it.

    A path is dotted (`customer.id`). SQL may name _up, _order and _place: the id of the object that this one stands
    in, the order's id, and the place in its list from 0.
    """

    paths: tuple[str, ...]
    sql: str = "{x}"
    otherwise: str = "null"


def at(*paths: str, sql: str = "{x}", otherwise: str = "null") -> Field:
    return Field(paths, sql, otherwise)


def gid(*paths: str, otherwise: str = "null") -> Field:
    """An id: a number, or the number at the end of a global id."""
    return Field(paths, _GID_TAIL, otherwise)


def joined(*paths: str) -> Field:
    """A list of texts as one, comma-separated."""
    return Field(paths, _JOINED)


def word(*paths: str, otherwise: str = "null", **words: str) -> Field:
    """One of Shopify's words in lower case; `words` maps those that the contract calls otherwise."""
    cases = " ".join(f"when '{theirs}' then '{ours}'" for theirs, ours in words.items())
    return Field(paths, f"case lower({{x}}) {cases} else lower({{x}}) end" if words else "lower({x})", otherwise)


def is_word(wanted: str, *paths: str) -> Field:
    """True where the text is that word, false where it is another."""
    return Field(paths, f"cast(lower({{x}}) = '{wanted}' as varchar)")


def is_given(*paths: str) -> Field:
    """True where there is a value, null where there is none."""
    return Field(paths, "case when {x} is not null then 'true' end")


def constant(text: str) -> Field:
    return Field((), "{x}", f"'{text}'")


UP, ORDER, PLACE = gid(otherwise="_up"), gid(otherwise="_order"), at(otherwise="cast(_place as varchar)")

# Shopify's words for what has not left the house are one word here
FULFILLMENT = {
    "partially_fulfilled": "partial",
    **dict.fromkeys(
        ("open", "in_progress", "on_hold", "pending_fulfillment", "request_declined", "scheduled"), "unfulfilled"
    ),
}


@dataclass(frozen=True)
class Nested:
    """Objects of `kind` stand in those of kind `inside`, at `path`: a list, or one object where `is_one`.

    `carried` are fields of the outer object that the inner one gets as members of its own.
    """

    kind: str
    inside: str
    path: str
    is_one: bool = False
    carried: Mapping[str, Field] = field(default_factory=dict)


@dataclass(frozen=True)
class TableMapping:
    """Objects of `kind` give rows of `table`; `is_second` where another mapping knows the same rows better."""

    table: str
    kind: str
    fields: Mapping[str, Field]
    when: str = "true"
    is_second: bool = False


@dataclass(frozen=True)
class Shape:
    """A vendor's shape. `kinds` are those that rows of the file may be, and those nested in them, outer ones first."""

    kinds: tuple[str, ...]
    order_kind: str
    nested: tuple[Nested, ...]
    mappings: tuple[TableMapping, ...]
    # GraphQL lists may be {"edges": [{"node": ...}]} or {"nodes": [...]}
    has_connections: bool = False

    def columns_with_json(self, kind: str) -> set[str]:
        """The columns of a table of that kind in which JSON is looked into."""
        fields = [f for mapping in self.mappings if mapping.kind == kind for f in mapping.fields.values()]
        fields += [f for nested in self.nested if nested.inside == kind for f in nested.carried.values()]
        deeper = {path.split(".")[0] for f in fields for path in f.paths if "." in path}
        return deeper | {nested.path.split(".")[0] for nested in self.nested if nested.inside == kind}


def sql_text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def json_path(path: str) -> str:
    return "$" + "".join(f'."{name}"' for name in path.split("."))


def extraction(fields: Mapping[str, Field], json: str = "_json") -> tuple[str, list[str]]:
    """SQL for a list `found` of every path's text, and for each field the SQL that makes its text from that list."""
    paths: Sequence[str] = list(dict.fromkeys(path for f in fields.values() for path in f.paths)) or ["id"]
    found = f"json_extract_string({json}, [{', '.join(sql_text(json_path(path)) for path in paths)}]) as found"
    columns = []
    for name, each in fields.items():
        given = [f"nullif(trim(found[{paths.index(path) + 1}]), '')" for path in each.paths]
        text = f"coalesce({', '.join([*given, each.otherwise])})"
        columns.append(f'{each.sql.replace("{x}", text)} as "{name}"')
    return found, columns
