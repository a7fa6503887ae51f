"""What `martlet doctor` looks at: versions, files, disk, lock, sources, freshness, runs. Each check is one line.

What keeps the store from working, or its answers from being true, is `wrong`; what the next run mends by itself, or
nobody can judge, is a `note`.
"""

import os
import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Literal

from packaging.requirements import Requirement

from martlet import run_history, warehouse, workshop
from martlet.errors import MartletError
from martlet.journal import read_log
from martlet.loaders.landing import read_receipts
from martlet.loaders.moving import INCOMING, broken_parts, orphans, told_broken
from martlet.project import SOURCES, Project
from martlet.reporting import NEWEST_DAY

State = Literal["ok", "note", "wrong"]
PACKAGES = ("dbt-core", "dbt-duckdb", "duckdb", "great-expectations", "pandas", "pyarrow")
# A run writes a build, a version and drafts beside those that stand.
DISK_FACTOR = 3
DISK_LEAST = 200 << 20
MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Check:
    """What one check found."""

    check: str
    state: State
    detail: str


@dataclass(frozen=True)
class Rules:
    """What counts as wrong: the oldest that data of a live source may be, and now (UTC)."""

    max_age_days: int
    now: datetime


def examine(project: Project, rules: Rules) -> list[Check]:
    """Every check in order. None of them changes anything or waits for a run that is at work."""
    checks: list[tuple[str, Callable[[Project, Rules], Iterator[Check]]]] = [
        ("versions", _versions),
        ("home", _home),
        ("disk", _disk),
        ("lock", _lock),
        ("published", _published),
        ("workshop", _workshop),
        ("lake", _lake),
        ("secrets", _secrets),
        ("sources", _sources),
        ("freshness", _freshness),
        ("runs", _runs),
        ("clock", _clock),
    ]
    found: list[Check] = []
    for name, check in checks:
        try:
            found += check(project, rules)
        except (MartletError, OSError, ValueError, KeyError) as error:
            found.append(Check(name, "wrong", str(error).splitlines()[0] if str(error) else type(error).__name__))
    return found


def _versions(project: Project, rules: Rules) -> Iterator[Check]:
    known = {name: metadata.version(name) for name in PACKAGES}
    needed = [Requirement(text) for text in metadata.requires("martlet") or ()]
    asked = [each for each in needed if each.marker is None or each.marker.evaluate({"extra": ""})]
    wrong = [f"{each} is needed, {version} is there" for each in asked if (version := _unfit(each))]
    words = ", ".join(f"{name} {version}" for name, version in {"Python": platform.python_version(), **known}.items())
    yield Check("versions", "wrong" if wrong else "ok", "; ".join(wrong) or words)


def _unfit(requirement: Requirement) -> str | None:
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return "none"
    return None if requirement.specifier.contains(version, prereleases=True) else version


def _home(project: Project, rules: Rules) -> Iterator[Check]:
    yield Check("root", "ok", str(project.root))
    if not project.home.is_dir():
        yield Check("home", "note", f"{project.home}: not there yet; the first command makes it")
        return
    folders = [project.home, project.warehouse_dir, project.versions_dir, project.raw_dir, project.receipts_dir]
    shut = [folder for folder in folders if folder.exists() and not _is_writable(folder)]
    words = "; ".join(f"{folder}: cannot be written" for folder in shut)
    yield Check("home", "wrong" if shut else "ok", words or str(project.home))


def _is_writable(folder: Path) -> bool:
    """True where a file could be made. The file system is asked too: a user may write what it does not take."""
    read_only = os.statvfs(folder).f_flag & os.ST_RDONLY
    return not read_only and os.access(folder, os.W_OK | os.X_OK)


def _disk(project: Project, rules: Rules) -> Iterator[Check]:
    folder = next(each for each in (project.home, *project.home.parents) if each.exists())
    free = shutil.disk_usage(folder).free
    sizes = [path.stat().st_size for path in (project.build_file, project.published_file) if path.exists()]
    needed = max(DISK_FACTOR * sum(sizes), DISK_LEAST)
    words = f"{free // MEGABYTE:,} MB free, a run may need {needed // MEGABYTE:,} MB"
    yield Check("disk", "wrong" if free < needed else "ok", words)


def _lock(project: Project, rules: Rules) -> Iterator[Check]:
    state = warehouse.lock_state(project)
    if state.is_held:
        yield Check("lock", "note", f"held by {state.words}")
    elif state.words:
        yield Check("lock", "wrong", f"{state.words}: was killed; run it again, the next run repairs what it left")
    else:
        yield Check("lock", "ok", "free")


def _published(project: Project, rules: Rules) -> Iterator[Check]:
    version = warehouse.current_version(project)
    if version is None:
        lost = project.published_file.is_symlink()
        words = "the link points to a version that is gone: `martlet run`" if lost else "nothing yet: `martlet run`"
        yield Check("published", "wrong", words)
        return
    rows = warehouse.check_version(version, thoroughly=True)
    kept = warehouse.versions(project)
    if not project.published_file.is_symlink() or version not in kept:
        yield Check(
            "published", "wrong", f"{project.published_file} is no link to a version: `martlet build` makes one"
        )
        return
    writable = [path.name for path in kept if path.stat().st_mode & 0o222]
    if writable:
        yield Check("published", "wrong", f"versions are never written again, but may be: chmod 444 {writable[0]}")
        return
    yield Check(
        "published", "ok", f"{version.name}, {rows:,} rows read; {len(kept)} version{'s' * (len(kept) != 1)} kept"
    )


