"""One little shop from four vendors, loaded and built as its user would: the marts' totals are the same."""

import sys
from pathlib import Path

import pytest

from stores import REPOSITORY, Store, make_store

sys.path.insert(0, str(REPOSITORY / "tests" / "unit" / "loaders"))

from little_shop import write_jsonl, write_tables
from little_shop_airbyte import airbyte_streams
from little_shop_bulk import bulk_lines
from little_shop_fivetran import fivetran_tables

TOTALS = (
    "select count(*), sum(lines), sum(units), sum(gross_sales), sum(discounts), sum(returns), sum(net_sales),"
    " sum(shipping), sum(taxes), sum(total_sales), sum(cost_of_goods_sold) from marts.orders"
)


@pytest.mark.parametrize("vendor", ["shopify-bulk", "fivetran rest", "fivetran graphql", "airbyte"])
def test_a_vendors_files_build_the_same_store(tmp_path: Path, vendor: str) -> None:
    store: Store = make_store(tmp_path / "store")
    files = {
        "shopify-bulk": lambda: write_jsonl(tmp_path / "shop.jsonl", bulk_lines()),
        "fivetran rest": lambda: write_tables(tmp_path / "shop", fivetran_tables("rest")),
        "fivetran graphql": lambda: write_tables(tmp_path / "shop", fivetran_tables("graphql")),
        "airbyte": lambda: write_tables(tmp_path / "shop", airbyte_streams()),
    }[vendor]()
    output = store.run("load", vendor.split()[0], str(files)).output
    assert " 0 set aside" in output
    assert ("not used: " in output) == (vendor != "shopify-bulk")
    store.run("build")
    assert [str(value) for value in store.rows(TOTALS)[0]] == [
        *("2", "3", "9", "57.50", "3.00", "9.00", "45.50"),
        # five of shipping were given back, and a tenth of nine of the tax
        *("0.00", "3.80", "49.30", "None"),
    ]
    assert store.value("select count(*) from marts.orders where customer_key like 'guest-%'") == 1
    assert store.rows("select sku, available from marts.reorder_points order by sku") == [("A", 10), ("B", 0)]


def test_loading_a_vendors_folder_again_changes_nothing(tmp_path: Path) -> None:
    store = make_store(tmp_path / "store")
    folder = str(write_tables(tmp_path / "shop", fivetran_tables("rest")))
    store.run("load", "fivetran", folder)
    assert "already loaded, nothing changed" in store.run("load", "fivetran", folder).output


def test_what_is_refused_says_so_in_one_line(tmp_path: Path) -> None:
    store = make_store(tmp_path / "store")
    (tmp_path / "Queries.csv").write_text("Top queries,Clicks,Impressions,CTR,Position\nseal,1,2,50%,3\n")
    (tmp_path / "shop.duckdb").write_bytes(b"nothing")
    for loader, file in (("search-console", "Queries.csv"), ("fivetran", "shop.duckdb"), ("airbyte", "shop.duckdb")):
        result = store.martlet("load", loader, str(tmp_path / file))
        assert result.exit_code == 2
        assert result.output.startswith(f"martlet: {file}: ")
        assert len(result.output.splitlines()) == 1
