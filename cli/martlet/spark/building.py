"""Builds the marts on Spark from the same models, with their tests."""

import shutil
from collections.abc import Callable
from pathlib import Path

from martlet.project import Project
from martlet.spark.session import TARGET, open_session, predictions_folder, warehouse_folder
from martlet.transform import run_dbt

Progress = Callable[[str], None]


def build_on_spark(project: Project, progress: Progress) -> tuple[int, Path]:
    """Build seeds, models and their data tests on Spark; return how many nodes ran, and where the marts lie.

    Raises DataError naming what failed, MartletError where Spark cannot run.
    """
    # made from the marts that are made anew
    shutil.rmtree(predictions_folder(project), ignore_errors=True)
    progress("starting Spark")
    open_session(project)
    ran = run_dbt(project, ["build", "--exclude-resource-type", "unit_test"], progress, target=TARGET)
    return ran, marts_folder(project)


def marts_folder(project: Project) -> Path:
    """Where each mart's Parquet files lie, in a folder of its name."""
    return warehouse_folder(project) / "marts.db"
