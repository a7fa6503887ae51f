"""What is installed is what was tested: every dependency is pinned, fits the others, and may be used.

Known vulnerabilities are not among it: an index of packages does not know them, see docs/decisions.md.
"""

import re
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
# Every licence of a dependency, told by words in its metadata. Copyleft that binds who uses a library would be news.
PERMISSIVE = re.compile(
    r"MIT|BSD|Apache|Python Software Foundation|PSF|ISC|Mozilla|MPL|Unlicense|Public Domain|HPND|Zlib|CNRI|"
    r"MPL-2.0|0BSD|CC0|Artistic",
    re.IGNORECASE,
)


def pinned() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in pairs}


def installed() -> dict[str, metadata.Distribution]:
    """Everything that Martlet and its tests need, and what that needs in turn."""
    found: dict[str, metadata.Distribution] = {}
    waiting = [Requirement("martlet[dev]")]
    while waiting:
        asked = waiting.pop()
        name = canonicalize_name(asked.name)
        known = found.get(name) or metadata.distribution(name)
        if name in found and not asked.extras:
            continue
        found[name] = known
        for text in known.requires or ():
            need = Requirement(text)
            if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in (*asked.extras, "")):
                waiting.append(need)
    return {name: each for name, each in found.items() if name != "martlet"}


def test_every_dependency_is_pinned_to_what_is_installed() -> None:
    constraints = pinned()
    wrong = {name: each.version for name, each in installed().items() if constraints.get(name) != each.version}
    assert not wrong, f"not in constraints.txt as installed: {wrong}"


def test_every_dependency_fits_what_the_others_ask_for() -> None:
    wrong = [
        f"{name} asks for {text}"
        for name, each in installed().items()
        for text in each.requires or ()
        if (need := Requirement(text)).marker is None or need.marker.evaluate({"extra": ""})
        if not need.specifier.contains(metadata.version(need.name), prereleases=True)
    ]
    assert not wrong


@pytest.mark.parametrize("name", sorted(installed()))
def test_every_licence_is_permissive(name: str) -> None:
    told = installed()[name].metadata
    words = [told.get("License-Expression") or "", (told.get("License") or "")[:300]]
    words += [each for each in told.get_all("Classifier") or () if each.startswith("License")]
    assert PERMISSIVE.search(" ".join(words)), f"{name}: {words}"
