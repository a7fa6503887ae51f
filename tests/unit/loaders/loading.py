"""What the loaders' tests share: a lake in a folder, small files of every layout, and the check that no row is lost."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb

from martlet.errors import MartletError
from martlet.loaders import shopify_csv
from martlet.loaders.landing import Lake, LoadReceipt
from martlet.raw_contract import load_contract

ROOT = Path(__file__).resolve().parents[3]
Row = Mapping[str, object]


def headings(line: str) -> list[str]:
    return line.split(",")


ORDERS = headings(
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,"
    "Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,"
    "Lineitem fulfillment status,Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,"
    "Billing City,Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,"
    "Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,Shipping Province,"
    "Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,Payment Method,Payment Reference,"
    "Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,Tags,Risk Level,Source,"
    "Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,"
    "Tax 5 Name,Tax 5 Value,Phone,Receipt Number,Duties,Billing Province Name,Shipping Province Name,Payment ID,"
    "Payment Terms Name,Next Payment Due At,Payment References"
)
CUSTOMERS_2024 = headings(
    "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,Default Address Address1,"
    "Default Address Address2,Default Address City,Default Address Province Code,Default Address Country Code,"
    "Default Address Zip,Default Address Phone,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,"
    "Tags"
)
CUSTOMERS_2022 = headings(
    "First Name,Last Name,Email,Accepts Email Marketing,Company,Address1,Address2,City,Province,Province Code,Country,"
    "Country Code,Zip,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Tags,Note,Tax Exempt"
)
PRODUCTS_OLD = headings(
    "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,"
    "Option2 Value,Option3 Name,Option3 Value,Variant SKU,Variant Grams,Variant Inventory Tracker,"
    "Variant Inventory Qty,Variant Inventory Policy,Variant Fulfillment Service,Variant Price,"
    "Variant Compare At Price,Variant Requires Shipping,Variant Taxable,Variant Barcode,Image Src,Image Position,"
    "Image Alt Text,Gift Card,SEO Title,SEO Description,Google Shopping / Google Product Category,Variant Image,"
    "Variant Weight Unit,Variant Tax Code,Cost per item,Status"
)
PRODUCTS_2025 = [
    *PRODUCTS_OLD[:-1],
    *("Option1 Linked To", "Option2 Linked To", "Option3 Linked To", "Unit Price Total Measure"),
    *("Included / EU", "Price / EU", "Compare At Price / EU", "Status"),
]
PRODUCTS_NEW = headings(
    "Title,URL handle,Description,Vendor,Product category,Type,Tags,Published on online store,Status,SKU,Barcode,"
    "Option1 name,Option1 value,Option1 Linked To,Option2 name,Option2 value,Option2 Linked To,Option3 name,"
    "Option3 value,Option3 Linked To,Price,Compare-at price,Cost per item,Charge tax,Tax code,"
    "Unit price total measure,Inventory tracker,Inventory quantity,Continue selling when out of stock,"
    "Weight value (grams),Requires shipping,Product image URL,Image position,Gift card,SEO title,"
    "Color (product.metafields.shopify.color-pattern)"
)
_INVENTORY = headings(
    "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Option3 Name,Option3 Value,SKU,HS Code,COO"
)
INVENTORY_2024 = [
    *_INVENTORY,
    *("Location", "Bin name", "Incoming (not editable)", "Unavailable (not editable)", "Committed (not editable)"),
    *("Available (not editable)", "On hand (current)", "On hand (new)"),
]
INVENTORY_2023 = [*_INVENTORY, "Location", "Incoming", "Unavailable", "Committed", "Available", "On hand"]
INVENTORY_BY_LOCATION = [*_INVENTORY, "Main street", 'The dock\'s "back" room']


def make_lake(home: Path) -> Lake:
    return Lake(home / "data/raw", home / "data/rejected", home / "data/loads", load_contract(ROOT / "models"))


def csv_text(columns: Sequence[str], rows: Iterable[Row], delimiter: str = ",", line_end: str = "\n") -> str:
    """A CSV of these rows; a heading that a row does not name is blank, a name beyond the headings is an error."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, delimiter=delimiter, lineterminator=line_end, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def head_row(number: int = 1, **cells: object) -> dict[str, object]:
    """The first row of order `#100<number>`: its own cells and its first line item. `cells` has _ for each blank."""
    return {
        "Name": f"#100{number}",
        "Email": f"buyer{number}@example.com",
        "Financial Status": "paid",
        "Paid at": "2025-10-07 09:50:26 +0200",
        "Currency": "EUR",
        "Subtotal": "20.00",
        "Shipping": "5.00",
        "Taxes": "0.00",
        "Total": "25.00",
        "Discount Amount": "0.00",
        "Created at": "2025-10-07 09:50:26 +0200",
        "Refunded Amount": "0.00",
        "Id": f"600{number}",
        **line_row(number),
        **_headings(cells),
    }


