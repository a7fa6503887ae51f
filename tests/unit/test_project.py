"""Source modes: mock rows never stand beside real ones unless the merchant says so."""

from pathlib import Path

import pytest

from martlet.errors import MartletError
from martlet.project import MOCK_PII_KEY, Project, open_project


def project(home: Path, **environment: str) -> Project:
    return open_project({"MARTLET_HOME": str(home), **environment})


def load(home: Path, source: str) -> None:
    folder = home / "data" / "raw" / source / "orders"
    folder.mkdir(parents=True)
    (folder / "x.parquet").touch()


def test_without_loads_everything_is_mock(tmp_path: Path) -> None:
    assert set(project(tmp_path).source_modes().values()) == {"mock"}


def test_once_anything_is_loaded_nothing_is_mock(tmp_path: Path) -> None:
    load(tmp_path, "ga4")
    assert project(tmp_path).source_modes() == {
        "shopify": "not_connected",
        "ga4": "live",
        "search": "not_connected",
        "reference": "not_connected",
    }


def test_an_edit_makes_no_store_live_and_no_source_connected(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "raw" / "reference" / "vendor_sku_edits"
    folder.mkdir(parents=True)
    (folder / "x.parquet").touch()
    assert set(project(tmp_path).source_modes().values()) == {"mock"}
    load(tmp_path, "shopify")
    assert project(tmp_path).source_modes()["reference"] == "not_connected"


def test_a_source_that_the_merchant_names_stays_mock(tmp_path: Path) -> None:
    load(tmp_path, "shopify")
    modes = project(tmp_path, MARTLET_MOCK_SOURCES="search, shopify").source_modes()
    assert modes["search"] == "mock"
    assert modes["shopify"] == "live"


def test_the_demo_store_can_be_forced(tmp_path: Path) -> None:
    load(tmp_path, "shopify")
    forced = project(tmp_path, MARTLET_FORCE_MOCKS="true")
    assert set(forced.source_modes().values()) == {"mock"}
    assert forced.effective_timezone == "America/Chicago"
    assert forced.pii_key() == MOCK_PII_KEY


def test_the_key_for_hashing_people_is_made_once_and_private(tmp_path: Path) -> None:
    load(tmp_path, "shopify")
    key = project(tmp_path).pii_key()
    assert len(key) == 64
    assert project(tmp_path).pii_key() == key
    assert (tmp_path / "data" / "pii.key").stat().st_mode & 0o777 == 0o600
    assert project(tmp_path, MARTLET_PII_KEY="mine").pii_key() == "mine"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("MARTLET_AS_OF", "31/10/2026", "not a day"),
        ("MARTLET_SHOP_TIMEZONE", "Mars/Olympus", "not a time zone"),
        ("MARTLET_MOCK_SOURCES", "tiktok", "names tiktok"),
        ("MARTLET_FORCE_MOCKS", "perhaps", "not true or false"),
        ("MARTLET_PART_EVENTS", "10_000", "not a number of events"),
        ("MARTLET_PART_EVENTS", "0", "not a number of events"),
    ],
)
def test_settings_that_make_no_sense_are_refused_in_one_line(tmp_path: Path, name: str, value: str, words: str) -> None:
    with pytest.raises(MartletError, match=words):
        project(tmp_path, **{name: value})


def test_settings_stand_in_martlet_toml_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / "martlet.toml").write_text('[shop]\ntimezone = "Europe/London"\n')
    assert project(tmp_path).shop_timezone == "Europe/London"
    assert project(tmp_path, MARTLET_SHOP_TIMEZONE="UTC").shop_timezone == "UTC"


@pytest.mark.parametrize("text", ["[shop", "shop = 1", "[shp]", '[shop]\ncolour = "red"\n'])
def test_a_settings_file_that_makes_no_sense_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "martlet.toml").write_text(text)
    with pytest.raises(MartletError, match=r"martlet\.toml"):
        project(tmp_path)
