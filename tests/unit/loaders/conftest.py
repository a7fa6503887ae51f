"""One lake a test, in a folder of its own."""

from pathlib import Path

import pytest
from loading import make_lake

from martlet.loaders.landing import Lake


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return make_lake(tmp_path / "home")
