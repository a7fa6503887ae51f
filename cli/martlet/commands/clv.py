"""martlet clv: what each customer is still worth."""

import click


@click.command()
def clv() -> None:
    """Value customers: chance to be alive, expected orders and margin, residual value; and publish the values.

    Models of leaving are judged by their fit and on held-out days. Where none may be used, orders are expected at a
    constant rate, nobody is called alive, and predictions.customer_value_fit says why.

    Example: martlet clv && martlet query "from predictions.customer_value_fit"
    """
    from martlet import pipeline  # noqa: PLC0415
    from martlet.commands.progress import progress  # noqa: PLC0415
    from martlet.project import open_project  # noqa: PLC0415

    with progress() as show:
        for line in pipeline.value_customers(open_project(), show):
            click.echo(line)
