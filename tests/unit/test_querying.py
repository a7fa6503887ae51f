"""`martlet query`: typed SQL reads the published file and nothing else, within limits, and harms no caller."""

import csv
import io
import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from martlet import warehouse
from martlet.app import main
from martlet.errors import MartletError
from martlet.project import Project, open_project
from martlet.querying import Limits, run_query

SECRET = "this-may-not-be-seen"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = open_project({"MARTLET_HOME": str(tmp_path_factory.mktemp("published"))})
    frame = pd.DataFrame({"number": range(25_000), "name": "Crank é"})
    with warehouse.stage(project) as staged:
        staged.write("marts.orders", frame)
    return project


def query(project: Project, sql: str, format_: str = "csv", **limits: float) -> str:
    return "".join(run_query(project, sql, format_, Limits(**limits)))


def refused(project: Project, sql: str, **limits: float) -> str:
    """Why a query was refused; it must say so in one line."""
    with pytest.raises(MartletError) as error:
        query(project, sql, **limits)
    assert error.value.exit_code == 2
    assert str(error.value)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_every_row_comes_in_every_format(project: Project) -> None:
    sql = "select number, name from marts.orders order by number"
    rows = list(csv.reader(io.StringIO(query(project, sql))))
    assert rows[0] == ["number", "name"]
    assert [int(number) for number, _ in rows[1:]] == list(range(25_000))
    assert {name for _, name in rows[1:]} == {"Crank é"}
    assert [json.loads(line)["number"] for line in query(project, sql, "json").splitlines()] == list(range(25_000))
    cells = [json.loads(line) for line in query(project, sql, "table").splitlines()]
    assert cells[0] == ["number", "name"]
    assert len(cells) == 25_001


def test_values_of_every_type_come_through(project: Project) -> None:
    sql = """select 1.50 as d, now() as t, uuid() as u, {'a': 1.5} as s, [date '2026-01-01'] as l, 'abc'::blob as b,
        1::hugeint as h, interval 3 month as i, time '12:00' as c, 'inf'::double as f, map {'a': 2} as m, null as n,
        'x' || chr(0) || chr(10) || 'é' as z, '=1+1' as formula, -5 as negative, true as y"""
    ((names), (cells)) = list(csv.reader(io.StringIO(query(project, sql))))
    row = dict(zip(names, cells, strict=True))
    assert (row["d"], row["h"], row["f"], row["n"], row["z"]) == ("1.50", "1", "", "", "x\0\né")
    assert (row["formula"], row["negative"], row["y"]) == ("'=1+1", "-5", "true")


def test_a_statement_without_rows_is_no_error(project: Project) -> None:
    assert query(project, "") in ("", "\n")


OUTSIDE = [
    "copy marts.orders to '{outside}'",
    "with x as (copy marts.orders to '{outside}') select * from x",
    "with x as (select * from marts.orders) select 1; copy (select 1) to '{outside}'",
    "copy (select 1) to '{outside}' (format parquet)",
    "export database '{outside}'",
    "import database '{outside}'",
    "attach '{outside}' as other",
    "attach ':memory:' as other",
    "attach '{secret}' as other (type sqlite)",
    "select * from read_csv('{secret}')",
    "select * from read_csv('{secret}', auto_detect = false, columns = {{'a': 'varchar'}})",
    "select * from read_text('{secret}')",
    "select * from read_blob('{secret}')",
    "select * from read_parquet('{secret}')",
    "select * from read_json('{secret}')",
    "select * from '{secret}'",
    "select * from read_text('/proc/self/environ')",
    "select * from read_text('/etc/passwd')",
    "select * from glob('/etc/*')",
    "select * from glob('{secret}')",
    "select getenv('MARTLET_PII_KEY')",
    "select * from sniff_csv('{secret}')",
    "install httpfs",
    "load httpfs",
    "force install httpfs from 'http://localhost:1'",
    "select * from read_csv('http://localhost:1/x.csv')",
    "create secret s (type s3, key_id 'a', secret 'b')",
    "create persistent secret s (type http, bearer_token 'b')",
    "from duckdb_secrets()",
    "set enable_external_access = true",
    "set lock_configuration = false",
    "reset lock_configuration",
    "set memory_limit = '100GB'",
    "set temp_directory = '{outside}'",
    "set home_directory = '{outside}'",
    "set threads = 64",
    "pragma memory_limit = '100GB'",
    "pragma profile_output = '{outside}'",
    "set log_query_path = '{outside}'",
    "call enable_logging(storage = 'file')",
    "call enable_logging(storage = 'file', storage_path = '{outside}'); select 1; select 2",
    "insert into marts.orders values (2, 'x')",
    "update marts.orders set number = 2",
    "delete from marts.orders",
    "drop table marts.orders",
    "create table marts.other as select 1",
    "create view marts.other as select 1",
    "alter table marts.orders add column x integer",
    "comment on table marts.orders is 'x'",
]


