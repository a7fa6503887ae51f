"""The merchant's own tables: told by their headings, typed, and strict about headings nobody knows."""

from decimal import Decimal
from pathlib import Path

import pytest
from loading import landed, reasons, rejected, write
from loading import load as load_any

from martlet.errors import MartletError
from martlet.loaders import reference_csv
from martlet.loaders.landing import Lake, LoadReceipt


def load(lake: Lake, path: Path) -> LoadReceipt:
    return load_any(lake, path, reference_csv)


def test_vendors_land_typed_with_blanks_as_nulls(lake: Lake, file: Path) -> None:
    write(file, "Vendor , LEAD_TIME_DAYS,service_level,minimum_order_value\nAcme,12.123456,0.99999,250.50\nBolt,,,\n")
    assert load(lake, file).resource == "vendors"
    acme, bolt = landed(lake, "vendors", "reference")
    # a service level rounded to four places would be 1, which no stock can meet
    assert (acme["vendor"], acme["lead_time_days"], acme["service_level"]) == ("Acme", 12.123456, 0.99999)
    assert acme["minimum_order_value"] == Decimal("250.5000")
    assert acme["lead_time_sd_days"] is None
    assert bolt["lead_time_days"] is None


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("vendor\nAcme\n", "vendors"),
        ("vendor,lead_time_days\nAcme,7\n", "vendors"),
        ("sku,vendor,is_primary,pack_size\nA,Acme,yes,10\n", "vendor_skus"),
        ("vendor,sku\nAcme,A\n", "vendor_skus"),
        ("sku,service_level\nA,0.95\n", "service_levels"),
        ("sku,competitor,price,observed_date\nA,Rival,9.95,2026-01-31\n", "competitor_prices"),
        ("holiday_date,holiday\n2026-11-27,Black Friday\n", "holidays"),
    ],
)
def test_a_table_is_told_by_its_headings(lake: Lake, file: Path, text: str, table: str) -> None:
    receipt = load(lake, write(file, text))
    assert (receipt.resource, receipt.tables) == (table, {table: 1})


def test_vendor_skus_land_typed(lake: Lake, file: Path) -> None:
    write(file, "sku;vendor;is_primary;unit_cost;minimum_order_quantity\r\nA;Acme;yes;3.20;12\r\nA;Bolt;no;;\r\n")
    load(lake, file)
    first, second = landed(lake, "vendor_skus", "reference")
    assert (first["is_primary"], first["unit_cost"], first["minimum_order_quantity"]) == (True, Decimal("3.2000"), 12)
    assert (second["is_primary"], second["unit_cost"]) == (False, None)


def test_a_bad_row_is_set_aside_with_the_heading_and_the_value(lake: Lake, file: Path) -> None:
    write(file, "sku,service_level\nA,0.95\nB,95%\n,0.9\nC,\nD,0.9,x\n")
    receipt = load(lake, file)
    assert (receipt.rows_in, receipt.rows_loaded) == (5, 1)
    assert reasons(lake) == {
        3: "service_level is not a plain number",
        4: "sku is blank",
        5: "service_level is blank",
        6: "the row has 3 cells, the header has 2",
    }
    assert rejected(lake)[0]["value"] == "95%"
    assert rejected(lake)[3]["row"] == '{"sku": "D", "service_level": "0.9", "from cell 3": "x"}'


def test_of_rows_of_one_key_the_last_good_one_counts(lake: Lake, file: Path) -> None:
    write(file, "vendor,lead_time_days\nAcme,7\nBolt,3\nAcme,9\nAcme,soon\n")
    load(lake, file)
    assert reasons(lake) == {2: "line 4 holds the same vendor again", 5: "lead_time_days is not a plain number"}
    assert [row["lead_time_days"] for row in landed(lake, "vendors", "reference")] == [3.0, 9.0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("vendor,lead_time\nAcme,7\n", "unknown headings: lead_time "),
        ("lead_time_days,pack_size\n7,1\n", "its headings are those of no reference table"),
        ("vendor,vendor,lead_time_days\nAcme,Acme,7\n", "a heading stands twice: vendor"),
        ("", "the file is empty"),
        ("sku~vendor\nA~Acme\n", "unknown headings: sku~vendor "),
    ],
)
def test_a_file_of_other_headings_is_refused_with_what_is_wrong(lake: Lake, file: Path, text: str, words: str) -> None:
    with pytest.raises(MartletError, match=words):
        load(lake, write(file, text))
