"""Small pictures beside numbers: a line of weeks, a share, an interval."""

from collections.abc import Sequence
from itertools import pairwise

from markupsafe import Markup

from martlet.report.charts.marks import px
from martlet.report.charts.scales import Scale, log_scale, short

#: Pixels from one tick of an interval's bar to the next, for their text.
TICK_ROOM = 34.0


def sparkline(values: Sequence[float], title: str, width: float = 320.0, height: float = 64.0) -> Markup:
    """A line over nought, its last point marked; nothing for fewer than two values."""
    if len(values) < 2:
        return Markup("")
    across = Scale(0.0, len(values) - 1.0, 3.0, width - 6.0)
    upward = Scale(min(0.0, *values), max(*values, 1.0), height - 4.0, 6.0)
    places = [(across.place(n), upward.place(value)) for n, value in enumerate(values)]
    line = "L".join(f"{px(x)} {px(y)}" for x, y in places)
    nought, (last_x, last_y) = upward.place(0.0), places[-1]
    return Markup(
        '<svg class="spark" viewBox="0 0 {} {}" role="img"><title>{}</title>'
        '<path class="area" d="M3 {}L{}V{}Z"/><path class="base" d="M0 {}H{}"/>'
        '<path class="line" d="M{}"/><circle class="last" cx="{}" cy="{}" r="3.5"/></svg>'
    ).format(
        *(px(width), px(height), title, px(nought), line, px(nought)),
        *(px(nought), px(width), line, px(last_x), px(last_y)),
    )


def share_bar(share: float | None, title: str) -> Markup:
    """A bar filled to `share`, 0 to 1; nothing where that is unknown."""
    if share is None:
        return Markup("")
    return Markup(
        '<svg class="share" viewBox="0 0 100 10" role="img" preserveAspectRatio="none"><title>{}</title>'
        '<rect class="track" width="100" height="10"/><rect class="fill" width="{}" height="10"/></svg>'
    ).format(title, px(100.0 * min(max(share, 0.0), 1.0)))


def interval_scale(ends: Sequence[float], width: float = 300.0) -> Scale:
    """One logarithmic scale for several intervals, so that their bars compare."""
    return log_scale(list(ends), 8.0, width - 8.0, room=1.15)


def range_bar(low: float, middle: float, high: float, scale: Scale, title: str) -> Markup:
    """An interval and the value expected in it, over ticks of `scale`; an arrow where it goes on below the scale."""
    width = scale.end + scale.start
    left, at, right = scale.place(low), scale.place(middle), scale.place(high)
    tick_mark = Markup(
        '<path class="grid" d="M{0} 2V22"/><text class="tick" x="{0}" y="36" text-anchor="middle">{1}</text>'
    )
    ticks = Markup("").join(tick_mark.format(px(scale.place(tick)), short(tick)) for tick in _few(scale))
    more = Markup('<path class="more" d="M{} 6l-6 6l6 6Z"/>').format(px(left)) if low < scale.low else Markup("")
    return Markup(
        '<svg class="range" viewBox="0 0 {} 40" role="img"><title>{}</title>{}'
        '<rect class="reach" x="{}" y="8" width="{}" height="8" rx="2"/>{}<path class="mean" d="M{} 3V21"/></svg>'
    ).format(px(width), title, ticks, px(left), px(max(right - left, 1.5)), more, px(at))


def _few(scale: Scale) -> list[float]:
    """Ticks that leave room for their text."""
    ticks = scale.ticks(6)
    while any(scale.place(after) - scale.place(before) < TICK_ROOM for before, after in pairwise(ticks)):
        ticks = ticks[::2]
    return ticks
