"""What the documents say is there is there."""

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
