"""martlet backup: all that cannot be made again, in one file."""

from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--without-key", is_flag=True, help="Leave out the key for hashing people; keep it safe elsewhere.")
def backup(folder: Path, without_key: bool) -> None:
    """Write raw loads, reference data, decisions, published versions and the key into one tar file in FOLDER.

    It is read back and every file compared before it gets its name. It holds people's data: mode 600.

    Example: martlet backup /mnt/backups && martlet prune --backups /mnt/backups --keep-count 7 --keep-days 30
    """
    from martlet.backup import write_backup  # noqa: PLC0415
    from martlet.commands.progress import progress  # noqa: PLC0415
    from martlet.project import open_project, shown  # noqa: PLC0415

    with progress() as show:
        path, manifest = write_backup(open_project(), folder, show, with_key=not without_key)
    size = sum(entry.bytes for entry in manifest.files)
    click.echo(f"{shown(path)}\t{len(manifest.files):,} files, {size:,} bytes, each compared")
