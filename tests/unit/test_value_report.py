"""The report on customer values: it says which model is used and why, and the same values give the same bytes."""

from pathlib import Path

import matplotlib
import pandas as pd
import pytest

from martlet.clv.lifetime_value import ValueResult, customer_values
from martlet.errors import MartletError
from martlet.value_report import CHART, REPORT, Setting, headline, report_text, write_value_report
from value_orders import AS_OF, simulated_orders

SETTING = Setting("2025-06-30", "mock", "USD")


@pytest.fixture(scope="module")
def valued() -> ValueResult:
    return customer_values(simulated_orders(), AS_OF)


def test_the_report_has_every_model_and_what_stands_behind_it(valued: ValueResult) -> None:
    text = report_text(valued, SETTING)
    assert "As of 2025-06-30; mock store, no merchant data." in text
    assert headline(valued) in text
    for card in valued.fits.to_dict("records"):
        assert f"| {card['model']} | {card['predicts']} | {card['reason']} |" in text
    check = valued.check
    assert check is not None
    for row in check.record.to_dict("records"):
        assert f"| {row['model']} | {row['mae']:.3f} | {row['rmse']:.3f} | {row['bias_pct']:.1f} |" in text
    assert {"own constant rate", "no orders"} < set(check.record["model"])
    for row in check.deciles.to_dict("records"):
        assert f"| {row['decile']} | {row['customers']} | {row['expected']:.3f} | {row['actual']:.3f} |" in text
    last = check.tracking.iloc[-1]
    assert f"| 2025-06-30 | held out | {last['actual']:,} | {last['expected']:,.0f} |" in text
    assert f"| {check.cut} | learnt from |" in text


def test_live_sources_are_named(valued: ValueResult) -> None:
    modes = "shopify live; ga4 mock; search not connected"
    assert f"sources: {modes}." in report_text(valued, Setting("2025-06-30", modes, "EUR"))


def test_the_same_values_give_the_same_bytes_whatever_the_machine_is_set_to(
    valued: ValueResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_value_report(valued, SETTING, tmp_path / "one")
    monkeypatch.setitem(matplotlib.rcParams, "axes.facecolor", "pink")
    write_value_report(valued, SETTING, tmp_path / "other")
    for name in (REPORT, CHART):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == [REPORT, CHART]
    live = Setting("2025-06-30", "shopify live", "USD")
    write_value_report(valued, live, tmp_path / "other")
    assert (tmp_path / "one" / CHART).read_bytes() != (tmp_path / "other" / CHART).read_bytes()


def orders(*days: str) -> pd.DataFrame:
    return pd.DataFrame({"customer_key": "only", "order_date": pd.to_datetime(list(days)), "margin": 5.0})


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (orders(), "nobody to value"),
        (orders("2025-06-30"), "1 days, and 84 are needed"),
        (orders("2024-01-01"), "Nobody came back".lower()),
        (orders("2024-01-01", "2025-06-30"), "1 people came back, and 100 are needed"),
        (simulated_orders(120), "No model of leaving may be used"),
    ],
    ids=["no orders", "one order today", "one old order", "one buyer", "too few repeaters"],
)
def test_a_store_without_a_usable_model_gets_a_report_that_says_so(
    frame: pd.DataFrame, said: str, tmp_path: Path
) -> None:
    result = customer_values(frame, AS_OF)
    report, chart = write_value_report(result, SETTING, tmp_path)
    assert said in report.read_text(encoding="utf-8")
    assert "nan" not in report.read_text(encoding="utf-8")
    assert chart.read_bytes().startswith(b"\x89PNG")


def test_a_place_that_cannot_be_written_is_one_line(valued: ValueResult, tmp_path: Path) -> None:
    (tmp_path / "exports").write_text("a file")
    with pytest.raises(MartletError, match="cannot be written"):
        write_value_report(valued, SETTING, tmp_path / "exports")
    (tmp_path / CHART).mkdir()
    with pytest.raises(MartletError, match=f"{CHART}: cannot be written"):
        write_value_report(valued, SETTING, tmp_path)
    assert not list(tmp_path.glob("*.part"))
