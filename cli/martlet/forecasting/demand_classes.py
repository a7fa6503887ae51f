"""Classes of demand by how often and how evenly a series sells: Syntetos, Boylan and Croston (2005)."""

import numpy as np
import pandas as pd

from martlet.forecasting.panel import Panel, weekly_sums

#: Mean weeks between weeks with demand, and squared coefficient of variation of demand in those weeks.
ADI_CUT, CV2_CUT = 1.32, 0.49
#: Weeks that are looked back on.
WINDOW_WEEKS = 52
NO_DEMAND = "no demand"


def demand_classes(panel: Panel) -> pd.Series:
    """smooth, erratic, intermittent, lumpy or no demand (n,), from the weeks of the last year since a series' first."""
    sums = weekly_sums(np.nan_to_num(panel.values), panel.season)[:, -WINDOW_WEEKS:]
    began = weekly_sums(np.isfinite(panel.values).astype(np.float64), panel.season)[:, -WINDOW_WEEKS:] > 0
    sold = sums > 0
    weeks, busy = began.sum(axis=1), sold.sum(axis=1)
    mean = sums.sum(axis=1) / np.maximum(busy, 1)
    variance = (np.where(sold, sums - mean[:, None], 0.0) ** 2).sum(axis=1) / np.maximum(busy, 1)
    is_rare = weeks / np.maximum(busy, 1) >= ADI_CUT
    is_uneven = variance / np.maximum(mean, 1e-12) ** 2 >= CV2_CUT
    label = np.select(
        [busy == 0, is_rare & is_uneven, is_rare, is_uneven], [NO_DEMAND, "lumpy", "intermittent", "erratic"], "smooth"
    )
    return pd.Series(label, index=list(panel.ids), dtype=object)
