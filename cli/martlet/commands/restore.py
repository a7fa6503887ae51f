"""martlet restore: a store out of a backup."""

from pathlib import Path

import click


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="Replace the store that is there; its data are kept in a folder beside.")
def restore(file: Path, replace: bool) -> None:
    """Put the store of a backup into MARTLET_HOME, after every file was compared with the manifest.

    \b
    Example: MARTLET_HOME=/srv/store martlet restore /mnt/backups/martlet-20261126T041500Z.tar
             MARTLET_HOME=/srv/store martlet run
    """
    from martlet.commands.progress import progress  # noqa: PLC0415
    from martlet.project import open_project, shown  # noqa: PLC0415
    from martlet.restore import restore as restore_store  # noqa: PLC0415

    project = open_project()
    with progress() as show:
        restored = restore_store(project, file, show, replace=replace)
    manifest = restored.manifest
    click.echo(f"restored {len(manifest.files):,} files of {manifest.made_at} UTC into {shown(project.home)}")
    click.echo(f"published: {restored.current or 'nothing'}")
    if restored.kept_in:
        click.echo(f"what stood there is in {shown(restored.kept_in)}; delete it when you need it no more")
    if not manifest.has_key and manifest.source_modes.get("shopify") == "live":
        click.echo(
            "the backup holds no key for hashing people: put yours into data/pii.key before the next run", err=True
        )
