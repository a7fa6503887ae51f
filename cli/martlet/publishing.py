"""What a version of the published file holds besides predictions: the marts, and in `ops` how they came about."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from martlet import __version__, warehouse, workshop
from martlet.drafts import Stage
from martlet.errors import MartletError
from martlet.exporting import describe_modes
from martlet.journal import COLUMNS as RUN_COLUMNS
from martlet.journal import read_log
from martlet.loaders.landing import read_receipts
from martlet.project import Project

if TYPE_CHECKING:
    from martlet.contract_outcomes import Outcome

BUILD_COLUMNS = {
    "built_at": "timestamp",
    "as_of_date": "date",
    "source_modes": "varchar",
    "shop_timezone": "varchar",
    "martlet_version": "varchar",
}
BY_DAY_COLUMNS = {"workshop_id": "varchar", "change_number": "bigint"}
CONTRACT_COLUMNS = {name: "varchar" for name in ("layer", "table_name", "expectation", "outcome", "observed")}
LOAD_COLUMNS = {
    "source": "varchar",
    "resource": "varchar",
    "file": "varchar",
    "loaded_at": "timestamp",
    "rows_in": "bigint",
    "rows_loaded": "bigint",
    "rows_rejected": "bigint",
}


def changed_marts(project: Project) -> dict[str, list[date]]:
    """The marts of which the published file holds all but some days, with those days; the others are copied whole."""
    return workshop.unchanged(project) if published_changes(project) else {}


def published_changes(project: Project) -> workshop.Changes | None:
    """How far the workshop had got that the published file came from; None if that cannot be told."""
    try:
        _, rows = warehouse.query_published(project, "select workshop_id, change_number from ops.by_day")
    except MartletError:  # nothing is published, or an earlier version of Martlet did it
        return None
    return workshop.Changes(*rows[0]) if rows else None


def fill_stage(
    staged: Stage, project: Project, outcomes: Iterable["Outcome"], changed: Mapping[str, Sequence[date]]
) -> None:
    """Copy the marts, of those in `changed` the days named, and write ops.build, ops.loads and ops.contract_results."""
    modes = describe_modes(project)
    staged.copy_marts(project, f"Sources: {modes}.", changed)
    built = {
        "built_at": datetime.now(UTC).replace(tzinfo=None),
        "as_of_date": workshop.as_of_date(project),
        "source_modes": modes,
        "shop_timezone": project.effective_timezone,
        "martlet_version": __version__,
    }
    found = [
        {
            "layer": outcome.layer,
            "table_name": outcome.table,
            "expectation": outcome.expectation,
            "outcome": outcome.verdict,
            "observed": outcome.observed,
        }
        for outcome in outcomes
    ]
    loads = [vars(receipt) for receipt in read_receipts(project.receipts_dir)] if project.is_live else []
    held = workshop.changes(project)
    by_day = {"workshop_id": held.workshop_id, "change_number": held.number}
    _write(staged, "ops.build", [built], BUILD_COLUMNS)
    _write(staged, "ops.by_day", [by_day], BY_DAY_COLUMNS)
    _write(staged, "ops.loads", loads, LOAD_COLUMNS)
    _write(staged, "ops.contract_results", found, CONTRACT_COLUMNS)


def write_run_log(staged: Stage, project: Project) -> None:
    """Write ops.runs: every phase so far, this run's included."""
    _write(staged, "ops.runs", read_log(project), RUN_COLUMNS)


def _write(staged: Stage, table: str, rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> None:
    import pandas as pd  # noqa: PLC0415  (slow to import; only publishing pays for it)

    staged.write(table, pd.DataFrame(rows, columns=list(columns)), columns)
