"""The impact/effort matrix: what an action may bring against the hours it takes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from markupsafe import Markup

from martlet.report.charts.layout import Box, Spot, place_labels, spread
from martlet.report.charts.marks import BROAD, REACH, Style, mark, px, styles_of
from martlet.report.charts.scales import Scale, log_scale, short

#: The least radius of a mark, pixels, and how many marks there may be before all are drawn smaller.
LEAST = 4.0
CROWD = 40
#: Room at the top and bottom of the plot for the quadrants' names.
NAME_STRIP = 26.0
#: The line beside quick work stands so far beyond its last hour, as a factor.
BESIDE = 1.2


@dataclass(frozen=True)
class Point:
    """One action. impact : margin over 90 days, shop currency. effort : hours. confidence : 0 to 1.

    is_labelled : it carries its rank, and leads to what the page says of it.
    """

    rank: int
    play: str
    title: str
    impact: float
    effort: float
    confidence: float
    is_labelled: bool = False


@dataclass(frozen=True)
class Canvas:
    """Size of the drawing, of its text, and the radius of a mark of confidence 1; pixels."""

    name: str
    width: float
    height: float
    text: float
    largest: float


WIDE = Canvas("wide", 960.0, 520.0, 13.0, 13.0)
NARROW = Canvas("narrow", 380.0, 460.0, 12.0, 8.0)


@dataclass(frozen=True)
class Rules:
    """What parts the quadrants: work up to `quick_hours` is quick; impact is high at or above the median of all, if it
    is also worth `hour_value` for each hour."""

    quick_hours: float
    hour_value: float


@dataclass(frozen=True)
class Layout:
    """Where everything stands: the plot, both scales, and each point's spot in the order given."""

    plot: Box
    hours: Scale
    impact: Scale
    threshold: float
    spots: list[Spot]


def lay_out(points: Sequence[Point], rules: Rules, canvas: Canvas) -> Layout:
    """Scales that hold every point and what parts the quadrants, and spots spread so that no mark hides another."""
    plot = Box(50.0, 8.0, canvas.width - 10.0, canvas.height - 46.0)
    efforts = [point.effort for point in points]
    threshold = median(point.impact for point in points)
    worth = max(threshold, rules.hour_value * max(efforts))
    largest = canvas.largest * min(1.0, math.sqrt(CROWD / len(points)))
    # marks stay off the quadrants' names and off the frame
    room = largest * REACH
    inner = Box(plot.left + room, plot.top + NAME_STRIP + room, plot.right - room, plot.bottom - NAME_STRIP - room)
    hours = log_scale([*efforts, rules.quick_hours], inner.left, inner.right, room=1.2)
    impact = log_scale([*(point.impact for point in points), threshold, worth], inner.bottom, inner.top, room=1.0)
    spots = []
    for point in points:
        radius = max(largest * math.sqrt(min(max(point.confidence, 0.0), 1.0)), min(LEAST, largest))
        spots.append(Spot(hours.place(point.effort), impact.place(point.impact), radius))
    # a mark that is moved aside stays on its side of quick work
    across = hours.project(rules.quick_hours * BESIDE)
    frames = [
        Box(inner.left, inner.top, min(across - spot.radius, inner.right), inner.bottom)
        if point.effort <= rules.quick_hours
        else Box(max(across + spot.radius, inner.left), inner.top, inner.right, inner.bottom)
        for point, spot in zip(points, spots, strict=True)
    ]
    return Layout(plot, hours, impact, threshold, spread(spots, frames))


def matrix(points: Sequence[Point], rules: Rules, canvas: Canvas, currency: str) -> Markup:
    """The matrix as SVG; nothing without points. The labelled lead to `#action-<rank>`."""
    if not points:
        return Markup("")
    layout = lay_out(points, rules, canvas)
    styles = styles_of(point.play for point in points)
    parts = [
        *_quadrants(layout, rules),
        *_axes(layout, canvas, currency),
        *(_dot(point, styles[point.play], spot) for point, spot in zip(points, layout.spots, strict=True)),
        *_labels(points, styles, layout, canvas),
    ]
    size = px(canvas.width), px(canvas.height)
    name = f"matrix-{canvas.name}"
    return Markup(
        '<svg class="matrix {}" viewBox="0 0 {} {}" role="group" aria-labelledby="{}-title {}-words"'
        ' font-size="{}"><title id="{}-title">Impact and effort of {} actions</title>'
        '<desc id="{}-words">{}</desc>{}</svg>'
    ).format(
        canvas.name, *size, name, name, px(canvas.text), name, len(points), name, _words(points), Markup("").join(parts)
    )


def legend(plays: Sequence[str], titles: dict[str, str]) -> list[tuple[Markup, str]]:
    """Each play's mark as a small SVG of its own, and its title."""
    return [
        (
            Markup('<svg class="key" viewBox="-10 -10 20 20" aria-hidden="true">{}</svg>').format(
                mark(style, 0.0, 0.0, 5.5)
            ),
            titles.get(play, play),
        )
        for play, style in styles_of(plays).items()
    ]


def _words(points: Sequence[Point]) -> str:
    best = min(points, key=lambda point: point.rank)
    return f"Hours of work from left to right, expected margin upwards, both logarithmic. First in rank: {best.title}"


