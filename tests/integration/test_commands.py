"""Commands as their users type them: exit codes, one clear line, files that are what they say."""

import csv
import json
import shutil
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from stores import REPOSITORY, Store, make_store


@pytest.fixture(scope="module")
def store_to_change(mock_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A copy of the demo store that tests here may change."""
    home = tmp_path_factory.mktemp("changed") / "store"
    shutil.copytree(mock_store.home, home, symlinks=True)
    return make_store(home)


def test_help_names_every_command_and_shows_examples(store: Store) -> None:
    output = store.run("--help").output
    for command in (
        "load",
        "run",
        "status",
        "query",
        "export",
        "build",
        "check",
        "forecast",
        "clv",
        "replenish",
        "simulate",
        "experiment",
        "score",
        "rollback",
        "vendors",
    ):
        assert command in output
        assert "Example" in store.run(command, "--help").output or command == "load"


def test_status_before_anything_says_mock_and_nothing_published(store: Store) -> None:
    output = store.run("status").output
    assert "mock" in output
    assert "nothing yet" in output


@pytest.mark.parametrize(
    "command", ["query select", "export", "forecast", "clv", "replenish", "simulate", "score", "rollback", "check"]
)
def test_commands_that_need_a_build_say_so(store: Store, command: str) -> None:
    result = store.martlet(*command.split())
    assert result.exit_code == 2
    assert result.output.startswith("martlet: ")
    assert len(result.output.splitlines()) == 1


@pytest.mark.parametrize("misuse", ["lod", "--bogus", "load --bogus", "query", "mock --orders abc", "run extra"])
def test_misuse_is_told_in_one_line(store: Store, misuse: str) -> None:
    result = store.martlet(*misuse.split())
    assert result.exit_code == 2
    assert result.output.startswith("martlet: ")
    assert len(result.output.splitlines()) == 1


def test_status_shows_sources_and_phases(mock_store: Store) -> None:
    output = mock_store.run("status").output
    assert "data to 2026-11-01" in output
    for phase in ("check raw", "build", "forecast", "clv", "replenish", "score", "export"):
        assert phase in output


def test_query_prints_csv_for_programs_and_json_on_request(mock_store: Store) -> None:
    sql = "select sku, reorder_point from marts.reorder_points order by reorder_point desc, sku limit 2"
    rows = list(csv.DictReader(mock_store.run("query", sql).output.splitlines()))
    records = [json.loads(line) for line in mock_store.run("query", "--format", "json", sql).output.splitlines()]
    assert [row["sku"] for row in rows] == [record["sku"] for record in records]
    assert mock_store.martlet("query", "select nonsense").exit_code == 2


def test_exports_agree_in_every_format(mock_store: Store, tmp_path: Path) -> None:
    for format_ in ("csv", "json", "parquet"):
        mock_store.run("export", "reorder_points", "--format", format_, "--to", str(tmp_path))
    with (tmp_path / "reorder_points.csv").open(encoding="utf-8-sig", newline="") as file:
        from_csv = [row["sku"] for row in csv.DictReader(file)]
    from_json = [json.loads(line)["sku"] for line in (tmp_path / "reorder_points.json").read_text().splitlines()]
    from_parquet = pq.read_table(tmp_path / "reorder_points.parquet").column("sku").to_pylist()
    assert from_csv == from_json == from_parquet
    assert len(from_csv) == mock_store.value("select count(*) from marts.reorder_points")
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert {entry["as_of_date"] for entry in manifest["files"]} == {"2026-10-31"}
    assert manifest["files"][0]["rows"] == len(from_csv)


def test_an_unknown_table_is_named_with_those_there_are(mock_store: Store, tmp_path: Path) -> None:
    result = mock_store.martlet("export", "profits", "--to", str(tmp_path))
    assert result.exit_code == 2
    assert "no published table 'profits'" in result.output
    assert "reorder_points" in result.output


def test_check_passes_and_a_broken_contract_exits_1_with_its_values(store_to_change: Store) -> None:
    assert "contracts hold" in store_to_change.run("check").output
    with duckdb.connect(str(store_to_change.workshop)) as connection:
        one_order = "(select min(order_id) from marts.orders)"
        connection.execute(f"update marts.orders set net_sales = net_sales + 1 where order_id = {one_order}")
    result = store_to_change.martlet("check")
    assert result.exit_code == 1
    failed = [line for line in result.output.splitlines() if line.startswith("failed")]
    assert len(failed) == 2
    assert "gross sales less discounts less returns is net sales" in failed[0]
    assert "net sales, shipping and taxes are total sales" in failed[1]
    assert "What does not hold" in (store_to_change.home / "exports" / "contracts.html").read_text()


def test_build_forecast_and_score_publish_step_by_step_and_roll_back(store_to_change: Store) -> None:
    store_to_change.run("build")
    assert store_to_change.value("select count(*) from duckdb_tables() where schema_name = 'predictions'") == 0
    store_to_change.run("forecast")
    assert int(str(store_to_change.value("select count(*) from predictions.demand_forecast"))) > 0
    # the suites of tables that only `martlet clv` writes wait for it
    assert "contracts hold" in store_to_change.run("check").output
    store_to_change.run("clv")
    assert int(str(store_to_change.value("select count(*) from predictions.customer_value"))) > 0
    store_to_change.run("score")
    assert int(str(store_to_change.value("select count(*) from shortlists.shortlist"))) > 0
    store_to_change.run("rollback")
    assert store_to_change.value("select count(*) from duckdb_tables() where schema_name = 'shortlists'") == 0


def test_the_report_on_customer_values_is_written_where_it_says(store_to_change: Store) -> None:
    lines = store_to_change.run("clv", "--report").output.splitlines()
    files = [store_to_change.home / "exports" / name for name in ("clv_report.md", "clv_report.png")]
    assert lines[-2:] == [str(file) for file in files]
    text = files[0].read_text(encoding="utf-8")
    assert "As of 2026-10-31; mock store, no merchant data." in text
    cards = store_to_change.rows("select model, predicts, reason from predictions.customer_value_fit")
    assert len(cards) == 4
    for model, predicts, reason in cards:
        assert f"| {model} | {predicts} | {reason} |" in text
    expected = store_to_change.value("select sum(expected_margin_365_days) from predictions.customer_value")
    assert f"USD {expected:,.0f} in 365" in text
    before = [file.read_bytes() for file in files]
    store_to_change.run("clv", "--report")
    assert [file.read_bytes() for file in files] == before
    for file in files:
        file.unlink()
    store_to_change.run("clv")
    assert not any(file.exists() for file in files)


def test_a_failed_run_leaves_what_was_published(
    store_to_change: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert "margin expected of them in 365 days, by BG/NBD" in store_to_change.run("run").output
    before = store_to_change.published
    broken = tmp_path / "expectations"
    shutil.copytree(REPOSITORY / "expectations", broken)
    rule = {"type": "expect_column_max_to_be_between", "kwargs": {"column": "gross_sales", "max_value": 0}}
    (broken / "marts" / "orders.json").write_text(json.dumps({"expectations": [rule]}))
    monkeypatch.setattr("martlet.project.Project.expectations_dir", property(lambda self: broken))
    result = store_to_change.martlet("run")
    assert result.exit_code == 1
    assert "what was published before stays" in result.output
    # a whole run leaves no suite out, whichever command it takes to be the writer of its table
    shutil.copy(REPOSITORY / "expectations" / "marts" / "orders.json", broken / "marts" / "orders.json")
    (broken / "predictions" / "nowhere.json").write_text(json.dumps({"expectations": [rule]}))
    result = store_to_change.martlet("run")
    assert result.exit_code == 1
    assert "predictions.nowhere: " in result.output
    assert store_to_change.published == before


def test_an_as_of_day_in_the_past_gives_that_days_answers(store_to_change: Store) -> None:
    store = make_store(store_to_change.home, MARTLET_AS_OF="2026-06-30")
    store.run("build")
    assert str(store.value("select max(order_date) from marts.orders")) <= "2026-06-30"
    assert str(store.value("select max(demand_date) from marts.demand_daily")) == "2026-06-30"
    assert store.value("select count(*) from marts.sessions") == 0


def test_what_is_exported_is_called_what_it_was_when_it_was_built(
    store_to_change: Store, ga4_sample: Path, tmp_path: Path
) -> None:
    store = make_store(tmp_path / "store")
    shutil.copytree(store_to_change.home, store.home, symlinks=True)
    store.run("load", "ga4", str(ga4_sample))
    assert "ga4        live" in store.run("status").output
    store.run("export", "sales_daily", "--to", str(tmp_path))
    with (tmp_path / "sales_daily.csv").open(encoding="utf-8-sig", newline="") as file:
        assert {row["source_modes"] for row in csv.DictReader(file)} == {"mock"}
    store.run("score")
    assert store.rows("select distinct source_modes from shortlists.shortlist") == [("mock",)]


def test_a_build_alone_can_be_exported(store_to_change: Store) -> None:
    store_to_change.run("build")
    output = store_to_change.run("export").output
    assert "sales_daily.csv" in output
    assert "shortlist.csv" not in output


@pytest.mark.parametrize("command", ["decide 08c188214018 done --by ann", "audience win_back"])
def test_what_needs_a_shortlist_says_what_makes_one(store: Store, command: str) -> None:
    store.run("build")
    result = store.martlet(*command.split())
    assert result.exit_code == 2
    assert result.output.startswith("martlet: what is published lacks a table; run `martlet run`")
    assert len(result.output.splitlines()) == 1


def test_a_live_store_of_nothing_but_events_still_runs(store: Store, ga4_sample: Path) -> None:
    store.run("load", "ga4", str(ga4_sample))
    output = store.run("run").output
    assert "shopify not connected" in output
    assert store.value("select count(*) from marts.orders") == 0
    assert store.value("select count(*) from marts.sessions") == 20705
    assert store.value("select count(*) from predictions.demand_forecast") == 0


def test_the_first_loads_of_a_shop_are_told_as_what_they_are(store: Store, tmp_path: Path) -> None:
    customers, orders = tmp_path / "customers_export.csv", tmp_path / "orders_export.csv"
    customers.write_text(
        "Customer ID,First Name,Last Name,Email,Default Address Country Code\n7,Ann,Lee,ann@example.com,US\n"
    )
    store.run("load", "shopify-csv", str(customers))
    output = store.run("run").output
    assert "without a dated row" in output
    assert "not known: there is no order that counts" in output
    assert "1970" not in output + (store.home / "exports" / "report.html").read_text(encoding="utf-8")
    orders.write_text(
        "Name,Financial Status,Currency,Subtotal,Shipping,Taxes,Total,Created at,Lineitem quantity,Lineitem name,"
        "Lineitem price,Lineitem sku,Id,Email,Discount Amount,Refunded Amount,Cancelled at\n"
        "#1,paid,USD,30,0,0,30,2026-01-05 10:00:00 -0600,1,Cam,30,CAM,11,ann@example.com,0,0,\n"
    )
    store.run("load", "shopify-csv", str(orders))
    output = " ".join(store.run("run").output.split())
    assert "as of 2026-01-05" in output
    assert "1 order, USD 30.00 net sales" in output
    assert "1 buyer, 0% bought more than once" in output
    assert "Value none published: too little history: 1 days, and 84 are needed" in output
    assert store.value("select count(*) from predictions.customer_value") == 0


def test_a_later_export_of_an_order_supersedes_the_earlier_one(store: Store, tmp_path: Path) -> None:
    header = (
        "Name,Financial Status,Currency,Subtotal,Shipping,Taxes,Total,Created at,Lineitem quantity,Lineitem name,"
        "Lineitem price,Lineitem sku,Id,Email,Discount Amount,Refunded Amount,Cancelled at"
    )
    when, buyer = "2026-01-05 10:00:00 -0600", "a@example.com,0,0,"
    cam = f"#1,paid,USD,{{0}},0,0,{{0}},{when},1,Cam,10,CAM,11,{buyer}"
    plug = f"#2,paid,USD,5,0,0,5,{when},1,Plug,5,PLG,12,{buyer}"
    first, later = tmp_path / "orders_export_1.csv", tmp_path / "orders_export_2.csv"
    first.write_text("\n".join([header, cam.format(30), "#1,,,,,,,,2,Gasket,10,GSK,,,,,", plug]))
    later.write_text("\n".join([header, cam.format(10)]))
    store.run("load", "shopify-csv", str(first))
    store.run("load", "shopify-csv", str(later))
    store.run("run")
    assert store.rows("select order_name, lines, net_sales from marts.orders order by 1") == [
        ("#1", 1, pytest.approx(10)),
        ("#2", 1, pytest.approx(5)),
    ]
    assert store.rows("select orders, is_guest from marts.customers") == [(2, True)]


def test_rejected_rows_are_shown_to_the_operator_and_published_as_shapes(store: Store, tmp_path: Path) -> None:
    customers = tmp_path / "customers_export.csv"
    headings = "Customer ID,First Name,Email,Default Address Country Code,Total Spent"
    customers.write_text(f"{headings}\n'7,Zoë,zoe7@example.com,DE,12.50\n'8,Jo,jo8@example.com,FR,\"1.234,56\"\n")
    assert "2 rows in, 1 loaded, 1 set aside" in store.run("load", "shopify-csv", str(customers)).output
    assert "1.234,56" in store.run("rejected").output
    store.run("run")
    ((file, line, reason, row),) = store.rows("select file, line, reason, row from ops.rejected_rows")
    assert (file, line) == ("customers_export.csv", 3)
    assert str(reason).startswith("Total Spent is not a plain number")
    shape = {
        "Customer ID": "'9",
        "First Name": "xx",
        "Email": "xx9xxxxxxxx.xxx",
        "Default Address Country Code": "xx",
        "Total Spent": "9.999,99",
    }
    assert json.loads(str(row)) == shape


def test_a_generated_store_runs_as_a_live_one_does_and_says_that_it_is_mock(store: Store) -> None:
    store.run("mock", "--orders", "2000", "--events", "20000", "--to", str(store.home / "data" / "raw"))
    output = store.run("run").output
    assert "mock store" in output
    assert store.value("select source_modes from ops.build") == "mock"
    assert int(str(store.value("select count(*) from marts.orders"))) > 1500


def test_mock_rows_and_real_ones_never_share_a_lake(store: Store, tmp_path: Path) -> None:
    lake = str(store.home / "data" / "raw")
    export = tmp_path / "customers_export.csv"
    export.write_text("Customer ID,Email,Default Address Country Code\n'7,zoe7@example.com,DE\n")
    store.run("mock", "--orders", "500", "--events", "8000", "--to", lake)
    loaded = store.martlet("load", "shopify-csv", str(export))
    again = store.martlet("mock", "--orders", "500", "--events", "8000", "--to", lake)
    assert (loaded.exit_code, again.exit_code) == (2, 2)
    assert "holds a generated mock store" in loaded.output
    assert "holds Parquet files already" in again.output

    real = make_store(tmp_path / "real")
    real.run("load", "shopify-csv", str(export))
    onto = real.martlet("mock", "--orders", "500", "--events", "8000", "--to", str(real.home / "data" / "raw"))
    assert onto.exit_code == 2
    assert "generated" not in real.run("status").output


def test_too_few_events_for_the_orders_is_said_in_one_line(store: Store, tmp_path: Path) -> None:
    result = store.martlet("mock", "--orders", "5000", "--events", "1000", "--to", str(tmp_path / "raw"))
    assert result.exit_code == 2
    assert result.output.startswith("martlet: too few GA4 events")
    assert not (tmp_path / "raw").exists()


def test_mock_sizes_need_a_folder(store: Store) -> None:
    result = store.martlet("mock", "--orders", "1000")
    assert result.exit_code == 2
    assert "--to" in result.output


def test_raw_contracts_see_what_was_loaded_since_the_last_run(store: Store, tmp_path: Path) -> None:
    products = tmp_path / "products_export.csv"
    products.write_text("Handle,Title,Vendor,Variant SKU,Variant Price,Cost per item\ncam,Cam,V,CAM,10,6\n")
    store.run("load", "shopify-csv", str(products))
    store.run("run")
    assert store.rows("select sku, unit_cost from marts.products") == [("CAM", pytest.approx(6))]
    inventory = tmp_path / "inventory_export.csv"
    inventory.write_text("Handle,SKU,Location,Available (not editable),On hand (current)\ncam,CAM,Shop,4,5\n")
    products.write_text("Handle,Title,Vendor,Variant SKU,Variant Price,Cost per item\ncam,Cam,V,CAM,10,-6\n")
    store.run("load", "shopify-csv", str(inventory))
    store.run("run")
    assert store.rows("select position, position_status from marts.reorder_points") == [(4, "known")]
    store.run("load", "shopify-csv", str(products))
    result = store.martlet("run")
    assert result.exit_code == 1
    assert "raw_shopify.inventory_items" in result.output
