"""Backups: one tar file with all that cannot be made again, and a manifest of every file's size and SHA-256.

In it: raw loads with their receipts and rejected rows, the merchant's own tables and edits (which are raw loads too),
forecasts as they were published, the ledger of decisions, the run log, the key for hashing people, martlet.toml and
the published versions. Not in it: the workshop and the exports, which the next run makes.

It holds people's data and the key, and is for its owner only (mode 600). The manifest names files and no content.
"""

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from martlet import __version__, decisions, warehouse
from martlet.errors import MartletError
from martlet.files import private_files, replace_durably
from martlet.project import Project
from martlet.switching import SETTINGS

Progress = Callable[[str], None]
FORMAT = 1
MANIFEST = "manifest.json"
NAME = "martlet-%Y%m%dT%H%M%SZ.tar"
BLOCK = 1 << 20


@dataclass(frozen=True)
class Entry:
    """One file of a backup: its place, bytes and SHA-256 as 64 hex digits."""

    file: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself. `current` is the version that readers saw; `made_at` is UTC."""

    format: int
    made_at: str
    current: str | None
    source_modes: dict[str, str]
    has_key: bool
    versions: dict[str, str]
    files: tuple[Entry, ...] = field(default=())


def write_backup(project: Project, folder: Path, progress: Progress, *, with_key: bool = True) -> tuple[Path, Manifest]:
    """Write a backup into `folder`, read it back and compare every file; returns it.

    Raises MartletError where there is nothing to back up or the folder cannot be written.
    """
    now = datetime.now(UTC)
    final = folder / now.strftime(NAME)
    with warehouse.lock(project, "backup"):
        if folder.resolve().is_relative_to(project.data_dir.resolve()):
            raise MartletError(f"{folder}: lies in what is backed up; name a folder elsewhere")
        if final.exists():
            raise MartletError(f"{final}: is there already; wait a second")
        with private_files(), _scratch(folder) as scratch:
            sources = list(_sources(project, Path(scratch), with_key))
            if not any(name.startswith(("data/raw/", "versions/")) for name, _ in sources):
                raise MartletError("there is nothing to back up yet: load files or run `martlet run`")
            progress(f"hashing {len(sources):,} files")
            manifest = _describe(project, now, sources)
            draft = Path(scratch) / final.name
            progress(f"writing {sum(entry.bytes for entry in manifest.files):,} bytes")
            _write_tar(draft, manifest, sources)
            progress("reading it back")
            for _ in read_verified(draft):
                pass
            replace_durably(draft, final)
    return final, manifest


def _scratch(folder: Path) -> TemporaryDirectory[str]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return TemporaryDirectory(dir=folder, prefix=".martlet-backup-")
    except OSError as error:
        raise MartletError(f"{folder}: cannot be written ({error.strerror})") from None


def read_manifest(path: Path) -> Manifest:
    """The manifest of a backup. Raises MartletError where the file is none."""
    with _opened(path) as archive:
        return _read_manifest(path, archive)


def read_verified(path: Path, into: Path | None = None) -> Iterator[Entry]:
    """Read every file of a backup and compare its bytes with the manifest; written to `into`, if it is given.

    Raises MartletError at the first file that is missing, unknown, unsafe or not as it was.
    """
    with _opened(path) as archive:
        manifest = _read_manifest(path, archive)
        expected = {entry.file: entry for entry in manifest.files}
        try:
            while member := archive.next():
                entry = expected.pop(member.name, None)
                if entry is None or not member.isfile() or not _is_safe(member.name):
                    raise MartletError(f"{path.name} holds {member.name!r}, which its manifest does not know")
                content = archive.extractfile(member)
                assert content is not None
                target = into / member.name if into else None
                if _copy(content, target) != (entry.bytes, entry.sha256):
                    raise MartletError(f"{path.name} is damaged: {member.name} is not what was backed up")
                yield entry
        except (tarfile.TarError, EOFError) as error:
            raise MartletError(f"{path.name} is damaged: {error}") from None
    if expected:
        raise MartletError(
            f"{path.name} is cut off: {len(expected)} files are missing, {next(iter(expected))} the first"
        )


def _sources(project: Project, scratch: Path, with_key: bool) -> Iterator[tuple[str, Path]]:
    """Each file's name in the backup and where to read it; databases that may be in use are copied first."""
    for path in sorted(project.data_dir.rglob("*")):
        name = path.relative_to(project.home)
        hidden = any(part.startswith(".") for part in name.parts)
        is_left_out = (
            hidden or path.name.endswith(("-journal", "-wal")) or (path == project.pii_key_file and not with_key)
        )
        if not path.is_file() or is_left_out:
            continue
        if path.suffix == ".sqlite":
            copy = scratch / path.name
            decisions.copy_ledger(path, copy)
            yield name.as_posix(), copy
        else:
            yield name.as_posix(), path
    for version in warehouse.versions(project):
        yield f"versions/{version.name}", version
    if (project.home / SETTINGS).exists():
        yield SETTINGS, project.home / SETTINGS


