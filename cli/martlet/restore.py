"""Restoring a backup: every file is compared with the manifest before anything is replaced, in one step."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from martlet import warehouse
from martlet.backup import Manifest, read_manifest, read_verified
from martlet.errors import MartletError
from martlet.files import private_files, settle
from martlet.project import Project
from martlet.switching import staging_folder, switch

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Restored:
    """What was restored: its manifest, the version that readers see now, and where what stood there was put."""

    manifest: Manifest
    current: str | None
    kept_in: Path | None


def restore(project: Project, path: Path, progress: Progress, *, replace: bool = False) -> Restored:
    """Put the store of a backup into this home.

    A home that holds a store is only replaced if `replace`; its data are kept in a folder beside, its published
    versions as older ones, to which `martlet rollback` goes back. Raises MartletError where the home is not empty, or
    anything in the backup is not as the manifest says; nothing is changed then.
    """
    manifest = read_manifest(path)
    with warehouse.lock(project, "restore"):
        holds = [each for each in _content(project) if each.exists()]
        if holds and not replace:
            raise MartletError(f"{project.home} holds a store already: restore into another MARTLET_HOME, or --replace")
        folder = staging_folder(project)
        try:
            with private_files():
                _unpack(project, path, folder, progress)
            current = _renumber(project, folder, manifest.current)
            kept_in = f"replaced-{datetime.now(UTC):%Y%m%dT%H%M%S}"
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        switch(project, current, kept_in)
    kept = project.home / kept_in
    return Restored(manifest, current, kept if kept.exists() else None)


def _content(project: Project) -> list[Path]:
    """What makes a home hold a store; the run log and lock that any command leaves do not."""
    return [project.published_file, project.raw_dir, project.decisions_dir, project.receipts_dir, project.pii_key_file]


def _unpack(project: Project, path: Path, folder: Path, progress: Progress) -> None:
    folder.mkdir(parents=True)
    for count, entry in enumerate(read_verified(path, into=folder), 1):
        settle(folder / entry.file)
        if count % 100 == 0:
            progress(f"{count:,} files unpacked and compared")
    (folder / "data").mkdir(mode=0o700, exist_ok=True)
    for version in sorted((folder / "versions").glob("*.duckdb")):
        progress(f"reading {version.name}")
        warehouse.check_version(version, thoroughly=True)
        version.chmod(0o444)


def _renumber(project: Project, folder: Path, current: str | None) -> str | None:
    """Let the restored versions follow those that stand there, which readers may have open; returns `current` anew."""
    first = warehouse.next_version_number(project)
    names = {}
    for place, version in enumerate(sorted((folder / "versions").glob("*.duckdb"))):
        names[version.name] = warehouse.version_name(first + place) if first > 1 else version.name
    # from the last, so that no name is taken
    for old, new in sorted(names.items(), reverse=True):
        (folder / "versions" / old).rename(folder / "versions" / new)
    if current is not None and current not in names:
        raise MartletError(f"the backup lacks {current}, the version that it says was published")
    return names.get(current) if current else None
