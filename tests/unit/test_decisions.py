"""The ledger of decisions: it only grows, the newest counts, and what it rests comes back in time."""

import math
import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from martlet import decisions
from martlet.errors import MartletError
from martlet.project import Project, open_project

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
ROW = {
    "row_id": "a33b4a03f7b0",
    "as_of_date": date(2026, 10, 31),
    "play": "cross_sell",
    "subject": "A + B",
    "action": "Offer B to buyers of A.",
    "evidence": "30 of 60 orders with A also hold B.",
    "impact_margin_90d": 123.45,
    "days_to_run": math.nan,
    "margin_assumed": False,
    "customer_keys": ["customer-1", "guest-ö"],
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return open_project({"MARTLET_HOME": str(tmp_path)})


def decide(project: Project, verdict: str = "approve", **changes: object) -> decisions.Decision:
    return decisions.append(project, {**ROW, **changes}, verdict, "mae", NOW, None)


def test_nobody_decided_leaves_no_file(project: Project) -> None:
    assert decisions.read(project) == []
    assert not project.decisions_dir.exists()


def test_a_decision_is_kept_with_the_row_as_it_stood(project: Project) -> None:
    kept = decisions.append(project, ROW, "reject", "mae", NOW, "not on our watch; 'quoted'")
    assert decisions.read(project) == [kept]
    assert (kept.row_id, kept.verdict, kept.decided_by, kept.decided_at) == (
        *("a33b4a03f7b0", "reject", "mae", "2026-11-02 09:30:00"),
    )
    assert (kept.as_of_date, kept.play, kept.subject, kept.action) == (
        *(date(2026, 10, 31), "cross_sell", "A + B", "Offer B to buyers of A."),
    )
    assert kept.note == "not on our watch; 'quoted'"
    assert math.isnan(kept.evidence["days_to_run"])
    simple = {name: value for name, value in ROW.items() if name not in ("days_to_run", "as_of_date")}
    assert {name: kept.evidence[name] for name in simple} == simple
    assert kept.evidence["as_of_date"] == "2026-10-31"


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=8),
        st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats(allow_nan=False) | st.text(max_size=20),
        max_size=6,
    )
)
@settings(max_examples=25, deadline=None, derandomize=True)
def test_evidence_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, evidence: dict[str, object]) -> None:
    project = open_project({"MARTLET_HOME": str(tmp_path_factory.mktemp("ledger"))})
    kept = decisions.append(project, {**evidence, **ROW}, "done", "mae", NOW, None)
    assert {name: kept.evidence[name] for name in evidence if name not in ROW} == {
        name: value for name, value in evidence.items() if name not in ROW
    }


@pytest.mark.parametrize(
    "statement",
    [
        "update decisions set verdict = 'reject'",
        "update decisions set note = 'x' where decision_id = 1",
        "delete from decisions",
        "insert or replace into decisions select decision_id, row_id, 'reject', decided_by, decided_at, as_of_date,"
        " play, subject, action, note, evidence from decisions",
        "insert into decisions select null, row_id, 'perhaps', decided_by, decided_at, as_of_date, play, subject,"
        " action, note, evidence from decisions",
    ],
)
def test_the_file_itself_refuses_to_change_what_was_decided(project: Project, statement: str) -> None:
    kept = decide(project)
    connection = sqlite3.connect(decisions.ledger_path(project))
    with pytest.raises(sqlite3.IntegrityError, match=r"never|CHECK"):
        connection.execute(statement)
    connection.close()
    assert decisions.read(project) == [kept]


def test_the_newest_decision_on_a_row_is_the_one_that_counts(project: Project) -> None:
    verdicts = ("approve", "reject", "done")
    made = [decide(project, verdict) for verdict in verdicts]
    other = decide(project, "reject", row_id="bbbb4a03f7b0")
    assert [each.decision_id for each in decisions.read(project)] == [1, 2, 3, 4]
    newest = decisions.newest_by_row(decisions.read(project))
    assert newest == {"a33b4a03f7b0": made[-1], "bbbb4a03f7b0": other}


@pytest.mark.parametrize(
    ("days_later", "rests"), [(-1, False), (0, True), (1, True), (89, True), (90, False), (400, False)]
)
def test_a_decided_row_rests_for_its_plays_quiet_days(project: Project, days_later: int, rests: bool) -> None:
    decide(project, "done")
    as_of = date(2026, 10, 31) + timedelta(days=days_later)
    resting = decisions.resting(decisions.read(project), {"cross_sell": 90, "nurture": 999}, as_of)
    assert resting == ({"a33b4a03f7b0": "already done"} if rests else {})


def test_the_newest_decision_starts_the_rest_anew_and_names_it(project: Project) -> None:
    decide(project, "approve")
    decide(project, "reject", as_of_date=date(2026, 11, 30))
    found = decisions.read(project)
    assert decisions.resting(found, {"cross_sell": 30}, date(2026, 12, 29)) == {"a33b4a03f7b0": "already rejected"}
    # a play that the merchant has struck off has no quiet days
    assert decisions.resting(found, {}, date(2026, 11, 30)) == {}


def test_what_is_decided_on_an_earlier_list_counts_from_the_day_it_was_decided(project: Project) -> None:
    decide(project, "approve")
    later = decisions.append(project, ROW, "done", "mae", NOW, None, as_of=date(2026, 11, 20))
    assert later.as_of_date == date(2026, 11, 20)
    assert later.evidence["as_of_date"] == "2026-10-31"
    resting = decisions.resting(decisions.read(project), {"cross_sell": 30}, date(2026, 12, 10))
    assert resting == {"a33b4a03f7b0": "already done"}


def test_a_merchants_decisions_are_not_the_demo_stores(project: Project) -> None:
    decide(project)
    part = project.raw_dir / "shopify" / "orders" / "part-1.parquet"
    part.parent.mkdir(parents=True)
    part.touch()
    assert project.is_live
    assert decisions.read(project) == []
    live = decide(project, "reject")
    assert decisions.read(project) == [live]
    demo = replace(project, force_mocks=True)
    assert [each.verdict for each in decisions.read(demo)] == ["approve"]


@pytest.mark.parametrize(
    "content", [b"this is no database, whatever its name", b"SQLite format 3\x00" + b"\x07" * 4000]
)
def test_a_ledger_that_cannot_be_read_is_one_line(project: Project, content: bytes) -> None:
    path = decisions.ledger_path(project)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    for attempt in (lambda: decisions.read(project), lambda: decide(project)):
        with pytest.raises(MartletError, match=r"the ledger of decisions mock\.sqlite cannot be used") as error:
            attempt()
        assert "\n" not in str(error.value)
    assert path.read_bytes() == content
