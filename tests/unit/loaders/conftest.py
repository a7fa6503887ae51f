"""One lake a test, in a folder of its own, and where a test's export goes."""

from pathlib import Path

import pytest
from loading import make_lake

from martlet.loaders.landing import Lake


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return make_lake(tmp_path / "home")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "export.csv"
