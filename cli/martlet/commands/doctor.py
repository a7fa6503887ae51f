"""martlet doctor: whether everything is well, for people and for monitoring."""

import json
from dataclasses import asdict

import click


@click.command()
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--max-age-days",
    type=click.IntRange(min=0),
    default=7,
    show_default=True,
    help="Older data of a live source is wrong.",
)
def doctor(format_: str, max_age_days: int) -> None:
    """Look at versions, files, disk, lock, sources, freshness and runs. Exits 1 if something is wrong.

    One line a check: ok, note (nothing to do, or the next run does it) or wrong. It changes nothing and may run while
    another command is at work.

    \b
    Example: martlet doctor
             martlet doctor --format json --max-age-days 2
    """
    from martlet.health import Rules, examine, now  # noqa: PLC0415
    from martlet.project import open_project  # noqa: PLC0415

    found = examine(open_project(), Rules(max_age_days, now()))
    for check in found:
        line = json.dumps(asdict(check)) if format_ == "json" else f"{check.state:<6} {check.check:<13} {check.detail}"
        click.echo(line)
    if any(check.state == "wrong" for check in found):
        raise SystemExit(1)
