"""The report's pictures: everything inside, nothing hidden, the same numbers to the same bytes."""

import math
import re
from dataclasses import replace
from datetime import date
from itertools import combinations
from xml.etree import ElementTree

import pandas as pd
import pytest
from report_facts import HOURS, chance, shortlist

from martlet.report.charts.bars import interval_scale, range_bar, share_bar, sparkline
from martlet.report.charts.layout import APART, Box, Spot, place_labels, spread
from martlet.report.charts.marks import OUTLINES, REACH, SHAPES, STYLES, Style, mark, styles_of
from martlet.report.charts.matrix import NARROW, WIDE, Canvas, Layout, Point, lay_out, legend, matrix
from martlet.report.charts.scales import log_scale, short
from martlet.report.page import RULES
from martlet.report.words import PLAYS
from martlet.shortlist.rows import Settings
from martlet.shortlist.scoring import ranked

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
CANVASES = (WIDE, NARROW)

LABELLED = 10


def points(rows: int, **changed: float) -> list[Point]:
    """Points of a made-up shortlist; fields by name are the same for all."""
    made = [
        Point(a.rank, a.play, a.action, a.impact or 0, a.hours or 0, a.confidence or 0, a.rank <= LABELLED)
        for a in shortlist(rows)
    ]
    return [replace(point, **changed) for point in made]


def drawn(svg: str) -> ElementTree.Element:
    """The picture as XML, which fails where it is not well-formed."""
    return ElementTree.fromstring(svg)


def apart(a: Spot, b: Spot) -> float:
    return math.hypot(a.x - b.x, a.y - b.y)


def beyond(element: ElementTree.Element, canvas: Canvas) -> list[str]:
    """Marks that reach beyond the picture."""
    found = []
    for child in element.iter():
        if "mark" in child.get("class", "").split():
            if child.tag == "circle":
                x, y, r = (float(child.attrib[name]) for name in ("cx", "cy", "r"))
                ends = [x - r, x + r], [y - r, y + r]
            else:
                numbers = [float(text) for text in NUMBER.findall(child.attrib["d"])]
                ends = numbers[::2], numbers[1::2]
            inside = all(0 <= x <= canvas.width for x in ends[0]) and all(0 <= y <= canvas.height for y in ends[1])
            found += [] if inside else [child.tag]
    return found


@pytest.mark.parametrize("canvas", CANVASES, ids=lambda canvas: canvas.name)
@pytest.mark.parametrize(
    ("rows", "changed"),
    [
        (1, {}),
        (60, {}),
        (300, {}),
        (60, {"impact": 0.01}),
        (60, {"impact": 900_000.0}),
        (60, {"impact": 0.0}),
        (60, {"impact": -50.0}),
        (60, {"effort": 0.1}),
        (60, {"effort": 400.0}),
        (60, {"confidence": 0.0}),
    ],
)
def test_every_mark_is_drawn_inside_the_picture(canvas: Canvas, rows: int, changed: dict[str, float]) -> None:
    picture = drawn(matrix(points(rows, **changed), RULES, canvas, "USD"))
    marks = [child for child in picture.iter() if "mark" in child.get("class", "").split()]
    assert len(marks) == rows
    assert beyond(picture, canvas) == []
    texts = [child for child in picture.iter("text") if child.get("class") == "rank"]
    assert all(0 < float(t.attrib["x"]) < canvas.width and 0 < float(t.attrib["y"]) < canvas.height for t in texts)


def test_huge_and_tiny_impacts_keep_their_order() -> None:
    layout = lay_out(
        [Point(n, "upsell", "", impact, 2.0, 0.001) for n, impact in enumerate((400_000.0, 3.0, 0.4), 1)], RULES, WIDE
    )
    heights = [spot.y for spot in layout.spots]
    assert heights == sorted(heights)
    assert heights[1] - heights[0] > heights[2] - heights[1] > 10


@pytest.mark.parametrize("canvas", CANVASES, ids=lambda canvas: canvas.name)
def test_points_at_one_place_are_spread_so_that_none_hides(canvas: Canvas) -> None:
    spots = lay_out(points(60, impact=500.0, effort=3.0, confidence=0.6), RULES, canvas).spots
    for a, b in combinations(spots, 2):
        assert apart(a, b) >= APART * (a.radius + b.radius) - 1e-9


@pytest.mark.parametrize("rows", [60, 300])
def test_no_two_marks_of_a_long_shortlist_share_a_place(rows: int) -> None:
    layout = lay_out(points(rows), RULES, WIDE)
    for a, b in combinations(layout.spots, 2):
        assert apart(a, b) >= APART * (a.radius + b.radius) - 1e-9


def test_a_point_with_room_stays_where_it_belongs() -> None:
    spots = [Spot(50.0, 50.0, 5.0), Spot(50.0, 50.0, 5.0), Spot(90.0, 20.0, 5.0)]
    moved = spread(spots, [Box(0, 0, 100, 100)] * 3)
    assert moved[0] == spots[0]
    assert moved[2] == spots[2]
    assert moved[1] != spots[1]


