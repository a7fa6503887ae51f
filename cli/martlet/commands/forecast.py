"""martlet forecast: demand for the next 28 days, revenue for them and for three months."""

import click


@click.command()
def forecast() -> None:
    """Forecast demand per SKU and revenue by day and month, back-test both, and publish them.

    A model that loses to seasonal-naive in its back-test is not published. What was published before is held against
    what has happened since.

    Example: martlet forecast && martlet query "from predictions.forecast_accuracy"
    """
    from martlet import pipeline  # noqa: PLC0415
    from martlet.commands.progress import progress  # noqa: PLC0415
    from martlet.project import open_project  # noqa: PLC0415

    with progress() as show:
        for line in pipeline.forecast(open_project(), show):
            click.echo(line)
