"""Writes docs/marts.md from the manifest that dbt writes: python docs/marts.py <manifest.json>."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from martlet.privacy import people_expectations

REPOSITORY = Path(__file__).parents[1]
AREAS = ("sales", "customers", "inventory", "funnel", "marketing")
HEAD = """# The marts

Written by `make docs` from dbt's manifest and the suites in `expectations/marts`; a test holds it current. Tests are
dbt data tests that read the mart (its grain, its people, the sums it is part of) and unit tests of its logic;
contracts are Great Expectations that every build must meet before it is published, the scan for personal data among
them. dbt enforces every column's type.
"""


def marts_page(manifest: Mapping[str, Any]) -> str:
    """The page as Markdown: a coverage table, then each mart's columns."""
    marts = sorted(_marts(manifest), key=lambda mart: (AREAS.index(_area(mart)), mart["name"]))
    lines = [
        HEAD,
        "| mart | area | one row per | columns | tests | unit tests | contracts |",
        "|---|---|---|---|---|---|---|",
    ]
    for mart in marts:
        counts = (len(mart["columns"]), _data_tests(manifest, mart), _unit_tests(manifest, mart), _contracts(mart))
        cells = [f"[{mart['name']}](#{mart['name']})", _area(mart), _grain(manifest, mart), *map(str, counts)]
        lines.append(f"| {' | '.join(cells)} |")
    for mart in marts:
        lines += ["", f"## {mart['name']}", "", mart["description"], "", "| column | type | |", "|---|---|---|"]
        lines += [f"| {c['name']} | {c['data_type']} | {_cell(c['description'])} |" for c in mart["columns"].values()]
    return "\n".join(lines) + "\n"


def _marts(manifest: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return [n for n in manifest["nodes"].values() if n["resource_type"] == "model" and n["schema"] == "marts"]


def _area(mart: Mapping[str, Any]) -> str:
    return str(mart["fqn"][-2])


def _grain(manifest: Mapping[str, Any], mart: Mapping[str, Any]) -> str:
    """The columns of the mart's grain test."""
    for node in manifest["nodes"].values():
        metadata = node.get("test_metadata") or {}
        if metadata.get("name") == "one_row_per" and node["attached_node"] == mart["unique_id"]:
            return ", ".join(metadata["kwargs"]["columns"])
    raise ValueError(f"{mart['name']} has no grain test")


def _data_tests(manifest: Mapping[str, Any], mart: Mapping[str, Any]) -> int:
    tests = [node for node in manifest["nodes"].values() if node["resource_type"] == "test"]
    return sum(mart["unique_id"] in test["depends_on"]["nodes"] for test in tests)


def _unit_tests(manifest: Mapping[str, Any], mart: Mapping[str, Any]) -> int:
    return sum(test["model"] == mart["name"] for test in manifest["unit_tests"].values())


def _contracts(mart: Mapping[str, Any]) -> int:
    suite = json.loads((REPOSITORY / "expectations" / "marts" / f"{mart['name']}.json").read_text(encoding="utf-8"))
    texts = [column["name"] for column in mart["columns"].values() if column["data_type"] == "string"]
    return len(suite["expectations"]) + len(list(people_expectations(texts, ["customers"])))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    page = marts_page(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    (REPOSITORY / "docs" / "marts.md").write_text(page, encoding="utf-8")
