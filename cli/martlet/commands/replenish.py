"""martlet replenish: what to order now."""

import click


@click.command()
@click.option(
    "--budget",
    type=click.FloatRange(min=0),
    metavar="AMOUNT",
    help="Money that all orders together may cost; spent where it saves the most margin.",
)
@click.option("--vendor", metavar="NAME", help="Order from this vendor only.")
@click.option("--strict", is_flag=True, help="Every SKU meets its own service level, not all of them together.")
def replenish(budget: float | None, vendor: str | None, strict: bool) -> None:
    """Plan orders: which SKUs, how many, from whom, until when; and write a purchase order for each vendor.

    Reorder levels come from the forecast and its past errors. The plan is published as predictions.replenishment_plan;
    purchase orders are exports/purchase_orders/<vendor>.csv, to be keyed into Shopify.

    \b
    Example: martlet replenish --budget 10000
             martlet replenish --vendor "Ironvale Speed"
    """
    from math import isfinite  # noqa: PLC0415

    from martlet import pipeline  # noqa: PLC0415
    from martlet.commands.progress import progress  # noqa: PLC0415
    from martlet.project import open_project, shown  # noqa: PLC0415
    from martlet.replenishment import Request  # noqa: PLC0415

    if budget is not None and not isfinite(budget):
        raise click.BadParameter("must be a number", param_hint="--budget")
    project = open_project()
    with progress() as show:
        told, files = pipeline.replenish(project, Request(budget, vendor, strict), show)
    for line in told:
        click.echo(line)
    for file in files:
        click.echo(f"{shown(project.exports_dir / file.file)}\t{file.rows:,} rows")
