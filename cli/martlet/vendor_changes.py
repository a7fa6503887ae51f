"""What stands of each pair of SKU and vendor after a history of loads and edits: pure, no files.

models/staging/reference/stg_reference__vendor_skus.sql reads history the same way; a test holds the two together. The
command needs it too: an edit is judged by what the next build will see, not by what the last one saw.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

Action = Literal["load", "assign", "remove"]
Pair = tuple[str, str]
"""A SKU and a vendor."""


@dataclass(frozen=True)
class Terms:
    """On what terms a vendor sells a SKU; None is not known, or not given. Cost in shop currency, lead time in days."""

    vendor_sku: str | None = None
    unit_cost: Decimal | None = None
    lead_time_days: float | None = None
    minimum_order_quantity: int | None = None
    pack_size: int | None = None

    def updated(self, given: "Terms") -> "Terms":
        """These terms with what `given` gives in its place."""
        return replace(self, **{name: value for name, value in given.as_dict().items() if value is not None})

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in TERM_NAMES}


TERM_NAMES = tuple(field.name for field in fields(Terms))


@dataclass(frozen=True)
class Change:
    """A loaded row or an edit. `place` orders changes of one pair and time: an edit's id, or a row's file and line."""

    action: Action
    sku: str
    vendor: str
    is_primary: bool
    terms: Terms
    at: datetime
    place: tuple[str, int] = ("", 0)
    by: str | None = None
    made_in_mode: str = ""

    @property
    def pair(self) -> Pair:
        return self.sku, self.vendor


@dataclass(frozen=True)
class Standing:
    """A pair that stands: whether it is the SKU's primary vendor, its terms, and who edited it last, if anyone."""

    is_primary: bool
    terms: Terms
    primary_since: datetime | None
    edited_by: str | None = None
    edited_at: datetime | None = None


def standing_pairs(changes: Iterable[Change]) -> dict[Pair, Standing]:
    """Every pair that stands. A load says all of a pair anew, an edit what it gives, a removal takes the pair away."""
    found: dict[Pair, Standing] = {}
    for change in sorted(changes, key=lambda c: (c.at, c.action != "load", c.place)):
        if change.action == "remove":
            found.pop(change.pair, None)
            continue
        before = None if change.action == "load" else found.get(change.pair)
        is_edit = change.action == "assign"
        found[change.pair] = Standing(
            is_primary=change.is_primary,
            terms=(before.terms if before else Terms()).updated(change.terms),
            primary_since=change.at if change.is_primary else None,
            edited_by=change.by if is_edit else None,
            edited_at=change.at if is_edit else None,
        )
    return _with_one_primary(found)


def primary_vendor(pairs: Mapping[Pair, Standing], sku: str) -> str | None:
    """The vendor that the SKU is assigned to first; None if there is none."""
    return next((vendor for (found, vendor), pair in pairs.items() if found == sku and pair.is_primary), None)


def _with_one_primary(pairs: Mapping[Pair, Standing]) -> dict[Pair, Standing]:
    """Of several primary vendors of a SKU, whoever was made so last is; of one load, the first by name."""
    chosen: dict[str, tuple[datetime, str]] = {}
    for (sku, vendor), pair in sorted(pairs.items()):
        if pair.primary_since and (sku not in chosen or pair.primary_since > chosen[sku][0]):
            chosen[sku] = (pair.primary_since, vendor)
    return {
        (sku, vendor): replace(pair, is_primary=pair.is_primary and chosen[sku][1] == vendor)
        for (sku, vendor), pair in pairs.items()
    }