def test_points_are_moved_sideways_before_they_are_moved_up_or_down() -> None:
    moved = spread([Spot(200.0, 50.0, 5.0)] * 12, [Box(0, 0, 400, 100)] * 12)
    assert max(abs(spot.x - 200) for spot in moved) > 2 * max(abs(spot.y - 50) for spot in moved) > 0


def test_where_there_is_no_room_nothing_is_lost() -> None:
    assert len(spread([Spot(5.0, 5.0, 5.0)] * 50, [Box(4, 4, 6, 6)] * 50)) == 50


@pytest.mark.parametrize("canvas", CANVASES, ids=lambda canvas: canvas.name)
@pytest.mark.parametrize("rows", [10, 60, 300])
def test_labels_of_the_ten_best_overlap_no_other_label(canvas: Canvas, rows: int) -> None:
    spots = [Spot(40 + 8 * chance(n, "x"), 60 + 20 * chance(n, "y"), 3 + 6 * chance(n)) for n in range(rows)]
    boxes = place_labels(spots, [False] * 10, (18.0, 14.0), Box(0, 0, canvas.width, canvas.height))
    assert len(boxes) == 10
    assert not [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])]


@pytest.mark.parametrize("canvas", CANVASES, ids=lambda canvas: canvas.name)
@pytest.mark.parametrize("changed", [{}, {"impact": 500.0, "effort": 1.0}, {"impact": 500.0, "play": "win_back"}])
def test_the_ten_best_are_numbered_once_and_lead_to_their_action(canvas: Canvas, changed: dict[str, float]) -> None:
    svg = matrix(points(60, **changed), RULES, canvas, "USD")
    numbers = [text.text for text in drawn(svg).iter("text") if text.get("class", "").startswith("rank")]
    assert sorted(int(number or 0) for number in numbers) == list(range(1, LABELLED + 1))
    assert re.findall(r'href="(.*?)"', svg) == [f"#action-{rank}" for rank in range(1, LABELLED + 1)]


def test_the_lines_between_quadrants_are_the_rankings_own() -> None:
    rows = pd.DataFrame(
        {
            "row_id": [str(n) for n in range(80)],
            "impact_margin_90d": [round(10 ** (5 * chance(n, "impact")), 2) for n in range(80)],
            "confidence": [0.5] * 80,
            "effort_hours": [list(HOURS.values())[n % len(HOURS)] for n in range(80)],
        }
    )
    table = ranked(rows, Settings(as_of=date(2026, 10, 31)))
    found = [
        Point(r["rank"], "upsell", "", r["impact_margin_90d"], r["effort_hours"], 0.01)
        for r in table.to_dict("records")
    ]
    layout = lay_out(found, RULES, WIDE)
    quadrants = set(table["quadrant"])
    assert quadrants == {"quick win", "big bet", "fill-in", "time sink"}
    for point, quadrant in zip(found, table["quadrant"], strict=True):
        is_high = point.impact >= max(layout.threshold, RULES.hour_value * point.effort)
        assert (quadrant in ("quick win", "big bet")) == is_high
        assert (quadrant in ("quick win", "fill-in")) == (point.effort <= RULES.quick_hours)


@pytest.mark.parametrize("canvas", CANVASES, ids=lambda canvas: canvas.name)
def test_a_mark_that_is_moved_stays_on_its_side_of_quick_work(canvas: Canvas) -> None:
    for effort in (RULES.quick_hours, 6.0):
        layout: Layout = lay_out(points(60, impact=500.0, effort=effort, confidence=0.5), RULES, canvas)
        across = layout.hours.project(RULES.quick_hours * 1.2)
        sides = {spot.x < across for spot in layout.spots}
        assert sides == {effort <= RULES.quick_hours}


def test_an_empty_shortlist_draws_nothing() -> None:
    assert matrix([], RULES, WIDE, "USD") == ""
    assert legend([], {}) == []
    assert interval_scale([]).ticks()


def test_titles_in_pictures_are_escaped() -> None:
    svg = matrix([Point(1, "upsell", "<script>alert(1)</script> & co", 5.0, 1.0, 0.5)], RULES, WIDE, "<b>")
    assert "<script" not in svg
    assert "<b>" not in svg
    titles = [title.text for title in drawn(svg).iter("title")]
    assert "1. <script>alert(1)</script> & co" in titles
    for picture in (sparkline([1, 2], "<i>"), share_bar(0.5, "<i>"), range_bar(1, 2, 3, interval_scale([1, 3]), "<i>")):
        assert "<i>" not in picture
        assert [title.text for title in drawn(picture).iter("title")] == ["<i>"]


def test_the_same_numbers_give_the_same_bytes() -> None:
    first = [matrix(points(60), RULES, canvas, "USD") for canvas in CANVASES]
    assert first == [matrix(points(60), RULES, canvas, "USD") for canvas in CANVASES]


