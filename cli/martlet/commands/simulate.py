"""martlet simulate: how the plan's policy would have done."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from martlet.inventory.comparison import Comparison, Outcome

COLUMNS = ("policy", "target", "service", "fill", "stock value", "out days", "orders", "holding", "ordering", "lost")


@click.command()
@click.option(
    "--days",
    type=click.IntRange(min=28),
    default=365,
    show_default=True,
    help="Days to hold out; a third of the history if that is less.",
)
@click.option("--seed", type=click.IntRange(min=0), default=7, show_default=True, help="Draws lead times and starts.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder of the CSV; exports/ by default.")
def simulate(days: int, seed: int, out: Path | None) -> None:
    """Replay held-out demand through the plan's policy, the textbook's, 30 days of cover, and ordering when out.

    Levels are set from what was known then and again every 28 days; sales that find no stock are lost. Prints them side
    by side, publishes predictions.policy_simulation and writes policy_simulation.csv.

    Example: martlet simulate --days 180 --seed 7
    """
    from martlet import pipeline  # noqa: PLC0415
    from martlet.commands.progress import progress  # noqa: PLC0415
    from martlet.project import open_project, shown  # noqa: PLC0415

    project = open_project()
    folder = out or project.exports_dir
    with progress() as show:
        result = pipeline.simulate(project, days, seed, folder, show)
    _print(result)
    click.echo(shown(folder / "policy_simulation.csv"))


def _print(result: "Comparison") -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(*COLUMNS, box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for outcome in result.outcomes:
        table.add_row(outcome.policy, *_cells(outcome))
    equal = result.equal_service
    table.add_row(f"textbook, safety stock x {equal.multiple:.2f}", *_cells(equal))
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = 130
    console.print(table)
    plan = result.outcomes[0]
    if result.reaches_plan:
        console.print(
            f"At the plan's {plan.cycle_service:.1%} the textbook needs {equal.multiple:.2f} times its safety stock; "
            f"the plan's stock is worth {result.stock_ratio:.2f} of that.",
            soft_wrap=True,
        )
    else:
        console.print(
            f"No multiple of its safety stock takes the textbook to the plan's {plan.cycle_service:.1%}; its best is "
            f"{equal.cycle_service:.1%}, and the plan's stock is worth {result.stock_ratio:.2f} of that.",
            soft_wrap=True,
        )


def _cells(outcome: "Outcome") -> list[str]:
    money = (outcome.holding_cost, outcome.ordering_cost, outcome.lost_margin)
    return [
        *(f"{share:.1%}" for share in (outcome.target, outcome.cycle_service, outcome.fill_rate)),
        *(f"{count:,.0f}" for count in (outcome.stock_value, outcome.stock_out_days, outcome.orders, *money)),
    ]
