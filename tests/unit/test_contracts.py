"""Data contracts: Great Expectations pushed down to DuckDB, failures told in a line with their values."""

import json
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest

from martlet.contract_outcomes import Outcome
from martlet.contract_report import write_report
from martlet.contracts import _privacy_suites, check_layer, on_days
from martlet.errors import MartletError
from martlet.project import Project, open_project
from martlet.validation import validate
from stores import Store

REPOSITORY = Path(__file__).parents[2]
SUITES = sorted((REPOSITORY / "expectations").glob("*/*.json"))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return open_project({"MARTLET_HOME": str(tmp_path / "home")})


@pytest.fixture
def mock_project(mock_store: Store) -> Project:
    return open_project({"MARTLET_HOME": str(mock_store.home)})


def check(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suite: object) -> list[Outcome]:
    """Run one suite for a table marts.t with a = 1, 2, 2, null."""
    folder = tmp_path / "expectations"
    (folder / "marts").mkdir(parents=True)
    (folder / "marts" / "t.json").write_text(suite if isinstance(suite, str) else json.dumps(suite))
    monkeypatch.setattr(Project, "expectations_dir", property(lambda self: folder))
    database = tmp_path / "t.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.t as select unnest([1, 2, 2, null]) as a")
    return check_layer(project, "marts", database, lambda message: None)


def expectation(type_: str, severity: str = "critical", **kwargs: object) -> dict[str, object]:
    return {"type": type_, "severity": severity, "kwargs": kwargs, "notes": "why"}