def line_row(number: int = 1, **cells: object) -> dict[str, object]:
    """A further row of order `#100<number>`, which holds a line item alone."""
    return {
        "Name": f"#100{number}",
        "Lineitem quantity": "2",
        "Lineitem name": "Gasket",
        "Lineitem price": "10.00",
        "Lineitem sku": "GSK-1",
        **_headings(cells),
    }


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def load(lake: Lake, path: Path, loader: ModuleType = shopify_csv) -> LoadReceipt:
    """Load a file and check that every one of its rows is accounted for."""
    try:
        receipt: LoadReceipt = loader.load_file(lake, path, lambda message: None)
    except MartletError as error:
        check_refusal(error, path)
        raise
    finally:
        assert not (lake.raw_dir.parent / ".incoming").exists()
    check_identity(lake, receipt)
    return receipt


def check_refusal(error: MartletError, path: Path) -> None:
    """One line that names the file."""
    assert "\n" not in str(error)
    assert path.name in str(error)
    assert error.exit_code == 2


def check_identity(lake: Lake, receipt: LoadReceipt) -> None:
    """Rows in = rows loaded + rows rejected, the rejected ones are there in full, and none of them was landed too."""
    assert receipt.rows_in == receipt.rows_loaded + receipt.rows_rejected
    aside = [row for row in rejected(lake) if row["load"] == receipt.load_id]
    assert len(aside) == receipt.rows_rejected
    for row in aside:
        assert row["line"] >= 1
        assert row["reason"]
        # a row of JSON may be set aside because it is none
        is_text = receipt.source == "ga4" or "valid JSON" in row["reason"] or "JSON object" in row["reason"]
        assert is_text or isinstance(json.loads(row["row"]), dict)
        assert row["row"]
    lines = {(row["file"], row["line"]) for row in aside}
    assert len(lines) == len(aside)
    landed_lines = set()
    for table, count in receipt.tables.items():
        rows = [row for row in landed(lake, table, receipt.source) if row["load"] == receipt.load_id]
        assert len(rows) == count
        # a row set aside as a variant that comes again may still be the one that holds its product's cells
        if table != "products":
            landed_lines |= {(row["_source_file"], row["_source_row"]) for row in rows}
    assert not lines & landed_lines
    if receipt.resource in ("orders", "customers", "events", "vendors", "vendor_skus", "service_levels"):
        # in these a row that counts as loaded is itself to be found
        assert len(landed_lines) == receipt.rows_loaded


def landed(lake: Lake, table: str, source: str = "shopify") -> list[dict[str, Any]]:
    """The rows of a raw table over all loads, in the order of loads and of rows in the file."""
    return _read(lake.raw_dir / source / table, "_loaded_at, _source_row")


def rejected(lake: Lake) -> list[dict[str, Any]]:
    return _read(lake.rejected_dir, "file, line")


def reasons(lake: Lake) -> dict[int, str]:
    """Why each line was set aside."""
    return {row["line"]: row["reason"] for row in rejected(lake)}


def contents(lake: Lake) -> dict[str, bytes]:
    """Every file under data/ with its bytes."""
    data = lake.raw_dir.parent
    return {str(path.relative_to(data)): path.read_bytes() for path in sorted(data.rglob("*")) if path.is_file()}


def _read(folder: Path, order: str) -> list[dict[str, Any]]:
    if not any(folder.glob("*.parquet")):
        return []
    files = str(folder / "*.parquet").replace("'", "''")
    with duckdb.connect() as connection:
        found = connection.execute(
            f"select *, parse_filename(filename, true) as load from read_parquet('{files}', filename = true)"
            f" order by {order}"
        )
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _headings(cells: Mapping[str, object]) -> dict[str, object]:
    return {name.replace("_", " "): value for name, value in cells.items()}


def orders_csv(*rows: Row) -> str:
    """An orders export of these rows, in the full layout."""
    return csv_text(ORDERS, rows)


def values(rows: list[dict[str, object]], *names: str) -> list[tuple[object, ...]]:
    """These columns of landed rows."""
    return [tuple(row[name] for name in names) for row in rows]
