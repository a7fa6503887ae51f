"""The contract that no published table holds a person: e-mail addresses, phone numbers, names and streets.

Expectations are made for every text column of every table there is, so that a new mart cannot be forgotten. What is
found is told by column and count only: a report of leaks must not leak.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

# Braces stand doubled: Great Expectations fills {batch} in.
_EMAIL = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+\.[A-Za-z]"
_INTERNATIONAL_PHONE = r"(^|[^0-9A-Za-z])\+[1-9][0-9][0-9 ().-]{{6,}}[0-9]"
_AMERICAN_PHONE = r"(^|[^0-9-])\(?[2-9][0-9]{{2}}\)?[ .-][0-9]{{3}}[ .-][0-9]{{4}}([^0-9-]|$)"
_WHOLE_PHONE = r"^\+[0-9][0-9 ().-]{{7,}}$"
_STREET = (
    r"(?i)(^|[,;] *)[0-9]+[a-z]?( [a-z.'']+){{1,4}} "
    r"(street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|highway|hwy)\.?($|[,;])"
)
# What the catalogue says is nobody's: "1932 Ford Street" is a part, and a SKU may well look like a phone number.
_CATALOGUE_WORDS = ("sku", "title", "vendor", "category", "action", "query", "page", "goal")


def people_expectations(
    columns: Sequence[str], people_tables: Sequence[str], where: str = "true"
) -> Iterator[Mapping[str, Any]]:
    """The expectations for those rows of a table with these text columns for which `where` is true.

    `people_tables` are qualified raw tables with first_name and last_name, in the same database, whose names must not
    come back; none where raw data is elsewhere.
    """
    if not columns:
        return
    yield _nothing_found(
        "no text column holds an e-mail address, a phone number or a street",
        [_cells(column, _shows(column), _values(column, where)) for column in columns],
        "People stop at staging; the published file and the exports hold none.",
    )
    names = " union ".join(
        f"select lower(trim(first_name) || ' ' || trim(last_name)) from {table}"
        " where length(trim(first_name)) > 1 and length(trim(last_name)) > 1"
        for table in people_tables
    )
    free_text = [column for column in columns if _is_free_text(column)]
    if names and free_text:
        parts = " union all ".join(_parts(column, where) for column in free_text)
        yield _nothing_found(
            "no free text holds a customer's name",
            [f"select found_in, count(*) as cells from ({parts}) as parts where part in ({names}) group by found_in"],
            "A tag or a note may name a person, alone or in a list.",
        )


def shows_person(column: str, text: str) -> bool:
    """True if the contract, or dbt's test holds_no_people, would take `text` in such a column for a person."""
    return any(re.search(shape.format(), text) for shape in (*_shapes(column), _WHOLE_PHONE))


def _nothing_found(description: str, selects: Sequence[str], notes: str) -> Mapping[str, Any]:
    query = f"select found_in, cells from ({' union all '.join(selects)}) as found where cells > 0"
    return {
        "type": "unexpected_rows_expectation",
        "kwargs": {"unexpected_rows_query": query},
        "description": description,
        "notes": notes,
    }


def _cells(column: str, condition: str, source: str) -> str:
    return f"select {_told(column)} as found_in, count(*) as cells from {source} where {condition}"


def _shows(column: str) -> str:
    """A condition that text shows a person; a letter that the shape needs is looked for first, which is quick."""
    tests = (
        f"({hint.format(_quoted(column))} and regexp_matches({_quoted(column)}, '{shape}'))"
        for hint, shape in _hinted(column)
    )
    return " or ".join(tests)


def _values(column: str, where: str) -> str:
    """A table of a column's values: each once where they are words that come again, all where they are keys."""
    distinct = "distinct " if _is_free_text(column) else ""
    return f"(select {distinct}{_quoted(column)} from {{batch}} where {where}) as found"


def _parts(column: str, where: str) -> str:
    """The distinct parts of a column's comma-separated lists, as names are compared; without a space it holds none."""
    lists = f"(select {_quoted(column)} as list from {{batch}} where {where} and contains({_quoted(column)}, ' '))"
    parts = f"(select distinct unnest(string_split(list, ',')) as part from {lists} as lists)"
    return f"select {_told(column)} as found_in, lower(trim(part)) as part from {parts} as parts"


def _shapes(column: str) -> Iterator[str]:
    yield from (shape for _, shape in _hinted(column))


def _hinted(column: str) -> Iterator[tuple[str, str]]:
    """The shapes looked for in a column, each with a condition without which text cannot have it."""
    yield "contains({}, '@')", _EMAIL
    yield "contains({}, '+')", _INTERNATIONAL_PHONE
    if _is_free_text(column):
        yield "(contains({0}, '-') or contains({0}, ' ') or contains({0}, '.'))", _AMERICAN_PHONE
        yield "contains({}, ' ')", _STREET


def _is_free_text(column: str) -> bool:
    return not any(word in column for word in _CATALOGUE_WORDS) and not column.endswith(("_key", "_id", "_status"))


def _told(column: str) -> str:
    return "'" + column.replace("'", "''") + "'"


def _quoted(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'
