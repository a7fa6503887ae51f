"""The contracts' results as one page of HTML that needs nothing else to be read."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from martlet.contract_outcomes import Outcome

TEMPLATE = Path(__file__).parent / "templates" / "contracts.html"


def write_report(outcomes: Sequence[Outcome], source_modes: str, as_of: str, path: Path) -> None:
    """Write the report to `path`: failures first, then every table with what was expected of it."""
    from jinja2 import Environment  # noqa: PLC0415  (only the report pays for it)

    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    tables: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        tables.setdefault(outcome.table, []).append(outcome)
    page = environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        tables=tables,
        troubles=sorted((o for o in outcomes if not o.passed), key=lambda o: (not o.is_failure, o.table)),
        counts=Counter(outcome.verdict for outcome in outcomes),
        source_modes=source_modes,
        as_of=as_of,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")
