"""What the published tables outside of marts mean, from dictionary.toml; what marts mean stands in their YAML."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

#: An entry for the table itself, and the entries that tables of a schema share.
TABLE, SHARED = "_table", "_shared"

Dictionary = Mapping[str, Mapping[str, Mapping[str, str]]]


@cache
def read_dictionary() -> Dictionary:
    """Descriptions by schema, table and column."""
    return tomllib.loads(files("martlet").joinpath("dictionary.toml").read_text(encoding="utf-8"))


def comments(table: str, columns: Iterable[str]) -> list[tuple[str, str]]:
    """What SQL comments on, and the text, of a table (schema.name) and those of its columns that are described."""
    schema, name = table.split(".")
    tables = read_dictionary().get(schema, {})
    known = {**tables.get(SHARED, {}), **tables.get(name, {})}
    told = [(f"table {table}", known[TABLE])] if TABLE in known else []
    return told + [(f'column {table}."{column}"', known[column]) for column in columns if column in known]
