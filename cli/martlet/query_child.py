"""What `martlet query` runs in a process of its own: one file opened, one SQL text run, rows out as text.

Never imported: querying.py starts it by its path with a bare interpreter, an empty environment and a request on stdin.
The doors are shut twice. DuckDB is told to open the file read-only, without external access, extensions, spilling or
changes of settings; and the kernel is told that this process may open no further file, write no byte to one, take no
more memory than asked for and run no longer. What the first lock misses, the second stops: a query that trips the
kernel ends this process and nothing else.
"""

import json
import resource
import signal
import sys
from contextlib import suppress
from typing import Any, NoReturn

CHUNK = 10_000
# Code, DuckDB's own buffers and a stack a thread, over what queries may use; measured at under 600 MB with 4 threads.
HEADROOM_MB = 1024
LONGEST_ERROR = 2000
# In this order: loading the time zones and setting a limit must come before the doors are shut.
DOORS = (
    "TimeZone = 'UTC'",
    "memory_limit = '{memory_mb}MB'",
    "threads = {threads}",
    "temp_directory = ''",
    "autoinstall_known_extensions = false",
    "autoload_known_extensions = false",
    "allow_community_extensions = false",
    "enable_external_access = false",
    "lock_configuration = true",
)
# Values whose Python types DuckDB imports when it first meets them; afterwards no module can be read any more.
WARMING = ("1.0", "date '2026-01-01'", "now()", "uuid()")


def main() -> None:
    """Read the request, run it, write rows to stdout. Exits 2 with one line on stderr where the SQL is wrong."""
    request = json.load(sys.stdin)
    sys.path[:] = request["sys_path"]
    _limit(request["memory_mb"])
    import duckdb  # noqa: PLC0415  (only here is it known where it lies)

    try:
        connection = duckdb.connect(request["file"], read_only=True)
    except duckdb.Error as error:
        _refuse(f"the published file cannot be opened: {_first_line(error)}")
    try:
        for setting in DOORS:
            connection.execute(f"set {setting.format(**request)}")
        connection.execute(f"select {', '.join(WARMING)}").fetchall()
        from martlet import rendering  # noqa: F401, PLC0415

        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
        _run(connection, request)
    except (duckdb.Error, MemoryError, UnicodeError) as error:
        _refuse(_first_line(error) or "the query ran out of memory")


def _first_line(error: BaseException) -> str:
    return " ".join(str(error).strip().splitlines()[:1])


def _refuse(line: str) -> NoReturn:
    sys.stderr.write(line[:LONGEST_ERROR])
    sys.stderr.flush()
    raise SystemExit(2) from None


def _limit(memory_mb: int) -> None:
    """Tell the kernel: so much memory, no byte into a file, no core dump; a pipe nobody reads ends it."""
    memory = (memory_mb + HEADROOM_MB) << 20
    with suppress(ValueError, OSError):  # macOS knows no such limit; DuckDB's own holds there
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    # Python ignores it, and a write would fail and be reported; the default kills, which nothing can catch
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)


def _run(connection: Any, request: dict[str, Any]) -> None:
    from martlet.rendering import cell, render_rows  # noqa: PLC0415

    # the clock runs only while SQL does: whoever reads the rows may take their time
    left = float(request["timeout"])
    signal.setitimer(signal.ITIMER_REAL, left)
    connection.execute(request["sql"])
    names = [column[0] for column in connection.description or []]
    heading = True
    while True:
        rows = connection.fetchmany(CHUNK) if names else []
        left, _ = signal.setitimer(signal.ITIMER_REAL, 0)
        if request["format"] == "table":
            lines = ([names] if heading else []) + [[cell(value) for value in row] for row in rows]
            text = "".join(json.dumps(line) + "\n" for line in lines)
        else:
            text = render_rows(names, rows, request["format"], heading=heading)
        sys.stdout.write(text)
        sys.stdout.flush()
        heading = False
        if len(rows) < CHUNK:
            return
        signal.setitimer(signal.ITIMER_REAL, left)


if __name__ == "__main__":
    main()
