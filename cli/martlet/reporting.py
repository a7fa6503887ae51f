"""What `martlet status` tells: sources, freshness, the published version and the last run, as lines of text."""

from collections.abc import Iterator
from typing import Any

from martlet import warehouse
from martlet.journal import read_log
from martlet.loaders.landing import LoadReceipt, read_receipts
from martlet.project import SOURCES, Project

NEWEST_DAY = {
    "shopify": "select max(order_date) from marts.orders",
    "ga4": "select max(event_date) from marts.tracking_health",
}


def describe_status(project: Project) -> Iterator[str]:
    """Lines that say where each source's rows come from and how fresh they are."""
    modes = project.source_modes()
    receipts = read_receipts(project.receipts_dir) if project.is_live else []
    version = warehouse.current_version(project)
    yield f"home       {project.home}"
    yield f"time zone  {project.effective_timezone}"
    yield ""
    for source in SOURCES:
        loads = [receipt for receipt in receipts if receipt.source == source]
        freshness = _freshness(project, source, loads, version is not None)
        yield f"{source:<10} {modes[source].replace('_', ' '):<14} {freshness}".rstrip()
    yield ""
    yield f"published  {version.name if version else 'nothing yet'}" + (_built(project) if version else "")
    yield from _last_run(read_log(project))


def _freshness(project: Project, source: str, loads: list[LoadReceipt], is_published: bool) -> str:
    parts = []
    if loads:
        rows = sum(receipt.rows_loaded for receipt in loads)
        rejected = sum(receipt.rows_rejected for receipt in loads)
        parts.append(f"{len(loads)} files, {rows:,} rows, newest load {loads[-1].loaded_at[:16]} UTC")
        if rejected:
            parts.append(f"{rejected:,} rows set aside")
    if is_published and source in NEWEST_DAY:
        _, rows_found = warehouse.query_published(project, NEWEST_DAY[source])
        if rows_found and rows_found[0][0]:
            parts.append(f"data to {rows_found[0][0]}")
    return "; ".join(parts)


def _built(project: Project) -> str:
    _, rows = warehouse.query_published(project, "select built_at, as_of_date, source_modes from ops.build")
    built_at, as_of, modes = rows[0]
    return f", built {built_at:%Y-%m-%d %H:%M} UTC, as of {as_of}, sources: {modes}"


def _last_run(log: list[dict[str, Any]]) -> Iterator[str]:
    if not log:
        yield "last run   none"
        return
    phases = [phase for phase in log if phase["run_id"] == log[-1]["run_id"]]
    failed = next((phase["phase"] for phase in phases if phase["outcome"] == "failed"), None)
    outcome = f"failed in {failed}" if failed else "done"
    yield f"last run   martlet {phases[0]['command']}, {phases[0]['started_at'][:16]} UTC, {outcome}"
    for phase in phases:
        yield f"           {phase['phase']:<18} {phase['seconds']:>8.2f} s"
