"""What is kept of published forecasts: one a week, never changed, none of a replay, none of another store."""

from pathlib import Path

import pandas as pd
from series import demand_frame, weekly_units

from martlet.forecast_record import keep, read_kept
from martlet.forecasting import forecast_demand
from martlet.project import Project, open_project


def forecast_of(days: int) -> pd.DataFrame:
    return forecast_demand(demand_frame(weekly_units(12)[:, :days])).forecast


def kept_days(project: Project) -> list[str]:
    return [str(frame["as_of_date"].iloc[0].date()) for frame in read_kept(project, "demand")]


def test_one_forecast_a_week_is_kept_and_never_changed(tmp_path: Path) -> None:
    project = open_project({"MARTLET_HOME": str(tmp_path)})
    assert read_kept(project, "demand") == []
    keep(project, "demand", forecast_of(330).head(0))
    assert read_kept(project, "demand") == []
    for days in (330, 333, 337, 330, 300):
        keep(project, "demand", forecast_of(days))
    # day 330 is 2024-11-25; day 333 is within a week of it, the last two were replays
    assert kept_days(project) == ["2024-11-25", "2024-12-02"]
    first = read_kept(project, "demand")[0]
    keep(project, "demand", forecast_of(330).assign(mean=0.0))
    pd.testing.assert_frame_equal(read_kept(project, "demand")[0], first)
    assert read_kept(project, "revenue") == []


def test_what_is_kept_gives_the_same_record_as_what_was_published(tmp_path: Path) -> None:
    project = open_project({"MARTLET_HOME": str(tmp_path)})
    published = forecast_of(340)
    keep(project, "demand", published)
    now = demand_frame(weekly_units(12))
    from_file = forecast_demand(now, kept=read_kept(project, "demand")).accuracy
    pd.testing.assert_frame_equal(from_file, forecast_demand(now, kept=[published]).accuracy)
    assert (from_file["evidence"] == "record").sum() == 1
