"""A backup restores to the same store, and anything less than a whole backup changes nothing."""

import io
import json
import shutil
import tarfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from martlet import switching
from martlet.backup import read_manifest
from martlet.project import open_project
from martlet.retention import Keep, to_remove
from stores import Store, make_store, orders


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A live store of two published versions, and a backup of it."""
    folder = tmp_path_factory.mktemp("built")
    store = make_store(folder / "store")
    store.run("load", "shopify-csv", str(orders(folder / "orders.csv", 1, 2)))
    store.run("build")
    store.run("build")
    decisions = store.home / "data" / "decisions"
    decisions.mkdir(parents=True, exist_ok=True)
    (store.home / "martlet.toml").write_text('[shop]\ntimezone = "Europe/Berlin"\n')
    store.run("backup", str(folder / "backups"))
    (backup,) = (folder / "backups").iterdir()
    return store.home, backup


@pytest.fixture
def store(built: tuple[Path, Path], tmp_path: Path) -> Store:
    """A copy of the store."""
    shutil.copytree(built[0], tmp_path / "store", symlinks=True)
    return make_store(tmp_path / "store")


@pytest.fixture
def backup(built: tuple[Path, Path]) -> Path:
    return built[1]


def content(store: Store) -> dict[str, bytes]:
    """Every file that a backup is for, and what the link points to."""
    files = {
        str(path.relative_to(store.home)): path.read_bytes()
        for folder in ("data", "warehouse/versions")
        for path in sorted((store.home / folder).rglob("*"))
        if path.is_file()
    }
    return {**files, "link": str((store.home / "warehouse" / "martlet.duckdb").readlink()).encode()}


def refusal(store: Store, *arguments: str) -> str:
    result = store.martlet(*arguments)
    assert result.exit_code == 2, (result.output, result.exception)
    assert result.stderr.count("\n") == 1
    return result.stderr


def test_a_backup_restores_to_the_same_store(built: tuple[Path, Path], backup: Path, tmp_path: Path) -> None:
    new = make_store(tmp_path / "new")
    new.run("restore", str(backup))
    assert content(new) == content(make_store(built[0]))
    assert (new.home / "martlet.toml").exists()
    assert new.value("select count(*) from marts.orders") == 2
    assert (new.home / "data" / "pii.key").stat().st_mode & 0o077 == 0
    assert {path.stat().st_mode & 0o777 for path in (new.home / "warehouse" / "versions").iterdir()} == {0o444}
    assert not (new.home / ".restore").exists()
    assert not list(new.home.glob("replaced-*"))
    people = "select distinct customer_key from marts.orders order by 1"
    before = new.rows(people)
    new.run("build")
    assert new.rows(people) == before


def test_a_backup_is_for_its_owner_and_its_manifest_names_no_one(backup: Path, built: tuple[Path, Path]) -> None:
    assert backup.stat().st_mode & 0o077 == 0
    with tarfile.open(backup) as archive:
        text = archive.extractfile("manifest.json").read().decode()  # type: ignore[union-attr]
        members = set(archive.getnames())
    assert (built[0] / "data" / "pii.key").read_text().strip() not in text
    assert "example.com" not in text
    manifest = read_manifest(backup)
    assert {entry.file for entry in manifest.files} | {"manifest.json"} == members
    assert {"duckdb", "martlet", "dbt-core"} == set(manifest.versions)
    assert not any("build.duckdb" in name for name in members)


def test_the_key_stays_out_where_that_is_wanted(store: Store, tmp_path: Path) -> None:
    store.run("backup", str(tmp_path / "b"), "--without-key")
    (backup,) = (tmp_path / "b").iterdir()
    assert not read_manifest(backup).has_key
    with tarfile.open(backup) as archive:
        assert "data/pii.key" not in archive.getnames()
    result = make_store(tmp_path / "new").run("restore", str(backup))
    assert "put yours into data/pii.key" in result.stderr


def test_a_home_that_holds_a_store_is_only_replaced_if_told_to(store: Store, backup: Path, tmp_path: Path) -> None:
    store.run("load", "shopify-csv", str(orders(tmp_path / "more.csv", 3)))
    store.run("build")
    before = content(store)
    assert "--replace" in refusal(store, "restore", str(backup))
    assert content(store) == before
    assert store.value("select count(*) from marts.orders") == 3
    store.run("restore", str(backup), "--replace")
    assert store.value("select count(*) from marts.orders") == 2
    (kept,) = store.home.glob("replaced-*")
    assert (kept / "data" / "pii.key").read_bytes() == before["data/pii.key"]
    assert not store.workshop.exists()
    store.run("build")
    assert store.value("select count(*) from marts.orders") == 2


def altered(backup: Path, path: Path, how: str) -> Path:
    """A copy of the backup with one thing wrong."""
    with tarfile.open(backup) as old, tarfile.open(path, "w") as new:
        for place, member in enumerate(old):
            data = old.extractfile(member).read()  # type: ignore[union-attr]
            if how == "a byte" and member.name.startswith("versions/"):
                data = data[:100] + bytes([data[100] ^ 1]) + data[101:]
            if how == "a file less" and member.name.endswith(".parquet"):
                continue
            if how == "a format" and place == 0:
                data = json.dumps({**json.loads(data), "format": 99}).encode()
            if how == "no manifest" and place == 0:
                continue
            member.size = len(data)
            new.addfile(member, io.BytesIO(data))
        if how in ("a file more", "a file outside"):
            member = tarfile.TarInfo("data/new" if how == "a file more" else "../outside")
            new.addfile(member, io.BytesIO(b""))
    return path


@pytest.mark.parametrize(
    "how",
    ["a byte", "a file less", "a file more", "a file outside", "a format", "no manifest", "cut", "no tar", "none"],
)
def test_a_backup_that_is_not_whole_changes_nothing(store: Store, backup: Path, tmp_path: Path, how: str) -> None:
    other = tmp_path / "other.tar"
    if how == "cut":
        other.write_bytes(backup.read_bytes()[:-200_000])
    elif how == "no tar":
        other.write_bytes(b"hello" * 1000)
    elif how != "none":
        altered(backup, other, how)
    before = content(store)
    assert "other.tar" in refusal(store, "restore", str(other), "--replace")
    assert content(store) == before
    assert not (store.home / ".restore").exists()
    assert not (tmp_path / "outside").exists()


class Killed(BaseException):
    """Stands for SIGKILL."""


@pytest.mark.parametrize("moves", range(6))
def test_a_restore_killed_on_the_way_is_finished_by_the_next_command(
    store: Store, backup: Path, built: tuple[Path, Path], moves: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[Path] = []
    replace = Path.replace

    def cut_off(self: Path, target: Path) -> Path:
        if (store.home / switching.FOLDER / switching.SWITCH).exists():
            if len(done) == moves:
                raise Killed
            done.append(self)
        return replace(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", cut_off)
        with pytest.raises(Killed):
            store.martlet("restore", str(backup), "--replace")
    assert len(done) == moves
    assert store.value("select count(*) from marts.orders") == 2
    project = open_project({"MARTLET_HOME": str(store.home)})
    project.data_dir.mkdir(exist_ok=True)
    switching.finish(project)
    data = {name: file for name, file in content(store).items() if name.startswith("data/")}
    assert data == {name: file for name, file in content(make_store(built[0])).items() if name.startswith("data/")}
    assert str((store.home / "warehouse" / "martlet.duckdb").readlink()) == "versions/martlet-000004.duckdb"
    assert not (store.home / ".restore").exists()


def test_there_must_be_something_to_back_up_and_somewhere_else_to_put_it(store: Store, tmp_path: Path) -> None:
    assert "nothing to back up" in refusal(make_store(tmp_path / "new"), "backup", str(tmp_path / "b"))
    assert "folder elsewhere" in refusal(store, "backup", str(store.home / "data" / "b"))
    (tmp_path / "a file").touch()
    assert "cannot be written" in refusal(store, "backup", str(tmp_path / "a file" / "backups"))


def test_prune_keeps_what_either_rule_keeps_and_what_readers_see(store: Store) -> None:
    store.run("build")
    store.run("rollback")
    versions = store.home / "warehouse" / "versions"
    names = sorted(path.name for path in versions.iterdir())
    assert len(names) == 3
    said = store.run("prune", "--keep-count", "1", "--dry-run").stdout
    assert sorted(path.name for path in versions.iterdir()) == names
    assert said.count("would remove") == 1
    store.run("prune", "--keep-count", "1")
    assert sorted(path.name for path in versions.iterdir()) == names[1:]
    assert store.value("select count(*) from marts.orders") == 2
    assert "--keep-count" in refusal(store, "prune")


def test_backups_are_pruned_by_their_own_time(store: Store, tmp_path: Path) -> None:
    for name in ("martlet-20200101T000000Z.tar", "martlet-20200201T000000Z.tar", "martlet-mine.tar", "other.tar"):
        (tmp_path / name).touch()
    store.run("prune", "--backups", str(tmp_path), "--keep-days", "30")
    left = sorted(path.name for path in tmp_path.glob("*.tar"))
    assert left == ["martlet-20200201T000000Z.tar", "martlet-mine.tar", "other.tar"]


def test_rules_of_retention() -> None:
    day = datetime(2026, 11, 1)
    aged = [(Path(str(age)), day - timedelta(days=age)) for age in (0, 1, 5, 10, 40)]
    names = {
        (count, days): [path.name for path in to_remove(aged, Keep(count, days), day)]
        for count, days in ((2, None), (None, 5), (1, 10), (9, None), (None, 0))
    }
    assert names == {(2, None): ["40", "10", "5"], (None, 5): ["40", "10"], (1, 10): ["40"], (9, None): [],
                     (None, 0): ["40", "10", "5", "1"]}  # fmt: skip
    assert to_remove([], Keep(1, None), day) == []
