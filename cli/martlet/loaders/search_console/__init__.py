"""Google Search Console's performance figures into raw_search: by day, query, page, and country and device where given.

In: API answers as JSON ({"rows": [{"keys": [...], ...}]}), one or many, rows of them as JSONL, or a flat CSV with a
column for each dimension. What Search Console's own pages export (Queries.csv, Pages.csv, ...) has no day for a query
and no query for a page; it cannot be loaded truthfully and is refused.
"""

from pathlib import Path

import duckdb

from martlet.loaders.checks import later_copy, set_aside, type_rows
from martlet.loaders.csv_rows import open_csv, stage_rows
from martlet.loaders.landing import Lake, Landing, LoadReceipt, Progress, file_load_id, files_under, next_load_time
from martlet.loaders.search_console.api_rows import stage_answers
from martlet.loaders.search_console.dimensions import match_headings

SOURCE, TABLE = "search", "search_performance"
CSV = (".csv",)
JSON = (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz")
COLUMNS = ("date", "query", "page", "country", "device", "clicks", "impressions", "position")
_KINDS = {"date": "date", "clicks": "integer", "impressions": "integer", "position": "number"}
_GROUPED = r"^[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?$"


def find_files(path: Path) -> list[Path]:
    """The CSV and JSON files that `path` names. Raises MartletError if there are none."""
    return files_under(path, CSV + JSON, "CSV or JSON")


def load_file(lake: Lake, path: Path, progress: Progress) -> LoadReceipt:
    """Load one file. Raises MartletError where a dimension is missing or cannot be told."""
    csv = None if path.name.lower().endswith(JSON) else open_csv(path)
    places = match_headings(path.name, csv.header) if csv else {}
    load_id = file_load_id(path, "search-console")
    if receipt := lake.find_receipt(load_id):
        return receipt
    landing = Landing(lake, SOURCE, TABLE, path, load_id, next_load_time(lake))
    try:
        if csv:
            rows_in = stage_rows(landing.connection, csv, places, progress)
        else:
            rows_in = stage_answers(landing.connection, path, progress)
        _tidy(landing.connection)
        type_rows(landing.connection, {name: name for name in COLUMNS}, _KINDS)
        _split(landing.connection)
        if csv:
            set_aside(landing, csv)
        elif landing.connection.execute("select 1 from bad limit 1").fetchone():
            landing.reject('(select bad.*, answers._text as "row" from bad left join answers on line = answers._row)')
        landing.add(TABLE, "good", "_line")
        return landing.finish(rows_in)
    finally:
        landing.close()


def _tidy(connection: duckdb.DuckDBPyConnection) -> None:
    """Take off what spreadsheets and reports put into numbers and days."""
    names = {name for name, *_ in connection.execute("describe staged").fetchall()}
    for name in ("clicks", "impressions", "position"):
        if name in names:
            connection.execute(
                f"update staged set {name} = replace({name}, ',', '') where regexp_matches({name}, '{_GROUPED}')"
            )
    connection.execute(
        r"""update staged set date = regexp_replace(date, '^(\d{4})(\d{2})(\d{2})$', '\1-\2-\3')
        where regexp_matches(date, '^\d{8}$')"""
    )


def _split(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `bad` (line, reason, value) and `good` from `typed`."""
    blanks = " ".join(
        f"when {name} is null then '{name} is blank'" for name in ("date", "query", "page", "clicks", "impressions")
    )
    connection.execute(
        f"""create temp table judged as
        select *, coalesce(fault, {later_copy("row", "date", "query", "page", "country", "device")}) as reason
        from (
            select * replace (
                    lower(country) as country,
                    upper(device) as device,
                    case when impressions > 0 then position end as position
                ),
                coalesce(_reason, case
                    {blanks}
                    when not regexp_matches(country, '^[A-Za-z]{{3}}$') then 'country is not a code of three letters'
                    when upper(device) not in ('DESKTOP', 'MOBILE', 'TABLET')
                    then 'device is not desktop, mobile or tablet'
                    when clicks < 0 or clicks > impressions then 'there are more clicks than impressions'
                    when impressions > 0 and position < 1 then 'position is below 1'
                end) as fault
            from typed
        )"""
    )
    connection.execute(
        """create temp view bad as
        select _line as line, reason, coalesce(_value, case
            when fault like 'country%' then country
            when fault like 'device%' then device
            when fault like 'position%' then cast(position as varchar) end) as value
        from judged where reason is not null"""
    )
    connection.execute(f"create temp view good as select _line, {', '.join(COLUMNS)} from judged where reason is null")
