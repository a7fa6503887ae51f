"""A full disk, a folder that takes no files, cut and damaged files, a clock that goes back: one clear line, and what is
published stays."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from stores import Store, copy_of, make_store, orders

# A limit on the size of any file stands for a disk that is full at that size; unlike a full disk it needs no rights.
LIMITED = """
import os, resource, sys
size = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
os.execv(sys.argv[2], sys.argv[2:])
"""
# The folder is mounted over itself without the right to write, in a namespace of its own: root heeds no modes.
READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
# A file system of so many megabytes, holding a copy of the store.
SMALL = 'cp -a "$0" "$0.copy" && mount -t tmpfs -o size="$1"m tmpfs "$0" && cp -a "$0.copy"/. "$0"/ && shift && "$@"'
MARTLET = str(Path(sys.executable).with_name("martlet"))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A live store of two orders, built once; tests copy it."""
    folder = tmp_path_factory.mktemp("built")
    store = make_store(folder / "store")
    store.run("load", "shopify-csv", str(orders(folder / "orders.csv", 1, 2)))
    store.run("build")
    store.run("build")
    return store.home


@pytest.fixture
def store(built: Path, tmp_path: Path) -> Store:
    return copy_of(built, tmp_path / "store")


def start(store: Store, *words: str) -> tuple[int, str]:
    environment = {**os.environ, **store.environment, "MARTLET_HOME": str(store.home)}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout + done.stderr


def mounts() -> bool:
    """Whether this user may mount in a namespace of its own."""
    if not shutil.which("unshare"):
        return False
    words = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(words, capture_output=True).returncode == 0


def published(store: Store) -> bytes:
    return (store.home / "warehouse" / "martlet.duckdb").read_bytes()


def check_told(code: int, told: str) -> None:
    """A refusal, in lines that a user reads."""
    assert code in (1, 2), told
    assert "Traceback" not in told
    assert "martlet: " in told


@pytest.mark.parametrize("size", [0, 2_000, 700_000, 4_000_000])
def test_a_build_on_a_full_disk_leaves_what_is_published_and_the_next_one_works(store: Store, size: int) -> None:
    before = published(store)
    code, told = start(store, sys.executable, "-c", LIMITED, str(size), MARTLET, "build")
    check_told(code, told)
    assert published(store) == before
    assert store.value("select count(*) from marts.orders") == 2
    store.run("build")
    assert store.value("select count(*) from marts.orders") == 2


@pytest.mark.parametrize("size", [0, 100, 3_000])
def test_a_load_on_a_full_disk_loads_nothing_and_can_be_done_again(store: Store, tmp_path: Path, size: int) -> None:
    file = orders(tmp_path / "more.csv", 3, 4)
    before = sorted((store.home / "data" / "raw").rglob("*.parquet"))
    code, told = start(store, sys.executable, "-c", LIMITED, str(size), MARTLET, "load", "shopify-csv", str(file))
    check_told(code, told)
    assert sorted((store.home / "data" / "raw").rglob("*.parquet")) == before
    assert "2 loaded" in store.run("load", "shopify-csv", str(file)).output


@pytest.mark.skipif(not mounts(), reason="needs the right to mount")
def test_a_file_system_that_is_really_full(store: Store) -> None:
    size = sum(path.stat().st_size for path in store.home.rglob("*") if path.is_file()) // (1 << 20) + 1
    query = "select count(*) as n from marts.orders"
    words = f'{MARTLET} build; echo "code $?"; {MARTLET} query "{query}"; {MARTLET} doctor --max-age-days 99999'
    _, told = start(store, "unshare", "--mount", "sh", "-c", SMALL, str(store.home), str(size), "sh", "-c", words)
    assert "Traceback" not in told
    assert "martlet: " in told
    assert "code 2" in told or "code 1" in told
    assert "n\n2\n" in told
    assert "wrong  disk" in told


