"""What the documents say is there is there."""

import importlib.util
import json
import re
from types import ModuleType

from martlet.dictionary import SHARED, TABLE, read_dictionary
from stores import REPOSITORY, Store


def test_the_warehouse_page_names_every_published_table_and_no_other(mock_store: Store) -> None:
    page = (REPOSITORY / "docs" / "warehouse.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| (\w+) \|", page, flags=re.MULTILINE)) - {"table"}
    published = {table for (table,) in mock_store.rows("select table_name from duckdb_tables()")}
    assert named == published


def test_the_readme_shows_what_the_demo_store_gives(mock_store: Store) -> None:
    page = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    net_sales = mock_store.value("select sum(net_sales) from marts.orders")
    assert f"USD {net_sales:,.2f} net sales" in page
    worth = mock_store.value("select sum(expected_margin_365_days) from predictions.customer_value")
    assert f"USD {worth:,.0f} margin expected of them in 365 days, by BG/NBD" in page
    action = str(mock_store.value("select action from shortlists.shortlist where rank = 1"))
    assert action.split(",")[0] in " ".join(page.split())


def words_of(name: str) -> str:
    """A guide's text on one line."""
    return " ".join((REPOSITORY / "docs" / name).read_text(encoding="utf-8").split())


def test_the_guide_to_customer_values_tells_what_the_demo_store_gives(mock_store: Store) -> None:
    page = words_of("customer_value.md")
    customers, repeaters, parameters, mae, constant, bias = mock_store.rows(
        "select customers, repeaters, parameters, mae, constant_rate_mae, bias_pct"
        " from predictions.customer_value_fit where is_used and predicts = 'orders' and model = 'BG/NBD'"
    )[0]
    r, alpha, a, b = json.loads(str(parameters)).values()
    assert f"{customers:,} buyers, of whom {repeaters} came back" in page
    assert f"(r {r:.3f}, alpha {alpha:.0f} days, a {a:.3f}, b {b:.2f})" in page
    assert f"its error was {mae:.3f} orders a customer, against {constant:.3f} for own constant rates" in page
    assert f"It expected {bias:.0f}% more orders than came" in page


def test_the_guide_to_customer_values_tells_what_online_retail_gives(retail_store: Store) -> None:
    page = words_of("customer_value.md")
    customers, repeaters, mae, constant, days, parameters = retail_store.rows(
        "select customers, repeaters, mae, constant_rate_mae, holdout_days, parameters"
        " from predictions.customer_value_fit where model = 'BG/NBD' and not is_used"
    )[0]
    assert f"{customers:,} customers, of whom {repeaters:,} came back in a year" in page
    assert f"BG/NBD's `a` is {json.loads(str(parameters))['a']:.3f}" in page
    assert f"the held-out {days} days too, {mae:.3f} orders a customer against {constant:.3f} for own" in page


def test_the_guide_to_customer_values_names_every_column(mock_store: Store) -> None:
    page = words_of("customer_value.md")
    columns = mock_store.rows("select column_name from information_schema.columns where table_name = 'customer_value'")
    for (column,) in columns:
        short = str(column).removeprefix("expected_orders").removeprefix("expected_margin")
        assert str(column) in page or short in page or column in ("customer_key", "as_of_date"), column


def test_links_in_the_readme_lead_somewhere() -> None:
    page = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\((docs/[^)]+)\)", page):
        assert (REPOSITORY / target).exists(), target


def generator(page: str) -> ModuleType:
    """What writes a page of docs/."""
    spec = importlib.util.spec_from_file_location(page, REPOSITORY / "docs" / f"{page}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_marts_page_is_what_the_manifest_says(mock_store: Store) -> None:
    manifest = json.loads((mock_store.home / "target" / "manifest.json").read_text(encoding="utf-8"))
    page = (REPOSITORY / "docs" / "marts.md").read_text(encoding="utf-8")
    assert page == generator("marts").marts_page(manifest), "run `make docs`"


def test_the_page_of_published_tables_is_what_the_dictionary_says() -> None:
    page = (REPOSITORY / "docs" / "published.md").read_text(encoding="utf-8")
    assert page == generator("published").published_page(read_dictionary()), "run `make docs`"


def test_the_dictionary_names_nothing_that_is_not_published(mock_store: Store) -> None:
    columns = mock_store.rows("select schema_name, table_name, column_name from duckdb_columns() where not internal")
    there = {(schema, table, column) for schema, table, column in columns}
    tables = {(schema, table) for schema, table, _ in there}
    shared = {(schema, column) for schema, _, column in there}
    for schema, described in read_dictionary().items():
        for table, texts in described.items():
            assert table == SHARED or (schema, table) in tables, f"{schema}.{table}"
            for column in texts.keys() - {TABLE}:
                known = (schema, column) in shared if table == SHARED else (schema, table, column) in there
                assert known, f"{schema}.{table}.{column}"


def test_every_mart_is_tested_and_has_contracts() -> None:
    page = (REPOSITORY / "docs" / "marts.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[(\w+)\]\(.*\| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", page, flags=re.MULTILINE)
    assert len(rows) > 25
    assert not [mart for mart, _, tests, _, contracts in rows if int(tests) < 2 or int(contracts) < 3]
