"""Forecasts as they were published are kept and held against what came."""

from pathlib import Path

import pytest

from stores import Store, make_store

RECORD = """
select target, origin_date::varchar, days, actual
from predictions.forecast_accuracy where evidence = 'record' order by target, origin_date
"""


def kept(store: Store) -> list[str]:
    return sorted(path.name for path in (store.home / "data" / "forecasts" / "mock" / "demand").glob("*"))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The demo store as it stood three weeks ago, forecast, and as it stands now."""
    home = tmp_path_factory.mktemp("record")
    for as_of in ("2026-10-10", ""):
        make_store(home, MARTLET_AS_OF=as_of).run("build")
        make_store(home, MARTLET_AS_OF=as_of).run("forecast")
    return make_store(home)


def test_a_published_forecast_is_kept_and_held_against_what_came(store: Store) -> None:
    assert kept(store) == ["2026-10-10.parquet", "2026-10-31.parquet"]
    demand, revenue = store.rows(RECORD)
    units = "select sum(uncensored_units) from marts.demand_daily where demand_date > '2026-10-10'"
    assert demand == ("demand", "2026-10-10", 21, float(str(store.value(units))))
    sales = store.value("select sum(net_sales)::double from marts.sales_daily where sales_date > '2026-10-10'")
    assert revenue[:3] == ("revenue", "2026-10-10", 21)
    assert revenue[3] == pytest.approx(sales)


def test_a_file_of_forecasts_that_cannot_be_read_is_one_line(store: Store, tmp_path: Path) -> None:
    broken = store.home / "data" / "forecasts" / "mock" / "demand" / "2026-10-10.parquet"
    whole = broken.read_bytes()
    broken.write_bytes(whole[:100])
    result = store.martlet("forecast")
    broken.write_bytes(whole)
    assert result.exit_code == 2
    assert "2026-10-10.parquet" in result.output
    assert "Traceback" not in result.output
