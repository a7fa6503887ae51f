"""`martlet experiment` as its users type it: on counts, on files, and on variants that GA4 was told of."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stores import Store, make_store

DAY = 24 * 3600 * 1_000_000
START = 1_767_265_200_000_000
"""Noon of 1 January 2026, UTC, in microseconds."""
BROWSERS = 400


def results_csv(
    path: Path, control: tuple[int, int] = (10_000, 250), treatment: tuple[int, int] = (10_000, 300)
) -> Path:
    """Units of two arms: how many, and how many of them converted."""
    rows = ["unit_id,variant,converted"]
    for name, (units, converted) in (("A", control), ("B", treatment)):
        rows += [f"{name}{number},{name},{int(number < converted)}" for number in range(units)]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def event(browser: str, session: int, at: int, name: str, **more: Any) -> dict[str, Any]:
    params = [{"key": "ga_session_id", "value": {"int_value": session}}, *more.pop("params", [])]
    stamp = START + at
    return {
        "event_date": f"202601{1 + (at // DAY):02d}",
        "event_timestamp": stamp,
        "event_name": name,
        "user_pseudo_id": browser,
        "event_params": params,
        **more,
    }


def exposure(browser: str, session: int, at: int, text: str) -> dict[str, Any]:
    params = [{"key": "exp_variant_string", "value": {"string_value": text}}]
    return event(browser, session, at, "experience_impression", params=params)


def purchase(browser: str, session: int, at: int, revenue: float) -> dict[str, Any]:
    ecommerce = {"transaction_id": f"T-{browser}-{at}", "purchase_revenue": revenue}
    return event(browser, session, at, "purchase", ecommerce=ecommerce)


def shop_events() -> list[dict[str, Any]]:
    """Browsers 0 to 399, even ones in control and odd ones in bold, exposed on the second day.

    The first 100 had bought for 10 the day before. Of control the first 20 buy for 50, of bold the first 60. Browser
    399 saw both variants.
    """
    events = []
    for number in range(BROWSERS):
        browser, variant = f"{number:03d}.1", ("control", "bold")[number % 2]
        if number < 100:
            events += [event(browser, 1, number, "page_view"), purchase(browser, 1, 1000 + number, 10.0)]
        events += [
            event(browser, 2, DAY + number, "page_view"),
            exposure(browser, 2, DAY + 1000 + number, f"ABC-cart-{variant}"),
        ]
        if number // 2 < (20, 60)[number % 2]:
            events += [
                event(browser, 3, 2 * DAY + number, "add_to_cart"),
                purchase(browser, 3, 2 * DAY + 1000 + number, 50.0),
            ]
    events.append(exposure("399.1", 3, 2 * DAY, "ABC-cart-control"))
    events.append(exposure("000.1", 9, 3 * DAY, "OPT-hero.1"))
    return events


@pytest.fixture(scope="module")
def ga4_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store whose only source is a GA4 file with variant events, built."""
    folder = tmp_path_factory.mktemp("experiment")
    file = folder / "events.ndjson"
    file.write_text("".join(json.dumps(one) + "\n" for one in shop_events()), encoding="utf-8")
    store = make_store(folder / "store", MARTLET_SHOP_TIMEZONE="UTC")
    store.run("load", "ga4", str(file))
    store.run("build")
    return store


# --- size and check


def test_a_size_states_its_formula_and_every_formula_can_be_had(store: Store) -> None:
    sizes = {}
    for formula in ("pooled", "evan-miller", "arcsine", "unpooled"):
        asked = ("size", "--rate", "20%", "--lift", "5%", "--formula", formula)
        assert store.run("experiment", *asked).output.startswith(f"formula        {formula}: n = ")
        sizes[formula] = json.loads(store.run("experiment", *asked, "--json").output)["per_arm"]
    assert sizes == {"pooled": 1094, "evan-miller": 1030, "arcsine": 1092, "unpooled": 1091}


def test_a_test_that_takes_too_long_is_called_so(store: Store) -> None:
    asked = ("experiment", "size", "--rate", "0.025", "--lift", "10%", "--relative", "--sessions-per-day")
    assert "TOO LONG: 65 days" in store.run(*asked, "2000").output
    assert "TOO LONG" not in store.run(*asked, "3000").output
    means = store.run("experiment", "size", "--mean", "80", "--sd", "45", "--lift", "5%", "--relative").output
    assert "units per arm  1,988" in means


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("10000", "10400"), 0, "p 0.0051"),
        (("10000", "10500"), 1, "SAMPLE RATIO MISMATCH"),
        (("9000", "1000", "--ratio", "90:10"), 0, "no sample ratio mismatch"),
        (("9000", "1000"), 1, "SAMPLE RATIO MISMATCH"),
        (("1000", "1000", "1000"), 0, "degrees of freedom 2"),
    ],
)
def test_check_exits_1_on_a_mismatch(store: Store, arguments: tuple[str, ...], code: int, words: str) -> None:
    result = store.martlet("experiment", "check", *arguments)
    assert result.exit_code == code
    assert words in result.output


