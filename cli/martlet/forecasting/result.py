"""What a forecast is made of, and the frames it is handed over in."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from martlet.forecasting.panel import WEEK, Floats, Panel

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
    """`forecast`: rows for predictions.*_forecast, none if the model was refused.

    `accuracy`: rows of predictions.forecast_accuracy, the verdict over all series first.
    """

    forecast: pd.DataFrame
    accuracy: pd.DataFrame


def forecast_frame(
    prediction: Prediction | None, panel: Panel, horizon: int, model: str, series: str | None
) -> pd.DataFrame:
    """One row a series and period ahead; `series` names the column of ids. `prediction` None gives no rows."""
    columns = [*([series] if series else []), "forecast_date", "horizon_day", *INTERVAL_COLUMNS, "model", "as_of_date"]
    count = 0 if prediction is None else len(prediction.mean)
    steps = np.tile(np.arange(1, horizon + 1, dtype=np.int64) * (WEEK // panel.season), count)
    origin = panel.days[-1] if len(panel.days) else np.datetime64("1970-01-01", "D")
    data: dict[str, object] = {
        "forecast_date": (origin + steps.astype("timedelta64[D]")).astype("datetime64[s]"),
        "horizon_day": steps,
        "model": pd.array([model] * len(steps), dtype=object),
        "as_of_date": np.full(len(steps), origin).astype("datetime64[s]"),
    }
    if series:
        data[series] = np.repeat(np.asarray(panel.ids[:count], dtype=object), horizon)
    for name in INTERVAL_COLUMNS:
        data[name] = np.empty(0) if prediction is None else getattr(prediction, name).ravel()
    return pd.DataFrame(data)[columns]


def kept_prediction(panel: Panel, frame: pd.DataFrame, series: str | None) -> tuple[Panel, Prediction]:
    """A published forecast as arrays again, and the panel of the series that it speaks of."""
    ids = frame[series] if series else pd.Series(panel.ids[0], index=frame.index)
    table = frame.assign(id=ids).pivot(index="id", columns="horizon_day", values=list(INTERVAL_COLUMNS))
    place = np.flatnonzero(np.isin(np.asarray(panel.ids, dtype=object), table.index))
    names = tuple(panel.ids[at] for at in place)
    known = replace(panel, ids=names, groups=panel.groups[place], values=panel.values[place])
    table = table.reindex(list(names))
    return known, Prediction(*(table[name].to_numpy(dtype=np.float64) for name in INTERVAL_COLUMNS))
