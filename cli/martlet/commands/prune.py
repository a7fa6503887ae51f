"""martlet prune: what may go, by age and count."""

from pathlib import Path

import click


@click.command()
@click.option("--keep-count", type=click.IntRange(min=1), help="Keep the newest so many.")
@click.option("--keep-days", type=click.IntRange(min=0), help="Keep all of the last so many days.")
@click.option("--backups", type=click.Path(path_type=Path, file_okay=False), help="Backups in this folder instead.")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
def prune(keep_count: int | None, keep_days: int | None, backups: Path | None, dry_run: bool) -> None:
    """Remove old published versions, or old backups with --backups. What either rule keeps is kept.

    The version that readers see and the newest backup always stay; raw data is never removed.

    \b
    Example: martlet prune --keep-count 3 --dry-run
             martlet prune --backups /mnt/backups --keep-count 7 --keep-days 30
    """
    from martlet.health import now  # noqa: PLC0415
    from martlet.project import open_project, shown  # noqa: PLC0415
    from martlet.retention import Keep  # noqa: PLC0415
    from martlet.retention import prune as remove  # noqa: PLC0415

    removed = remove(open_project(), backups, Keep(keep_count, keep_days), now(), dry_run=dry_run)
    for path in removed:
        click.echo(f"{'would remove' if dry_run else 'removed'} {shown(path)}")
    click.echo(f"{len(removed)} {'would be removed' if dry_run else 'removed'}", err=True)
