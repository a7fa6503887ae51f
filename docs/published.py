"""Writes docs/published.md from the dictionary of published tables: python docs/published.py."""

from collections.abc import Mapping
from pathlib import Path

from martlet.dictionary import SHARED, TABLE, Dictionary, read_dictionary

PAGE = Path(__file__).with_name("published.md")
HEAD = """# Predictions, shortlists and ops

Written by `make docs` from `cli/martlet/dictionary.toml`. Tests hold it current, and see that no published column is
missing. The published file says the same in comments: `select * from duckdb_columns() where table_name = 'shortlist'`.
What the marts hold is in [marts.md](marts.md).
"""


def published_page(dictionary: Dictionary) -> str:
    """The page as Markdown: schema by schema, what several of its tables have, then each table's own columns."""
    lines = [HEAD]
    for schema, tables in dictionary.items():
        lines += [f"## {schema}", ""]
        for table, columns in tables.items():
            title = f"Columns that tables of `{schema}` share" if table == SHARED else table
            lines += [f"### {title}", "", *_columns(columns)]
    return "\n".join(lines).rstrip() + "\n"


def _columns(columns: Mapping[str, str]) -> list[str]:
    told = [columns[TABLE], ""] if TABLE in columns else []
    rows = [f"| {name} | {text.replace('|', chr(92) + '|')} |" for name, text in columns.items() if name != TABLE]
    return [*told, *(["| column | |", "|---|---|", *rows, ""] if rows else [])]


if __name__ == "__main__":
    PAGE.write_text(published_page(read_dictionary()), encoding="utf-8")
