"""What may be removed by age and count: published versions and backups. Raw data never is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from martlet import warehouse
from martlet.backup import NAME
from martlet.errors import MartletError
from martlet.project import Project


@dataclass(frozen=True)
class Keep:
    """How much to keep: the newest `count`, and all of the last `days`; a rule that is None asks for nothing."""

    count: int | None
    days: int | None


def prune(project: Project, backups: Path | None, keep: Keep, now: datetime, *, dry_run: bool) -> list[Path]:
    """Remove published versions or, if a folder of backups is given, those; returns what was, or would be, removed.

    The version that readers see is never removed, nor the newest of anything. Raises MartletError without a rule.
    """
    if keep.count is None and keep.days is None:
        raise MartletError("say what to keep: --keep-count, --keep-days or both")
    with warehouse.lock(project, "prune"):
        if backups is None:
            current = warehouse.current_version(project)
            aged = [(path, _modified(path)) for path in warehouse.versions(project)]
            removed = [path for path in to_remove(aged, keep, now) if path != current]
        else:
            removed = to_remove(_backups(backups), keep, now)
        if not dry_run:
            for path in removed:
                path.unlink()
    return removed


def to_remove(aged: Iterable[tuple[Path, datetime]], keep: Keep, now: datetime) -> list[Path]:
    """The paths that no rule keeps, oldest first; the newest is always kept.

    aged : paths with the time each was made, UTC.
    """
    ordered: Sequence[tuple[Path, datetime]] = sorted(aged, key=lambda each: (each[1], each[0].name))
    kept = {path for path, _ in ordered[-max(keep.count or 0, 1) :]}
    if keep.days is not None:
        kept |= {path for path, made in ordered if now - made <= timedelta(days=keep.days)}
    return [path for path, _ in ordered if path not in kept]


def _backups(folder: Path) -> list[tuple[Path, datetime]]:
    """Backups in a folder and when they were made, by their names; other files are nobody's business."""
    if not folder.is_dir():
        raise MartletError(f"{folder}: no such folder")
    found = []
    for path in folder.glob("martlet-*.tar"):
        try:
            found.append((path, datetime.strptime(path.name, NAME)))
        except ValueError:
            continue
    return found


def _modified(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None)
