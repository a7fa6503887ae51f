"""Which dimension stands where: told by headings, by the request that came with the answer, or by the keys' shapes."""

from collections.abc import Sequence

from martlet.errors import MartletError

DIMENSIONS = ("date", "query", "page", "country", "device")
NEEDED = ("date", "query", "page")
_HEADINGS = {
    "date": ("date", "data_date", "day"),
    "query": ("query", "top queries", "queries", "search query"),
    "page": ("page", "top pages", "pages", "url", "landing page"),
    "country": ("country", "countries"),
    "device": ("device", "devices", "device category"),
    "clicks": ("clicks", "url clicks"),
    "impressions": ("impressions",),
    "position": ("position", "average position", "avg. position"),
}
_ADVICE = "export date, query, page, country and device together: through the API or Looker Studio"
# a key's shape -> the dimension it must be, as SQL over {x}
SHAPES = {
    "date": r"regexp_matches({x}, '^(19|20)\d{2}-\d{2}-\d{2}$')",
    "page": r"regexp_matches({x}, '^(https?|android-app)://')",
    "device": "upper({x}) in ('DESKTOP', 'MOBILE', 'TABLET')",
    "country": "regexp_matches({x}, '^[A-Za-z]{3}$')",
}


def match_headings(file_name: str, header: Sequence[str]) -> dict[str, int]:
    """Our columns and their places in a CSV. Raises MartletError naming what is missing."""
    lower = [heading.lower() for heading in header]
    places: dict[str, int] = {}
    for name, headings in _HEADINGS.items():
        found = [place for place, heading in enumerate(lower) if heading in headings]
        if len(found) > 1:
            raise MartletError(f"{file_name}: {name} stands in two columns: {', '.join(header[p] for p in found)}")
        if found:
            places[name] = found[0]
    figures = [name for name in ("clicks", "impressions") if name not in places]
    if figures:
        raise MartletError(f"{file_name}: not Search Console's figures, without: {', '.join(figures)}")
    require(file_name, list(places))
    return places


def require(file_name: str, dimensions: Sequence[str]) -> None:
    """Raises MartletError unless every row says its day, query and page."""
    missing = [name for name in NEEDED if name not in dimensions]
    if missing:
        raise MartletError(f"{file_name}: its rows have no {' and no '.join(missing)}; {_ADVICE}")


def check_named(file_name: str, named: Sequence[str]) -> list[str]:
    """The dimensions that a request names, if they are the table's. Raises MartletError."""
    unknown = [name for name in named if name.lower() not in DIMENSIONS]
    if unknown or len(set(named)) != len(named):
        raise MartletError(
            f"{file_name}: dimensions {', '.join(named)}: only {', '.join(DIMENSIONS)} have a place, once each"
        )
    require(file_name, [name.lower() for name in named])
    return [name.lower() for name in named]


def infer(file_name: str, fits: Sequence[set[str]]) -> list[str]:
    """Dimensions from the shapes that all rows' keys have, place by place. Raises MartletError if that is unclear."""
    if len(fits) == len(DIMENSIONS) and all(
        name == "query" or name in fit for name, fit in zip(DIMENSIONS, fits, strict=True)
    ):
        return list(DIMENSIONS)
    found = [
        next((name for name in ("date", "page", "device") if name in fit), "country" if "country" in fit else "query")
        for fit in fits
    ]
    if len(set(found)) != len(found):
        raise MartletError(
            f"{file_name}: it is not clear which key is which dimension; put the request's dimensions into the file,"
            ' such as "dimensions": ["date", "query", "page", "country", "device"]'
        )
    require(file_name, found)
    return found
