"""Experiments read out: from a file of units or from marts.experiment_users; nothing is written to the warehouse."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from martlet.errors import MartletError
from martlet.experiments.layout import finding_record
from martlet.experiments.plan import LEAST_ALPHA, MOST_UNITS, Plan, Request, plan
from martlet.experiments.readout import Readout, read_out
from martlet.experiments.sample_ratio import RatioCheck, check_ratio
from martlet.experiments.units import MEAN, PROPORTION, Columns, SetAside, Units, read_units
from martlet.exporting import make_folder, write_csv
from martlet.project import Project
from martlet.warehouse import query_published

#: What is compared unless it is named: every further metric makes each of them harder to see.
DEFAULT_METRICS = ("purchased", "revenue")
MART_UNIT, MART_VARIANT = "user_pseudo_id", "variant"
#: Outcomes of marts.experiment_users, and what was known of a browser before it was exposed.
MART_METRICS = ("sessions", "viewed_item", "added_to_cart", "began_checkout", "purchased", "purchases", "revenue")
MART_COVARIATES = ("sessions_before", "revenue_before")
_KINDS = (PROPORTION, MEAN)


@dataclass(frozen=True)
class Source:
    """Where the units are: a `csv` file with these columns, or an `experiment` of the published mart."""

    csv: Path | None = None
    experiment: str | None = None
    unit: str = "unit_id"
    variant: str = "variant"
    control: str | None = None
    metrics: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()


def size(request: Request) -> Plan:
    """A plan for what is asked. Raises MartletError where it makes no sense."""
    return plan(request)


def check_counts(counts: Sequence[int], ratio: str | None) -> RatioCheck:
    """The ratio of counts given by hand. Raises MartletError where they or the ratio make no sense."""
    return _checked(counts, _read_ratio(ratio), ())


def check_source(project: Project, source: Source, ratio: str | None) -> tuple[RatioCheck, tuple[SetAside, ...]]:
    """The ratio of a file's or an experiment's units, and the rows that were not counted."""
    units = read_source(project, source, needs_metrics=False)
    return _checked(units.counts, _read_ratio(ratio), units.arms), units.set_aside


def read_experiment(project: Project, source: Source, ratio: str | None, alpha: float, tuning: float) -> Readout:
    """Read out a file's or an experiment's units. Raises MartletError for input that cannot be read."""
    if not LEAST_ALPHA <= alpha < 1:
        raise MartletError("--alpha must lie between 0 and 1")
    if not 1 <= tuning <= MOST_UNITS:
        raise MartletError(f"--tuning must lie between 1 and {MOST_UNITS:,}")
    units = read_source(project, source)
    parts = _read_ratio(ratio)
    _checked(units.counts, parts, units.arms)
    return read_out(units, parts, alpha, tuning)


def write_findings(readout: Readout, path: Path) -> None:
    """Write a row for each finding as CSV, numbers with all their digits. Raises MartletError if it cannot."""
    make_folder(path.parent)
    records = [finding_record(finding, readout) for finding in readout.findings]
    rows = [tuple(_exact(cell) for cell in record.values()) for record in records]
    try:
        write_csv(path, list(records[0]), rows)
    except OSError as error:
        raise MartletError(f"{path}: cannot be written ({error.strerror})") from None


def read_source(project: Project, source: Source, needs_metrics: bool = True) -> Units:
    """The units of a file or of an experiment in the mart. Raises MartletError for what cannot be read."""
    if (source.csv is None) == (source.experiment is None):
        raise MartletError("give --csv FILE or --experiment NAME")
    if source.csv is not None:
        return _read_file(source, source.csv, needs_metrics)
    return _read_mart(project, source, source.experiment or "")


def _read_file(source: Source, path: Path, needs_metrics: bool) -> Units:
    frame, ragged = read_csv(path)
    columns = _columns(source)
    if not needs_metrics:
        # the ratio asks for no metric: a constant one stands in
        stand_in = f"{columns.unit}#{columns.variant}"
        frame = frame[[name for name in frame.columns if name in (columns.unit, columns.variant)]]
        frame, columns = frame.assign(**{stand_in: 1}), Columns(columns.unit, columns.variant, (stand_in,))
    try:
        units = read_units(frame, columns, source.control)
    except MartletError as error:
        raise MartletError(f"{path.name}: {error}") from None
    return _with(units, ragged)


def _read_mart(project: Project, source: Source, experiment: str) -> Units:
    chosen = _columns(source)
    metrics = chosen.metrics or DEFAULT_METRICS
    unknown = sorted(set(metrics) - set(MART_METRICS))
    if unknown:
        raise MartletError(f"marts.experiment_users has no metric '{unknown[0]}'; it has {', '.join(MART_METRICS)}")
    columns = Columns(MART_UNIT, MART_VARIANT, metrics, chosen.kinds, chosen.covariates)
    names = ", ".join((MART_UNIT, MART_VARIANT, *MART_METRICS, *MART_COVARIATES))
    found, rows = query_published(
        project,
        f"select {names}, saw_several_variants from marts.experiment_users where experiment = ?"
        " order by user_pseudo_id",
        [experiment],
    )
    if not rows:
        raise MartletError(_no_such_experiment(project, experiment))
    frame = pd.DataFrame(rows, columns=found)
    several = frame.pop("saw_several_variants").to_numpy(dtype=bool)
    aside = SetAside("unit in more than one variant", int(several.sum()))
    # a tool's text without a variant in it
    frame[MART_VARIANT] = frame[MART_VARIANT].replace("(not set)", "")
    units = read_units(frame[~several].astype(str), columns, source.control)
    return _with(units, [aside] if aside.rows else [])


def _no_such_experiment(project: Project, experiment: str) -> str:
    _, rows = query_published(project, "select distinct experiment from marts.experiment_users order by all")
    if not rows:
        return "GA4 has sent no exposure to any experiment (vars experiment_event and experiment_parameter)"
    return f"there is no experiment '{experiment}'; there are {', '.join(str(name) for (name,) in rows)}"


def read_csv(path: Path) -> tuple[pd.DataFrame, list[SetAside]]:
    """Cells of a CSV file as text, its lines as the index, and the rows whose cells are not as many as the headings.

    Raises MartletError for a file that is not there, is not UTF-8 text or has no rows.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            heading = next(reader, [])
            rows, lines, ragged = _cells(reader, len(heading))
    except OSError as error:
        raise MartletError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise MartletError(f"{path.name}: is not UTF-8 text") from None
    except csv.Error as error:
        raise MartletError(f"{path.name}: is not CSV ({error})") from None
    if not rows:
        raise MartletError(f"{path.name}: there are no rows of {len(heading)} cells, as many as it has headings")
    names = [name.strip() for name in heading]
    aside = [SetAside(f"not {len(heading)} cells, as many as there are headings", ragged)] if ragged else []
    return pd.DataFrame(rows, columns=names, index=lines), aside


