"""Broken files through every loader: every row is loaded or set aside, or the file is refused in one line."""

import random
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import fuzz

FILES = 240


def test_broken_files_of_every_loader_lose_no_row_and_raise_nothing_else(tmp_path: Path) -> None:
    findings = fuzz.fuzz(tmp_path, FILES, seed=11)
    assert sum(findings.files.values()) == FILES
    assert len(findings.files) == 12
    # they are broken enough to be refused and whole enough to be loaded
    assert sum(findings.refused.values()) > FILES // 5
    assert sum(findings.loaded.values()) > FILES // 5
    assert sum(findings.rows_rejected.values()) > 20
    assert f"{FILES} broken files, seed 11" in fuzz.table(findings, 11, 0)


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Sequence[fuzz.Seed]:
    return fuzz.write_seeds(tmp_path_factory.mktemp("fuzz") / "good")


def test_the_good_files_load_whole(seeds: Sequence[fuzz.Seed], tmp_path: Path) -> None:
    findings = fuzz.Findings()
    for number, seed in enumerate(seeds):
        fuzz.load_broken(fuzz.make_lake(tmp_path / str(number)), seed, seed.path, findings)
    assert findings.refused.total() == 0
    assert min(findings.rows_in[seed.name] for seed in seeds) > 0


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(data=st.data())
def test_what_hypothesis_thinks_of_is_no_trouble(seeds: Sequence[fuzz.Seed], data: st.DataObject) -> None:
    """Text or bytes put in the place of any part of a good file, which shrinks to the smallest one that fails."""
    seed = data.draw(st.sampled_from([each for each in seeds if each.path.is_file()]))
    good = seed.path.read_bytes()
    first = data.draw(st.integers(0, len(good)))
    last = data.draw(st.integers(first, min(len(good), first + 40)))
    put = data.draw(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace")))
    with TemporaryDirectory() as folder:
        path = Path(folder) / seed.path.name
        path.write_bytes(good[:first] + put + good[last:])
        fuzz.load_broken(fuzz.make_lake(Path(folder) / "home"), seed, path, fuzz.Findings())


@pytest.mark.parametrize("mutation", dict.fromkeys(fuzz.MUTATIONS), ids=lambda mutation: mutation.__name__)
def test_every_mutation_changes_files(mutation: fuzz.Mutation) -> None:
    good = b"a,b\n1,2\n3,4\n"
    assert any(mutation(random.Random(seed), good) != good for seed in range(20))
    mutation(random.Random(1), b"")
