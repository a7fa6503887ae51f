"""The one screen that `martlet run` ends with: what was found, how sure it is, and where the files are."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from martlet.exporting import describe_modes
from martlet.pipeline import CONTRACT_REPORT, RunResult
from martlet.project import Project, shown
from martlet.report.write import REPORT
from martlet.reporting import read_findings
from martlet.shortlist.evidence import counted, probability
from martlet.shortlist.scoring import SCORE_FORMULA

# of the screen where there is none, as in a log
WIDTH = 110


def print_summary(project: Project, result: RunResult) -> None:
    """Print the screen to stdout."""
    # product titles may hold brackets or colons, which are not meant for the terminal
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = WIDTH
    facts, actions, accuracy = read_findings(project)
    _print_heading(console, project, facts)
    _print_facts(console, facts, accuracy)
    _print_actions(console, facts["currency"], actions)
    _print_files(console, project, result)


def _print_heading(console: Console, project: Project, facts: dict[str, Any]) -> None:
    modes = describe_modes(project)
    words = "mock store (no merchant data)" if modes == "mock" else modes
    as_of = f"as of {facts['as_of_date']}" if facts["as_of_date"] else "without a dated row"
    console.print(Text(f"Martlet {as_of}: {words}", style="bold"))
    console.print()


def _print_facts(console: Console, facts: dict[str, Any], accuracy: list[tuple[Any, ...]]) -> None:
    grid = Table.grid(padding=(0, 2))
    currency = f"{facts['currency']} ".lstrip()
    repeat = facts["repeat_buyers"] / facts["buyers"] if facts["buyers"] else 0
    if facts["orders"]:
        grid.add_row("Sales", f"{counted(facts['orders'], 'order')}, {currency}{facts['net_sales']:,.2f} net sales")
        grid.add_row("Customers", f"{counted(facts['buyers'], 'buyer')}, {repeat:.0%} bought more than once")
    else:
        grid.add_row("Sales", "not known: there is no order that counts")
    if facts["value_model"]:
        refused = "" if facts["judged_alive"] else "; no model of leaving may be used, see `martlet clv --report`"
        expected = f"{currency}{facts['value']:,.0f} margin expected of them in 365 days"
        grid.add_row("Value", f"{expected}, by {facts['value_model']}{refused}")
    elif facts["value_reason"]:
        grid.add_row("Value", f"none published: {facts['value_reason'].removeprefix('Not used: ')}")
    if facts["sessions"]:
        steps = [facts[name] for name in ("sessions", "viewed", "added", "began", "purchased")]
        words = ("sessions", "viewed a product", "added to cart", "began checkout", "purchased")
        grid.add_row("Funnel", " > ".join(f"{count:,} {word}" for count, word in zip(steps, words, strict=True)))
    stock = f", stock unknown for {facts['unknown_stock']:,}" if facts["unknown_stock"] else ""
    if facts["skus"]:
        grid.add_row(
            "Stock",
            f"{facts['to_reorder']:,} of {counted(facts['skus'], 'SKU')} at or below their reorder point{stock}",
        )
    if facts["orders_due"]:
        grid.add_row(
            "Orders",
            f"{facts['orders_due']:,} due by the forecast's reorder levels, {currency}{facts['orders_cost']:,.0f} from"
            f" {counted(facts['order_vendors'], 'vendor')}; purchase orders are written",
        )
    if facts["revenue_days"]:
        grid.add_row("Revenue", f"{currency}{facts['revenue']:,.0f} net sales expected in {facts['revenue_days']} days")
    for target, model, error, naive, is_published, reason in accuracy if facts["orders"] else ():
        if not is_published:
            grid.add_row("Forecast", f"{target}: none published: {reason}")
        else:
            grid.add_row("Forecast", f"{target}: {model}, RMSSE {error:.3f} against {naive:.3f} for seasonal-naive")
    if facts["rejected"]:
        grid.add_row("Set aside", f"{facts['rejected']:,} rows; see `martlet rejected`")
    console.print(grid)
    console.print()


def _print_actions(console: Console, currency: str, actions: list[tuple[Any, ...]]) -> None:
    if not actions:
        console.print("No action has enough evidence behind it.")
        console.print()
        return
    table = Table("#", "Action", f"Margin, 90 days ({currency})", "Confidence", "Hours", box=None, pad_edge=False)
    for column in table.columns[2:]:
        column.justify = "right"
    for rank, action, impact, confidence, hours in actions:
        table.add_row(str(rank), action, f"{impact:,.0f}", probability(confidence), f"{hours:g}")
    console.print(table)
    console.print(f"The best of each play, by {SCORE_FORMULA}.")
    console.print()


def _print_files(console: Console, project: Project, result: RunResult) -> None:
    warnings = [outcome for outcome in result.outcomes if outcome.verdict == "warning"]
    seconds = sum(phase.seconds for phase in result.journal.phases)
    told = f", {len(warnings)} with a warning" if warnings else ""
    console.print(f"{len(result.outcomes):,} contracts checked{told}; {seconds:.0f} s")
    console.print(f"Warehouse  {shown(project.published_file)}")
    console.print(f"Contracts  {shown(project.exports_dir / CONTRACT_REPORT)}")
    console.print(f"Report     {shown(project.exports_dir / REPORT)}")
    count = len(result.files)
    console.print(f"Files      {shown(project.exports_dir)}: {count} CSV files, shortlist.csv first to read")
