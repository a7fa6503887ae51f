"""Where in the funnel a segment of the traffic falls short of comparable sessions.

A segment is a device, a browser, a channel, or a device with a browser or a channel. At each step its rate is held
against that of all other sessions, by a multiplicative model of channel, device and browser fitted on those others
(indirect standardisation), and against the segment's own standing at the other steps: traffic that buys less all along
is other traffic; a step where it falls behind itself is a fault.

In a table of two dimensions one odd corner makes the opposite one odd too: if Safari on mobile fails, the model takes
both to be poor and expects too much of Chrome on desktop. So two dimensions together must also fall short of each of
their two neighbours, the same device with other browsers and the same browser on other devices.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from martlet.experiments.multiplicity import benjamini_hochberg
from martlet.shortlist.comparables import FUNNEL, STEPS
from martlet.shortlist.impact import shrink_sparse

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
#: Dimensions with their values.
Segment = tuple[tuple[str, str], ...]

DIMENSIONS = ("device_category", "browser", "channel_group")
PAIRS = (("device_category", "browser"), ("device_category", "channel_group"))
#: Expected events that weigh as much as the value that a margin of the model is shrunk to.
PRIOR_EVENTS = 5.0
#: Fewest expected events at a step for a comparison.
MINIMUM_EXPECTED = 10.0
#: Rounds of fitting the model's margins.
_ROUNDS = 4


@dataclass(frozen=True)
class Shortfall:
    """A segment at a step: events seen out of `exposure`, events expected, and the log of their ratio after shrinkage.

    `expected` allows for the segment's standing at the other steps. `purchases` of those who are past the step.
    `log_mean` and `log_sd` hold if the segment differs at all, which it does with that `probability`.
    `beside`: log of its rate over that of the better of its two neighbours, again after the other steps.
    `without`: segments within it that were found at this step before and are not counted here again.
    """

    segment: Segment
    step: int
    exposure: float
    observed: float
    expected: float
    log_ratio: float
    log_mean: float
    log_sd: float
    probability: float
    p_value: float
    q_value: float
    tests: int
    purchases: float
    beside: float
    without: tuple[Segment, ...] = ()

    @property
    def probability_worse(self) -> float:
        """Probability that the true ratio is below 1."""
        return self.probability * float(special.ndtr(-self.log_mean / self.log_sd))


@dataclass(frozen=True)
class _Cells:
    """`counts` (5, cells) by funnel column, `codes` (3, cells) by dimension, `names` the values behind the codes."""

    counts: Floats
    codes: NDArray[np.int64]
    names: tuple[tuple[str, ...], ...]


def find_shortfalls(
    funnel: pd.DataFrame, minimum_support: int, probability: float, rate: float, least: float, limit: int
) -> list[Shortfall]:
    """The segments and steps that fall short, the surest first; each is explained away before the next is looked for.

    funnel : DIMENSIONS and the closed counts. minimum_support : sessions that came to the step. probability, rate :
    posterior probability of being worse, and false discovery rate, that a finding needs. least : smallest shortfall
    worth a word, as a share. limit : most findings.
    """
    cells = _cells(funnel)
    used, odd = (np.zeros((len(STEPS), cells.counts.shape[1]), dtype=np.bool_) for _ in range(2))
    found: list[Shortfall] = []
    while len(found) < limit:
        judged = _judge(cells, used, odd, minimum_support)
        sure = [
            each
            for each in judged
            if each.q_value <= rate
            and each.probability_worse >= probability
            and max(each.log_mean, each.beside) <= np.log(1 - least)
        ]
        if not sure:
            break
        worst = min(sure, key=_surest_first)
        # a device that one browser on it explains is not reported whole
        within = [each for each in sure if each.step == worst.step and set(worst.segment) < set(each.segment)]
        worst = min(within or [worst], key=_surest_first)
        mask = _mask(cells, worst.segment)
        earlier = [each.segment for each in found if each.step == worst.step]
        without = tuple(each for each in earlier if (_mask(cells, each) & mask).any())
        found.append(replace(worst, without=without))
        # what one fault explains is no evidence for another
        used[worst.step] |= mask
        # an odd corner of two dimensions would spoil the model of its rows and columns. A whole device or channel stays
        # in what is usual: without it the next best would be the only standard left, and everything but that a fault
        odd[worst.step] |= mask if len(worst.segment) > 1 else np.zeros_like(mask)
    return found


def _surest_first(each: Shortfall) -> tuple[float, float, Segment]:
    return each.p_value, each.log_mean, each.segment


def _cells(funnel: pd.DataFrame) -> _Cells:
    grouped = funnel.groupby(list(DIMENSIONS), sort=True)[list(FUNNEL)].sum()
    coded = [pd.factorize(grouped.index.get_level_values(name), sort=True) for name in DIMENSIONS]
    return _Cells(
        grouped.to_numpy(dtype=np.float64).T,
        np.stack([codes for codes, _ in coded]).astype(np.int64),
        tuple(tuple(str(value) for value in values) for _, values in coded),
    )


def _segments(cells: _Cells) -> Iterator[Segment]:
    values = dict(zip(DIMENSIONS, cells.names, strict=True))
    for name in DIMENSIONS:
        if len(values[name]) > 1:
            yield from (((name, value),) for value in values[name])
    for first, second in PAIRS:
        if len(values[first]) > 1 and len(values[second]) > 1:
            yield from (((first, a), (second, b)) for a, b in product(values[first], values[second]))


def _mask(cells: _Cells, segment: Segment) -> Bools:
    mask = np.ones(cells.codes.shape[1], dtype=np.bool_)
    for name, value in segment:
        place = DIMENSIONS.index(name)
        mask &= cells.codes[place] == cells.names[place].index(value)
    return mask


def _judge(cells: _Cells, used: Bools, odd: Bools, minimum_support: int) -> list[Shortfall]:
    """Every segment with enough sessions at a step, shrunk together and tested together.

    used, odd (4, cells): cells of earlier findings, which count for no segment, and for no standard either if odd.
    """
    rows = []
    for segment in _segments(cells):
        steps = [_compare(cells, step, segment, ~used[step], ~odd[step]) for step in range(len(STEPS))]
        for step, (exposure, observed, expected, error) in enumerate(steps):
            if exposure < minimum_support or expected < MINIMUM_EXPECTED or not np.isfinite(error):
                continue
            standing, doubt = _standing([other for place, other in enumerate(steps) if place != step])
            log_ratio = float(np.log((observed + 0.5) / (expected + 0.5))) - standing
            rows.append(
                (segment, step, exposure, observed, expected * np.exp(standing), log_ratio, np.hypot(error, doubt))
            )
    if not rows:
        return []
    estimates, errors = np.array([row[5] for row in rows]), np.array([row[6] for row in rows])
    shrunk = shrink_sparse(estimates, errors)
    p_values = special.ndtr(estimates / errors)
    q_values = benjamini_hochberg(p_values)
    return [
        Shortfall(
            *row[:5],
            log_ratio=row[5],
            log_mean=float(shrunk.mean[k]),
            log_sd=float(shrunk.sd[k]),
            probability=float(shrunk.probability[k]),
            p_value=float(p_values[k]),
            q_value=float(q_values[k]),
            tests=len(rows),
            purchases=float(cells.counts[-1][_mask(cells, row[0]) & ~used[row[1]]].sum()),
            beside=_beside(cells, row[0], row[1], used),
        )
        for k, row in enumerate(rows)
    ]


def _compare(
    cells: _Cells, step: int, segment: Segment, kept: Bools, sound: Bools
) -> tuple[float, float, float, float]:
    """Exposure, events, expected events and the standard error of the log of their ratio, of the segment's cells."""
    inside, outside = _mask(cells, segment) & kept, ~_mask(cells, segment) & sound
    exposure, events = cells.counts[step], cells.counts[step + 1]
    seen, reference = float(exposure[inside].sum()), float(events[outside].sum())
    if seen == 0 or reference == 0:
        return seen, float(events[inside].sum()), 0.0, np.inf
    rate = _rates(cells, step, outside)
    expected = float((exposure * rate)[inside].sum())
    usual = expected / seen
    # of a binomial count around its expectation, and of the reference that the expectation comes from: of one
    # dimension all others, of two the three other corners of their table (Woolf 1955)
    corners = [outside]
    if len(segment) > 1:
        first, second = (_mask(cells, (part,)) for part in segment)
        corners = [sound & first & ~second, sound & ~first & second, sound & ~first & ~second]
    variance = sum((1 - usual) / max(float(events[corner].sum()), 0.5) for corner in corners)
    variance += (1 - usual) / max(expected, 0.5)
    return seen, float(events[inside].sum()), expected, float(np.sqrt(max(variance, 1e-12)))


