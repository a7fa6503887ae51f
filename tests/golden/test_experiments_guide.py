"""What the guide to experiments shows is what its commands print."""

import re
from pathlib import Path

import pytest

from martlet.experiments.sample_size import FORMULAS, exact_sample_size
from stores import REPOSITORY, Store

PAGE = (REPOSITORY / "docs" / "experiments.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"```sh\nmartlet (experiment [^\n]*)\n```\n\n```text\n(.*?)```", PAGE, flags=re.DOTALL)


def test_the_guide_shows_all_three_commands() -> None:
    assert [command.split()[1] for command, _ in SHOWN] == ["size", "check", "readout"]


@pytest.mark.parametrize(("command", "shown"), SHOWN, ids=[command.split()[1] for command, _ in SHOWN])
def test_the_guide_shows_what_the_command_prints(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, shown: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (script,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    exec(script, {})
    result = store.martlet(*command.split())
    assert result.exit_code == (1 if "MISMATCH" in shown else 0)
    assert result.output == shown


def test_the_guide_has_every_formulas_sizes() -> None:
    for formula in FORMULAS:
        sizes = [
            round(exact_sample_size(*rates, formula=formula)) for rates in ((0.2, 0.25), (0.025, 0.0275), (0.05, 0.055))
        ]
        (row,) = re.findall(rf"^\| {formula}.*$", PAGE, flags=re.MULTILINE)
        assert row.endswith("| " + " | ".join(f"{size:,}" for size in sizes) + " |")
