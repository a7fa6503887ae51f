"""Made-up shops to forecast."""

import numpy as np
import pandas as pd

WEEK_SHAPE = np.array([1.6, 1.2, 1.0, 1.0, 1.3, 0.9, 0.0])


def demand_frame(units: np.ndarray, categories: list[str | None] | None = None) -> pd.DataFrame:
    """One row a SKU and day out of (n, T) units; NaN is before a SKU's first day."""
    count, length = units.shape
    days = pd.date_range("2024-01-01", periods=length)
    frame = pd.DataFrame(
        {
            "sku": np.repeat([f"SKU-{i:03d}" for i in range(count)], length),
            "category": np.repeat(np.array(categories or ["all"] * count, dtype=object), length),
            "demand_date": np.tile(days, count),
            "units_sold": units.ravel(),
        }
    )
    return frame[frame["units_sold"].notna()].astype({"units_sold": int}).reset_index(drop=True)


def sales_frame(values: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"sales_date": pd.date_range("2024-01-01", periods=len(values)), "net_sales": values})


def weekly_units(count: int = 60, length: int = 365, seed: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rate = rng.gamma(0.8, 2.0, count)[:, None] * WEEK_SHAPE[np.arange(length) % 7]
    return np.asarray(rng.poisson(rate), dtype=np.float64)


def assert_sane(forecast: pd.DataFrame) -> None:
    bounds = forecast[["lo_95", "lo_80", "mean", "hi_80", "hi_95"]].to_numpy()
    assert np.isfinite(bounds).all()
    assert (bounds[:, :3] >= 0).all()
    assert (np.diff(bounds, axis=1) >= 0).all()
