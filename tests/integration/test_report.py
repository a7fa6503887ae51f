"""The report on the demo store: its key figures are the tables' own, and a run and the command write the same bytes."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from martlet.project import open_project
from martlet.report.facts import Facts
from martlet.report.read import read_facts
from martlet.report.tiles import tiles
from stores import Store

AS_OF = date(2026, 10, 31)


@pytest.fixture(scope="module")
def facts(mock_store: Store) -> Facts:
    return read_facts(open_project({**mock_store.environment, "MARTLET_HOME": str(mock_store.home)}))


def page_of(store: Store) -> str:
    return (store.home / "exports" / "report.html").read_text(encoding="utf-8")


def between(column: str, days_ago: int) -> str:
    """SQL for 28 days that end so many days before the as-of day."""
    last = AS_OF - timedelta(days=days_ago)
    return f"{column} between date '{last - timedelta(days=27)}' and date '{last}'"


def test_the_command_writes_what_the_run_wrote(mock_store: Store, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "page.html"
    printed = mock_store.run("report", "--out", str(path)).output
    assert printed.strip() == str(path)
    assert path.read_bytes() == (mock_store.home / "exports" / "report.html").read_bytes()
    assert list(path.parent.iterdir()) == [path]


def test_an_export_writes_no_report(mock_store: Store, tmp_path: Path) -> None:
    mock_store.run("export", "--to", str(tmp_path))
    assert not list(tmp_path.glob("*.html"))


@pytest.mark.parametrize(("place", "days_ago"), [(0, 0), (1, 28), (2, 364)])
def test_the_windows_are_sums_of_published_rows(mock_store: Store, facts: Facts, place: int, days_ago: int) -> None:
    assert facts.windows
    window = facts.windows[place]
    days, ordered, session = (between(c, days_ago) for c in ("sales_date", "order_date", "session_date"))
    ((net_sales, orders, sold),) = mock_store.rows(
        f"select sum(net_sales), sum(orders), sum(gross_sales - discounts) from marts.sales_daily where {days}"
    )
    assert (window.net_sales, window.orders) == (float(str(net_sales)), int(str(orders)))
    assert window.order_value == pytest.approx(float(str(sold)) / int(str(orders)))
    margin = mock_store.value(
        f"select sum(gross_margin) / sum(net_sales) from marts.order_lines where gross_margin is not null and {ordered}"
    )
    assert window.margin_rate == pytest.approx(margin)
    conversion = mock_store.value(
        f"select sum(closed_purchased) / sum(sessions) from marts.funnel_daily where {session}"
    )
    assert window.conversion == (None if conversion is None else pytest.approx(conversion))
    assert (window.conversion is None) == (days_ago == 364)


def test_every_key_figure_on_the_page_equals_a_query(mock_store: Store, facts: Facts) -> None:
    page = page_of(mock_store)
    shown = {tile.label: tile.value for tile in tiles(facts)}
    days, session = between("sales_date", 0), between("session_date", 0)
    sales = mock_store.value(f"select sum(net_sales) from marts.sales_daily where {days}")
    orders = mock_store.value(f"select sum(orders) from marts.sales_daily where {days}")
    value = mock_store.value(f"select sum(gross_sales - discounts) / sum(orders) from marts.sales_daily where {days}")
    margin = mock_store.value(
        "select sum(gross_margin) / sum(net_sales) from marts.order_lines"
        f" where gross_margin is not null and {between('order_date', 0)}"
    )
    conversion = mock_store.value(
        f"select sum(closed_purchased) / sum(sessions) from marts.funnel_daily where {session}"
    )
    outlook = mock_store.value("select sum(mean) from predictions.revenue_forecast")
    goal = mock_store.value("select max(cumulative_net_sales) / max(goal_amount) from marts.growth_to_goal")
    assert shown == {
        "Net sales, last 28 days": f"USD {sales:,.0f}",
        "Orders": f"{orders:,}",
        "Average order": f"USD {value:,.0f}",
        "Gross margin": f"{margin:.1%}",
        "Conversion": f"{conversion:.1%}",
        "Expected net sales, next 28 days": f"USD {outlook:,.0f}",
        "On the way to Ten million": f"{goal:.1%}",
    }
    for label, text in shown.items():
        assert f'<h3>{label}</h3>\n      <p class="value">{text}</p>' in page


def test_the_outlooks_interval_is_the_months_and_not_a_sum_of_days(mock_store: Store, facts: Facts) -> None:
    assert facts.outlook
    mean, low, high = (
        float(
            str(
                mock_store.value(f"select {end} from predictions.revenue_forecast_monthly order by sales_month limit 1")
            )
        )
        for end in ("mean", "lo_80", "hi_80")
    )
    assert facts.outlook.low == pytest.approx(facts.outlook.mean * low / mean)
    assert facts.outlook.high == pytest.approx(facts.outlook.mean * high / mean)
    summed = mock_store.rows("select sum(lo_80), sum(hi_80) from predictions.revenue_forecast")[0]
    assert float(str(summed[0])) < facts.outlook.low < facts.outlook.high < float(str(summed[1]))


def test_weeks_add_up_to_the_window(facts: Facts) -> None:
    assert facts.windows
    assert len(facts.weeks) == 52
    assert facts.weeks[-1].last == AS_OF
    assert sum(week.net_sales for week in facts.weeks[-4:]) == pytest.approx(facts.windows[0].net_sales)


def test_the_actions_are_the_shortlist(mock_store: Store, facts: Facts) -> None:
    rows = mock_store.rows(
        "select rank, row_id, impact_margin_90d, impact_low_80, impact_high_80, confidence, effort_hours, score"
        " from shortlists.shortlist order by rank"
    )
    found = [(a.rank, a.row_id, a.impact, a.low, a.high, a.confidence, a.hours, a.score) for a in facts.actions]
    assert found == rows
    assert len(found) > 0


def test_the_funnel_and_what_it_missed_are_the_marts(mock_store: Store, facts: Facts) -> None:
    steps = "sessions", "closed_viewed_item", "closed_added_to_cart", "closed_began_checkout", "closed_purchased"
    sums = ", ".join(f"sum({step})" for step in steps)
    assert (
        facts.funnel.steps
        == mock_store.rows(f"select {sums} from marts.funnel_daily where {between('session_date', 0)}")[0]
    )
    health = mock_store.rows(
        f"select sum(web_orders), sum(matched_orders) from marts.tracking_health where {between('event_date', 0)}"
    )
    assert (facts.tracking.web_orders, facts.tracking.matched_orders) == health[0]


def test_orders_and_their_totals_are_the_plans(mock_store: Store, facts: Facts) -> None:
    plan = "from predictions.replenishment_plan where is_funded"
    assert sum(vendor.orders for vendor in facts.stock.vendors) == mock_store.value(f"select count(*) {plan}")
    cost = mock_store.value(f"select sum(order_cost_total) {plan}")
    assert sum(vendor.cost or 0 for vendor in facts.stock.vendors) == pytest.approx(cost)
    uncosted = mock_store.value(f"select count(*) {plan} and order_cost_total is null")
    assert sum(vendor.uncosted for vendor in facts.stock.vendors) == uncosted
    first = mock_store.value(
        f"select sku {plan} order by last_date_to_order, expected_lost_margin_avoided desc limit 1"
    )
    assert facts.stock.orders[0].sku == first


def test_the_demo_stores_page_says_that_it_is_mock(mock_store: Store) -> None:
    assert page_of(mock_store).count("Mock data, no real shop") == 2


def test_a_report_of_nothing_is_refused_in_one_line(store: Store) -> None:
    result = store.martlet("report")
    assert result.exit_code == 2
    assert result.output == "martlet: nothing is published yet: run `martlet run` or `martlet build`\n"
    assert not (store.home / "exports").exists()


@pytest.mark.parametrize("name", [".", "file/page.html"])
def test_a_place_that_cannot_be_written_is_refused_in_one_line(mock_store: Store, tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    result = mock_store.martlet("report", "--out", str(tmp_path / name))
    assert result.exit_code == 2
    assert result.output.startswith("martlet: ")
    assert result.output.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_build_alone_is_reported_as_far_as_it_goes(store: Store, tmp_path: Path) -> None:
    store.run("build")
    path = tmp_path / "page.html"
    store.run("report", "--out", str(path))
    page = path.read_text(encoding="utf-8")
    assert "nothing is ranked yet" in page
    assert "nothing is planned yet" in page
    assert "Nothing is forecast yet" in page
    assert "USD 20,934" in page


def test_a_shop_without_ga4_stock_or_costs_is_told_in_words(
    retail_totals: tuple[Path, dict[str, str]], store: Store
) -> None:
    store.run("load", "shopify-csv", str(retail_totals[0]))
    store.run("run")
    page = page_of(store)
    assert "Google Analytics 4 is not connected" in page
    assert "Stock is not known for 3,802 of 3,802 SKUs" in page
    assert "No cost is known of what sold." in page
    assert 'class="banner"' not in page
    net_sales = store.value("select sum(net_sales) from marts.sales_daily where sales_date > date '2011-12-08' - 28")
    assert f"GBP {net_sales:,.0f}" in page
