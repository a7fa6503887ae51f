"""Vendors, their SKUs, SKUs without any, and past edits, as rows to print.

Lists are of the published marts, with what was edited since then marked as pending.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from martlet import warehouse
from martlet.errors import MartletError
from martlet.project import Project
from martlet.rendering import cell
from martlet.vendor_changes import TERM_NAMES, Pair, Standing, primary_vendor, standing_pairs
from martlet.vendors.checks import nearest
from martlet.vendors.reference import Reference, open_reference, published_at

Rows = tuple[list[str], list[tuple[Any, ...]]]
"""Names of columns, and rows."""

VENDORS = """
select
    vendor,
    count(*) filter (where is_primary) as primary_skus,
    count(*) filter (where not is_primary) as secondary_skus,
    count(*) filter (where mapping_source = 'catalogue') as catalogue_skus
from marts.vendor_skus
where mapping_source <> 'unmapped'
group by vendor
"""
SKUS = f"""
select
    sku,
    case
        when mapping_source = 'catalogue' then 'catalogue' when is_primary then 'primary' else 'secondary'
    end as assigned_as,
    product_title,
    {", ".join(TERM_NAMES)},
    changed_by,
    changed_at
from marts.vendor_skus
where vendor = $1 and mapping_source <> 'unmapped'
"""
UNMAPPED_SKUS = """
select mapped.sku, mapped.product_title, mapped.status, products.units_sold
from marts.vendor_skus as mapped
left join marts.products as products on mapped.sku = products.sku
where mapped.mapping_source = 'unmapped'
order by products.units_sold desc nulls last, mapped.sku
"""


def list_vendors(project: Project) -> Rows:
    """Every vendor: for how many SKUs it is primary, secondary, or named by the catalogue alone, and pending edits."""
    reference, pending = _reference_and_pending(project)
    names, rows = warehouse.query_published(project, VENDORS)
    counts = {vendor: tuple(numbers) for vendor, *numbers in rows}
    edited = Counter(vendor for _, vendor in pending)
    vendors = sorted({*counts, *edited, *reference.vendor_names()})
    return [*names, "pending"], [(name, *counts.get(name, (0, 0, 0)), edited[name]) for name in vendors]


def count_unmapped(project: Project) -> int:
    """How many SKUs have no vendor, as published."""
    _, rows = warehouse.query_published(
        project, "select count(*) from marts.vendor_skus where mapping_source = 'unmapped'"
    )
    return int(rows[0][0])


def list_skus(project: Project, vendor: str) -> Rows:
    """A vendor's SKUs as they will stand after the next build; `pending` where the published marts say otherwise.

    Raises MartletError for a vendor that nobody knows.
    """
    reference, pending = _reference_and_pending(project)
    names, rows = warehouse.query_published(project, SKUS, [vendor])
    if not rows and vendor not in (known := reference.vendor_names()):
        raise MartletError(f"no vendor is called '{vendor}'{nearest(vendor, known)}")
    published = {row[0]: dict(zip(names, row, strict=True)) for row in rows}
    for sku in {edited for edited, _ in pending}:
        found = _after_edits(standing_pairs(reference.changes(sku)), (sku, vendor), published.get(sku), pending)
        if found:
            published[sku] = found
    order = ("primary", "catalogue", "secondary", "removed")
    listed = sorted(published.values(), key=lambda row: (order.index(row["assigned_as"]), row["sku"]))
    columns = [*names, "pending"]
    return columns, [tuple(row.get(name, False if name == "pending" else None) for name in columns) for row in listed]


def list_unmapped(project: Project) -> Rows:
    """SKUs without any vendor, most sold first; `pending` is whom they were assigned to since the last build."""
    _, pending = _reference_and_pending(project)
    assigned: dict[str, str] = {sku: vendor for (sku, vendor), pair in pending.items() if pair}
    names, rows = warehouse.query_published(project, UNMAPPED_SKUS)
    return [*names, "pending"], [(*row, assigned.get(row[0])) for row in rows]


def list_history(project: Project, sku: str | None = None) -> Rows:
    """Every edit, newest first, and whether the published marts hold it, do not yet, or are of another store."""
    reference = open_reference(project)
    pending = reference.pending(published_at(project) if project.published_file.exists() else None)
    rows = [
        (
            *(edit.at, edit.by, edit.action, edit.sku, edit.vendor),
            None if edit.action == "remove" else "primary" if edit.is_primary else "secondary",
            *edit.terms.as_dict().values(),
            f"{edit.made_in_mode} store only"
            if edit.made_in_mode != reference.store
            else "pending"
            if edit in pending
            else "built",
        )
        for edit in reversed(reference.all_edits)
        if sku in (None, edit.sku)
    ]
    return ["edited_at", "edited_by", "action", "sku", "vendor", "assigned_as", *TERM_NAMES, "state"], rows


def with_terms_in_one_column(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> Rows:
    """The same rows with all terms that are known in one column of words: a terminal is not wide enough for each."""
    terms = [place for place, name in enumerate(names) if name in TERM_NAMES]

    def brief(cells: Sequence[Any], words: str) -> tuple[Any, ...]:
        return (*cells[: terms[0]], words, *cells[terms[-1] + 1 :])

    def in_words(row: Sequence[Any]) -> str:
        return ", ".join(f"{names[place]} {cell(row[place])}" for place in terms if row[place] is not None)

    return list(brief(names, "terms")), [brief(row, in_words(row)) for row in rows]


def _reference_and_pending(project: Project) -> tuple[Reference, dict[Pair, Standing | None]]:
    """The pairs edited since the marts were built, as they stand now; None for one that was removed."""
    built_at = published_at(project)
    reference = open_reference(project)
    edits = reference.pending(built_at)
    standing: dict[Pair, Standing] = {}
    for sku in {edit.sku for edit in edits}:
        standing |= standing_pairs(reference.changes(sku))
    return reference, {edit.pair: standing.get(edit.pair) for edit in edits}


def _after_edits(
    standing: dict[Pair, Standing],
    pair: Pair,
    published: dict[str, Any] | None,
    pending: dict[Pair, Standing | None],
) -> dict[str, Any] | None:
    """A pair's published row as the edits of its SKU leave it; None if there is nothing to say of it."""
    sku, _ = pair
    before = published or dict.fromkeys(("assigned_as", "product_title", *TERM_NAMES))
    found = standing.get(pair)
    if found is None:
        gives_way = before["assigned_as"] == "catalogue" and primary_vendor(standing, sku)
        if published is None or (pair not in pending and not gives_way):
            return published
        return {**before, "assigned_as": "removed", "pending": True}
    assigned_as = "primary" if found.is_primary else "secondary"
    given = {name: value for name, value in found.terms.as_dict().items() if value is not None}
    edited = {"changed_by": found.edited_by, "changed_at": found.edited_at}
    is_pending = pair in pending or before["assigned_as"] != assigned_as
    return {**before, "sku": sku, "assigned_as": assigned_as, **given, **edited, "pending": is_pending}