def test_failures_are_told_with_their_values(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = "select a from {batch} where a < 0"
    query = "select a, count(*) as n from {batch} where a is not null group by a having count(*) > 1"
    outcomes = check(
        project,
        tmp_path,
        monkeypatch,
        {
            "expectations": [
                expectation("expect_column_values_to_be_between", column="a", min_value=0, max_value=1),
                expectation("expect_column_values_to_not_be_null", "warning", column="a"),
                expectation("expect_column_values_to_be_in_set", column="a", value_set=[1, 2]),
                {**expectation("unexpected_rows_expectation", unexpected_rows_query=query), "description": "a is rare"},
                {**expectation("unexpected_rows_expectation", unexpected_rows_query=small), "description": "a is big"},
            ]
        },
    )
    verdicts = {outcome.expectation.split(" (")[0]: outcome.verdict for outcome in outcomes}
    assert verdicts == {
        "expect column values to be between": "failed",
        "expect column values to not be null": "warning",
        "expect column values to be in set": "passed",
        "a is rare": "failed",
        "a is big": "passed",
    }
    lines = [outcome.one_line for outcome in outcomes if outcome.is_failure]
    assert lines[0].startswith("marts.t: expect column values to be between")
    assert lines[0].endswith("2 of 4 values unexpected: 2, 2")
    assert lines[1] == "marts.t: a is rare — 1 row found: {a: 2, n: 2}"


def test_every_expectation_of_every_suite_is_run(mock_project: Project) -> None:
    for layer in ("raw", "marts"):
        outcomes = check_layer(mock_project, layer, mock_project.build_file, lambda message: None)
        for path in SUITES:
            if path.parent.name != layer:
                continue
            written = json.loads(path.read_text(encoding="utf-8"))["expectations"]
            table = path.stem.split("__")[-1]
            run = [outcome for outcome in outcomes if outcome.table.split(".")[1] == table]
            assert len(run) >= len(written), path.stem


def test_a_suite_of_a_table_that_nobody_writes_is_noticed(
    mock_project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # what a whole run published is complete, so every suite finds its table and holds
    version = mock_project.published_file.resolve()
    whole = check_layer(mock_project, "predictions", version, lambda message: None)
    assert {path.stem for path in SUITES if path.parent.name == "predictions"} <= {
        outcome.table.removeprefix("predictions.") for outcome in whole
    }
    assert not [outcome.one_line for outcome in whole if outcome.is_failure]
    folder = tmp_path / "expectations"
    (folder / "predictions").mkdir(parents=True)
    rule = expectation("expect_column_values_to_be_unique", column="a")
    (folder / "predictions" / "nowhere.json").write_text(json.dumps({"expectations": [rule]}))
    monkeypatch.setattr(Project, "expectations_dir", property(lambda self: folder))
    failed = [o for o in check_layer(mock_project, "predictions", version, lambda message: None) if o.is_failure]
    assert [outcome.table for outcome in failed] == ["predictions.nowhere"]
    partial = check_layer(mock_project, "predictions", version, lambda message: None, is_partial=True)
    assert not [outcome for outcome in partial if outcome.table == "predictions.nowhere"]


def test_an_expectation_that_cannot_be_run_fails_and_says_why(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite = {"expectations": [expectation("expect_column_values_to_be_unique", column="nowhere")]}
    (outcome,) = check(project, tmp_path, monkeypatch, suite)
    assert outcome.is_failure
    assert "nowhere" in outcome.one_line


@pytest.mark.parametrize("text", ["{", "[]", '{"name": "x"}'])
def test_a_suite_file_that_makes_no_sense_is_refused(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    with pytest.raises(MartletError, match=r"t\.json is not an expectation suite"):
        check(project, tmp_path, monkeypatch, text)


def test_the_file_can_be_written_again_after_a_check(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(project, tmp_path, monkeypatch, {"expectations": [expectation("expect_column_to_exist", column="a")]})
    with duckdb.connect(str(tmp_path / "t.duckdb")) as connection:
        connection.execute("insert into marts.t values (9)")


def test_great_expectations_still_needs_to_be_told_to_keep_duckdb_open() -> None:
    """When this fails, Great Expectations knows DuckDB: delete _keep_duckdb_connection_open from contracts.py."""
    from great_expectations.execution_engine import sqlalchemy_execution_engine as engine  # noqa: PLC0415

    known = [dialect for dialect in engine._PERSISTED_CONNECTION_DIALECTS if type(dialect).__name__ == "GXSqlDialect"]
    assert "duckdb" not in [dialect.value for dialect in known]


@pytest.mark.parametrize("path", SUITES, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_every_expectation_says_why(path: Path) -> None:
    for configuration in json.loads(path.read_text(encoding="utf-8"))["expectations"]:
        assert configuration["notes"].endswith(".")
        assert configuration.get("severity", "critical") in ("critical", "warning")
        if "unexpected_rows_query" in configuration["kwargs"]:
            assert configuration["description"]


def test_the_report_is_one_page_that_needs_nothing_else(tmp_path: Path) -> None:
    bad = Outcome("marts", "marts.t", "a < b", False, "critical", "1 row found", ("<script>alert(1)</script>",), "why")
    good = Outcome("marts", "marts.t", "a is a", True, "critical", "0 rows found", (), "why")
    write_report([good, bad], "mock", "2026-10-31", tmp_path / "contracts.html")
    page = (tmp_path / "contracts.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "http" not in page
    assert "What does not hold" in page


#: A published row of the shortlists that is broken so, and the contract that must notice.
BROKEN = [
    ("update shortlists.shortlist set score = score + 1 where rank = 1", "scores are what their formula says"),
    ("update shortlists.shortlist set rank = 1 where rank = 2", "one row per rank"),
    ("update shortlists.shortlist set impact_low_80 = impact_high_80 where rank = 1", "the expected impact is above"),
    ("update shortlists.shortlist set confidence = 2", "expect column values to be between (column confidence"),
    ("update shortlists.shortlist set quadrant = 'gold' where rank = 1", "expect column values to be in set"),
    ("update shortlists.shortlist set caveats = null", "expect column values to not be null (column caveats"),
    ("insert into shortlists.set_aside select row_id, play, subject, 'no', as_of_date from shortlists.shortlist",
     "nothing is both proposed and set aside"),
    ("update shortlists.set_aside set reason = null", "expect column values to not be null (column reason"),
    ("insert into shortlists.matrix from shortlists.matrix limit 1", "expect column values to be unique"),
    ("update shortlists.matrix set row_id = 'nowhere' where rank = 1", "every point is an action of the list"),
    ("update shortlists.cross_sell set q_value = 0.2 where rank = 1", "pairs are beyond chance after correction"),
    ("update shortlists.cross_sell set recommended_sku = (select min(sku) from marts.reorder_points"
     " where needs_reorder) where rank = 1", "nothing is offered that stands below its reorder point"),
    ("update shortlists.landing_page_test set q_value = 0.2 where rank = 1", "pages are worse than comparable ones"),
    ("update shortlists.funnel_fix set q_value = 0.2 where rank = 1", "segments fall short after correction"),
    ("update shortlists.campaign_audience set is_included = true where reason = 'no consent to e-mail'",
     "nobody is written to without consent"),
    ("insert into shortlists.campaign_audience from shortlists.campaign_audience limit 1",
     "one row per person and campaign"),
]  # fmt: skip


def test_broken_rows_of_the_shortlists_are_noticed(mock_project: Project, tmp_path: Path) -> None:
    database = tmp_path / "broken.duckdb"
    shutil.copy(mock_project.published_file.resolve(), database)
    with duckdb.connect(str(database)) as connection:
        for statement, _ in BROKEN:
            changed = connection.execute(statement).fetchone()
            assert changed is not None
            assert changed[0] > 0, f"nothing was broken by {statement}"
    outcomes = check_layer(mock_project, "predictions", database, lambda message: None)
    failed = [(outcome.table, outcome.expectation) for outcome in outcomes if outcome.is_failure]
    for statement, noticed in BROKEN:
        table = statement.removeprefix("insert into ").removeprefix("update ").split()[0]
        # whether a row is on both lists is a rule of the shortlist's own
        owner = "shortlists.shortlist" if noticed.startswith("nothing is both") else table
        assert [name for where, name in failed if where == owner and name.startswith(noticed)], statement


PLANTED = {
    "an e-mail address": ("customers", "tags", "vip, mae@example.com"),
    "an international number": ("sessions", "campaign", "call +1 201 555 0123"),
    "an American number": ("orders", "discount_codes", "ask (201) 555-0123"),
    "a street": ("customers", "tags", "vip, 12 Old Mill Rd."),
    "a name": ("customers", "tags", "vip, {name}"),
}


@pytest.mark.parametrize("kind", PLANTED)
def test_a_person_in_a_mart_is_caught_and_not_repeated(mock_project: Project, tmp_path: Path, kind: str) -> None:
    table, column, planted = PLANTED[kind]
    database = tmp_path / "build.duckdb"
    shutil.copy(mock_project.build_file, database)
    with duckdb.connect(str(database)) as connection:
        name = connection.execute(
            "select first_name || ' ' || last_name from mock_shopify.customers limit 1"
        ).fetchone()
        assert name is not None
        cell = planted.format(name=name[0].upper())
        connection.execute(f"update marts.{table} set {column} = $1 where rowid = 0", [cell])
    privacy = [suite for suite in _privacy_suites(mock_project, "marts", database, {}) if suite.table == table]
    found = [outcome for outcome in validate("marts", database, privacy)[f"marts.{table}"] if outcome.is_failure]
    assert [outcome.table for outcome in found] == [f"marts.{table}"]
    assert column in found[0].one_line
    assert cell not in found[0].one_line


def test_contracts_run_where_the_main_module_has_no_file(mock_project: Project) -> None:
    """PySpark, which Great Expectations imports where it finds it, would end such a process with exit code 0."""
    file = f"Path({str(mock_project.build_file)!r})"
    command = f"from martlet.validation import _context; from pathlib import Path; _context({file}); print('well')"
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout == "well\n"


@pytest.mark.parametrize(("day", "is_found"), [(date(2026, 10, 1), True), (date(2026, 10, 2), False)])
def test_people_are_looked_for_on_the_days_that_changed(
    mock_project: Project, tmp_path: Path, day: date, is_found: bool
) -> None:
    database = tmp_path / "build.duckdb"
    shutil.copy(mock_project.build_file, database)
    with duckdb.connect(str(database)) as connection:
        connection.execute("update marts.sessions set landing_page = 'jo@x.example' where session_date = '2026-10-01'")
    found = check_layer(mock_project, "marts", database, lambda _: None, where=on_days({"sessions": [day]}))
    assert any(outcome.is_failure for outcome in found if outcome.table == "marts.sessions") == is_found


def test_every_published_table_with_text_is_scanned(mock_project: Project, mock_store: Store) -> None:
    published = mock_store.rows(
        "select distinct table_schema || '.' || table_name from information_schema.columns"
        " where data_type = 'VARCHAR' and table_schema in ('marts', 'predictions', 'shortlists')"
    )
    version = mock_project.published_file.resolve()
    scanned = [
        *_privacy_suites(mock_project, "marts", mock_project.build_file, {}),
        *_privacy_suites(mock_project, "predictions", version, {}),
    ]
    assert {f"{suite.schema}.{suite.table}" for suite in scanned} == {table for (table,) in published}


def test_words_of_the_catalogue_are_nobodys(mock_project: Project, tmp_path: Path) -> None:
    database = tmp_path / "build.duckdb"
    shutil.copy(mock_project.build_file, database)
    with duckdb.connect(str(database)) as connection:
        connection.execute("update marts.products set sku = '555-123-4567', product_title = '32 Ford Street'")
    privacy = [suite for suite in _privacy_suites(mock_project, "marts", database, {}) if suite.table == "products"]
    assert not [outcome for outcome in validate("marts", database, privacy)["marts.products"] if outcome.is_failure]
