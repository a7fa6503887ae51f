"""Pages of docs/ that are written by hand but for what a benchmark prints."""

from pathlib import Path


def put(page: Path, name: str, text: str) -> None:
    """Put `text` between `<!-- name -->` and `<!-- /name -->`. Raises ValueError where the page has no such place."""
    start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    whole = page.read_text(encoding="utf-8")
    first, last = whole.index(start) + len(start), whole.index(end)
    page.write_text(f"{whole[:first]}{text}\n{whole[last:]}", encoding="utf-8")
