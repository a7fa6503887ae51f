"""Rows of the Search Console API's answers, from one JSON document or from lines of them."""

import gzip
import zlib
from pathlib import Path

import duckdb

from martlet.errors import MartletError
from martlet.loaders.landing import Progress
from martlet.loaders.ndjson_lines import GZIP_MAGIC, stage_lines
from martlet.loaders.search_console.dimensions import DIMENSIONS, SHAPES, check_named, infer, require

FIGURES = ("clicks", "impressions", "position")
# an answer of the API holds 25,000 rows at most; one document beyond this is none
MAX_DOCUMENT = 512_000_000


def stage_answers(connection: duckdb.DuckDBPyConnection, path: Path, progress: Progress) -> int:
    """Fill `staged` with text columns from the file's rows, and `answers` (_row, _text) with the rows themselves.

    Raises MartletError where the file holds no rows of the API or their dimensions cannot be told.
    """
    document = _read_document(path)
    is_document = connection.execute("select json_valid($1)", [document]).fetchone() == (True,)
    if is_document:
        connection.execute(
            "create temp table lines as select 1 as _row, $1 as _text, null::varchar as _problem", [document]
        )
    elif not stage_lines(connection, path, progress):
        raise MartletError(f"{path.name}: the file is empty")
    _take_rows(connection)
    row = connection.execute(
        "select count(*), count(*) filter (keys is not null), count(*) filter (is_flat) from answers"
    ).fetchone()
    rows, keyed, flat = row or (0, 0, 0)
    if not keyed and not flat:
        raise MartletError(f'{path.name}: no rows of the Search Console API in it ("rows": [{{"keys": [...]}}])')
    dimensions = _dimensions(connection, path) if keyed else []
    if not keyed:
        given = connection.execute(
            "select "
            + ", ".join(f"""count(json_extract_string(_json, '$.{name}'))""" for name in DIMENSIONS)
            + " from answers"
        ).fetchone()
        require(path.name, [name for name, count in zip(DIMENSIONS, given or (), strict=True) if count])
    _make_columns(connection, dimensions)
    return int(rows)


def _read_document(path: Path) -> str:
    """The whole file as text; nothing for one that is too large to be a single answer."""
    try:
        data = path.read_bytes()
        data = gzip.decompress(data) if data[:2] == GZIP_MAGIC else data
    except OSError as error:
        raise MartletError(f"{path.name}: cannot be read ({error.strerror or error})") from None
    except (EOFError, zlib.error) as error:
        raise MartletError(f"{path.name}: cannot be read to its end ({error})") from None
    return data.decode("utf-8-sig", errors="replace") if len(data) < MAX_DOCUMENT else ""


def _take_rows(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `answers`: a row of the API each, numbered by its line, or in order where a line holds several."""
    connection.execute(
        """create temp table parts as
        select _row, coalesce(_problem, case
                when not json_valid(_text) then 'the line is not valid JSON'
                when json_type(_text) not in ('OBJECT', 'ARRAY') then 'the line is not a JSON object' end) as _problem,
            _text,
            case when json_valid(_text) then _text end as _json
        from lines"""
    )
    connection.execute(
        """create temp table answers as
        with
            opened as (
                select *, case
                    when _problem is not null then null
                    when json_type(_json) = 'ARRAY' then json_extract(_json, '$[*]')
                    when json_type(_json, '$.rows') = 'ARRAY' then json_extract(_json, '$.rows[*]') end as members
                from parts
            ),

            taken as (
                select _row, _problem, _text, _json, 0 as place from opened where members is null
                union all
                select _row, _problem, cast(element as varchar), cast(element as varchar), place
                from (select *, unnest(members) as element, generate_subscripts(members, 1) as place from opened)
            ),

            numbered as (
                select *, row_number() over (order by _row, place) as ordinal, bool_or(place > 0) over () as is_nested
                from taken
            )

        select
            case when is_nested then ordinal else _row end as _row,
            coalesce(
                _problem, case when json_type(_json) <> 'OBJECT' then 'the row is not a JSON object' end
            ) as _problem,
            _text,
            _json,
            case when json_type(_json, '$.keys') = 'ARRAY' then json_extract_string(_json, '$.keys[*]') end as keys,
            coalesce(json_type(_json, '$.date') is not null, false) as is_flat
        from numbered"""
    )


def _dimensions(connection: duckdb.DuckDBPyConnection, path: Path) -> list[str]:
    """What each key is: as the file says, or by the shapes of all rows' keys."""
    named = connection.execute(
        """select distinct names from (
            select json_extract_string(coalesce(
                json_extract(_json, '$.dimensions'), json_extract(_json, '$.request.dimensions'),
                json_extract(_json, '$.requestBody.dimensions')
            ), '$[*]') as names
            from parts
        ) where names is not null and len(names) > 0"""
    ).fetchall()
    if len(named) > 1:
        raise MartletError(f"{path.name}: its answers have different dimensions; load each in a file of its own")
    if named:
        return check_named(path.name, named[0][0])
    lengths = connection.execute("select distinct len(keys) from answers where keys is not null").fetchall()
    if len(lengths) > 1:
        raise MartletError(
            f"{path.name}: rows have different numbers of keys; say the request's dimensions in the file"
        )
    places = range(1, lengths[0][0] + 1)
    tests = [f"bool_and({shape.replace('{x}', f'keys[{place}]')})" for place in places for shape in SHAPES.values()]
    found = connection.execute(f"select {', '.join(tests)} from answers where keys is not null").fetchone() or ()
    names = list(SHAPES)
    fits = [
        {name for name, fit in zip(names, found[start : start + len(names)], strict=True) if fit}
        for start in range(0, len(found), len(names))
    ]
    return infer(path.name, fits)


def _make_columns(connection: duckdb.DuckDBPyConnection, dimensions: list[str]) -> None:
    """Make `staged` as a CSV would have been read, so that the same rules type it."""
    columns = {name: f"json_extract_string(_json, '$.{name}')" for name in (*DIMENSIONS, *FIGURES)}
    for place, name in enumerate(dimensions, 1):
        columns[name] = f"coalesce(keys[{place}], {columns[name]})"
    fields = ", ".join(
        f"nullif(trim(case when problem is null then {sql} end), '') as {n}" for n, sql in columns.items()
    )
    wrong = f"when keys is not null and len(keys) <> {len(dimensions)} then 'it has ' || len(keys) || ' keys'"
    connection.execute(
        f"""create temp table staged as
        select _row as _line, problem as _problem, {fields}
        from (
            select *, coalesce(_problem, case {wrong if dimensions else "when false then ''"} end) as problem
            from answers
        )"""
    )
    # JSON writes large and small numbers with an exponent
    connection.execute(
        """update staged set position = cast(try_cast(position as decimal(18, 6)) as varchar)
        where regexp_matches(position, '^[0-9.]+[eE][+-]?[0-9]{1,2}$')"""
    )