@pytest.mark.parametrize("sql", OUTSIDE)
def test_no_sql_reaches_outside_the_published_file(
    project: Project, sql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, outside = tmp_path / "secret.csv", tmp_path / "leak"
    secret.write_text(f"a\n{SECRET}\n")
    monkeypatch.setenv("MARTLET_PII_KEY", SECRET)
    before = project.existing_published().read_bytes()
    assert SECRET not in refused(project, sql.format(secret=secret, outside=outside), timeout=20)
    assert list(tmp_path.iterdir()) == [secret]
    assert [path.name for path in project.versions_dir.iterdir()] == ["martlet-000001.duckdb"]
    assert project.existing_published().read_bytes() == before


@pytest.mark.parametrize(
    "sql",
    [
        "select count(*) from range(1000000) a, range(1000000) b, range(1000000) c",
        "select count(*) from marts.orders a, marts.orders b, marts.orders c where a.number + b.number > c.number",
        "with recursive r as (select 1 as n union all select n + 1 from r) select max(n) from r",
        "select count(*) from range(100000000000) where range % 7 = 3",
    ],
)
def test_sql_without_end_is_stopped(project: Project, sql: str) -> None:
    assert "stopped after 1 s; --timeout" in refused(project, sql, timeout=1)


@pytest.mark.parametrize(
    "sql",
    [
        "select count(distinct a.range || '-' || b.range) from range(100000) a, range(100000) b",
        "select a.range, b.range from range(100000) a, range(100000) b order by a.range * b.range",
        "select list(repeat(range::varchar, 1000)) from range(10000000)",
        "select repeat('x', 2000000000) || repeat('y', 2000000000)",
    ],
)
def test_sql_that_would_fill_the_memory_is_stopped_and_spills_nothing(project: Project, sql: str) -> None:
    refused(project, sql, memory_mb=100, timeout=8)
    assert [path.name for path in project.warehouse_dir.rglob("*") if path.name.endswith(".tmp")] == []


def test_a_reader_may_take_its_time(project: Project) -> None:
    """The clock runs while SQL does, not while somebody leafs through the rows."""
    import time  # noqa: PLC0415

    pieces = run_query(project, "select number, repeat('x', 200) from marts.orders", "csv", Limits(timeout=1))
    next(pieces)
    time.sleep(1.5)
    assert "".join(pieces).count("\n") > 20_000


def test_who_stops_reading_leaves_no_process_behind(project: Project) -> None:
    pieces = run_query(project, "select range from range(1000000000)", "csv", Limits(timeout=30))
    next(pieces)
    pieces.close()
    children = Path("/proc/self/task/self/children")
    assert not children.exists() or "query_child" not in children.read_text()


def test_the_command_ends_in_one_line_and_exit_code_2(project: Project) -> None:
    environment = {"MARTLET_HOME": str(project.home)}

    def martlet(*arguments: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(main, ("query", *arguments), env=environment)
        return result.exit_code, result.stdout, result.stderr

    assert martlet("select count(*) as orders from marts.orders") == (0, "orders\n25000\n", "")
    code, out, words = martlet(
        "--timeout", "0.5", "select count(*) from range(1000000) a, range(1000000) b, range(9) c"
    )
    assert (code, out) == (2, "")
    assert words == "martlet: the query was stopped after 0.5 s; --timeout gives it longer\n"
    code, _, words = martlet("selec 1")
    assert code == 2
    assert words.startswith("martlet: Parser Error")
    assert words.count("\n") == 1
    assert "first 10,000 rows" in martlet("--format", "table", "from marts.orders")[2]
    assert martlet("--format", "table", "select -5 as a")[1].count("-5") == 1


def test_before_the_first_build_the_user_is_told_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(MartletError, match="martlet run"):
        query(open_project({"MARTLET_HOME": str(tmp_path)}), "select 1")


def test_a_published_file_that_is_no_database_is_told_in_one_line(tmp_path: Path) -> None:
    broken = open_project({"MARTLET_HOME": str(tmp_path)})
    broken.warehouse_dir.mkdir(parents=True)
    broken.published_file.write_bytes(b"half a file")
    assert "cannot be opened" in refused(broken, "select 1")
