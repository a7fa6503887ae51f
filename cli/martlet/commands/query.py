"""martlet query: SQL on the published file."""

import os

import click

# each takes address space, which is bounded
THREADS = min(os.cpu_count() or 1, 4)


@click.command()
@click.argument("sql")
@click.option("--format", "format_", type=click.Choice(["table", "csv", "json"]), help="table on a terminal, else csv.")
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), default=60, show_default=True, help="Seconds.")
@click.option("--memory", "memory_mb", type=click.IntRange(min=64), default=2048, show_default=True, help="Megabytes.")
@click.option("--threads", type=click.IntRange(min=1), default=THREADS, help="One a core, four at most, by default.")
def query(sql: str, format_: str | None, timeout: float, memory_mb: int, threads: int) -> None:
    """Run SQL on the published warehouse, read-only, with no access to other files, within limits.

    Example: martlet query "select * from marts.reorder_points order by days_of_cover limit 20"
    """
    from martlet.commands.tables import print_pieces  # noqa: PLC0415
    from martlet.project import open_project  # noqa: PLC0415
    from martlet.querying import Limits, run_query  # noqa: PLC0415

    limits = Limits(timeout=timeout, memory_mb=memory_mb, threads=threads)
    print_pieces(lambda chosen: run_query(open_project(), sql, chosen, limits), format_)
