"""What expectations found, in words: for the contract report, errors and ops.contract_results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

EXAMPLES = 5
Expectation = Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What one expectation found in one table."""

    layer: str
    table: str
    expectation: str
    passed: bool
    severity: str
    observed: str
    examples: tuple[str, ...]
    notes: str

    @property
    def is_failure(self) -> bool:
        return not self.passed and self.severity == "critical"

    @property
    def verdict(self) -> str:
        return "passed" if self.passed else "failed" if self.is_failure else "warning"

    @property
    def one_line(self) -> str:
        found = f": {', '.join(self.examples)}" if self.examples else ""
        return f"{self.table}: {self.expectation} — {self.observed}{found}"


def outcome(layer: str, table: str, found: Mapping[str, Any]) -> Outcome:
    """What came of an expectation in `table` (schema.name), from Great Expectations' own account of it."""
    configuration = found["expectation_config"]
    kwargs = {k: v for k, v in configuration["kwargs"].items() if k not in ("batch_id", "unexpected_rows_query")}
    result = found.get("result") or {}
    error = _exception_message(found.get("exception_info") or {})
    return Outcome(
        layer=layer,
        table=table,
        expectation=_sentence(configuration, kwargs),
        passed=bool(found["success"]),
        severity=str(configuration.get("severity") or "critical"),
        observed=_observed(result, error),
        examples=tuple(_examples(result)),
        notes=_text(configuration.get("notes")),
    )


def _sentence(configuration: Mapping[str, Any], kwargs: Mapping[str, Any]) -> str:
    if configuration.get("description"):
        return str(configuration["description"])
    words = str(configuration["type"]).replace("_", " ")
    given = ", ".join(f"{name} {_text(value)}" for name, value in kwargs.items())
    return f"{words} ({given})" if given else words


def _observed(result: Mapping[str, Any], error: str | None) -> str:
    if error:
        return error.strip().splitlines()[0]
    if result.get("unexpected_count") is not None:
        return f"{result['unexpected_count']:,} of {result.get('element_count', 0):,} values unexpected"
    if "unexpected_rows" in (result.get("details") or {}):
        rows = result["observed_value"]
        return "1 row found" if rows == 1 else f"{rows:,} rows found"
    return f"observed {_text(result.get('observed_value'))}"


def _exception_message(info: Mapping[str, Any]) -> str | None:
    """The message of an exception, which Great Expectations files either directly or under each metric's id."""
    if "exception_message" in info:
        return info["exception_message"] or None
    messages = (_exception_message(value) for value in info.values() if isinstance(value, Mapping))
    return next((message for message in messages if message), None)


def _examples(result: Mapping[str, Any]) -> Sequence[str]:
    details = result.get("details") or {}
    rows = details.get("unexpected_rows") or result.get("partial_unexpected_list") or []
    return [_text(row) for row in rows[:EXAMPLES]]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k}: {_text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_text(v) for v in value[:12]) + (", ..." if len(value) > 12 else "") + "]"
    return str(value)
