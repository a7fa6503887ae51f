"""The layouts of Shopify's admin exports, told apart by their header.

A layout maps our names (those of the raw contract, as far as they go) to the headings of one file. Headings beyond
those are left where they are; a file whose header no layout fits is refused, with the headings that were missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from martlet.errors import MartletError


@dataclass(frozen=True)
class Layout:
    """One layout of one export. `headings`: our name -> the file's; `required`: our names that must be there."""

    resource: str
    name: str
    headings: Mapping[str, str]
    required: tuple[str, ...]
    # inventory once had a column per location; then every heading beyond the known ones is a location's name
    other_headings: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Match:
    """A layout found in a header: our names and a location's columns with their place in the file."""

    layout: Layout
    columns: dict[str, int]
    locations: dict[str, int] = field(default_factory=dict)

    @property
    def location_columns(self) -> dict[str, int]:
        """The locations' columns under names that no other column has: a location may have any name."""
        return {f"location_{number}": place for number, place in enumerate(self.locations.values(), 1)}


# Stands in headings for the location's name, where every location has a column of its own.
LOCATION_HEADING = "{location}"

ORDERS = Layout(
    "orders",
    "orders export",
    {
        "name": "Name",
        "email": "Email",
        "financial_status": "Financial Status",
        "paid_at": "Paid at",
        "fulfillment_status": "Fulfillment Status",
        "accepts_marketing": "Accepts Marketing",
        "currency": "Currency",
        "subtotal": "Subtotal",
        "shipping": "Shipping",
        "taxes": "Taxes",
        "total": "Total",
        "discount_code": "Discount Code",
        "discount_amount": "Discount Amount",
        "created_at": "Created at",
        "line_quantity": "Lineitem quantity",
        "line_name": "Lineitem name",
        "line_price": "Lineitem price",
        "line_sku": "Lineitem sku",
        "line_requires_shipping": "Lineitem requires shipping",
        "line_taxable": "Lineitem taxable",
        "line_fulfillment_status": "Lineitem fulfillment status",
        "line_discount": "Lineitem discount",
        "shipping_city": "Shipping City",
        "shipping_zip": "Shipping Zip",
        "shipping_province": "Shipping Province",
        "shipping_country": "Shipping Country",
        "billing_country": "Billing Country",
        "cancelled_at": "Cancelled at",
        "refunded_amount": "Refunded Amount",
        "vendor": "Vendor",
        "location": "Location",
        "id": "Id",
        "tags": "Tags",
        "source": "Source",
        "phone": "Phone",
    },
    (
        *("name", "id", "financial_status", "currency", "created_at", "cancelled_at"),
        *("subtotal", "shipping", "taxes", "total", "discount_amount", "refunded_amount"),
        *("line_quantity", "line_name", "line_price", "line_sku"),
    ),
)

_CUSTOMER_HEADINGS = {
    "id": "Customer ID",
    "first_name": "First Name",
    "last_name": "Last Name",
    "email": "Email",
    "accepts_email_marketing": "Accepts Email Marketing",
    "accepts_sms_marketing": "Accepts SMS Marketing",
    "phone": "Phone",
    "total_spent": "Total Spent",
    "total_orders": "Total Orders",
    "tags": "Tags",
    "tax_exempt": "Tax Exempt",
}
CUSTOMERS = Layout(
    "customers",
    "customers export",
    {
        **_CUSTOMER_HEADINGS,
        "company": "Default Address Company",
        "city": "Default Address City",
        "province_code": "Default Address Province Code",
        "country_code": "Default Address Country Code",
    },
    ("id", "email", "country_code"),
)
CUSTOMERS_2022 = Layout(
    "customers",
    "customers export of 2022-2023",
    {
        **_CUSTOMER_HEADINGS,
        "company": "Company",
        "city": "City",
        "province_code": "Province Code",
        "country_code": "Country Code",
    },
    ("email", "country_code", "total_orders"),
)

PRODUCTS = Layout(
    "products",
    "products export",
    {
        "handle": "URL handle",
        "title": "Title",
        "vendor": "Vendor",
        "product_category": "Product category",
        "type": "Type",
        "tags": "Tags",
        "published": "Published on online store",
        "status": "Status",
        "option1": "Option1 value",
        "option2": "Option2 value",
        "option3": "Option3 value",
        "sku": "SKU",
        "price": "Price",
        "compare_at_price": "Compare-at price",
        "cost": "Cost per item",
        "barcode": "Barcode",
        "inventory_tracker": "Inventory tracker",
        "inventory_quantity": "Inventory quantity",
        "inventory_policy": "Continue selling when out of stock",
    },
    ("handle", "title", "vendor", "sku", "price"),
)
PRODUCTS_2024 = Layout(
    "products",
    "products export up to 2024",
    {
        "handle": "Handle",
        "title": "Title",
        "vendor": "Vendor",
        "product_category": "Product Category",
        "type": "Type",
        "tags": "Tags",
        "published": "Published",
        "status": "Status",
        "option1": "Option1 Value",
        "option2": "Option2 Value",
        "option3": "Option3 Value",
        "sku": "Variant SKU",
        "price": "Variant Price",
        "compare_at_price": "Variant Compare At Price",
        "cost": "Cost per item",
        "barcode": "Variant Barcode",
        "inventory_tracker": "Variant Inventory Tracker",
        "inventory_quantity": "Variant Inventory Qty",
        "inventory_policy": "Variant Inventory Policy",
    },
    ("handle", "title", "vendor", "sku", "price"),
)

