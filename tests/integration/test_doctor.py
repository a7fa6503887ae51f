"""martlet doctor: exit 0 where all is well, 1 where something is wrong, and what is wrong is said."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from martlet import warehouse
from martlet.health import Rules, examine, now
from martlet.loaders.landing import read_receipts
from martlet.project import Project, open_project
from stores import Store, copy_of, make_store, orders


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A live store of two orders, built once; tests copy it."""
    store = make_store(tmp_path_factory.mktemp("built"))
    folder = tmp_path_factory.mktemp("files")
    orders(folder / "orders.csv", 1, 2)
    store.run("load", "shopify-csv", str(folder))
    store.run("build")
    return store.home


@pytest.fixture
def store(built: Path, tmp_path: Path) -> Store:
    return copy_of(built, tmp_path / "store")


def project_of(store: Store) -> Project:
    return open_project({"MARTLET_HOME": str(store.home)})


def doctor(store: Store, *arguments: str) -> tuple[int, dict[str, list[tuple[str, str]]]]:
    """The exit code, and by check the states and what they say."""
    result = store.martlet("doctor", "--format", "json", "--max-age-days", "100000", *arguments)
    found: dict[str, list[tuple[str, str]]] = {}
    for line in result.stdout.splitlines():
        check = json.loads(line)
        found.setdefault(check["check"], []).append((check["state"], check["detail"]))
    return result.exit_code, found


def wrong(store: Store, *arguments: str) -> str:
    """What the one check says that is wrong."""
    code, found = doctor(store, *arguments)
    told = [(check, words) for check, lines in found.items() for state, words in lines if state == "wrong"]
    assert code == 1
    assert len(told) == 1, told
    return ": ".join(told[0])


def test_all_is_well(store: Store) -> None:
    code, found = doctor(store)
    assert code == 0, found
    assert {"versions", "home", "disk", "lock", "published", "workshop", "lake", "secrets", "sources", "freshness",
            "last run", "last failure", "clock"} <= set(found)  # fmt: skip
    assert "shopify live" in found["sources"][0][1]
    assert "martlet build" in found["last run"][0][1]
    assert store.run("doctor", "--max-age-days", "100000").output.count("ok ") >= 12


def test_before_anything_it_says_what_to_run(tmp_path: Path) -> None:
    assert "martlet run" in wrong(make_store(tmp_path / "new"))
    assert not (tmp_path / "new").exists()


def test_old_data_is_wrong_and_a_new_load_is_told(store: Store) -> None:
    project = project_of(store)
    late = Rules(3, datetime(2026, 10, 9))
    states = {check.check: check for check in examine(project, late)}
    assert states["freshness"].state == "wrong"
    assert "7 days old, 3 are allowed" in states["freshness"].detail
    fresh = [check for check in examine(project, Rules(7, datetime(2026, 10, 9))) if check.check == "freshness"]
    assert [check.state for check in fresh] == ["ok"]
    orders = project.home / "more.csv"
    orders.write_text("Handle,Title,Location,On hand\n")
    receipt = next(project.receipts_dir.glob("*.json"))
    told = json.loads(receipt.read_text())
    (project.receipts_dir / "ffffffffffffffff.json").write_text(
        json.dumps({**told, "load_id": "f" * 16, "loaded_at": str(datetime(2100, 1, 1))})
    )
    notes = [check.detail for check in examine(project, Rules(7, datetime(2100, 1, 2))) if check.state == "note"]
    assert any("1 loads since the last build" in words for words in notes)


def test_who_holds_the_lock_is_told_and_a_killed_command_is_wrong(store: Store) -> None:
    with warehouse.lock(project_of(store), "run"):
        code, found = doctor(store)
        assert (code, found["lock"][0][0]) == (0, "note")
        assert "martlet run" in found["lock"][0][1]
        assert "at work" in found["workshop"][0][1]
    (store.home / "warehouse" / ".lock").write_text("`martlet run`, process 1, since 2026-01-01 00:00:00 UTC")
    assert "was killed" in wrong(store)


def test_a_cut_published_version_is_found_even_where_it_opens(store: Store) -> None:
    version = store.published
    whole = version.read_bytes()
    version.chmod(0o644)
    middle = len(whole) // 2
    version.write_bytes(whole[:middle] + bytes(1 << 18) + whole[middle + (1 << 18) :])
    version.chmod(0o444)
    code, found = doctor(store)
    # whether the other checks that read it meet the damage too is where it lies
    assert (code, found["published"][0][0]) == (1, "wrong")


@pytest.mark.parametrize(
    ("mode", "name", "words"),
    [(0o644, "warehouse/build.duckdb", "chmod 600"), (0o640, "data/pii.key", "chmod 600")],
)
def test_private_files_that_others_may_read_are_wrong(store: Store, mode: int, name: str, words: str) -> None:
    (store.home / name).chmod(mode)
    assert words in wrong(store)


def test_versions_that_may_be_written_are_wrong(store: Store) -> None:
    store.published.chmod(0o644)
    assert "chmod 444" in wrong(store)


def test_a_file_in_the_links_place_is_wrong(store: Store) -> None:
    link = store.home / "warehouse" / "martlet.duckdb"
    data = link.read_bytes()
    link.unlink()
    link.write_bytes(data)
    assert "no link" in wrong(store)


def test_a_link_to_nowhere_is_wrong(store: Store) -> None:
    store.published.unlink()
    assert "version that is gone" in wrong(store)


def test_a_damaged_workshop_says_what_to_delete_and_is_made_anew(store: Store) -> None:
    build = store.workshop
    build.write_bytes(build.read_bytes()[:3000])
    assert "build.duckdb" in wrong(store)
    store.run("build")
    assert store.martlet("doctor", "--max-age-days", "100000").exit_code == 0


def test_a_cut_part_of_the_lake_is_named(store: Store) -> None:
    part = next((store.home / "data" / "raw").glob("*/orders/*.parquet"))
    part.write_bytes(part.read_bytes()[:-10])
    assert str(part) in wrong(store)


def test_a_failed_run_is_wrong_until_one_goes_well(store: Store) -> None:
    with duckdb.connect(str(store.home / "x.duckdb")) as other:
        other.execute("create table t as select 1")
    log = store.home / "data" / "runs.jsonl"
    line = json.loads(log.read_text().splitlines()[-1])
    failed = {**line, "run_id": "99990101", "started_at": str(now()), "outcome": "failed", "error": "DataError: no"}
    log.write_text(log.read_text() + json.dumps(failed) + "\n")
    assert "DataError: no" in wrong(store)


def test_a_clock_that_went_back_is_wrong(store: Store) -> None:
    (receipt,) = read_receipts(store.home / "data" / "loads")
    before = datetime.fromisoformat(receipt.loaded_at) - timedelta(days=2)
    states = {check.check: check.state for check in examine(project_of(store), Rules(100_000, before))}
    assert states["clock"] == "wrong"


def test_a_folder_that_cannot_be_written_is_wrong(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("martlet.health._is_writable", lambda folder: folder.name != "versions")
    assert "versions: cannot be written" in wrong(store)


def test_too_little_disk_is_wrong(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("martlet.health.DISK_LEAST", 1 << 60)
    assert "MB free" in wrong(store)


def test_a_library_of_another_version_is_wrong(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "martlet.health.metadata.requires", lambda name: ["click>=1000", "duckdb", "pytest; extra == 'x'"]
    )
    assert "click>=1000 is needed" in wrong(store)
