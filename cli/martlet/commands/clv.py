"""martlet clv: what each customer is still worth."""

import click


@click.command()
@click.option(
    "--report", "is_reported", is_flag=True, help="Write the record on held-out days: clv_report.md and clv_report.png."
)
def clv(is_reported: bool) -> None:
    """Value customers: chance to be alive, expected orders and margin, residual value; and publish the values.

    Models of leaving are judged by their fit and on held-out days. Where none may be used, orders are expected at a
    constant rate, nobody is called alive, and predictions.customer_value_fit says why.

    Example: martlet clv --report && martlet query "from predictions.customer_value_fit"
    """
    from martlet import pipeline  # noqa: PLC0415
    from martlet.commands.progress import progress  # noqa: PLC0415
    from martlet.project import open_project  # noqa: PLC0415

    with progress() as show:
        for line in pipeline.value_customers(open_project(), show, is_reported=is_reported):
            click.echo(line)
