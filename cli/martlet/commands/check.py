"""martlet check: every data contract, one line per failure."""

import click


@click.command()
def check() -> None:
    """Run the Great Expectations suites and write exports/contracts.html.

    Exits 1 if a contract fails; warnings are shown and let pass.

    Example: martlet check
    """
    from martlet import pipeline  # noqa: PLC0415
    from martlet.commands.progress import progress  # noqa: PLC0415
    from martlet.project import open_project, shown  # noqa: PLC0415

    project = open_project()
    with progress() as show:
        outcomes = pipeline.check(project, show)
    failures = [outcome for outcome in outcomes if outcome.is_failure]
    for outcome in outcomes:
        if not outcome.passed:
            click.echo(f"{outcome.verdict}  {outcome.one_line}")
    click.echo(
        f"{len(outcomes) - len(failures):,} of {len(outcomes):,} contracts hold;"
        f" report: {shown(project.exports_dir / pipeline.CONTRACT_REPORT)}"
    )
    if failures:
        raise SystemExit(1)
