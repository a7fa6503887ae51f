"""SQL that someone typed, on the published file, in a child process with limits on time and memory.

A child because DuckDB runs in the process that asks: some SQL aborts it (enable_logging into a file does on 1.5), some
fills its memory, and none of that may harm the caller. A fresh interpreter rather than a fork, because it inherits
nothing: no environment with secrets in it, no open file, no thread of whoever called. It starts without the site module
and loads only DuckDB, which this process therefore need not.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from martlet.errors import MartletError
from martlet.project import Project, bare_environment

CHILD = Path(__file__).with_name("query_child.py")
BLOCK = 1 << 16


@dataclass(frozen=True)
class Limits:
    """What a query may take: seconds of running, megabytes, threads. Nothing is spilled to disk."""

    timeout: float = 60.0
    memory_mb: int = 2048
    threads: int = 2


DEFAULT_LIMITS = Limits()


def run_query(project: Project, sql: str, format_: str, limits: Limits = DEFAULT_LIMITS) -> Iterator[str]:
    """Run SQL on the published file; yields its rows as text, piece by piece.

    `format_` is csv, json (one object a line) or table (one JSON array of cells a line, the first of names). Raises
    MartletError, in one line, where nothing is published, the SQL is wrong or a limit was met; rows that came before a
    failure have been yielded by then.
    """
    request = {
        "file": str(project.existing_published().resolve()),
        "sql": sql,
        "format": format_,
        "sys_path": [str(CHILD.parents[1]), *(path for path in sys.path if path)],
        **asdict(limits),
    }
    with TemporaryFile() as asked:
        asked.write(json.dumps(request).encode())
        asked.seek(0)
        # -B: it may write no file, bytecode included
        command = [sys.executable, "-I", "-S", "-B", "-X", "utf8", str(CHILD)]
        surroundings = bare_environment()
        # what it says on stderr is a line or two and waits in the pipe until the rows are read
        pipe = subprocess.PIPE
        child = subprocess.Popen(command, stdin=asked, stdout=pipe, stderr=pipe, env=surroundings, cwd="/")
    try:
        assert child.stdout is not None
        assert child.stderr is not None
        with child.stdout, child.stderr:
            yield from _lines(child.stdout)
            words = child.stderr.read().decode(errors="replace")
            child.wait()
    finally:
        child.kill()
        child.wait()
    if child.returncode:
        raise MartletError(_what_ended(child.returncode, words, limits))


def _lines(pipe: IO[bytes]) -> Iterator[str]:
    """Text as it comes, in whole lines: a block may end within a character."""
    held = b""
    while block := pipe.read1(BLOCK):  # type: ignore[attr-defined]
        whole, newline, held = (held + block).rpartition(b"\n")
        if newline:
            yield (whole + newline).decode(errors="replace")
    if held:
        yield held.decode(errors="replace")


def _what_ended(code: int, words: str, limits: Limits) -> str:
    if code == 2 and words:
        return words
    if code == -signal.SIGALRM:
        return f"the query was stopped after {limits.timeout:g} s; --timeout gives it longer"
    if code == -signal.SIGXFSZ:
        return "the query tried to write a file and was stopped"
    if code < 0:
        name = signal.Signals(-code).name
        return f"the query ended its process ({name}), perhaps for want of memory; --memory gives it more"
    last = next((line for line in reversed(words.splitlines()) if line.strip()), "")
    return f"the query failed: {last[:300]}"