def test_check_of_a_file_counts_its_units(store: Store, tmp_path: Path) -> None:
    good = results_csv(tmp_path / "good.csv")
    record = json.loads(store.run("experiment", "check", "--csv", str(good), "--json").stdout)
    assert record["counts"] == [10_000, 10_000]
    bad = results_csv(tmp_path / "bad.csv", treatment=(10_500, 300))
    assert store.martlet("experiment", "check", "--csv", str(bad)).exit_code == 1


# --- readout of a file


def test_a_readout_prints_the_published_figures(store: Store, tmp_path: Path) -> None:
    file, out = results_csv(tmp_path / "results.csv"), tmp_path / "findings" / "out.csv"
    result = store.run("experiment", "readout", "--csv", str(file), "--out", str(out))
    assert result.stdout.startswith("units  A 10,000 : B 10,000 against 1:1")
    assert "0.05 to 0.96" in result.stdout
    assert "so do not stop on this." in result.stdout
    assert store.run("experiment", "readout", "--csv", str(file)).stdout == result.stdout
    record = json.loads(store.run("experiment", "readout", "--csv", str(file), "--json").stdout)
    (finding,) = record["findings"]
    assert (finding["statistic"], finding["p_value"]) == pytest.approx((2.16194, 0.03062), abs=5e-6)
    with out.open(encoding="utf-8-sig", newline="") as written:
        (row,) = csv.DictReader(written)
    assert list(row) == list(finding)
    assert float(row["p_value"]) == finding["p_value"]
    assert float(row["always_valid_low"]) == finding["always_valid_low"] < 0


def test_a_readout_of_a_broken_split_says_so_first_and_exits_1(store: Store, tmp_path: Path) -> None:
    file = results_csv(tmp_path / "results.csv", treatment=(10_500, 400))
    result = store.martlet("experiment", "readout", "--csv", str(file))
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0].startswith("SAMPLE RATIO MISMATCH")
    assert lines[-1].startswith("converted: NOT TO BE TRUSTED")
    record = json.loads(store.martlet("experiment", "readout", "--csv", str(file), "--json").stdout)
    assert record["sample_ratio"]["is_mismatched"]


