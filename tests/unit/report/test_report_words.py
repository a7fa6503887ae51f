"""Numbers as the page writes them, and the page's clothes: contrast, paper, night."""

import re

import pytest
from report_facts import AS_OF

from martlet.report import words
from martlet.report.page import TEMPLATES


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [(110, 100, "+10%"), (90, 100, "\u221210%"), (100, 100, "+0%"), (5, 0, None), (None, 5, None), (5, None, None)],
)
def test_changes_have_their_sign(now: float | None, before: float | None, text: str | None) -> None:
    assert words.change(now, before) == text


def test_numbers_are_written_as_people_read_them() -> None:
    assert words.amount(-420.0, "USD") == "\u2212USD 420"
    assert (words.whole(0), words.whole(0.2), words.whole(1234.5)) == ("0", "under 1", "1,234")
    assert (words.sure(0.9999), words.sure(0.105), words.sure(None)) == ("over 99%", "10.5%", words.unknown())
    assert (words.day(AS_OF), words.short_day(AS_OF), words.month(AS_OF)) == (
        "31 October 2026",
        "31 Oct 2026",
        "October 2026",
    )
    assert (words.points(0.5, 0.476), words.points(None, 0.5)) == ("+2.4 points", None)
    assert [words.listed(list(names)) for names in ("", "a", "ab", "abc")] == ["", "a", "a and b", "a, b and c"]


def test_paper_and_night_have_their_own_rules() -> None:
    style = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    assert "@media screen and (prefers-color-scheme: dark)" in style
    assert "@media print" in style
    assert "break-inside: avoid" in style


def contrast(one: str, other: str) -> float:
    """Contrast of two #rrggbb colours as WCAG has it, 1 to 21."""

    def light(colour: str) -> float:
        long = colour if len(colour) == 7 else "#" + "".join(2 * digit for digit in colour[1:])
        parts = [int(long[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_can_be_read_on_its_ground(scheme: int) -> None:
    style = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    block = re.findall(r":root \{(.*?)\}", style, re.DOTALL)[scheme]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", block))
    for name in ("ink", "soft", "accent"):
        assert contrast(colours[name], colours["paper"]) >= 4.5
        assert contrast(colours[name], colours["wash"]) >= 4.5
    assert contrast(colours["soft"], colours["best"]) >= 4.5
    assert contrast(colours["warn-ink"], colours["warn-paper"]) >= 7
    for family in ("offer", "site", "people", "stock", "price", "other"):
        # the number of a best rank stands on the mark, in the paper's colour
        assert contrast(colours[family], colours["paper"]) >= 4.5
        assert contrast(colours[family], colours["best"]) >= 3