def test_every_play_has_a_shape_of_its_own() -> None:
    assert set(STYLES) == set(PLAYS)
    assert len({style.shape for style in STYLES.values()}) == len(STYLES)
    assert {style.shape for style in STYLES.values()} <= set(SHAPES)


def test_a_play_that_is_new_gets_a_shape_too() -> None:
    styles = styles_of(["upsell", "teleport", "barter"])
    assert list(styles) == ["upsell", "barter", "teleport"]
    assert len({style.shape for style in styles.values()}) == 3
    assert all(drawn(mark(style, 10, 10, 5)) is not None for style in styles.values())


@pytest.mark.parametrize("shape", [shape for shape in OUTLINES if shape != "bow"])
def test_a_marks_area_is_its_confidence_whatever_its_shape(shape: str) -> None:
    corners = OUTLINES[shape]
    twice = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(corners, [*corners[1:], corners[0]], strict=True))
    assert abs(twice) / 2 == pytest.approx(math.pi, rel=0.03)
    assert max(math.hypot(*corner) for corner in corners) <= REACH + 1e-9


def test_a_larger_mark_is_a_surer_action() -> None:
    sure, unsure = lay_out(
        [Point(1, "upsell", "", 9.0, 1.0, 0.9), Point(2, "upsell", "", 9.0, 2.0, 0.3)], RULES, WIDE
    ).spots
    assert sure.radius**2 / unsure.radius**2 == pytest.approx(3.0)


def test_an_interval_is_drawn_from_end_to_end() -> None:
    scale = interval_scale([2.0, 10.0, 50.0, 900.0])
    picture = drawn(range_bar(2.0, 10.0, 50.0, scale, "x"))
    (reach,) = (child for child in picture.iter("rect") if child.get("class") == "reach")
    assert float(reach.attrib["x"]) == pytest.approx(scale.place(2.0), abs=0.06)
    assert float(reach.attrib["width"]) == pytest.approx(scale.place(50.0) - scale.place(2.0), abs=0.06)
    assert "more" not in [child.get("class") for child in picture.iter()]


def test_an_interval_that_goes_below_nought_says_so() -> None:
    ends = [-20.0, 3.0, 300.0]
    picture = range_bar(*ends, interval_scale(ends), "x")
    assert 'class="more"' in picture
    assert beyond(drawn(picture), WIDE) == []


def test_a_bar_of_an_unknown_share_is_not_drawn_as_nought() -> None:
    assert share_bar(None, "x") == ""
    (_, fill) = drawn(share_bar(0.25, "x")).iter("rect")
    assert fill.attrib["width"] == "25"


def test_a_line_needs_two_weeks_and_stands_on_nought() -> None:
    assert sparkline([5.0], "x") == ""
    assert sparkline([], "x") == ""
    values = [3.0, 0.0, 6.0, -1.0]
    heights = [float(y) for _, y in re.findall(r"([\d.]+) ([\d.]+)", drawn(sparkline(values, "x"))[3].attrib["d"])]
    assert sorted(range(4), key=lambda n: heights[n]) == sorted(range(4), key=lambda n: -values[n])


@pytest.mark.parametrize(
    ("values", "some"),
    [
        ([5.0, 900_000.0], {10.0, 100_000.0}),
        ([140.0, 150.0], {100.0, 200.0}),
        ([0.02], {0.01, 0.02, 0.05}),
        ([], {1.0}),
    ],
)
def test_a_logarithmic_scale_has_round_ticks_on_it(values: list[float], some: set[float]) -> None:
    scale = log_scale(values, 0.0, 100.0)
    ticks = scale.ticks()
    assert {round(tick, 9) for tick in ticks} & some
    assert 2 <= len(ticks) <= 9
    assert all(0.0 <= scale.project(tick) <= 100.0 for tick in ticks)
    assert scale.value(scale.project(7.0)) == pytest.approx(7.0)


@pytest.mark.parametrize(("value", "text"), [(0.5, "0.5"), (20, "20"), (5000, "5k"), (1_500_000, "1.5M"), (0, "0")])
def test_ticks_are_written_short(value: float, text: str) -> None:
    assert short(value) == text


def test_a_style_is_drawn_in_its_familys_colour() -> None:
    assert 'class="mark stock"' in mark(Style("plus", "stock"), 0, 0, 4)


def test_a_label_stands_by_its_own_mark_wherever_it_is_in_rank() -> None:
    far = [Point(n, "upsell", "", 10.0 * n, 1.0, 0.1) for n in range(1, 6)]
    svg = matrix([*far, Point(6, "cross_sell", "", 5_000.0, 16.0, 0.1, is_labelled=True)], RULES, WIDE, "USD")
    assert 'class="leader"' not in svg
    assert re.findall(r'href="(.*?)"', svg) == ["#action-6"]
