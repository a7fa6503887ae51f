"""martlet decide, martlet decisions: what became of the shortlist's rows."""

import click


@click.command()
@click.argument("row", metavar="ROW")
@click.argument("verdict", type=click.Choice(["approve", "reject", "done"]))
@click.option("--note", help="Why, in your own words.")
@click.option("--by", metavar="USER", help="Who decides; the environment's USER if it is not said.")
def decide(row: str, verdict: str, note: str | None, by: str | None) -> None:
    """Decide on a row of the shortlist, by its row id or the beginning of it.

    The decision is kept for good, with the row as it stands. From the next `martlet run` or `martlet score` on, the row
    stays off the list for the quiet_days of its play (seeds/rules/play_settings.csv).

    \b
    Example: martlet decide a33b4a03f7b0 approve --note "on the page by Friday"
             martlet decide a33b done
    """
    from martlet.deciding import decide as decide_  # noqa: PLC0415
    from martlet.decisions import WORDS  # noqa: PLC0415
    from martlet.project import open_project  # noqa: PLC0415

    decision = decide_(open_project(), row, verdict, by, note)
    click.echo(f"{decision.row_id} {WORDS[verdict]} by {decision.decided_by}: {decision.action}")


@click.command()
@click.option("--row", metavar="ROW", help="Only this row's, by its id or the beginning of it.")
@click.option("--format", "format_", type=click.Choice(["table", "csv", "json"]), help="table on a terminal, else csv.")
def decisions(row: str | None, format_: str | None) -> None:
    """List every decision, oldest first: who, when, on which row, and what it promised then.

    \b
    Example: martlet decisions
             martlet decisions --row a33b --format json
    """
    from martlet import decisions as ledger  # noqa: PLC0415
    from martlet.commands.tables import print_rows  # noqa: PLC0415
    from martlet.project import open_project  # noqa: PLC0415

    names = ("decision_id", "row_id", "verdict", "decided_by", "decided_at", "as_of_date", "play", "action", "note")
    found = [each for each in ledger.read(open_project()) if row is None or each.row_id.startswith(row)]
    rows = [
        (*(getattr(each, name) for name in names), each.evidence["impact_margin_90d"], each.evidence["evidence"])
        for each in found
    ]
    print_rows((*names, "impact_margin_90d", "evidence"), rows, format_)
