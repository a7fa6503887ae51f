"""Assigning and removing vendors: checked against what stands, written if something changes, told field by field."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from martlet import warehouse
from martlet.errors import MartletError
from martlet.loaders.landing import next_load_time
from martlet.loaders.vendor_edits import write_edit
from martlet.project import Project
from martlet.vendor_changes import Change, Pair, Standing, Terms, primary_vendor, standing_pairs
from martlet.vendors.checks import nearest, odd_terms
from martlet.vendors.reference import Reference, StoreKind, open_reference, published_at

FieldChange = tuple[str, Any, Any]
"""A field's name, and its value before and after."""


@dataclass(frozen=True)
class Edit:
    """What became of an edit: the fields that changed, none if all stood so before; what looks odd; on which store."""

    changed: list[FieldChange]
    warnings: list[str]
    store: StoreKind


def assign(
    project: Project,
    sku: str,
    vendor: str,
    terms: Terms,
    by: str,
    is_primary: bool = True,
    new_sku: bool = False,
    new_vendor: bool = False,
) -> Edit:
    """Say that `vendor` sells `sku`. Terms not given stay as they are; the vendor made primary last is the only one.

    Raises MartletError, with nothing written, for a SKU or vendor that nobody knows unless it is said to be new.
    """
    with warehouse.lock(project, "vendors assign"):
        published_at(project)
        reference = open_reference(project)
        changes = reference.changes(sku)
        price = _price(project, sku, is_known=new_sku or bool(changes))
        if not new_vendor and vendor not in {change.vendor for change in changes}:
            names = reference.vendor_names()
            if vendor not in names:
                raise MartletError(f"no vendor is called '{vendor}'{nearest(vendor, names)}; a new one: --new-vendor")
        now = next_load_time(reference.lake)
        edit = Change("assign", sku, vendor, is_primary, terms, now, by=by, made_in_mode=reference.store)
        return _write(reference, changes, edit, price)


def remove(project: Project, sku: str, vendor: str, by: str) -> Edit:
    """Say that `vendor` does not sell `sku`. Raises MartletError, with nothing written, where it is not assigned."""
    with warehouse.lock(project, "vendors remove"):
        published_at(project)
        reference = open_reference(project)
        changes = reference.changes(sku)
        vendors = sorted(name for _, name in standing_pairs(changes))
        if vendor not in vendors:
            raise MartletError(_why_not_assigned(reference, vendors, sku, vendor))
        now = next_load_time(reference.lake)
        edit = Change("remove", sku, vendor, False, Terms(), now, by=by, made_in_mode=reference.store)
        return _write(reference, changes, edit, price=None)


def _write(reference: Reference, changes: list[Change], edit: Change, price: Decimal | None) -> Edit:
    """Write the edit unless all stands already as it says."""
    before, after = standing_pairs(changes), standing_pairs([*changes, edit])
    changed = _differences(before, after, edit.pair)
    if not changed:
        return Edit([], [], reference.store)
    write_edit(reference.lake, edit)
    warnings = odd_terms(after[edit.pair].terms, price) if edit.pair in after else []
    return Edit(changed, warnings, reference.store)


def _differences(before: Mapping[Pair, Standing], after: Mapping[Pair, Standing], pair: Pair) -> list[FieldChange]:
    old, new = _fields(before, pair), _fields(after, pair)
    return [(name, old[name], new[name]) for name in old if old[name] != new[name]]


def _fields(pairs: Mapping[Pair, Standing], pair: Pair) -> dict[str, Any]:
    found = pairs.get(pair)
    return {
        "assigned_as": ("primary" if found.is_primary else "secondary") if found else None,
        "primary_vendor": primary_vendor(pairs, pair[0]),
        **(found.terms if found else Terms()).as_dict(),
    }


def _price(project: Project, sku: str, is_known: bool) -> Decimal | None:
    """The SKU's price. Raises MartletError if it is neither in the catalogue nor ever sold, and not known otherwise."""
    _, rows = warehouse.query_published(project, "select price from marts.products where sku = $1", [sku])
    if rows:
        price: Decimal | None = rows[0][0]
        return price
    if not is_known:
        _, skus = warehouse.query_published(project, "select sku from marts.products")
        near = nearest(sku, (name for (name,) in skus))
        raise MartletError(f"no SKU is called '{sku}'{near}; one that is in no build yet: --new-sku")
    return None


def _why_not_assigned(reference: Reference, vendors: list[str], sku: str, vendor: str) -> str:
    if vendors:
        return f"'{sku}' is not assigned to '{vendor}', but to {', '.join(vendors)}"
    named = "select vendor from marts.vendor_skus where sku = $1 and vendor = $2 and mapping_source = 'catalogue'"
    _, rows = warehouse.query_published(reference.project, named, [sku, vendor])
    if rows:
        return f"'{sku}' is assigned to nobody: Shopify names '{vendor}', and is where to change that"
    return f"'{sku}' is assigned to nobody{nearest(sku, {found for found, _ in standing_pairs(reference.changes())})}"