def _cells(reader: Any, width: int) -> tuple[list[list[str]], list[int], int]:
    rows, lines, ragged = [], [], 0
    for row in reader:
        if len(row) == width:
            rows.append(row)
            lines.append(reader.line_num)
        elif row:
            ragged += 1
    return rows, lines, ragged


def _columns(source: Source) -> Columns:
    names, kinds = [], {}
    for text in source.metrics:
        name, separator, kind = text.rpartition(":")
        if separator and kind not in _KINDS:
            raise MartletError(f"--metric '{text}': after the colon stands {' or '.join(_KINDS)}")
        name = name if separator else text
        names.append(name)
        if separator:
            kinds[name] = kind
    covariates = {}
    for text in source.covariates:
        metric, separator, column = text.partition("=")
        if not (metric and separator and column):
            raise MartletError(f"--covariate '{text}' is not METRIC=COLUMN")
        covariates[metric] = column
    return Columns(source.unit, source.variant, tuple(dict.fromkeys(names)), kinds, covariates)


def _read_ratio(text: str | None) -> list[float] | None:
    if text is None:
        return None
    try:
        return [float(part) for part in text.split(":")]
    except ValueError:
        raise MartletError(f"--ratio '{text}' is not numbers with colons between them, such as 50:50") from None


def _checked(counts: Sequence[int], ratio: Sequence[float] | None, arms: Sequence[str]) -> RatioCheck:
    try:
        return check_ratio(counts, ratio, arms)
    except ValueError as error:
        raise MartletError(str(error)) from None


def _with(units: Units, set_aside: Sequence[SetAside]) -> Units:
    return Units(units.arms, units.arm, units.metrics, (*set_aside, *units.set_aside))


def _exact(cell: Any) -> Any:
    # exported floats have six decimals, which would make small p-values nought
    return Decimal(repr(cell)) if isinstance(cell, float) else cell
