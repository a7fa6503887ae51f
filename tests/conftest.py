"""Fixtures that several rooms of tests share: stores in folders of their own, and the real data where it is."""

import json
import subprocess
import sys
from pathlib import Path

import hypothesis  # noqa: F401  (its plugin imports it on the first failure; after dbt's threads ran, that crashes 3.11)
import pytest

from stores import REPOSITORY, Store, make_store

SHARED = REPOSITORY.parent / "shared"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store."""
    return make_store(tmp_path / "store")


@pytest.fixture(scope="session")
def mock_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The demo store after `martlet run`. Read it, do not change it."""
    store = make_store(tmp_path_factory.mktemp("mock"))
    store.run("run")
    return store


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The raw files of a small store that has web events of more days than any window."""
    raw = tmp_path_factory.mktemp("whole") / "raw"
    make_store(raw.parent).run(
        *("mock", "--to", str(raw), "--orders", "400", "--events", "8000", "--event-days", "200")
    )
    return raw


@pytest.fixture(scope="session")
def retail_totals(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The Online Retail ledger recast as Shopify admin exports, and the totals that its script prints."""
    script, data = SHARED / "tools" / "recast_online_retail.py", SHARED / "data" / "online_retail.parquet"
    if not (script.exists() and data.exists()):
        pytest.skip("the Online Retail ledger is not beside this checkout")
    folder = tmp_path_factory.mktemp("exports_from_admin")
    printed = subprocess.run(
        [sys.executable, str(script), str(data), str(folder)], check=True, capture_output=True, text=True
    )
    return folder, json.loads(printed.stdout)


@pytest.fixture(scope="session")
def ga4_sample() -> Path:
    """24,219 real GA4 events, sampled by event."""
    path = SHARED / "data" / "ga4_events_sample.parquet"
    if not path.exists():
        pytest.skip("the GA4 sample is not beside this checkout")
    return path


@pytest.fixture(scope="session")
def retail_store(
    tmp_path_factory: pytest.TempPathFactory, retail_totals: tuple[Path, dict[str, str]], ga4_sample: Path
) -> Store:
    """A live store on the recast ledger and the GA4 sample after `martlet run`. Read it, do not change it."""
    store = make_store(tmp_path_factory.mktemp("retail"))
    store.run("load", "shopify-csv", str(retail_totals[0]))
    store.run("load", "ga4", str(ga4_sample))
    store.run("run")
    return store