_INVENTORY_HEADINGS = {
    "handle": "Handle",
    "title": "Title",
    "option1": "Option1 Value",
    "option2": "Option2 Value",
    "option3": "Option3 Value",
    "sku": "SKU",
}
INVENTORY = Layout(
    "inventory",
    "inventory export",
    {
        **_INVENTORY_HEADINGS,
        "location": "Location",
        "incoming": "Incoming (not editable)",
        "unavailable": "Unavailable (not editable)",
        "committed": "Committed (not editable)",
        "available": "Available (not editable)",
        "on_hand": "On hand (current)",
    },
    ("handle", "sku", "location", "available", "on_hand"),
)
INVENTORY_2023 = Layout(
    "inventory",
    "inventory export of 2023",
    {
        **_INVENTORY_HEADINGS,
        "location": "Location",
        "incoming": "Incoming",
        "unavailable": "Unavailable",
        "committed": "Committed",
        "available": "Available",
        "on_hand": "On hand",
    },
    ("handle", "sku", "location", "available", "on_hand"),
)
INVENTORY_BY_LOCATION = Layout(
    "inventory",
    "inventory export with a column per location",
    {**_INVENTORY_HEADINGS, "available": LOCATION_HEADING},
    ("handle", "option1", "sku"),
    other_headings=("Option1 Name", "Option2 Name", "Option3 Name", "HS Code", "COO", "Bin name"),
)

LAYOUTS = (
    ORDERS,
    CUSTOMERS,
    CUSTOMERS_2022,
    PRODUCTS,
    PRODUCTS_2024,
    INVENTORY,
    INVENTORY_2023,
    INVENTORY_BY_LOCATION,
)

# What each of our names must hold; names not listed are text.
KINDS: Mapping[str, Mapping[str, str]] = {
    "orders": {
        "id": "id",
        "created_at": "timestamp",
        "paid_at": "timestamp",
        "cancelled_at": "timestamp",
        "subtotal": "decimal",
        "shipping": "decimal",
        "taxes": "decimal",
        "total": "decimal",
        "discount_amount": "decimal",
        "refunded_amount": "decimal",
        "line_quantity": "integer",
        "line_price": "decimal",
        "line_discount": "decimal",
        "line_requires_shipping": "boolean",
        "line_taxable": "boolean",
        "accepts_marketing": "boolean",
    },
    "customers": {
        "id": "id",
        "accepts_email_marketing": "boolean",
        "accepts_sms_marketing": "boolean",
        "tax_exempt": "boolean",
        "total_spent": "decimal",
        "total_orders": "integer",
    },
    "products": {
        "price": "decimal",
        "compare_at_price": "decimal",
        "cost": "decimal",
        "published": "boolean",
        "inventory_quantity": "integer",
        "inventory_policy": "policy",
    },
    "inventory": {state: "integer" for state in ("incoming", "unavailable", "committed", "available", "on_hand")},
}


def match_layout(file_name: str, header: tuple[str, ...]) -> Match:
    """The layout that a header fits. Raises MartletError naming the nearest layout and what it lacks."""
    if len(header) == 1:
        raise MartletError(f"{file_name}: no comma, semicolon, tab or bar divides its first line into columns")
    places = {heading.lower(): place for place, heading in enumerate(header)}
    missing = {layout.name: _missing(layout, places) for layout in LAYOUTS}
    fitting = [layout for layout in LAYOUTS if not missing[layout.name] and _accepts(layout, header)]
    if not fitting:
        candidates = [
            layout for layout in LAYOUTS if layout.other_headings is None or not _names_place_or_price(header)
        ]
        nearest = min(candidates, key=lambda layout: len(missing[layout.name]) / len(layout.required))
        lacking = ", ".join(missing[nearest.name]) or "a column of stock for any location"
        fault = f"not a Shopify admin export; nearest is the {nearest.name}, without: {lacking}"
        raise MartletError(f"{file_name}: {fault}")
    layout = max(fitting, key=lambda layout: sum(heading.lower() in places for heading in layout.headings.values()))
    columns = {ours: places[theirs.lower()] for ours, theirs in layout.headings.items() if theirs.lower() in places}
    locations = _locations(layout, header)
    _refuse_repeated(file_name, header, [header[place] for place in (*columns.values(), *locations.values())])
    return Match(layout, columns, locations)


def _missing(layout: Layout, places: Mapping[str, int]) -> list[str]:
    return [layout.headings[name] for name in layout.required if layout.headings[name].lower() not in places]


def _accepts(layout: Layout, header: tuple[str, ...]) -> bool:
    return layout.other_headings is None or bool(_locations(layout, header))


def _locations(layout: Layout, header: tuple[str, ...]) -> dict[str, int]:
    if layout.other_headings is None or _names_place_or_price(header):
        return {}
    known = {heading.lower() for heading in (*layout.headings.values(), *layout.other_headings)}
    return {heading: place for place, heading in enumerate(header) if heading and heading.lower() not in known}


def _names_place_or_price(header: tuple[str, ...]) -> bool:
    """True if one column holds every location's name, or a price: then the columns are not locations."""
    return any(heading.lower() in ("location", "variant price", "price") for heading in header)


def _refuse_repeated(file_name: str, header: tuple[str, ...], wanted: list[str]) -> None:
    """Two columns of one heading that is read: nobody can say which of them holds."""
    lower = [heading.lower() for heading in header]
    repeated = [heading.lower() for heading in wanted if lower.count(heading.lower()) > 1]
    if repeated:
        raise MartletError(f"{file_name}: the heading '{repeated[0]}' stands more than once")