def _workshop(project: Project, rules: Rules) -> Iterator[Check]:
    if not project.build_file.exists():
        yield Check("workshop", "note", "nothing built yet")
    elif warehouse.lock_state(project).is_held:
        yield Check("workshop", "note", "at work, not looked into")
    elif project.build_file.stat().st_mode & 0o077:
        yield Check("workshop", "wrong", f"others may read {project.build_file}, which holds people: chmod 600")
    else:
        workshop.check_readable(project)
        yield Check(
            "workshop", "ok", f"{project.build_file.name}, {project.build_file.stat().st_size // MEGABYTE:,} MB"
        )


def _lake(project: Project, rules: Rules) -> Iterator[Check]:
    parts = [*project.raw_dir.glob("*/*/*.parquet"), *project.rejected_dir.glob("*.parquet")]
    broken = broken_parts(project.raw_dir, project.rejected_dir)
    unknown = [] if project.is_generated else orphans(project.raw_dir, project.rejected_dir, project.receipts_dir)
    for path in broken:
        yield Check("lake", "wrong", told_broken(path, project.receipts_dir))
    if unknown and not warehouse.lock_state(project).is_held:
        yield Check("lake", "note", f"{len(unknown)} files without a receipt, {unknown[0]} the first: load them again")
    if any(project.data_dir.glob(f"{INCOMING}/*")) and not warehouse.lock_state(project).is_held:
        yield Check("lake", "note", "a load was cut off; the next command finishes or forgets it")
    if not broken:
        yield Check(
            "lake", "ok", f"{len(parts):,} files, {sum(path.stat().st_size for path in parts) // MEGABYTE:,} MB"
        )


def _secrets(project: Project, rules: Rules) -> Iterator[Check]:
    key = project.pii_key_file
    if project.pii_key_from_environment:
        yield Check("secrets", "ok", "the key for hashing people comes from the environment")
    elif not key.exists():
        yield Check("secrets", "ok" if not project.is_live else "note", "no key for hashing people yet")
    elif key.stat().st_mode & 0o077:
        yield Check("secrets", "wrong", f"others may read {key}: chmod 600")
    else:
        yield Check("secrets", "ok", f"{key.name} is for its owner only")


def _sources(project: Project, rules: Rules) -> Iterator[Check]:
    words = ", ".join(f"{source} {mode.replace('_', ' ')}" for source, mode in project.source_modes().items())
    yield Check("sources", "ok", words)


def _freshness(project: Project, rules: Rules) -> Iterator[Check]:
    modes = project.source_modes()
    receipts = read_receipts(project.receipts_dir) if project.is_live else []
    version = warehouse.current_version(project)
    for source in SOURCES:
        if modes[source] != "live" or source not in NEWEST_DAY or version is None:
            continue
        _, rows = warehouse.query_published(project, NEWEST_DAY[source])
        newest: date | None = rows[0][0] if rows else None
        loaded = [receipt.loaded_at[:16] for receipt in receipts if receipt.source == source]
        words = f"{source}: data to {newest or 'no day'}" + (f", loaded {loaded[-1]} UTC" if loaded else "")
        age = (rules.now.date() - newest).days if newest else None
        is_old = age is None or age > rules.max_age_days
        words += f"; {age:,} days old, {rules.max_age_days} are allowed" if age is not None and is_old else ""
        yield Check("freshness", "wrong" if is_old else "ok", words)
    yield from _unpublished_loads(project, version)


def _unpublished_loads(project: Project, version: Path | None) -> Iterator[Check]:
    if version is None or not project.is_live:
        return
    _, ((built_at,),) = warehouse.query_published(project, "select max(built_at) from ops.build")
    newer = [each for each in read_receipts(project.receipts_dir) if datetime.fromisoformat(each.loaded_at) > built_at]
    if newer:
        yield Check("freshness", "note", f"{len(newer)} loads since the last build: `martlet run` shows them")


def _runs(project: Project, rules: Rules) -> Iterator[Check]:
    known = run_history.runs(read_log(project))
    if not known:
        yield Check("last run", "note", "none")
        return
    last = known[-1]
    words = f"martlet {last.command}, {last.started_at[:16]} UTC, {last.seconds:.1f} s, {last.outcome}"
    yield Check("last run", "wrong" if last.failed else "ok", words)
    failed = next((run for run in reversed(known) if run.failed), None)
    words = f"martlet {failed.command}, {failed.started_at[:16]} UTC, {failed.outcome}" if failed else "none"
    yield Check("last failure", "ok", words)
    for slow in run_history.slowdowns(known):
        yield Check("slower", "note", str(slow))


def _clock(project: Project, rules: Rules) -> Iterator[Check]:
    told = [receipt.loaded_at for receipt in read_receipts(project.receipts_dir)]
    told += [str(phase["started_at"]) for phase in read_log(project)[-1:]]
    newest = max(map(datetime.fromisoformat, told), default=None)
    ahead = newest - rules.now if newest else timedelta(0)
    if newest and ahead > timedelta(minutes=5):
        yield Check("clock", "wrong", f"something was logged at {newest:%Y-%m-%d %H:%M} UTC, which is still to come")
    else:
        yield Check("clock", "ok", f"{rules.now:%Y-%m-%d %H:%M} UTC")


def now() -> datetime:
    """Now in UTC, without a zone, as everything is logged."""
    return datetime.now(UTC).replace(tzinfo=None)
