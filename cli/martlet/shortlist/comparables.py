"""How a landing page ought to do: other pages' rates for its channels and devices (indirect standardisation)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from martlet.shortlist.evidence import as_float

Floats = NDArray[np.float64]

#: The funnel's steps, each with the columns it leads from and to.
STEPS: tuple[tuple[str, str, str], ...] = (
    ("view_item", "sessions", "closed_viewed_item"),
    ("add_to_cart", "closed_viewed_item", "closed_added_to_cart"),
    ("begin_checkout", "closed_added_to_cart", "closed_began_checkout"),
    ("purchase", "closed_began_checkout", "closed_purchased"),
)
FUNNEL = ("sessions", "closed_viewed_item", "closed_added_to_cart", "closed_began_checkout", "closed_purchased")
STEP_WORDS = {
    "view_item": "before they view a product",
    "add_to_cart": "between product and cart",
    "begin_checkout": "between cart and checkout",
    "purchase": "in the checkout",
}
#: Expected events that weigh as much as the rate of the margin above a cell (channel x device).
CELL_PRIOR_EVENTS = 5.0


def falling_counts(funnel: pd.DataFrame) -> pd.DataFrame:
    """Rows whose closed counts fall from step to step, as closed counts must; counts as floats."""
    counts = funnel.assign(**{name: as_float(funnel[name]) for name in (*FUNNEL, "purchased", "revenue")})
    steps = counts[list(FUNNEL)].to_numpy()
    falling = (np.diff(steps, axis=1) <= 0).all(axis=1) & (steps >= 0).all(axis=1)
    return counts[falling & (steps[:, 0] > 0)]


def window_days(counted: pd.DataFrame) -> int:
    """Days from the first session or search counted to the last."""
    first, last = pd.to_datetime(counted["first_date"]).min(), pd.to_datetime(counted["last_date"]).max()
    return int((last - first).days) + 1


@dataclass(frozen=True)
class Traffic:
    """Counts by page and cell. `pages` (p,), `counts` by funnel column (p, c), `channel` and `device` codes (c,)."""

    pages: tuple[str, ...]
    counts: dict[str, Floats]
    channel: NDArray[np.intp]
    device: NDArray[np.intp]


def traffic_by_cell(funnel: pd.DataFrame) -> Traffic:
    """Pivot rows of page, channel group and device to matrices, pages and cells in sorted order."""
    cells = pd.MultiIndex.from_frame(funnel[["channel_group", "device_category"]].astype(str))
    cell, cell_keys = pd.factorize(cells, sort=True)
    page, pages = pd.factorize(funnel["landing_page"].astype(str), sort=True)
    counts: dict[str, Floats] = {}
    for column in FUNNEL:
        matrix = np.zeros((len(pages), len(cell_keys)), dtype=np.float64)
        np.add.at(matrix, (page, cell), funnel[column].to_numpy(dtype=np.float64))
        counts[column] = matrix
    channel, _ = pd.factorize(np.asarray([key[0] for key in cell_keys], dtype=object))
    device, _ = pd.factorize(np.asarray([key[1] for key in cell_keys], dtype=object))
    return Traffic(tuple(str(name) for name in pages), counts, channel, device)


def expected_events(events: Floats, exposure: Floats, traffic: Traffic, reference: NDArray[np.bool_]) -> Floats:
    """Events each page would have at the rates of the reference pages other than itself: (p,).

    events, exposure : (p, c). The rate of a cell is shrunk to the product of its channel's and its device's effect,
    each of those to the overall rate, for most cells of most shops are small.
    """
    kept = reference[:, None].astype(np.float64)
    # a page is never compared with itself
    o = (events * kept).sum(axis=0) - events * kept
    n = (exposure * kept).sum(axis=0) - exposure * kept
    overall = o.sum(axis=1, keepdims=True) / np.maximum(n.sum(axis=1, keepdims=True), 1.0)
    rate = overall * np.ones_like(o)
    for codes in (traffic.channel, traffic.device):
        member = np.eye(int(codes.max()) + 1)[codes]
        seen, due = o @ member, (n * rate) @ member
        rate = rate * ((seen + CELL_PRIOR_EVENTS) / (due + CELL_PRIOR_EVENTS))[:, codes]
    weight = CELL_PRIOR_EVENTS
    rate = rate * (o + weight) / (n * rate + weight)
    return np.asarray((exposure * np.minimum(rate, 1.0)).sum(axis=1), dtype=np.float64)
