"""Files that a crash or a power cut leaves whole: written beside their place, made durable, then moved in."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def replace_durably(draft: Path, final: Path) -> None:
    """Move `draft` to `final` in one step, of which either all or nothing is left after a power cut."""
    settle(draft)
    draft.replace(final)
    settle_folder(final.parent)


def write_durably(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a small text file so that it is never seen half."""
    draft = path.with_name(f".{path.name}.part")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as file:
        file.write(text)
    replace_durably(draft, path)


@contextmanager
def private_files() -> Iterator[None]:
    """Files made inside this block are for their owner only."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def settle(path: Path) -> None:
    """Wait until a file's bytes are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def settle_folder(folder: Path) -> None:
    """Wait until a folder's names are on the disk."""
    settle(folder)