def _describe(project: Project, now: datetime, sources: list[tuple[str, Path]]) -> Manifest:
    version = warehouse.current_version(project)
    return Manifest(
        format=FORMAT,
        made_at=now.strftime("%Y-%m-%d %H:%M:%S"),
        current=version.name if version else None,
        source_modes={source: str(mode) for source, mode in project.source_modes().items()},
        has_key=any(path == project.pii_key_file for _, path in sources),
        versions={"martlet": __version__, **{name: metadata.version(name) for name in ("duckdb", "dbt-core")}},
        files=tuple(Entry(name, *_hash(path)) for name, path in sources),
    )


def _write_tar(path: Path, manifest: Manifest, sources: list[tuple[str, Path]]) -> None:
    text = json.dumps(asdict(manifest), indent=2).encode()
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        header = tarfile.TarInfo(MANIFEST)
        header.size, header.mode = len(text), 0o600
        archive.addfile(header, io.BytesIO(text))
        for (name, source), entry in zip(sources, manifest.files, strict=True):
            member = tarfile.TarInfo(name)
            member.size, member.mode, member.mtime = entry.bytes, 0o600, int(source.stat().st_mtime)
            with source.open("rb") as file:
                archive.addfile(member, file)


def _opened(path: Path) -> tarfile.TarFile:
    try:
        return tarfile.open(path, "r:")
    except FileNotFoundError:
        raise MartletError(f"{path}: no such file") from None
    except (tarfile.TarError, EOFError, OSError) as error:
        raise MartletError(f"{path}: cannot be read as a backup ({error})") from None


def _read_manifest(path: Path, archive: tarfile.TarFile) -> Manifest:
    try:
        member = archive.next()
        content = archive.extractfile(member) if member and member.name == MANIFEST else None
        if content is None:
            raise MartletError(f"{path}: no backup of Martlet's: it does not begin with a manifest")
        told = json.loads(content.read())
        if told["format"] != FORMAT:
            raise MartletError(f"{path}: a backup of format {told['format']}; this Martlet reads format {FORMAT}")
        return Manifest(**{**told, "files": tuple(Entry(**entry) for entry in told["files"])})
    except (ValueError, KeyError, TypeError, tarfile.TarError, EOFError):
        raise MartletError(f"{path}: its manifest is damaged") from None


def _is_safe(name: str) -> bool:
    parts = Path(name).parts
    return ".." not in parts and (name == SETTINGS or parts[0] in ("data", "versions")) and not Path(name).is_absolute()


def _hash(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        return _copy(file, None)


def _copy(source: IO[bytes], target: Path | None) -> tuple[int, str]:
    """Bytes and SHA-256 of what `source` holds, written to `target` if there is one."""
    digest, size = hashlib.sha256(), 0
    if target:
        target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") if target else io.BytesIO() as out:
        while block := source.read(BLOCK):
            digest.update(block)
            size += len(block)
            if target:
                out.write(block)
    return size, digest.hexdigest()