@pytest.mark.skipif(not mounts() and os.geteuid() == 0, reason="root heeds no modes and may not mount here")
@pytest.mark.parametrize("command", [("build",), ("rollback",), ("load", "shopify-csv"), ("backup",)])
def test_a_home_that_takes_no_files_is_told_and_can_still_be_read(
    store: Store, tmp_path: Path, command: tuple[str, ...]
) -> None:
    if command[0] in ("load", "backup"):
        command = (*command, str(orders(tmp_path / "more.csv", 3) if command[0] == "load" else tmp_path / "b"))
    prefix: tuple[str, ...] = ("unshare", "--mount", "sh", "-c", READ_ONLY, str(store.home))
    if os.geteuid() != 0:
        prefix = ()
        for folder in (store.home, *store.home.rglob("*/")):
            folder.chmod(0o555)
    code, told = start(store, *prefix, MARTLET, *command)
    check_told(code, told)
    assert code == 2
    assert told.count("\n") == 1
    query = "select count(*) as n from marts.orders"
    assert start(store, *prefix, MARTLET, "query", query) == (0, "n\n2\n")
    code, told = start(store, *prefix, MARTLET, "doctor", "--max-age-days", "99999")
    assert (code, "cannot be written" in told) == (1, True)


@pytest.mark.parametrize("how", ["cut", "garbage", "empty"])
def test_a_broken_part_of_the_lake_is_named_with_what_to_do(store: Store, tmp_path: Path, how: str) -> None:
    before = published(store)
    part = next((store.home / "data" / "raw" / "shopify" / "orders").glob("*.parquet"))
    part.write_bytes({"cut": part.read_bytes()[:-9], "garbage": b"x" * 500, "empty": b""}[how])
    result = store.martlet("build")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert str(part) in result.stderr
    assert published(store) == before
    receipt = store.home / "data" / "loads" / f"{part.stem}.json"
    assert str(receipt) in result.stderr
    part.unlink()
    receipt.unlink()
    store.run("load", "shopify-csv", str(orders(tmp_path / "orders.csv", 1, 2)))
    store.run("build")
    assert store.value("select count(*) from marts.orders") == 2


@pytest.mark.parametrize("kept", [0, 100, 5_000, 1_000_000])
def test_a_cut_workshop_is_made_anew(store: Store, kept: int) -> None:
    workshop = store.workshop
    workshop.write_bytes(workshop.read_bytes()[:kept])
    before = published(store)
    result = store.martlet("build")
    if result.exit_code:
        check_told(result.exit_code, result.stderr)
        assert published(store) == before
        workshop.unlink()
        store.run("build")
    assert store.value("select count(*) from marts.orders") == 2


def test_a_clock_that_goes_back_changes_no_order_of_things(store: Store, tmp_path: Path) -> None:
    """A load, a version and a run of a time to come: what follows still follows."""
    (receipt,) = (store.home / "data" / "loads").glob("*.json")
    receipt.write_text(json.dumps({**json.loads(receipt.read_text()), "loaded_at": "2099-01-01 00:00:00"}))
    log = store.home / "data" / "runs.jsonl"
    last = json.loads(log.read_text().splitlines()[-1])
    log.write_text(log.read_text() + json.dumps({**last, "run_id": "2099", "started_at": "2099-01-01 00:00:00"}) + "\n")
    file = orders(tmp_path / "orders.csv", 1, 2)
    file.write_text(file.read_text().replace(",paid,", ",refunded,"))
    store.run("load", "shopify-csv", str(file))
    store.run("build")
    newest = [each for each in (store.home / "data" / "loads").glob("*.json") if each != receipt]
    assert [json.loads(each.read_text())["loaded_at"][:4] for each in newest] == ["2099"]
    assert str((store.home / "warehouse" / "martlet.duckdb").readlink()).endswith("000003.duckdb")
    assert store.martlet("status").exit_code == 0
    assert "still to come" in store.martlet("doctor").output
