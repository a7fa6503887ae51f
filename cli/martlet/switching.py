"""How a restored store takes the place of what stands in a home: all of it or nothing, whatever happens in between.

A restore is prepared in .restore/ of the home, where nothing reads it, and checked there. Once switch.json is written
it counts, and a command that is killed on the way is finished by the next one that takes the lock. Readers see the old
published version until the link moves, and what stood there before is kept beside it.
"""

import json
import shutil
from pathlib import Path

from martlet.errors import MartletError
from martlet.files import settle_folder, write_durably
from martlet.project import Project

FOLDER = ".restore"
SWITCH = "switch.json"
SETTINGS = "martlet.toml"


def staging_folder(project: Project) -> Path:
    """The folder that a restore is prepared in: `data/`, `versions/` and, if the store had one, `martlet.toml`."""
    return project.home / FOLDER


def switch(project: Project, current: str | None, kept_in: str) -> None:
    """Put the prepared store in place.

    current : the version that readers are to see; kept_in : the name of a folder in the home for what stands there now.
    """
    folder = staging_folder(project)
    told = {"current": current, "kept_in": kept_in}
    write_durably(folder / SWITCH, json.dumps(told))
    finish(project)


def finish(project: Project) -> None:
    """Finish a restore that was killed after it counted; forget one that was killed before. The caller holds the lock.

    Raises MartletError where the home does not let itself be written.
    """
    folder = staging_folder(project)
    if not folder.exists():
        return
    try:
        if (folder / SWITCH).exists():
            _move(project, json.loads((folder / SWITCH).read_text(encoding="utf-8")))
        shutil.rmtree(folder)
    except OSError as error:
        raise MartletError(f"{folder}: a restore that was cut off cannot be finished ({error.strerror})") from None


def _move(project: Project, told: dict[str, str | None]) -> None:
    folder, kept_in = staging_folder(project), project.home / str(told["kept_in"])
    # it was built from what is replaced; the next run makes it anew
    for path in (project.build_file, project.build_file.with_name(project.build_file.name + ".wal")):
        path.unlink(missing_ok=True)
    project.versions_dir.mkdir(parents=True, exist_ok=True)
    for version in sorted((folder / "versions").glob("*.duckdb")):
        version.replace(project.versions_dir / version.name)
    settle_folder(project.versions_dir)
    for name in ("data", SETTINGS):
        if (folder / name).exists():
            if (project.home / name).is_dir() and not any((project.home / name).iterdir()):
                (project.home / name).rmdir()
            elif (project.home / name).exists():
                kept_in.mkdir(mode=0o700, exist_ok=True)
                (project.home / name).replace(kept_in / name)
            (folder / name).replace(project.home / name)
    if told["current"]:
        point_to(project, str(told["current"]))
    else:
        project.published_file.unlink(missing_ok=True)
    settle_folder(project.home)


def point_to(project: Project, version: str) -> None:
    """Let readers see this version from now on, in one step."""
    link = project.warehouse_dir / ".martlet.duckdb.new"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("versions") / version)
    link.replace(project.published_file)
    settle_folder(project.warehouse_dir)
