"""What the documents say is there is there."""

import importlib.util
import json
import re

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
    action = str(mock_store.value("select action from shortlists.shortlist where rank = 1"))
    assert action.split(",")[0] in " ".join(page.split())


def test_links_in_the_readme_lead_somewhere() -> None:
    page = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\((docs/[^)]+)\)", page):
        assert (REPOSITORY / target).exists(), target


def test_the_marts_page_is_what_the_manifest_says(mock_store: Store) -> None:
    spec = importlib.util.spec_from_file_location("marts_page", REPOSITORY / "docs" / "marts.py")
    assert spec is not None
    assert spec.loader is not None
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    manifest = json.loads((mock_store.home / "target" / "manifest.json").read_text(encoding="utf-8"))
    page = (REPOSITORY / "docs" / "marts.md").read_text(encoding="utf-8")
    assert page == generator.marts_page(manifest), "run `make docs`"


def test_every_mart_is_tested_and_has_contracts() -> None:
    page = (REPOSITORY / "docs" / "marts.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[(\w+)\]\(.*\| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", page, flags=re.MULTILINE)
    assert len(rows) > 25
    assert not [mart for mart, _, tests, _, contracts in rows if int(tests) < 2 or int(contracts) < 3]