def test_every_row_of_a_file_is_used_or_counted(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "dirty.csv"
    rows = ["customer,arm,spent", *(f"c{number},{'xy'[number % 2]},{number}.5" for number in range(400))]
    rows += ["c1,x,1.5", "c400,x,", "c401,x,much", "c402,y", ",x,1", "c403,,1", "c5,y,5.5", ""]
    file.write_text("\n".join(rows), encoding="utf-8")
    asked = ("--csv", str(file), "--unit", "customer", "--variant", "arm", "--control", "x", "--json")
    record = json.loads(store.run("experiment", "readout", *asked).stdout)
    assert {(entry["metric"], entry["reason"]): entry["rows"] for entry in record["set_aside"]} == {
        ("", "not 3 cells, as many as there are headings"): 1,
        ("", "no unit id"): 1,
        ("", "no variant"): 1,
        ("", "unit in more than one variant"): 2,
        ("", "repeats another row"): 1,
        ("spent", "no value"): 1,
        ("spent", "not a number"): 1,
    }
    assert record["sample_ratio"]["counts"] == [202, 199]
    assert (record["findings"][0]["control_units"], record["findings"][0]["treatment_units"]) == (200, 199)


FILES = {
    "missing": None,
    "empty": b"",
    "heading": b"unit_id,variant,m\n",
    "latin": "unit_id,variant,m\nä,A,1\n".encode("latin-1"),
    "quote": b'unit_id,variant,m\n"u"1,A,1\n',
    "one_arm": b"unit_id,variant,m\nu1,A,1\nu2,A,1\n",
    "no_control": b"unit_id,variant,m\nu1,x,1\nu2,y,1\n",
    "words": b"unit_id,variant,m\nu1,A,red\nu2,B,blue\n",
    "two_rows": b"unit_id,variant,m\nu1,A,1\nu2,B,1\nu1,A,0\n",
    "semicolons": b"unit_id;variant;m\nu1;A;1\n",
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("command", ["readout", "check"])
def test_a_file_that_cannot_be_read_ends_in_one_line(store: Store, tmp_path: Path, name: str, command: str) -> None:
    file, content = tmp_path / f"{name}.csv", FILES[name]
    if content is not None:
        file.write_bytes(content)
    result = store.martlet("experiment", command, "--csv", str(file))
    if command == "check" and name in ("words", "two_rows"):
        # metrics do not matter to the ratio, and a unit counts once
        assert result.exit_code == 0
        return
    assert result.exit_code == 2
    assert result.output.startswith("martlet: ")
    assert len(result.output.splitlines()) == 1
    assert file.name in result.output


@pytest.mark.parametrize(
    "arguments",
    [
        "readout",
        "readout --csv FILE --experiment x",
        "readout --csv FILE --metric converted:median",
        "readout --csv FILE --metric nothing",
        "readout --csv FILE --covariate converted",
        "readout --csv FILE --covariate converted=nothing",
        "readout --csv FILE --control C",
        "readout --csv FILE --alpha 2",
        "readout --csv FILE --tuning 0",
        "readout --csv FILE --tuning inf",
        "readout --csv FILE --ratio 1:2:3",
        "readout --csv FILE --ratio half",
        "readout --csv FILE --out FILE/x.csv",
        "readout --experiment x",
        "check 5",
        "check 0 0",
        "check 5 5 --ratio 1:0",
        "size --rate 2 --lift 0.1",
        "size --rate 0.1",
    ],
)
def test_what_makes_no_sense_ends_in_one_line(store: Store, tmp_path: Path, arguments: str) -> None:
    file = results_csv(tmp_path / "results.csv", (50, 5), (50, 9))
    result = store.martlet("experiment", *arguments.replace("FILE", str(file)).split())
    assert result.exit_code == 2
    told = [line for line in result.stderr.splitlines() if line.startswith("martlet: ")]
    assert len(told) == 1
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments", ["check", "check 5 -5", "check 5 5 --csv x.csv", "size --rate x", "size --arms 1"]
)
def test_misuse_is_told_in_one_line_that_says_where_to_read_on(store: Store, arguments: str) -> None:
    result = store.martlet("experiment", *arguments.split())
    assert result.exit_code == 2
    assert result.stderr.startswith("martlet: ")
    assert result.stderr.endswith(f"(see `main experiment {arguments.split()[0]} --help`)\n")
    assert len(result.stderr.splitlines()) == 1


def test_help_says_which_interval_to_read_when_peeking_and_loads_nothing_heavy(store: Store) -> None:
    text = " ".join(store.run("experiment", "readout", "--help").output.split())
    assert "If you look as the test runs" in text
    assert "always-valid interval alone" in text
    loaded = "import sys, martlet.app; print([m for m in ('pandas', 'numpy', 'scipy') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout == "[]\n"


# --- GA4


def test_exposures_become_one_row_a_browser_and_experiment(ga4_store: Store) -> None:
    rows = ga4_store.rows(
        "select variant, count(*), sum(cast(purchased as bigint)), sum(revenue), sum(sessions), sum(sessions_before),"
        " sum(revenue_before), sum(cast(saw_several_variants as bigint)) from marts.experiment_users"
        " where experiment = 'ABC-cart' group by variant order by variant"
    )
    assert [
        [float(str(cell)) if cell is not rows[place][0] else cell for cell in row] for place, row in enumerate(rows)
    ] == [
        ["bold", 200, 60, 3000, 261, 50, 500, 1],
        # browser 000 came once more, for the other experiment
        ["control", 200, 20, 1000, 221, 50, 500, 0],
    ]
    assert ga4_store.rows(
        "select variant, sessions_before from marts.experiment_users where experiment = 'OPT-hero'"
    ) == [("1", 3)]


def test_an_experiment_in_ga4_is_read_out(ga4_store: Store) -> None:
    record = json.loads(ga4_store.run("experiment", "readout", "--experiment", "ABC-cart", "--json").stdout)
    assert record["set_aside"] == [{"reason": "unit in more than one variant", "rows": 1, "metric": ""}]
    assert record["sample_ratio"]["arms"] == ["control", "bold"]
    assert record["sample_ratio"]["counts"] == [200, 199]
    purchased, revenue = record["findings"]
    assert (purchased["kind"], purchased["control_value"], purchased["treatment_value"]) == (
        "proportion",
        0.1,
        60 / 199,
    )
    assert (revenue["kind"], revenue["control_value"], revenue["covariate"]) == ("mean", 5.0, "revenue_before")
    assert 0 < revenue["variance_reduction"] < 1
    assert purchased["verdict"].endswith("it holds whenever you look.")
    chosen = ("--metric", "added_to_cart", "--metric", "sessions")
    named = json.loads(ga4_store.run("experiment", "readout", "--experiment", "ABC-cart", *chosen, "--json").stdout)
    assert [finding["covariate"] for finding in named["findings"]] == ["", "sessions_before"]
    assert ga4_store.run("experiment", "check", "--experiment", "ABC-cart").exit_code == 0


def test_an_experiment_that_is_not_there_is_named_with_those_there_are(ga4_store: Store) -> None:
    result = ga4_store.martlet("experiment", "readout", "--experiment", "cart")
    assert result.exit_code == 2
    assert result.output == "martlet: there is no experiment 'cart'; there are ABC-cart, OPT-hero\n"
    wrong = ga4_store.martlet("experiment", "readout", "--experiment", "ABC-cart", "--metric", "profit")
    assert wrong.exit_code == 2
    assert "has no metric 'profit'" in wrong.output


def test_the_demo_store_has_no_experiment_and_says_so(mock_store: Store) -> None:
    assert mock_store.value("select count(*) from marts.experiment_users") == 0
    result = mock_store.martlet("experiment", "readout", "--experiment", "x")
    assert result.exit_code == 2
    assert result.output.startswith("martlet: GA4 has sent no exposure to any experiment")
