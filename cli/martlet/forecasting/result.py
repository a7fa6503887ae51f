"""What a forecast is made of, and the frames it is handed over in."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from martlet.forecasting.panel import Days, Floats

INTERVAL_COLUMNS = ("mean", "lo_80", "hi_80", "lo_95", "hi_95")
LEVELS = (0.80, 0.95)


@dataclass(frozen=True)
class Prediction:
    """Daily means and interval bounds of n series over h days, each array (n, h), in the series' unit."""

    mean: Floats
    lo_80: Floats
    hi_80: Floats
    lo_95: Floats
    hi_95: Floats


@dataclass(frozen=True)
class ForecastResult:
    """`forecast`: rows for predictions.*_forecast, none if the model was refused. `accuracy`: one row a model."""

    forecast: pd.DataFrame
    accuracy: pd.DataFrame


def forecast_frame(
    prediction: Prediction | None, ids: tuple[str, ...] | None, as_of: np.datetime64 | None, horizon: int, model: str
) -> pd.DataFrame:
    """One row a series and day ahead. `ids` None leaves out the sku column; `prediction` None gives no rows."""
    leading = [] if ids is None else ["sku"]
    columns = [*leading, "forecast_date", "horizon_day", *INTERVAL_COLUMNS, "model", "as_of_date"]
    count = 0 if prediction is None else prediction.mean.shape[0]
    steps = np.tile(np.arange(1, horizon + 1, dtype=np.int64), count)
    origin = np.datetime64("1970-01-01", "D") if as_of is None else as_of.astype("datetime64[D]")
    data: dict[str, object] = {
        "forecast_date": (origin + steps.astype("timedelta64[D]")).astype("datetime64[s]"),
        "horizon_day": steps,
        "model": pd.array([model] * len(steps), dtype=object),
        "as_of_date": np.full(len(steps), origin).astype("datetime64[s]"),
    }
    if ids is not None:
        names = np.repeat(np.asarray(ids, dtype=object), horizon) if count else np.empty(0, dtype=object)
        data["sku"] = names
    for name in INTERVAL_COLUMNS:
        data[name] = np.empty(0) if prediction is None else getattr(prediction, name).ravel()
    return pd.DataFrame(data)[columns]


def days_ahead(last_day: np.datetime64, horizon: int) -> Days:
    """The `horizon` days after `last_day`."""
    return np.asarray(last_day + np.arange(1, horizon + 1).astype("timedelta64[D]"), dtype="datetime64[D]")
