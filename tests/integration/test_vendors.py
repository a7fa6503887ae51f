"""`martlet vendors` from edit to mart: on the demo store, on a merchant's data, and from one to the other."""

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest

from martlet import warehouse
from martlet.project import open_project
from stores import REPOSITORY, Store, copy_of, make_store

SKU, OTHER = "IRVS-ENG-0001", "IRVS-ENG-0002"
FIRST, SECOND = "Ironvale Speed", "Cobalt Ridge Racing"


@pytest.fixture
def demo(mock_store: Store, tmp_path: Path) -> Store:
    """A copy of the demo store after `martlet run`."""
    return copy_of(mock_store.home, tmp_path / "demo", USER="dana")


@pytest.fixture(scope="module")
def edited(mock_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The demo store after some edits and a build."""
    store = copy_of(mock_store.home, tmp_path_factory.mktemp("edited") / "store", USER="dana")
    vendors(store, "assign", SKU, SECOND, "--lead-time", "33", "--pack", "6", "--moq", "12")
    vendors(store, "assign", SKU, SECOND, "--cost", "299.90", "--by", "bob")
    vendors(store, "remove", OTHER, FIRST)
    store.run("build")
    return store


def vendors(store: Store, *arguments: str) -> str:
    """What the command says on stdout; it must succeed."""
    return store.run("vendors", *arguments).stdout


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def edit_files(store: Store) -> list[str]:
    return sorted(path.name for path in (store.home / "data/raw/reference/vendor_sku_edits").glob("*"))


def refusal(store: Store, *arguments: str) -> str:
    """The one line with which the command refuses to do it; nothing may be written."""
    before = edit_files(store)
    result = store.martlet("vendors", *arguments)
    assert result.exit_code == 2, result.output
    assert result.output.startswith("martlet: ")
    assert len(result.output.splitlines()) == 1
    assert edit_files(store) == before
    return result.output


# --- the demo store


def test_an_assignment_shows_what_changes_field_by_field(demo: Store) -> None:
    (old,) = demo.rows(
        f"select vendor_sku, unit_cost from marts.vendor_skus where sku = '{SKU}' and vendor = '{SECOND}'"
    )
    shown = {
        row["field"]: (row["before"], row["after"])
        for row in table(vendors(demo, "assign", SKU, SECOND, "--cost", "299.9"))
    }
    assert shown == {
        "assigned_as": ("secondary", "primary"),
        "primary_vendor": (FIRST, SECOND),
        "unit_cost": (str(old[1]), "299.9000"),
    }
    assert "martlet build" in demo.run("vendors", "assign", SKU, SECOND, "--pack", "6").stderr


def test_assigning_what_stands_writes_nothing(demo: Store) -> None:
    vendors(demo, "assign", SKU, SECOND, "--cost", "299.9", "--lead-time", "12")
    before = edit_files(demo)
    for again in (("--cost", "299.90"), ("--lead-time", "12.0"), ()):
        result = demo.run("vendors", "assign", SKU, f" {SECOND} ", *again)
        assert result.stdout == ""
        assert "nothing to change" in result.stderr
    assert edit_files(demo) == before
    assert "demo store" in demo.run("vendors", "assign", SKU, SECOND, "--secondary").stderr


def test_a_build_brings_edits_into_the_marts(edited: Store) -> None:
    columns = "vendor, is_primary, unit_cost, lead_time_days, lead_time_source, minimum_order_quantity, pack_size"
    assert edited.rows(f"select {columns}, changed_by from marts.vendor_skus where sku = '{SKU}' order by 1") == [
        (SECOND, True, Decimal("299.9000"), 33, "sku", 12, 6, "bob"),
        (FIRST, False, Decimal("305.5500"), 12, "vendor", 1, 1, None),
    ]
    reorder = f"select vendor, lead_time_days, lead_time_source from marts.reorder_points where sku = '{SKU}'"
    assert edited.rows(reorder) == [(SECOND, 33, "sku")]
    assert edited.value("select count(*) from marts.vendor_skus where changed_at is not null") == 1
    # whom nobody sells any more by the reference data is bought from whom the catalogue names
    removed = f"select vendor, mapping_source, is_primary, changed_by from marts.vendor_skus where sku = '{OTHER}'"
    assert edited.rows(removed) == [(FIRST, "catalogue", True, None)]


def test_editing_makes_no_demo_store_live(edited: Store) -> None:
    assert edited.value("select source_modes from ops.build") == "mock"
    assert "live" not in edited.run("status").output


def test_a_second_build_of_the_same_edits_gives_the_same_tables(edited: Store, tmp_path: Path) -> None:
    store = copy_of(edited.home, tmp_path / "again", USER="dana")
    tables = ("vendor_skus", "vendor_scorecard", "products", "reorder_points", "slow_stock")
    before = [store.rows(f"select * from marts.{name} order by all") for name in tables]
    store.run("build")
    assert [store.rows(f"select * from marts.{name} order by all") for name in tables] == before


def test_history_tells_who_changed_what_and_when_newest_first(edited: Store) -> None:
    rows = table(vendors(edited, "history"))
    assert [(row["edited_by"], row["action"], row["sku"], row["state"]) for row in rows] == [
        ("dana", "remove", OTHER, "built"),
        ("bob", "assign", SKU, "built"),
        ("dana", "assign", SKU, "built"),
    ]
    assert [row["edited_at"] for row in rows] == sorted((row["edited_at"] for row in rows), reverse=True)
    (first, second) = [json.loads(line) for line in vendors(edited, "history", SKU, "--format", "json").splitlines()]
    assert (first["unit_cost"], first["lead_time_days"]) == (299.9, None)
    assert (second["unit_cost"], second["lead_time_days"], second["pack_size"]) == (None, 33, 6)


def test_vendors_are_listed_with_their_numbers_of_skus(mock_store: Store) -> None:
    result = mock_store.run("vendors", "list")
    rows = {row["vendor"]: row for row in table(result.stdout)}
    counted = mock_store.rows("select vendor, count(*) from marts.vendor_skus where is_primary group by 1")
    assert {vendor: int(row["primary_skus"]) for vendor, row in rows.items()} == dict(counted)
    assert {row["pending"] for row in rows.values()} == {"0"}
    assert "0 SKUs have no vendor" in result.stderr
    assert table(vendors(mock_store, "list", "--unmapped")) == []


def test_edits_since_the_last_build_are_marked_as_pending(demo: Store) -> None:
    published = len(table(vendors(demo, "list", "--vendor", FIRST)))
    vendors(demo, "assign", SKU, SECOND, "--cost", "299.9")
    vendors(demo, "remove", OTHER, FIRST)
    rows = table(vendors(demo, "list", "--vendor", FIRST))
    assert len(rows) == published
    pending = {row["sku"]: row["assigned_as"] for row in rows if row["pending"] == "true"}
    assert pending == {SKU: "secondary", OTHER: "removed"}
    (row,) = (row for row in table(vendors(demo, "list", "--vendor", SECOND)) if row["pending"] == "true")
    assert (row["sku"], row["assigned_as"], row["unit_cost"], row["changed_by"]) == (SKU, "primary", "299.9000", "dana")
    counts = {row["vendor"]: row["pending"] for row in table(vendors(demo, "list")) if row["pending"] != "0"}
    assert counts == {FIRST: "1", SECOND: "1"}
    assert {row["state"] for row in table(vendors(demo, "history"))} == {"pending"}


def test_what_makes_no_sense_is_refused_in_one_line_and_nothing_is_written(demo: Store) -> None:
    assert "near it: IRVS-ENG-0" in refusal(demo, "assign", "IRVS-ENG-001", FIRST)
    assert "--new-sku" in refusal(demo, "assign", "no such thing", FIRST)
    assert f"near it: {FIRST}" in refusal(demo, "assign", SKU, "ironvale speeed")
    assert "0 to 365 days" in refusal(demo, "assign", SKU, FIRST, "--lead-time", "400")
    assert "the sku is blank" in refusal(demo, "assign", " ", FIRST)
    assert "not an e-mail address" in refusal(demo, "assign", SKU, FIRST, "--pack", "2", "--by", "jo@example.com")
    assert f"but to {FIRST}" in refusal(demo, "remove", OTHER, SECOND)
    assert "is assigned to nobody" in refusal(demo, "remove", "no such thing", FIRST)
    assert f"near it: {FIRST}" in refusal(demo, "list", "--vendor", "Ironvale Sped")
    nobody = make_store(demo.home, USER="", LOGNAME="")
    assert "say --by" in refusal(nobody, "assign", SKU, FIRST, "--pack", "2")
    assert demo.martlet("vendors", "list", "--vendor", FIRST, "--unmapped").exit_code == 2


def test_new_skus_and_vendors_are_taken_when_they_are_called_new_and_known_from_then_on(demo: Store) -> None:
    assert "no vendor is called" in refusal(demo, "assign", "NEW-1", "New Parts", "--new-sku")
    vendors(demo, "assign", "NEW-1", "New Parts", "--new-sku", "--new-vendor")
    vendors(demo, "assign", "NEW-1", "New Parts", "--pack", "4")
    vendors(demo, "assign", SKU, "New Parts", "--secondary")
    assert "New Parts" in [row["vendor"] for row in table(vendors(demo, "list"))]
    (row, _) = table(vendors(demo, "list", "--vendor", "New Parts"))
    assert (row["sku"], row["pack_size"], row["pending"]) == ("NEW-1", "4", "true")


def test_slips_that_are_allowed_are_told(demo: Store) -> None:
    words = demo.run("vendors", "assign", SKU, FIRST, "--moq", "7", "--pack", "6", "--cost", "9999").stderr
    assert "not a whole number of packs of 6" in words
    assert "above the price" in words


def test_two_commands_at_once_are_told_apart(demo: Store) -> None:
    with warehouse.lock(open_project({"MARTLET_HOME": str(demo.home)}), "build"):
        assert "`martlet build`, process" in refusal(demo, "assign", SKU, FIRST, "--pack", "2")
        assert "`martlet build`, process" in refusal(demo, "remove", SKU, FIRST)


def test_without_a_build_there_is_nothing_to_judge_by(store: Store) -> None:
    for arguments in (("list",), ("assign", SKU, FIRST, "--by", "dana"), ("remove", SKU, FIRST, "--by", "dana")):
        assert "martlet build" in refusal(store, *arguments)
    assert table(vendors(store, "history")) == []


def test_the_page_shows_what_an_assignment_prints_and_what_it_does(demo: Store) -> None:
    page = (REPOSITORY / "docs" / "vendors.md").read_text(encoding="utf-8")
    point = "select reorder_point from marts.reorder_points where sku = 'IRVS-ENG-0081'"
    before = demo.value(point)
    assert vendors(demo, "assign", "IRVS-ENG-0081", SECOND, "--lead-time", "30", "--pack", "4") in page
    demo.run("build")
    assert f"is {demo.value(point)} where it was {before}" in page


# --- a merchant's own data

PRODUCTS = (
    "Handle,Title,Vendor,Variant SKU,Variant Price,Status\n"
    "cam,Cam,Acme,CAM,10,active\nplug,Plug,Acme,PLUG,5,active\ngasket,Gasket,,GASKET,4,active\nbolt,Bolt,,BOLT,1,active\n"
)


def load_reference(store: Store, folder: Path, text: str) -> None:
    file = folder / "vendor_skus.csv"
    file.write_text(text)
    store.run("load", "reference", str(file))


def test_edits_and_loads_of_a_merchants_data_count_in_the_order_of_their_times(demo: Store, tmp_path: Path) -> None:
    # an edit of the demo store that would fit the merchant's data too
    vendors(demo, "assign", "CAM", "Mock Parts", "--new-sku", "--new-vendor", "--cost", "99")
    products = tmp_path / "products_export.csv"
    products.write_text(PRODUCTS)
    demo.run("load", "shopify-csv", str(products))
    assert "run `martlet build`" in refusal(demo, "assign", "CAM", "Acme")
    demo.run("build")

    # reference data that is not connected may be edited all the same; the demo store's edit is not part of it
    assigned = "select sku, vendor, is_primary, unit_cost, pack_size, changed_by, mapping_source from marts.vendor_skus"
    assert demo.rows(f"{assigned} where mapping_source = 'assigned'") == []
    unmapped = [row["sku"] for row in table(vendors(demo, "list", "--unmapped"))]
    assert unmapped == ["BOLT", "GASKET"]
    assert "Shopify names 'Acme'" in refusal(demo, "remove", "CAM", "Acme")
    vendors(demo, "assign", "BOLT", "Acme", "--secondary", "--cost", "0.5")
    vendors(demo, "assign", "PLUG", "Bolts Inc", "--secondary", "--new-vendor")
    assert table(vendors(demo, "list", "--unmapped"))[0] == {
        **{"sku": "BOLT", "product_title": "Bolt", "status": "active", "units_sold": "0", "pending": "Acme"}
    }
    load_reference(demo, tmp_path, "sku,vendor,unit_cost,pack_size\nCAM,Acme,6,10\nCAM,Bolts Inc,7,\nGASKET,Acme,2,\n")
    vendors(demo, "assign", "CAM", "Bolts Inc", "--cost", "6.50")
    vendors(demo, "remove", "GASKET", "Acme")
    demo.run("build")
    assert "reference  live" in demo.run("status").output
    cam = [
        ("CAM", "Acme", False, Decimal(6), 10, None, "assigned"),
        ("CAM", "Bolts Inc", True, Decimal("6.5"), None, "dana", "assigned"),
    ]
    assert demo.rows(f"{assigned} order by sku, vendor") == [
        # a secondary vendor is better than none, and is no reason to leave the one that the catalogue names
        ("BOLT", "Acme", True, Decimal("0.5"), None, "dana", "assigned"),
        *cam,
        ("GASKET", "(unmapped)", False, None, None, None, "unmapped"),
        ("PLUG", "Acme", True, None, None, None, "catalogue"),
        ("PLUG", "Bolts Inc", False, None, None, "dana", "assigned"),
    ]
    states = {row["state"] for row in table(vendors(demo, "history"))}
    assert states == {"built", "mock store only"}

    # a later load says its pairs anew, a removed one among them, and leaves others as they are
    load_reference(demo, tmp_path, "sku,vendor,unit_cost\nGASKET,Acme,3\n")
    assert "nothing to change" in demo.run("vendors", "assign", "GASKET", "Acme").stderr
    demo.run("build")
    assert demo.rows(f"{assigned} where sku = 'GASKET'") == [("GASKET", "Acme", True, 3, None, None, "assigned")]
    assert demo.rows(f"{assigned} where sku = 'CAM' order by vendor") == cam

    # back on the demo store, its own edit is there again and the merchant's are not
    mock = make_store(demo.home, USER="dana", MARTLET_FORCE_MOCKS="true")
    mock.run("build")
    found = mock.rows(f"{assigned} where changed_by is not null")
    assert found == [("CAM", "Mock Parts", False, Decimal(99), None, "dana", "assigned")]
