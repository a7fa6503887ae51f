"""The comparison of engines: it sees a cent, forgives the last bits of a float, and pairs rows by their grain."""

from pathlib import Path

import duckdb
import pytest

from martlet.errors import MartletError
from martlet.project import Project, open_project
from martlet.spark.comparing import MartComparison, compare_marts, read_grains
from stores import REPOSITORY, Store

MART = """select * from (values
    (date '2026-01-01', 'a', 1.00::decimal(18,2), 0.1::double, timestamp '2026-01-01 12:00:00', [{'x': 0.1::double}]),
    (date '2026-01-01', null, 2.00::decimal(18,2), null, null, null),
    (date '2026-01-02', 'a', 3.00::decimal(18,2), 3e12::double, timestamp '2026-01-02 00:00:00', [{'x': 'nan'::double}])
) as t (session_date, channel_group, revenue, share, seen_at, parts)"""


@pytest.fixture
def project(store: Store, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose published file holds one mart, and whose YAML states its grain."""
    versions = store.home / "warehouse" / "versions"
    versions.mkdir(parents=True)
    with duckdb.connect(str(versions / "martlet-000001.duckdb")) as connection:
        connection.execute(f"create schema marts; create table marts.funnel as {MART}")
    (store.home / "warehouse" / "martlet.duckdb").symlink_to("versions/martlet-000001.duckdb")
    grain = {"funnel": ("session_date", "channel_group")}
    monkeypatch.setattr("martlet.spark.comparing.read_grains", lambda models_dir: grain)
    return open_project({"MARTLET_HOME": str(store.home)})


def compared(project: Project, folder: Path, sql: str) -> MartComparison:
    """The one mart against what `sql` gives, written as another engine would."""
    (folder / "funnel").mkdir(parents=True)
    duckdb.sql(f"set TimeZone = 'UTC'; copy ({sql}) to '{folder}/funnel/part-0.parquet' (format parquet)")
    (comparison,) = compare_marts(project, folder)
    return comparison


def test_the_same_rows_in_another_order_are_equal(project: Project, tmp_path: Path) -> None:
    # an instant is the time that UTC shows, and floats may differ by a billionth
    sql = f"""select session_date, channel_group, revenue, share * (1 + 5e-10) as share,
        seen_at::timestamptz as seen_at,
        list_transform(parts, lambda p: {{'x': p.x * (1 - 5e-10)}}) as parts from ({MART}) order by revenue desc"""
    found = compared(project, tmp_path / "marts", sql)
    assert found.is_equal, found
    assert (found.rows, found.spark_rows, found.columns, found.differing_rows) == (3, 3, 6, 0)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("* replace ((revenue + 0.01)::decimal(18,2) as revenue)", "revenue"),
        ("* replace (share * (1 + 3e-9) as share)", "share"),
        ("* replace (coalesce(share, 0) as share)", "share"),
        ("* replace (seen_at + interval 1 second as seen_at)", "seen_at"),
        ("* replace (list_transform(parts, lambda p: {'x': p.x + 1e-6}) as parts)", "parts"),
        ("* replace (coalesce(channel_group, '') as channel_group)", "a row that only Spark has"),
        ("* exclude (share)", "column share: DOUBLE on DuckDB, missing on Spark"),
        ("* replace (revenue::double as revenue)", "column revenue: DECIMAL(18,2) on DuckDB, DOUBLE on Spark"),
    ],
)
def test_a_difference_is_seen_and_named(project: Project, tmp_path: Path, change: str, told: str) -> None:
    found = compared(project, tmp_path / "marts", f"select {change} from ({MART})")
    assert not found.is_equal
    assert found.differing_rows > 0
    assert any(told in words for words in found.differences), found.differences


def test_rows_too_many_too_few_and_twice_are_seen(project: Project, tmp_path: Path) -> None:
    fewer = compared(project, tmp_path / "fewer", f"from ({MART}) where revenue < 3")
    assert (fewer.rows, fewer.spark_rows, fewer.differing_rows) == (3, 2, 1)
    assert fewer.differences == ["session_date=2026-01-02, channel_group=a: a row that only DuckDB has"]
    twice = compared(project, tmp_path / "twice", f"from ({MART}) union all from ({MART}) where revenue = 1")
    assert not twice.is_equal
    assert "1 keys (session_date, channel_group) have several rows on Spark" in twice.differences


def test_a_mart_that_spark_lacks_is_a_difference(project: Project, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    duckdb.sql(f"copy ({MART}) to '{tmp_path}/other/part-0.parquet' (format parquet)")
    (found,) = compare_marts(project, tmp_path)
    assert found.mart == "funnel"
    assert not found.is_equal


def test_nothing_to_compare_is_said_in_one_line(project: Project, tmp_path: Path) -> None:
    with pytest.raises(MartletError, match="spark build"):
        list(compare_marts(project, tmp_path))


def test_every_mart_states_its_grain() -> None:
    marts = {path.stem for path in (REPOSITORY / "models" / "marts").rglob("*.sql")}
    assert set(read_grains(REPOSITORY / "models")) == marts
