"""martlet mock: the synthetic merchant."""

import os
from pathlib import Path

import click


@click.command()
@click.option("--orders", type=click.IntRange(100, 5_000_000), help="Number of orders, with --to.")
@click.option("--events", type=click.IntRange(1_000, 200_000_000), help="Number of GA4 events, with --to.")
@click.option(
    "--to", "folder", type=click.Path(path_type=Path, file_okay=False), help="Write Parquet in raw shape here."
)
@click.option(
    "--event-days",
    type=click.IntRange(7, 730),
    default=75,
    show_default=True,
    help="With --to: full days with GA4 events, up to the last.",
)
@click.option("--seed", default=7, show_default=True, help="Same seed, same bytes.")
@click.option(
    "--plant",
    type=click.Choice(["default", "varied", "nothing"]),
    default="default",
    show_default=True,
    help="With --to: effects for the shortlist to find. The demo store's, sizes drawn from the seed, or none.",
)
def mock(orders: int | None, events: int | None, folder: Path | None, event_days: int, seed: int, plant: str) -> None:
    """Write the mock store: the committed dbt seeds, or Parquet at any size.

    \b
    Example: martlet mock
             martlet mock --orders 100_000 --events 10_000_000 --event-days 365 --to big/data/raw
             MARTLET_HOME=big martlet run
    """
    # Arrow's other allocators give memory back to the system and fetch it again, some 5% of the writer's time; Arrow
    # reads this when it is first imported
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    from martlet.commands.progress import progress  # noqa: PLC0415
    from martlet.errors import MartletError  # noqa: PLC0415
    from martlet.mockstore import write_parquet, write_seeds  # noqa: PLC0415
    from martlet.mockstore.plants import make_plants  # noqa: PLC0415
    from martlet.mockstore.shop_time import GA4_DAYS  # noqa: PLC0415
    from martlet.project import open_project  # noqa: PLC0415
    from martlet.raw_contract import load_contract  # noqa: PLC0415

    project = open_project()
    contract = load_contract(project.models_dir)
    if folder is None and (orders or events or plant != "default" or event_days != GA4_DAYS):
        raise MartletError(
            "--orders, --events, --event-days and --plant need --to: the committed seeds are what they are"
        )
    with progress() as show:
        if folder is None:
            summary = write_seeds(project.seeds_dir, contract, seed=seed)
        else:

            def wrote(table: str, rows: int) -> None:
                show(f"{table}: {rows:,} rows written")

            plants = make_plants(plant, seed)
            summary = write_parquet(
                folder,
                contract,
                orders or 10_000,
                events or 1_000_000,
                seed=seed,
                progress=wrote,
                plants=plants,
                event_days=event_days,
            )
    for (source, table), rows in summary.rows.items():
        click.echo(f"{source}.{table}\t{rows:,} rows")
