"""martlet experiment: size a test, check its sample ratio, read it out."""

import json
from pathlib import Path
from typing import Any, get_args

import click

PERCENT = "A share such as 0.025 or 2.5%."
JSON = click.option("--json", "is_json", is_flag=True, help="JSON for programs.")
RATIO = click.option("--ratio", metavar="A:B", help="Planned ratio of the arms, control first; equal parts by default.")
ALPHA = click.option("--alpha", type=float, default=0.05, show_default=True, help="Level of the two-sided tests.")


class Share(click.ParamType[float]):
    """A number, or one in percent."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        text = str(value).strip()
        try:
            return float(text.removesuffix("%")) / (100.0 if text.endswith("%") else 1.0)
        except ValueError:
            self.fail(f"'{text}' is not a number such as 0.025 or 2.5%", param, ctx)


def _source_options(command: Any) -> Any:
    options = (
        click.option("--csv", "csv_file", type=click.Path(path_type=Path), help="File with one row a unit."),
        click.option("--experiment", "name", metavar="NAME", help="Experiment in marts.experiment_users, from GA4."),
        click.option("--unit", default="unit_id", show_default=True, help="The file's column of unit ids."),
        click.option("--variant", default="variant", show_default=True, help="The file's column of variants."),
        click.option("--control", help="The variant that is the control; else control, original, baseline, a or 0."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.group()
def experiment() -> None:
    """Controlled experiments: size a test, check its sample ratio, read it out.

    Decide before the test how you will look. One look, at the size that was planned: p, q and the interval beside the
    difference. Peeking as it runs: the always-valid interval, and nothing else.

    \b
    Examples: martlet experiment size --rate 2.5% --lift 10% --relative --sessions-per-day 2000
              martlet experiment check 10000 10400
              martlet experiment readout --csv results.csv
    """


@experiment.command()
@click.option("--rate", type=Share(), help=f"The control's rate. {PERCENT}")
@click.option("--mean", type=float, help="The control's mean, for a lift relative to it.")
@click.option("--sd", type=float, help="Standard deviation of a unit's value, for means.")
@click.option("--lift", type=Share(), help="Smallest lift worth finding, in rate (0.005 or 0.5%) or the mean's unit.")
@click.option("--relative", "is_relative", is_flag=True, help="--lift is relative: 10% takes 2.5% to 2.75%.")
@ALPHA
@click.option("--power", type=float, default=0.8, show_default=True, help="Chance to see a lift of that size.")
@click.option("--arms", type=click.IntRange(2, 20), default=2, show_default=True, help="Arms with the control.")
@click.option("--sessions-per-day", "per_day", type=float, help="Units that enter a day, all arms together.")
@click.option("--days", type=float, help="Instead of --lift: what can a test of so many days show?")
@click.option(
    "--formula",
    type=click.Choice(["pooled", "evan-miller", "arcsine", "unpooled"]),
    default="pooled",
    show_default=True,
    help="For two proportions; the output states it in full.",
)
@JSON
def size(is_json: bool, formula: str, **asked: Any) -> None:
    """Units per arm that show a lift, or the lift that so many days can show.

    With more than two arms each treatment is tested at alpha over their number (Bonferroni). Says so when a test would
    take longer than 60 days.

    \b
    Example: martlet experiment size --rate 2.5% --lift 10% --relative --sessions-per-day 2000
             martlet experiment size --rate 2.5% --sessions-per-day 2000 --days 28
             martlet experiment size --mean 80 --sd 45 --lift 5 --formula pooled
    """
    from martlet.experiments.layout import plan_lines, plan_record  # noqa: PLC0415
    from martlet.experiments.plan import Request  # noqa: PLC0415
    from martlet.experiments.sample_size import Formula  # noqa: PLC0415
    from martlet.readouts import size as size_of  # noqa: PLC0415

    chosen = next(known for known in get_args(Formula) if known == formula)
    found = size_of(Request(formula=chosen, **asked))
    _print(plan_record(found) if is_json else plan_lines(found))


@experiment.command()
@click.argument("counts", nargs=-1, type=click.IntRange(0, 10**12))
@RATIO
@_source_options
@JSON
def check(
    counts: tuple[int, ...],
    ratio: str | None,
    csv_file: Path | None,
    name: str | None,
    unit: str,
    variant: str,
    control: str | None,
    is_json: bool,
) -> None:
    """Did units come to the arms in the ratio that was planned? COUNTS are the units of each arm.

    Chi-square test; exits 1 below p 0.001, 0 otherwise. A mismatch means that assignment or logging is broken: no
    result of such a test can be trusted.

    \b
    Example: martlet experiment check 10000 10400
             martlet experiment check 9000 1050 --ratio 90:10
             martlet experiment check --experiment tool-checkout
    """
    from martlet import readouts  # noqa: PLC0415
    from martlet.experiments.layout import described, ratio_lines, ratio_record  # noqa: PLC0415
    from martlet.project import open_project  # noqa: PLC0415

    if counts and (csv_file or name):
        raise click.UsageError("counts, --csv or --experiment: one of them")
    if not (counts or csv_file or name):
        raise click.UsageError("give the units of each arm, --csv or --experiment")
    if counts:
        found = readouts.check_counts(counts, ratio)
    else:
        source = readouts.Source(csv_file, name, unit, variant, control)
        found, set_aside = readouts.check_source(open_project(), source, ratio)
        for entry in set_aside:
            click.echo(f"set aside  {described(entry)}", err=True)
    _print(ratio_record(found) if is_json else ratio_lines(found))
    if found.is_mismatched:
        raise SystemExit(1)


@experiment.command()
@_source_options
@click.option(
    "--metric", "metrics", multiple=True, metavar="NAME[:KIND]", help="Metric, and proportion or mean; repeat for more."
)
@click.option(
    "--covariate", "covariates", multiple=True, metavar="METRIC=COLUMN", help="CUPED by a column from before the test."
)
@RATIO
@ALPHA
@click.option(
    "--tuning",
    type=float,
    default=5000,
    show_default=True,
    help="Units of both arms at which the always-valid interval is tightest; fix it before the test.",
)
@JSON
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Also write the findings as CSV.")
def readout(
    csv_file: Path | None,
    name: str | None,
    unit: str,
    variant: str,
    control: str | None,
    metrics: tuple[str, ...],
    covariates: tuple[str, ...],
    ratio: str | None,
    alpha: float,
    tuning: float,
    is_json: bool,
    out: Path | None,
) -> None:
    """Each metric of each treatment beside the control, and what may be said of it.

    If this is the one look that you planned, read the difference's interval and q. If you look as the test runs and
    would stop on what you see, read the always-valid interval alone: the others are wrong for that, far more often than
    alpha says. Exits 1 if the sample ratio is off.

    A file has a row a unit: its id, its variant, metrics (0 and 1 are a proportion, other numbers a mean). A column
    <metric>_before is the metric's covariate: CUPED takes off what was known before.

    \b
    Example: martlet experiment readout --csv results.csv --unit customer --metric bought --metric revenue
             martlet experiment readout --experiment tool-checkout --metric purchased --json
    """
    from martlet import readouts  # noqa: PLC0415
    from martlet.experiments.layout import readout_lines, readout_record  # noqa: PLC0415
    from martlet.project import open_project, shown  # noqa: PLC0415

    source = readouts.Source(csv_file, name, unit, variant, control, metrics, covariates)
    found = readouts.read_experiment(open_project(), source, ratio, alpha, tuning)
    _print(readout_record(found) if is_json else readout_lines(found))
    if out is not None:
        readouts.write_findings(found, out)
        click.echo(shown(out), err=True)
    if found.ratio.is_mismatched:
        raise SystemExit(1)


def _print(found: Any) -> None:
    if isinstance(found, dict):
        click.echo(json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        click.echo("\n".join(found))
