"""What stands between a user and Spark: one clear line where it is not installed, and the profile's settings."""

import pytest

from martlet.spark import session
from stores import REPOSITORY, Store


def test_without_the_extra_spark_commands_say_how_to_get_it(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "find_spec", lambda name: None)
    result = store.martlet("spark", "build")
    assert result.exit_code == 2
    assert "pip install -e '.[spark]'" in result.output
    assert len(result.output.strip().splitlines()) == 1


def test_without_java_spark_commands_say_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "find_spec", lambda name: name)
    monkeypatch.setattr(session.shutil, "which", lambda name: None)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    result = store.martlet("spark", "build")
    assert result.exit_code == 2
    assert "Java 17" in result.output


def test_predicting_without_marts_says_what_to_run(store: Store) -> None:
    result = store.martlet("spark", "predict")
    assert result.exit_code == 2
    assert "martlet spark build" in result.output


def test_comparing_without_marts_says_what_to_run(store: Store) -> None:
    result = store.martlet("spark", "compare")
    assert result.exit_code == 2
    assert "martlet build" in result.output


def test_the_session_is_set_up_as_the_profile_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARTLET_SPARK_MASTER", "local[7]")
    monkeypatch.setenv("MARTLET_HOME", "/somewhere")
    monkeypatch.delenv("MARTLET_SPARK_PARTITIONS", raising=False)
    settings = session.profile_settings(REPOSITORY / "profiles.yml")
    assert settings["spark.master"] == "local[7]"
    assert settings["spark.sql.shuffle.partitions"] == "2"
    assert settings["spark.sql.warehouse.dir"] == "/somewhere/warehouse/spark"
    assert settings["spark.sql.session.timeZone"] == "UTC"
