"""Forecasts as they were published, kept beside the raw data, so that what was said can be held against what came.

One file a target and week, data/forecasts/<mock or live>/<target>/<as-of day>.parquet, written once and never changed.
A run for a day before the newest one kept is a replay, not a forecast, and is not kept; nor is a second one in a week.
"""

from datetime import date
from pathlib import Path

import pandas as pd

from martlet.errors import MartletError
from martlet.project import Project, shown

DAYS_APART = 7
COLUMNS = ("sku", "horizon_day", "mean", "lo_80", "hi_80", "lo_95", "hi_95", "model", "as_of_date")


def read_kept(project: Project, target: str) -> list[pd.DataFrame]:
    """The forecasts kept of a target (demand, revenue), oldest first. Raises MartletError where one cannot be read."""
    return [_read(path) for path in _files(project, target)]


def keep(project: Project, target: str, forecast: pd.DataFrame) -> None:
    """Keep a published forecast, if it is at least a week newer than the newest one kept."""
    if forecast.empty:
        return
    made_on = pd.Timestamp(forecast["as_of_date"].iloc[0]).date()
    files = _files(project, target)
    if files and (made_on - date.fromisoformat(files[-1].stem)).days < DAYS_APART:
        return
    folder = _folder(project, target)
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{made_on}.draft"
    forecast[[name for name in COLUMNS if name in forecast.columns]].to_parquet(draft, index=False)
    draft.replace(folder / f"{made_on}.parquet")


def _read(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise MartletError(f"{shown(path)}, a forecast kept, cannot be read ({reason}); move it away") from None


def _files(project: Project, target: str) -> list[Path]:
    return sorted(_folder(project, target).glob("[0-9]*.parquet"))


def _folder(project: Project, target: str) -> Path:
    # what was said of the demo store is no record of the merchant's
    return project.forecasts_dir / ("live" if project.is_live else "mock") / target
