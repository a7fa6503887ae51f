"""A store's vendors and SKUs as its files say now: loads and edits, also those that no build has seen yet."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from martlet import warehouse
from martlet.errors import MartletError
from martlet.exporting import describe_modes
from martlet.loaders.landing import Lake
from martlet.loaders.vendor_edits import read_edits, read_loaded, read_vendor_names
from martlet.project import Mode, Project
from martlet.raw_contract import load_contract
from martlet.vendor_changes import Change
from martlet.vendors.checks import UNMAPPED

StoreKind = Literal["mock", "live"]


@dataclass(frozen=True)
class Reference:
    """The edits of a store, of whatever mode, and where the rest is to be read."""

    project: Project
    lake: Lake
    mode: Mode
    all_edits: list[Change]

    @property
    def store(self) -> StoreKind:
        """The store that edits are made on and count on: the demo store, or the merchant's."""
        return "mock" if self.mode == "mock" else "live"

    @property
    def edits(self) -> list[Change]:
        """The edits that count, oldest first."""
        return [edit for edit in self.all_edits if edit.made_in_mode == self.store]

    def changes(self, sku: str | None = None) -> list[Change]:
        """Every load and edit that counts, of one SKU or all."""
        loaded = read_loaded(self.lake, self.project.seeds_dir, self.mode, sku)
        return [*loaded, *(edit for edit in self.edits if sku in (None, edit.sku))]

    def pending(self, built_at: datetime | None) -> list[Change]:
        """The edits that the published marts do not hold."""
        return [edit for edit in self.edits if built_at is None or edit.at > built_at]

    def vendor_names(self) -> set[str]:
        """The vendors on the merchant's list, in the catalogue, or ever assigned."""
        listed = read_vendor_names(self.lake, self.project.seeds_dir, self.mode)
        _, rows = warehouse.query_published(self.project, "select distinct vendor from marts.vendor_skus")
        return ({vendor for (vendor,) in rows} | {change.vendor for change in self.changes()} | listed) - {UNMAPPED}


def open_reference(project: Project) -> Reference:
    """Read a store's edits. Raises MartletError where they cannot be read."""
    lake = Lake(project.raw_dir, project.rejected_dir, project.receipts_dir, load_contract(project.models_dir))
    return Reference(project, lake, project.source_modes()["reference"], read_edits(lake))


def published_at(project: Project) -> datetime:
    """When the published marts were built. Raises MartletError if there are none, or they are the other store's."""
    _, rows = warehouse.query_published(project, "select built_at, source_modes from ops.build")
    built_at: datetime = rows[0][0]
    if (rows[0][1] == "mock") != (describe_modes(project) == "mock"):
        raise MartletError(f"the published marts are of another store ({rows[0][1]}): run `martlet build`")
    return built_at