def _beside(cells: _Cells, segment: Segment, step: int, used: Bools) -> float:
    """Log ratio of a segment's rate to its neighbours', over that at the other steps: the larger of the two.

    Minus infinity for a segment of one dimension, which has no neighbours.
    """
    if len(segment) == 1:
        return -np.inf
    mask, ratios = _mask(cells, segment), []
    for part in segment:
        neighbour = _mask(cells, (part,)) & ~mask
        logs, weights = np.zeros(len(STEPS)), np.zeros(len(STEPS))
        for place in range(len(STEPS)):
            mine, theirs = (
                (float(cells.counts[place + 1][kept].sum()), float(cells.counts[place][kept].sum()))
                for kept in (mask & ~used[place], neighbour & ~used[place])
            )
            logs[place] = np.log((mine[0] + 0.5) / (mine[1] + 1.0) / (theirs[0] + 0.5) * (theirs[1] + 1.0))
            weights[place] = 1.0 / (1.0 / (mine[0] + 0.5) + 1.0 / (theirs[0] + 0.5))
        weights[step] = 0.0
        ratios.append(float(logs[step] - (weights * logs).sum() / weights.sum()))
    return max(ratios)


def _rates(cells: _Cells, step: int, outside: Bools) -> Floats:
    """Rate of every cell (cells,) by a multiplicative model fitted on the cells `outside`; at most 1."""
    exposure, events = cells.counts[step] * outside, cells.counts[step + 1] * outside
    rate = np.full(cells.counts.shape[1], events.sum() / exposure.sum())
    for _ in range(_ROUNDS):
        for place, codes in enumerate(cells.codes):
            size = len(cells.names[place])
            seen = np.bincount(codes, weights=events, minlength=size)
            due = np.bincount(codes, weights=exposure * rate, minlength=size)
            rate = rate * ((seen + PRIOR_EVENTS) / (due + PRIOR_EVENTS))[codes]
    return np.asarray(np.minimum(rate, 1.0), dtype=np.float64)


def _standing(steps: list[tuple[float, float, float, float]]) -> tuple[float, float]:
    """How the segment does at the other steps: mean log ratio, precision-weighted, at most 0, and its error.

    Where it does better elsewhere, that is no reason to expect more of it here.
    """
    known = [(observed, expected, error) for _, observed, expected, error in steps if np.isfinite(error)]
    if not known:
        return 0.0, 0.0
    ratios = np.array([np.log((observed + 0.5) / (expected + 0.5)) for observed, expected, _ in known])
    weights = np.array([1.0 / error**2 for _, _, error in known])
    mean = float((weights * ratios).sum() / weights.sum())
    return (mean, float(weights.sum() ** -0.5)) if mean < 0 else (0.0, 0.0)
