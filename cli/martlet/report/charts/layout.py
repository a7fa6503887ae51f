"""Where marks and labels go so that none hides another. Nothing is drawn by chance: the order given decides."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

#: Marks keep this share of the sum of their radii between their centres.
APART = 0.8
#: Places tried for one mark, further and further out.
TRIES = 3000
#: The first places tried reach so far up and down for each pixel sideways: impact is read from the height.
FLAT = 0.15
GOLDEN_ANGLE = math.pi * (3.0 - math.sqrt(5.0))
LABEL_ANGLES = (-45.0, 45.0, -135.0, 135.0, 0.0, 180.0, -90.0, 90.0)


@dataclass(frozen=True)
class Spot:
    """A mark's centre and radius; pixels."""

    x: float
    y: float
    radius: float


@dataclass(frozen=True)
class Box:
    """A rectangle; pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: "Box") -> bool:
        """True if they share more than an edge."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom

    def holds(self, other: "Box") -> bool:
        """True if the other lies inside."""
        across = self.left <= other.left and other.right <= self.right
        return across and self.top <= other.top and other.bottom <= self.bottom


def spread(spots: Sequence[Spot], frames: Sequence[Box]) -> list[Spot]:
    """The spots, each moved no further than it must to stand clear of those before it, inside its own frame.

    Sideways rather than up or down, as long as there is room. A spot that finds none stays where it is.
    """
    widest = max((spot.radius for spot in spots), default=1.0)
    cell = 2.0 * widest * APART
    taken: dict[tuple[int, int], list[Spot]] = defaultdict(list)
    moved = []
    for spot, frame in zip(spots, frames, strict=True):
        places = chain(_spiral(spot, frame, FLAT), _spiral(spot, frame, 1.0))
        found = next((place for place in places if _is_clear(place, taken, cell)), spot)
        taken[_cell(found, cell)].append(found)
        moved.append(found)
    return moved


def place_labels(spots: Sequence[Spot], inside: Sequence[bool], size: tuple[float, float], frame: Box) -> list[Box]:
    """Boxes of `size` for the labels of the first spots, as many as `inside` has, clear of each other.

    A label lies upon its mark where `inside` says so, else beside it in the frame, clear of every mark too where there
    is such a place near by.
    """
    marks = [Box(s.x - s.radius, s.y - s.radius, s.x + s.radius, s.y + s.radius) for s in spots]
    labels = {n: _centred(spots[n].x, spots[n].y, size) for n, is_inside in enumerate(inside) if is_inside}
    for n, is_inside in enumerate(inside):
        if not is_inside:
            around = _around(spots[n], size, frame)
            apart = [box for box in around if not any(box.overlaps(other) for other in labels.values())]
            near = (box for box in apart if not any(box.overlaps(other) for other in marks))
            labels[n] = next(near, (apart or around)[0])
    return [labels[n] for n in range(len(inside))]


def _spiral(spot: Spot, frame: Box, flatness: float) -> Iterator[Spot]:
    """The spot itself, then places around it in the frame, further and further out; less far up and down if flat."""
    yield spot
    step = max(0.45 * spot.radius, 1.5)
    for n in range(1, TRIES):
        reach, turn = step * math.sqrt(n), n * GOLDEN_ANGLE
        x, y = spot.x + reach * math.cos(turn), spot.y + flatness * reach * math.sin(turn)
        if frame.left <= x <= frame.right and frame.top <= y <= frame.bottom:
            yield Spot(x, y, spot.radius)


def _cell(spot: Spot, size: float) -> tuple[int, int]:
    return math.floor(spot.x / size), math.floor(spot.y / size)


def _is_clear(spot: Spot, taken: dict[tuple[int, int], list[Spot]], size: float) -> bool:
    column, row = _cell(spot, size)
    neighbours = (other for dx in (-1, 0, 1) for dy in (-1, 0, 1) for other in taken.get((column + dx, row + dy), ()))
    return all(
        math.hypot(spot.x - other.x, spot.y - other.y) >= APART * (spot.radius + other.radius) for other in neighbours
    )


def _around(spot: Spot, size: tuple[float, float], frame: Box) -> list[Box]:
    """Boxes around a mark, the nearest first, all inside the frame."""
    width, height = size
    found = []
    for ring in range(40):
        away = spot.radius + 2.0 + 5.0 * ring
        for angle in LABEL_ANGLES:
            x = spot.x + (away + width / 2) * math.cos(math.radians(angle))
            y = spot.y + (away + height / 2) * math.sin(math.radians(angle))
            box = _centred(x, y, size)
            if frame.holds(box):
                found.append(box)
    return found


def _centred(x: float, y: float, size: tuple[float, float]) -> Box:
    width, height = size
    return Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
