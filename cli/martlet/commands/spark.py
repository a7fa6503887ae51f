"""martlet spark: the same models on Spark, and the comparison of both engines."""

from pathlib import Path

import click


@click.group()
def spark() -> None:
    """Build the marts on Spark too, and hold them against DuckDB's.

    It is an extra: pip install -e '.[spark]', and Java 17. docs/spark.md says how to point it at a cluster.

    \b
    Examples: martlet spark build
              martlet spark predict
              martlet spark compare
    """


@spark.command()
def build() -> None:
    """Build every seed and model on Spark with their tests; nothing is published.

    Example: martlet spark build
    """
    from martlet import pipeline  # noqa: PLC0415
    from martlet.commands.progress import progress  # noqa: PLC0415
    from martlet.project import open_project, shown  # noqa: PLC0415

    with progress() as show:
        ran, folder = pipeline.build_on_spark(open_project(), show)
    click.echo(f"{ran:,} seeds, models and tests on Spark; marts in {shown(folder)}")


@spark.command()
def predict() -> None:
    """Forecast demand and value customers on Spark from the marts it built, spread over SKUs and customers.

    Example: martlet spark predict
    """
    from martlet import pipeline  # noqa: PLC0415
    from martlet.commands.progress import progress  # noqa: PLC0415
    from martlet.project import open_project  # noqa: PLC0415

    with progress() as show:
        told = pipeline.predict_on_spark(open_project(), show)
    for line in told:
        click.echo(line)


@spark.command()
@click.option(
    "--marts",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with <mart>/*.parquet, as Spark built them; where `martlet spark build` leaves them by default.",
)
@click.option("--format", "format_", type=click.Choice(["table", "csv", "json"]), help="table on a terminal, else csv.")
def compare(marts: Path | None, format_: str | None) -> None:
    """Hold every mart that Spark built, and what it predicted, against the published: row for row, in any order.

    Floats may differ by 1e-9 of the larger; everything else is exact. Exits 1 on any difference, with the keys of the
    first rows that differ.

    \b
    Examples: martlet spark compare
              martlet spark compare --marts /mnt/lake/marts --format json
    """
    from martlet import pipeline  # noqa: PLC0415
    from martlet.commands.tables import print_rows  # noqa: PLC0415
    from martlet.errors import DataError  # noqa: PLC0415
    from martlet.project import open_project  # noqa: PLC0415

    found = pipeline.compare_engines(open_project(), marts)
    names = ["table", "rows", "spark_rows", "columns_compared", "differing_rows", "first_differences"]
    rows = [
        (c.mart, c.rows, c.spark_rows, c.columns, c.differing_rows, "; ".join(c.differences) or None) for c in found
    ]
    print_rows(names, rows, format_)
    differing = [comparison.mart for comparison in found if not comparison.is_equal]
    if differing:
        raise DataError(f"{len(differing)} of {len(found)} tables differ between the engines: {', '.join(differing)}")
    click.echo(f"{len(found)} tables are the same on both engines", err=True)
