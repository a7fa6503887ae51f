"""The models on Spark, on the demo store: every mart and prediction as DuckDB has it.

Spark runs in processes of its own, as its users start it: a session cannot be set up twice in one.
"""

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from martlet.spark.session import what_is_lacking
from stores import Store

# who has no Java may skip them; where everything is to be tested they fail
pytestmark = pytest.mark.skipif(what_is_lacking() is not None and "CI" not in os.environ, reason=str(what_is_lacking()))


def run(home: Path, *arguments: str) -> str:
    """Standard output of a martlet command that must succeed."""
    command = [str(Path(sys.executable).with_name("martlet")), *arguments]
    environment = {**os.environ, "MARTLET_HOME": str(home)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, (done.stdout, done.stderr)
    return done.stdout


@pytest.fixture(scope="module")
def spark_store(mock_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the demo store after `martlet run`, built on Spark too, with predictions."""
    home = tmp_path_factory.mktemp("spark") / "store"
    shutil.copytree(mock_store.home, home, symlinks=True)
    run(home, "spark", "build")
    run(home, "spark", "predict")
    return home


def test_every_mart_and_prediction_is_the_same_on_both_engines(spark_store: Path, mock_store: Store) -> None:
    rows = {row["table"]: row for row in csv.DictReader(run(spark_store, "spark", "compare").splitlines())}
    marts = {name for (name,) in mock_store.rows("select table_name from duckdb_tables() where schema_name = 'marts'")}
    assert set(rows) == marts | {"demand_forecast", "customer_value"}
    for name, row in rows.items():
        assert row["rows"] == row["spark_rows"], name
        assert row["differing_rows"] == "0", name
    filled = [name for name, row in rows.items() if int(row["rows"]) > 0]
    # the demo store has no experiment
    assert set(rows) - set(filled) == {"experiment_users"}


def test_the_verdict_on_the_demand_forecast_is_the_same(spark_store: Path, mock_store: Store) -> None:
    import pandas as pd  # noqa: PLC0415

    folder = spark_store / "warehouse" / "spark" / "predictions.db"
    found = pd.read_parquet(folder / "forecast_accuracy")[["segment_kind", "segment", "series", "rmsse", "coverage_80"]]
    published = mock_store.rows(
        "select segment_kind, segment, series, rmsse, coverage_80 from predictions.forecast_accuracy"
        " where target = 'demand' and evidence = 'backtest'"
    )
    expected = pd.DataFrame(published, columns=found.columns)
    keys = ["segment_kind", "segment"]
    pd.testing.assert_frame_equal(
        found.sort_values(keys, ignore_index=True),
        expected.sort_values(keys, ignore_index=True),
        check_dtype=False,
        rtol=1e-9,
        atol=0,
    )


def test_the_key_for_hashing_people_is_in_no_file_of_spark(spark_store: Path) -> None:
    assert not (spark_store / "warehouse" / "spark" / "ops.db" / "pii_key").exists()
