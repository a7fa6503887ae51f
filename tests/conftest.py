"""Fixtures that several rooms of tests share: stores in folders of their own, and the real data where it is."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import hypothesis  # noqa: F401  (its plugin imports it on the first failure; after dbt's threads ran, that crashes 3.11)
import pytest
from click.testing import CliRunner, Result

from martlet.app import main

REPOSITORY = Path(__file__).parents[1]
SHARED = REPOSITORY.parent / "shared"


@dataclass(frozen=True)
class Store:
    """A store in its own folder, driven as its user drives it: through the command line."""

    home: Path
    environment: dict[str, str]

    def martlet(self, *arguments: str) -> Result:
        """Run a command in this process; its exit code is for the test to judge."""
        return CliRunner().invoke(main, arguments, env={**self.environment, "MARTLET_HOME": str(self.home)})

    def run(self, *arguments: str) -> Result:
        """Run a command that must succeed."""
        result = self.martlet(*arguments)
        assert result.exit_code == 0, result.output
        return result

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """Rows of a query on the published file."""
        path = (self.home / "warehouse" / "martlet.duckdb").resolve()
        with duckdb.connect(str(path), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def value(self, sql: str) -> object:
        """The first value of a query on the published file."""
        return self.rows(sql)[0][0]


def make_store(home: Path, **environment: str) -> Store:
    cleared = dict.fromkeys(("MARTLET_FORCE_MOCKS", "MARTLET_MOCK_SOURCES", "MARTLET_AS_OF", "MARTLET_PII_KEY"), "")
    return Store(home, {**cleared, "MARTLET_SHOP_TIMEZONE": "", **environment})


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
