"""What each play looks like: a shape that tells it apart without colour, and the colour of where one acts."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True)
class Style:
    """A play's look: `shape` is one of SHAPES, `family` a CSS class that gives the colour."""

    shape: str
    family: str


STYLES = {
    "cross_sell": Style("circle", "offer"),
    "upsell": Style("up", "offer"),
    "landing_page_test": Style("square", "site"),
    "funnel_fix": Style("diamond", "site"),
    "search_opportunity": Style("right", "site"),
    "win_back": Style("star", "people"),
    "re_engage": Style("bow", "people"),
    "nurture": Style("down", "people"),
    "reorder_now": Style("plus", "stock"),
    "slow_stock": Style("cross", "stock"),
    "price_gap": Style("left", "price"),
}
#: For plays that are newer than this page, in the order of their names.
SPARE = ("hexagon", "pentagon", "circle", "square", "diamond")


def _turned(points: Iterable[tuple[float, float]], degrees: float) -> list[tuple[float, float]]:
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    return [(x * cosine - y * sine, x * sine + y * cosine) for x, y in points]


def _polygon(corners: int, radius: float, degrees: float = 0.0) -> list[tuple[float, float]]:
    """Corners of a regular polygon, one straight up."""
    return _turned(
        [
            (radius * math.sin(turn), -radius * math.cos(turn))
            for turn in (2 * math.pi * n / corners for n in range(corners))
        ],
        degrees,
    )


def _star() -> list[tuple[float, float]]:
    outer, inner = _polygon(5, 1.541), _polygon(5, 1.541 * 0.45, 36.0)
    return [point for pair in zip(outer, inner, strict=True) for point in pair]


def _plus() -> list[tuple[float, float]]:
    arm, half = 1.166, 0.35 * 1.166
    corner = [(-half, -arm), (half, -arm), (half, -half)]
    return [point for turn in (0.0, 90.0, 180.0, 270.0) for point in _turned(corner, turn)]


# Outlines of the area that a circle of radius 1 has, so that a mark's area is its confidence whatever its shape.
OUTLINES = {
    "square": _polygon(4, 1.253, 45.0),
    "diamond": _polygon(4, 1.253),
    "up": _polygon(3, 1.555),
    "right": _polygon(3, 1.555, 90.0),
    "down": _polygon(3, 1.555, 180.0),
    "left": _polygon(3, 1.555, 270.0),
    "hexagon": _polygon(6, 1.1, 30.0),
    "pentagon": _polygon(5, 1.15),
    "star": _star(),
    "plus": _plus(),
    "cross": _turned(_plus(), 45.0),
    "bow": [(-1.253, -1.253), (1.253, 1.253), (1.253, -1.253), (-1.253, 1.253)],
}
SHAPES = ("circle", *OUTLINES)
#: Shapes with room for a number.
BROAD = frozenset({"circle", "square", "diamond", "hexagon", "pentagon"})
#: No shape reaches further from its centre than this many radii (the bow's corners).
REACH = 1.253 * math.sqrt(2.0)


def styles_of(plays: Iterable[str]) -> dict[str, Style]:
    """A style for each play, known ones first in their usual order, then others by name."""
    present = set(plays)
    known = {play: style for play, style in STYLES.items() if play in present}
    unknown = sorted(present - set(STYLES))
    return known | {play: Style(SPARE[n % len(SPARE)], "other") for n, play in enumerate(unknown)}


def mark(style: Style, x: float, y: float, radius: float) -> Markup:
    """A mark centred on (x, y) whose area is that of a circle of this radius; pixels."""
    shape = Markup('class="mark {}"').format(style.family)
    if style.shape == "circle":
        return Markup('<circle {} cx="{}" cy="{}" r="{}"/>').format(shape, px(x), px(y), px(radius))
    corners = (f"{px(x + radius * dx)} {px(y + radius * dy)}" for dx, dy in OUTLINES[style.shape])
    return Markup('<path {} d="M{}Z"/>').format(shape, "L".join(corners))


def px(value: float) -> str:
    """Pixels to a tenth, written as short as can be."""
    text = f"{value:.1f}"
    return "0" if text in ("0.0", "-0.0") else text.removesuffix(".0")
