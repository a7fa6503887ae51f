"""How a load's parts come into the lake: all of them or none, whatever happens in between.

A load is prepared in data/.incoming/<load id>/. Once its parts are on the disk, moves.json is written beside them and
says where each belongs, the receipt last; from then on the load counts. A command that is killed while it moves them is
finished by the next one that takes the lock, before it reads or writes anything; one that is killed before that is
forgotten, and its file can be loaded again.
"""

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from martlet.errors import MartletError
from martlet.files import settle, settle_folder, write_durably

INCOMING = ".incoming"
MOVES = "moves.json"


def commit(incoming: Path, data_dir: Path, moves: Sequence[tuple[Path, Path]]) -> None:
    """Move each (part in `incoming`, place under `data_dir`), in this order."""
    for part, _ in moves:
        settle(part)
    told = [[part.name, str(place.relative_to(data_dir))] for part, place in moves]
    write_durably(incoming / MOVES, json.dumps(told))
    _finish(incoming, data_dir)


def is_committed(incoming: Path) -> bool:
    """Whether a load counts whose parts may not all be in place."""
    return (incoming / MOVES).exists()


def repair(data_dir: Path) -> None:
    """Finish loads that were killed while they moved, forget those that were killed before.

    To be called by whoever holds the lock, when no load of its own is under way. Raises MartletError where the folder
    does not let itself be written.
    """
    if not (data_dir / INCOMING).exists():
        return
    try:
        for incoming in sorted((data_dir / INCOMING).iterdir()):
            if is_committed(incoming):
                _finish(incoming, data_dir)
        shutil.rmtree(data_dir / INCOMING)
    except OSError as error:
        raise MartletError(f"{data_dir}: a load that was cut off cannot be finished ({error.strerror})") from None


def broken_parts(raw_dir: Path, rejected_dir: Path) -> list[Path]:
    """Files of the lake that do not begin and end as Parquet does, as those that were cut off."""
    return [path for path in (*raw_dir.glob("*/*/*.parquet"), *rejected_dir.glob("*.parquet")) if not _is_whole(path)]


def told_broken(path: Path, receipts_dir: Path) -> str:
    """What to do about a broken part: without its receipt the same file can be loaded again."""
    receipt = receipts_dir / f"{path.stem}.json"
    return f"{path} is no whole Parquet file: delete it and {receipt}, and load its file again"


def _is_whole(path: Path) -> bool:
    if path.stat().st_size < 12:
        return False
    with path.open("rb") as file:
        head = file.read(4)
        file.seek(-4, os.SEEK_END)
        return head == file.read(4) == b"PAR1"


def orphans(raw_dir: Path, rejected_dir: Path, receipts_dir: Path) -> list[Path]:
    """Parts whose load has no receipt; edits, which need none, are told by their longer names."""
    known = {path.stem for path in receipts_dir.glob("*.json")}
    parts = [*raw_dir.glob("*/*/*.parquet"), *rejected_dir.glob("*.parquet")]
    return [path for path in parts if len(path.stem) == 16 and path.stem not in known]


def _finish(incoming: Path, data_dir: Path) -> None:
    folders = set()
    for name, place in json.loads((incoming / MOVES).read_text(encoding="utf-8")):
        target = data_dir / place
        target.parent.mkdir(parents=True, exist_ok=True)
        folders.add(target.parent)
        if (incoming / name).exists():
            (incoming / name).replace(target)
    for folder in folders:
        settle_folder(folder)