def _quadrants(layout: Layout, rules: Rules) -> list[Markup]:
    plot = layout.plot
    across = layout.hours.project(rules.quick_hours * BESIDE)
    border = [(x, _border(layout, rules, x)) for x in _turns(layout, rules, across)]
    path = "L".join(f"{px(x)} {px(y)}" for x, y in border)
    quick_path = "L".join(f"{px(x)} {px(y)}" for x, y in border if x <= across)
    names = [
        ("quick win", plot.left + 8, plot.top + 17, "start"),
        ("big bet", plot.right - 8, plot.top + 17, "end"),
        ("fill-in", plot.left + 8, plot.bottom - 9, "start"),
        ("time sink", plot.right - 8, plot.bottom - 9, "end"),
    ]
    corners = px(plot.left), px(plot.top), px(plot.right - plot.left), px(plot.bottom - plot.top)
    return [
        Markup('<path class="best" d="M{} {}L{}L{} {}Z"/>').format(
            px(plot.left), px(plot.top), quick_path, px(across), px(plot.top)
        ),
        Markup('<rect class="frame" x="{}" y="{}" width="{}" height="{}"/>').format(*corners),
        Markup('<path class="border" d="M{}"/>').format(path),
        Markup('<path class="border" d="M{} {}V{}"/>').format(px(across), px(plot.top), px(plot.bottom)),
        *(
            Markup('<text class="quadrant" x="{}" y="{}" text-anchor="{}">{}</text>').format(px(x), px(y), anchor, text)
            for text, x, y, anchor in names
        ),
    ]


def _turns(layout: Layout, rules: Rules, across: float) -> list[float]:
    """Pixels from left to right between which the line where impact becomes high is straight."""
    plot = layout.plot
    bends = [layout.threshold / rules.hour_value] if layout.threshold > 0 else []
    # where it runs into the top or the bottom, which is as far as it is drawn
    bends += [layout.impact.value(edge) / rules.hour_value for edge in (plot.top, plot.bottom)]
    places = [layout.hours.project(hours) for hours in bends]
    return sorted({plot.left, across, plot.right, *(x for x in places if plot.left < x < plot.right)})


def _border(layout: Layout, rules: Rules, x: float) -> float:
    """Pixels from the top of the least impact that is high at `x`: the median, or what its hours are worth."""
    high = max(layout.threshold, rules.hour_value * layout.hours.value(x))
    return min(max(layout.impact.project(high), layout.plot.top), layout.plot.bottom)


def _axes(layout: Layout, canvas: Canvas, currency: str) -> list[Markup]:
    plot = layout.plot
    parts = []
    for tick in layout.impact.ticks(7):
        y = layout.impact.place(tick)
        parts.append(Markup('<path class="grid" d="M{} {}H{}"/>').format(px(plot.left), px(y), px(plot.right)))
        parts.append(_text("tick", plot.left - 7, y + 0.35 * canvas.text, "end", short(tick)))
    for tick in layout.hours.doublings():
        x = layout.hours.place(tick)
        parts.append(Markup('<path class="notch" d="M{} {}v5"/>').format(px(x), px(plot.bottom)))
        parts.append(_text("tick", x, plot.bottom + 8 + canvas.text, "middle", short(tick)))
    middle = (plot.left + plot.right) / 2
    parts.append(_text("axis", middle, canvas.height - 5, "middle", "hours of work"))
    upward = Markup('<text class="axis" transform="translate({} {}) rotate(-90)" text-anchor="middle">{}</text>')
    title = f"expected margin, 90 days{f' ({currency})' if currency else ''}"
    parts.append(upward.format(px(canvas.text), px((plot.top + plot.bottom) / 2), title))
    return parts


def _text(kind: str, x: float, y: float, anchor: str, text: str) -> Markup:
    return Markup('<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text>').format(kind, px(x), px(y), anchor, text)


def _dot(point: Point, style: Style, spot: Spot) -> Markup:
    drawn = Markup("<g><title>{}. {}</title>{}</g>").format(
        point.rank, point.title, mark(style, spot.x, spot.y, spot.radius)
    )
    return Markup('<a href="#action-{}">{}</a>').format(point.rank, drawn) if point.is_labelled else drawn


def _labels(points: Sequence[Point], styles: dict[str, Style], layout: Layout, canvas: Canvas) -> list[Markup]:
    """The numbers of the labelled: on marks that have room, else beside, with a line where that is far from it."""
    plot = layout.plot
    ordered = sorted(zip(points, layout.spots, strict=True), key=lambda pair: (not pair[0].is_labelled, pair[0].rank))
    labelled = [(point, spot) for point, spot in ordered if point.is_labelled]
    inside = [styles[point.play].shape in BROAD and spot.radius >= 0.8 * canvas.text for point, spot in labelled]
    size = 1.45 * canvas.text, 1.1 * canvas.text
    room = Box(plot.left + 2, plot.top + 2, plot.right - 2, plot.bottom - 2)
    boxes = place_labels([spot for _, spot in ordered], inside, size, room)
    parts = []
    for (point, spot), box, is_inside in zip(labelled, boxes, inside, strict=True):
        x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
        if math.hypot(x - spot.x, y - spot.y) > 2 * spot.radius + canvas.text:
            line = Markup('<path class="leader" d="M{} {}L{} {}"/>')
            parts.append(line.format(px(spot.x), px(spot.y), px(x), px(y)))
        kind = "rank inside" if is_inside else "rank"
        parts.append(_text(kind, x, y + 0.35 * canvas.text, "middle", str(point.rank)))
    return parts
