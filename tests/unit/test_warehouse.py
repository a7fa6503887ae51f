"""Publishing: readers see whole versions only, and a failure changes nothing."""

import errno
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from martlet import warehouse
from martlet.errors import MartletError
from martlet.project import Project, open_project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return open_project({"MARTLET_HOME": str(tmp_path)})


def publish(project: Project, number: int) -> None:
    with warehouse.stage(project) as staged:
        staged.write("marts.orders", pd.DataFrame({"number": [number]}))


def published_number(project: Project) -> int:
    return int(warehouse.query_published(project, "select number from marts.orders")[1][0][0])


def test_a_version_is_published_when_the_block_ends(project: Project) -> None:
    publish(project, 1)
    assert published_number(project) == 1
    assert project.published_file.is_symlink()
    assert project.published_file.stat().st_mode & 0o222 == 0


def test_a_failure_inside_the_block_leaves_what_was_published(project: Project) -> None:
    publish(project, 1)
    with pytest.raises(ZeroDivisionError), warehouse.stage(project) as staged:
        staged.write("marts.orders", pd.DataFrame({"number": [2 // 0]}))
    assert published_number(project) == 1
    assert [path.name for path in project.versions_dir.iterdir()] == ["martlet-000001.duckdb"]


def test_a_draft_that_does_not_verify_is_not_published(project: Project) -> None:
    publish(project, 1)

    def refuse(draft: Path) -> None:
        raise MartletError("no")

    with pytest.raises(MartletError, match="no"), warehouse.stage(project, verify=refuse) as staged:
        staged.write("marts.orders", pd.DataFrame({"number": [2]}))
    assert published_number(project) == 1
    assert len(list(project.versions_dir.iterdir())) == 1


def test_a_version_without_marts_is_not_published(project: Project) -> None:
    with pytest.raises(MartletError, match="holds no marts"), warehouse.stage(project) as staged:
        staged.write("ops.build", pd.DataFrame({"number": [2]}))
    assert not project.published_file.exists()


def test_an_open_reader_keeps_its_version_and_a_new_one_sees_the_next(project: Project) -> None:
    publish(project, 1)
    with warehouse.published(project) as reader:
        publish(project, 2)
        assert reader.execute("select number from marts.orders").fetchone() == (1,)
        assert published_number(project) == 2


def test_rolling_back_goes_one_version_back_and_no_further_than_the_oldest(project: Project) -> None:
    for number in (1, 2, 3):
        publish(project, number)
    warehouse.roll_back(project)
    assert published_number(project) == 2
    warehouse.roll_back(project)
    assert published_number(project) == 1
    with pytest.raises(MartletError, match="oldest version kept"):
        warehouse.roll_back(project)
    publish(project, 4)
    assert published_number(project) == 4


def test_old_versions_are_removed_but_some_are_kept(project: Project) -> None:
    for number in range(warehouse.KEPT_VERSIONS + 2):
        publish(project, number)
    assert len(warehouse.versions(project)) == warehouse.KEPT_VERSIONS


def test_a_stage_from_the_published_version_keeps_its_tables(project: Project) -> None:
    publish(project, 1)
    with warehouse.stage(project, from_published=True) as staged:
        staged.write("predictions.demand_forecast", pd.DataFrame({"sku": ["A"]}))
    assert published_number(project) == 1
    version = warehouse.current_version(project)
    assert version is not None
    assert "predictions.demand_forecast" in warehouse.table_names(version)


@pytest.mark.parametrize("from_published", [True, False])
def test_a_stage_starts_from_the_copy_made_ahead_only_if_it_is_to(project: Project, from_published: bool) -> None:
    publish(project, 1)
    with (
        warehouse.copied_ahead(project) as copied,
        warehouse.stage(project, from_published=from_published, copied=copied) as staged,
    ):
        staged.write("marts.other", pd.DataFrame({"a": [1]}))
    assert set(warehouse.table_names(warehouse.versions(project)[-1])) == (
        {"marts.orders", "marts.other"} if from_published else {"marts.other"}
    )


def test_a_copy_made_ahead_is_cleared_away_when_nothing_is_published(project: Project) -> None:
    publish(project, 1)
    with pytest.raises(MartletError), warehouse.copied_ahead(project):
        raise MartletError("the build failed")
    assert [path.name for path in project.versions_dir.iterdir()] == ["martlet-000001.duckdb"]
    assert published_number(project) == 1


def test_a_copy_that_fails_publishes_nothing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(project, 1)
    monkeypatch.setattr("shutil.copyfile", _disk_is_full)
    with (
        pytest.raises(OSError, match="No space left"),
        warehouse.copied_ahead(project) as copied,
        warehouse.stage(project, from_published=True, copied=copied),
    ):
        pytest.fail("there is nothing to write into")
    assert [path.name for path in project.versions_dir.iterdir()] == ["martlet-000001.duckdb"]


def _disk_is_full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_draft_left_by_a_crash_is_cleared_away(project: Project) -> None:
    publish(project, 1)
    (project.versions_dir / "martlet-000002.draft").write_bytes(b"half a file")
    publish(project, 2)
    assert published_number(project) == 2
    assert not list(project.versions_dir.glob("*.draft*"))


def test_two_runs_at_once_are_told_apart(project: Project) -> None:
    second = warehouse.lock(project, "build")
    with warehouse.lock(project, "run"), pytest.raises(MartletError, match=r"`martlet run`, process \d+"):
        second.__enter__()
    with warehouse.lock(project, "build"):
        pass


@pytest.mark.parametrize(
    "sql",
    [
        "copy marts.orders to '/tmp/martlet_leak.csv'",
        "attach '/tmp/martlet_other.duckdb' as other",
        "select * from read_csv('/etc/passwd')",
        "insert into marts.orders values (2)",
        "set enable_external_access = true",
        "install httpfs",
        "select * from nowhere",
        "selec 1",
    ],
)
def test_a_query_reads_marts_and_nothing_else(project: Project, sql: str) -> None:
    publish(project, 1)
    with pytest.raises(MartletError) as error:
        warehouse.query_published(project, sql)
    assert "\n" not in str(error.value)
    assert published_number(project) == 1


def test_before_the_first_build_the_user_is_told_what_to_run(project: Project) -> None:
    with pytest.raises(MartletError, match="martlet run"):
        warehouse.query_published(project, "select 1")


def test_an_analyst_who_opens_the_link_for_writing_cannot_change_it(project: Project) -> None:
    publish(project, 1)
    target = project.published_file.resolve()
    before = target.read_bytes()
    try:
        with duckdb.connect(str(project.published_file)) as connection:
            connection.execute("select 1")
    except duckdb.IOException:
        pass
    assert target.read_bytes() == before
    publish(project, 2)
    assert published_number(project) == 2


def test_rolling_back_to_a_damaged_version_is_refused(project: Project) -> None:
    for number in (1, 2):
        publish(project, number)
    older = warehouse.versions(project)[0]
    older.chmod(0o644)
    older.write_bytes(older.read_bytes()[:5000])
    with pytest.raises(MartletError, match="000001"):
        warehouse.roll_back(project)
    assert published_number(project) == 2


def test_a_damaged_published_file_is_told_in_one_line_and_rolled_back(project: Project) -> None:
    for number in (1, 2):
        publish(project, number)
    newer = project.published_file.resolve()
    newer.chmod(0o644)
    newer.write_bytes(newer.read_bytes()[:5000])
    with pytest.raises(MartletError, match="martlet rollback") as error:
        warehouse.query_published(project, "select 1")
    assert "\n" not in str(error.value)
    with pytest.raises(MartletError, match="cannot be opened"), warehouse.stage(project, from_published=True):
        pass
    warehouse.roll_back(project)
    assert published_number(project) == 1


def test_the_lock_tells_who_holds_it_and_who_was_killed_holding_it(project: Project) -> None:
    assert warehouse.lock_state(project) == warehouse.LockState(False, "")
    with warehouse.lock(project, "run"):
        state = warehouse.lock_state(project)
        assert state.is_held
        assert "martlet run" in state.words
    assert warehouse.lock_state(project) == warehouse.LockState(False, "")
    (project.warehouse_dir / ".lock").write_text("`martlet run`, process 1, since 2026-01-01 00:00:00 UTC")
    state = warehouse.lock_state(project)
    assert (state.is_held, "process 1" in state.words) == (False, True)
