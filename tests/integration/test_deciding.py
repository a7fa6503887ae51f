"""Decisions, their results and audiences, as an operator types them."""

import csv
import json
import shutil
import stat
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from martlet import decisions
from martlet.project import open_project
from stores import Store, make_store

EARLIER = "2026-09-30"
PLAYS = (
    *("cross_sell", "upsell", "landing_page_test", "funnel_fix", "win_back", "re_engage", "nurture", "reorder_now"),
    *("slow_stock_shortlist", "price_gap", "search_opportunity"),
)


def copied(store: Store, home: Path, **environment: str) -> Store:
    shutil.copytree(store.home, home, symlinks=True)
    return make_store(home, **environment)


@pytest.fixture
def decided_store(mock_store: Store, tmp_path: Path) -> Store:
    """A copy of the demo store for one test to decide in."""
    return copied(mock_store, tmp_path / "store", USER="mae")


@pytest.fixture(scope="module")
def later_store(mock_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The demo store a month after one row of every play was done."""
    folder = tmp_path_factory.mktemp("later")
    then = copied(mock_store, folder / "then", MARTLET_AS_OF=EARLIER, USER="mae")
    for command in ("build", "clv", "score"):
        then.run(command)
    for row_id, _ in then.rows("select min(row_id), play from shortlists.shortlist group by play order by play"):
        then.run("decide", str(row_id), "done")
    now = copied(mock_store, folder / "now")
    shutil.copytree(then.home / "data" / "decisions", now.home / "data" / "decisions")
    return now


def first_row(store: Store, play: str = "cross_sell") -> str:
    return str(store.value(f"select row_id from shortlists.{play} where rank = 1"))


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def listed(store: Store, *arguments: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in store.run(*arguments, "--format", "json").output.splitlines()]


def test_a_decision_by_prefix_is_kept_listed_and_respected(decided_store: Store) -> None:
    row = first_row(decided_store)
    output = decided_store.run("decide", row[:6], "reject", "--note", "sold as a set already").output
    assert output.startswith(f"{row} rejected by mae: Offer ")
    (entry,) = listed(decided_store, "decisions")
    assert (entry["row_id"], entry["verdict"], entry["decided_by"]) == (row, "reject", "mae")
    assert (entry["note"], entry["as_of_date"]) == ("sold as a set already", "2026-10-31")
    impact, evidence = decided_store.rows(
        f"select impact_margin_90d, evidence from shortlists.cross_sell where row_id = '{row}'"
    )[0]
    assert (entry["impact_margin_90d"], entry["evidence"]) == (impact, evidence)
    assert listed(decided_store, "decisions", "--row", "0000") == []

    decided_store.run("score")
    for table in ("shortlist", "cross_sell", "matrix"):
        assert decided_store.rows(f"select 1 from shortlists.{table} where row_id = '{row}'") == []
    reasons = f"select play, reason from shortlists.set_aside where row_id = '{row}'"
    assert decided_store.rows(reasons) == [("cross_sell", "already rejected")]
    assert int(str(decided_store.value("select count(*) from shortlists.shortlist"))) > 10
    # off the list, it can still be called done: with the evidence it had
    assert "done by Jo" in decided_store.run("decide", row[:6], "done", "--by", "Jo").output
    again = listed(decided_store, "decisions", "--row", row[:6])
    assert [each["verdict"] for each in again] == ["reject", "done"]
    assert again[1]["evidence"] == evidence


def test_a_decided_campaign_takes_its_audience_with_it_and_remembers_it(decided_store: Store) -> None:
    row = first_row(decided_store, "re_engage")
    campaign = decided_store.value(f"select campaign_type from shortlists.re_engage where row_id = '{row}'")
    of_it = f"select customer_key from shortlists.campaign_audience where campaign_type = '{campaign}'"
    included = {key for (key,) in decided_store.rows(f"{of_it} and is_included")}
    decided_store.run("decide", row, "approve")
    ledger = open_project({"MARTLET_HOME": str(decided_store.home)})
    (decision,) = decisions.read(ledger)
    assert set(decision.evidence["customer_keys"]) == included != set()
    decided_store.run("score")
    assert decided_store.rows(of_it) == []
    assert decided_store.martlet("audience", str(campaign)).exit_code == 2


@pytest.mark.parametrize(
    ("row", "environment", "words"),
    [
        ("ffff0000ffff", {"USER": "mae"}, "no row of the shortlist has an id that begins with 'ffff0000ffff'"),
        ("abc", {"USER": "mae"}, "'abc' is too short for a row id"),
        ("", {"USER": "mae"}, "'' is too short for a row id"),
        ("%%%%", {"USER": "mae"}, "no row of the shortlist has an id that begins with '%%%%'"),
        ("ffff0000ffff", {"USER": "", "LOGNAME": ""}, "who decides? --by NAME, or set USER"),
    ],
)
def test_what_cannot_be_decided_is_one_line(
    mock_store: Store, row: str, environment: dict[str, str], words: str
) -> None:
    result = make_store(mock_store.home, **environment).martlet("decide", row, "approve")
    assert result.exit_code == 2
    assert result.output.startswith(f"martlet: {words}")
    assert len(result.output.splitlines()) == 1
    assert not (mock_store.home / "data" / "decisions").exists()


def test_a_prefix_of_several_rows_listed_or_decided_is_refused_with_their_ids(decided_store: Store) -> None:
    row = first_row(decided_store)
    twin = row[:5] + "zzzzzzz"
    evidence = {"row_id": twin, "as_of_date": "2026-10-31", "play": "upsell", "subject": "A + B", "action": "Show B."}
    project = open_project({"MARTLET_HOME": str(decided_store.home)})
    decisions.append(project, evidence, "approve", "mae", datetime(2026, 11, 2, tzinfo=UTC), None)
    result = decided_store.martlet("decide", row[:5], "done")
    assert result.exit_code == 2
    assert result.output == f"martlet: several rows begin with '{row[:5]}': {row}, {twin}\n"
    decided_store.run("decide", row[:6], "done")
    assert [each.row_id for each in decisions.read(project)] == [twin, row]


def test_a_verdict_that_there_is_not_is_refused(mock_store: Store) -> None:
    assert mock_store.martlet("decide", "abcd", "perhaps").exit_code == 2


def test_a_broken_ledger_stops_neither_reading_nor_tells_more_than_a_line(decided_store: Store) -> None:
    ledger = decided_store.home / "data" / "decisions" / "mock.sqlite"
    ledger.parent.mkdir()
    ledger.write_bytes(b"no database at all")
    for command in (("decisions",), ("results",), ("decide", first_row(decided_store), "done"), ("score",)):
        result = decided_store.martlet(*command)
        assert result.exit_code == 2
        assert "the ledger of decisions mock.sqlite cannot be used" in result.output
        assert "Traceback" not in result.output


def test_results_measure_what_was_done_or_say_why_not(later_store: Store) -> None:
    results = listed(later_store, "results")
    assert len({row["play"] for row in results}) == len(results) >= 7
    verdicts = {"less than expected", "more than expected", "above nought, as expected", "not to be told from nought"}
    for row in results:
        assert (row["done_by"], row["done_on"], row["days_since"]) == ("mae", EARLIER, 31)
        assert float(str(row["expected_low_80"])) <= float(str(row["expected_margin"]))
        assert row["measured_by"]
        if row["verdict"] == "cannot be measured":
            assert row["measured_margin"] is None
        else:
            assert row["verdict"] in verdicts
            low, mean, high = (float(str(row[f"measured_{name}"])) for name in ("low_80", "margin", "high_80"))
            assert low < mean < high
    assert sum(row["verdict"] != "cannot be measured" for row in results) >= 4


def test_results_expect_only_the_days_that_have_passed(later_store: Store) -> None:
    by_row = {row["row_id"]: row for row in listed(later_store, "results")}
    for decision in decisions.read(open_project({"MARTLET_HOME": str(later_store.home)})):
        whole = decision.evidence["impact_margin_90d"]
        assert by_row[decision.row_id]["expected_margin"] == pytest.approx(whole * 31 / 90, abs=0.006)


def test_results_of_the_day_itself_are_too_early(decided_store: Store) -> None:
    decided_store.run("decide", first_row(decided_store), "done")
    (row,) = listed(decided_store, "results")
    assert (row["verdict"], row["measured_margin"], row["days_since"]) == ("too early", None, 0)
    decided_store.run("decide", str(row["row_id"]), "reject")
    assert listed(decided_store, "results") == []


def test_orders_due_and_follow_ups_are_measured_by_what_they_are(later_store: Store, tmp_path: Path) -> None:
    store = copied(later_store, tmp_path / "store")
    project = open_project({"MARTLET_HOME": str(store.home)})
    common = {"as_of_date": EARLIER, "action": "Do it.", "impact_margin_90d": 90.0, "impact_low_80": 45.0}
    common["impact_high_80"] = 180.0
    now = datetime(2026, 10, 1, tzinfo=UTC)
    # a person who bought the one on the first day, and the other on the last of the thirty after it
    follow_up = """select one.sku, other.sku, one.customer_key from marts.order_lines one
        inner join marts.order_lines other on one.customer_key = other.customer_key
            and other.order_date between one.order_date + 1 and one.order_date + 30 and one.sku <> other.sku
        where one.order_date between date '2026-09-02' and date '2026-09-25' and other.order_date > date '2026-09-30'
        order by all limit 1"""
    ((sku, other, _),) = store.rows(follow_up)
    pair = {"sku": sku, "recommended_sku": other, "margin_per_attach": 10.0, "bought_within": "30 days"}
    rows = [
        {**common, **pair, "row_id": "eeee00000001", "play": "cross_sell", "subject": f"{sku} + {other} + 30 days"},
        {**common, "row_id": "eeee00000002", "play": "reorder_now", "subject": "V"},
    ]
    for row in rows:
        decisions.append(project, row, "done", "mae", now, None)
    results = {row["row_id"]: row for row in listed(store, "results")}
    told = str(results["eeee00000001"]["measured_by"])
    assert told.startswith("days of people within 30 of buying the one on which they came for the other: ")
    seen = """with one as (select distinct customer_key, order_date from marts.order_lines where sku = '{}'),
        days as (select distinct customer_key, order_date + after.n::int as day from one, range(1, 31) after(n))
        select count(*), count(*) filter (exists (select 1 from marts.order_lines o where o.sku = '{}'
            and o.customer_key = days.customer_key and o.order_date = days.day)) from days
        where customer_key is not null and day between date '{}' and date '{}'"""
    (before, after) = (
        store.rows(seen.format(sku, other, *window))[0]
        for window in (("2026-08-31", "2026-09-30"), ("2026-10-01", "2026-10-31"))
    )
    assert int(str(after[1])) >= 1
    assert before[0] > 0
    assert told.endswith(f": {before[1]} of {before[0]} before, {after[1]:,} of {after[0]:,} since")
    assert results["eeee00000002"]["verdict"] == "cannot be measured"
    assert "leaves no trace" in str(results["eeee00000002"]["measured_by"])


@pytest.fixture
def campaign(mock_store: Store) -> str:
    return str(
        mock_store.value(
            "select campaign_type from shortlists.campaign_audience where is_included"
            " group by all order by count(*) desc, campaign_type limit 1"
        )
    )


@pytest.mark.parametrize("service", ["klaviyo", "mailchimp"])
@pytest.mark.parametrize("with_pii", [False, True])
def test_an_audience_is_hashed_unless_asked_and_its_owners_alone(
    mock_store: Store, tmp_path: Path, campaign: str, service: str, with_pii: bool
) -> None:
    path = tmp_path / "audience.csv"
    path.write_text("anyone may read what was here before")
    path.chmod(0o644)
    options = ("--for", service, "--out", str(path), *(["--with-pii"] if with_pii else []))
    output = mock_store.run("audience", campaign, *options).output
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    people = read_csv(path)
    included = [
        str(key)
        for (key,) in mock_store.rows(
            f"select customer_key from shortlists.campaign_audience where campaign_type = '{campaign}' and is_included"
        )
    ]
    assert f"{len(people)} people" in output
    assert len(people) == len(included) > 0
    with duckdb.connect(str(mock_store.workshop), read_only=True) as connection:
        addresses = dict(connection.execute("select 'customer-' || id, email from mock_shopify.customers").fetchall())
    if with_pii:
        heading = "Email" if service == "klaviyo" else "Email Address"
        assert sorted(person[heading] for person in people) == sorted(addresses[key] for key in included)
        assert "upload it, then delete it" in output
    else:
        text = path.read_text(encoding="utf-8")
        assert "@" not in text
        assert not [address for address in addresses.values() if address and address.lower() in text.lower()]
        assert sorted(person["customer_key"] for person in people) == sorted(included)
        assert {len(person["email_hash"]) for person in people} == {32}
    keys = ", ".join(f"'{key}'" for key in included)
    consent = f"select bool_and(accepts_email_marketing) from marts.customers where customer_key in ({keys})"
    assert mock_store.value(consent) is True


def test_an_audience_goes_to_the_exports_if_nothing_else_is_said(decided_store: Store, campaign: str) -> None:
    decided_store.run("audience", campaign)
    (path,) = (decided_store.home / "exports" / "audiences").iterdir()
    assert path.name == f"{campaign}-klaviyo.csv"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_campaign_that_is_not_proposed_is_named_with_those_that_are(mock_store: Store, campaign: str) -> None:
    result = mock_store.martlet("audience", "everybody")
    assert result.exit_code == 2
    assert result.output.startswith("martlet: no campaign 'everybody' is proposed; there are: ")
    assert campaign in result.output
    assert len(result.output.splitlines()) == 1


def test_two_scores_of_the_same_data_are_the_same_bytes(decided_store: Store, tmp_path: Path) -> None:
    written: list[dict[str, bytes]] = []
    for name in ("one", "two"):
        decided_store.run("score")
        tables = ("shortlist", "matrix", "set_aside", "campaign_audience", *PLAYS)
        decided_store.run("export", *tables, "--to", str(tmp_path / name))
        written.append({path.name: path.read_bytes() for path in (tmp_path / name).glob("*.csv")})
    assert written[0] == written[1]
    assert {f"{play}.csv" for play in PLAYS} | {"shortlist.csv"} <= written[0].keys()
    assert len(written[0]["shortlist.csv"].splitlines()) > 20
