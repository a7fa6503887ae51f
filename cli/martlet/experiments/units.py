"""A table of units, as a file or a mart holds it, made into arrays; what cannot be used is counted with its reason."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from martlet.errors import MartletError
from martlet.experiments.estimate import Floats, Ints

PROPORTION, MEAN = "proportion", "mean"
#: Names that a control goes by; the first of them that is there is it, unless one is named.
CONTROL_NAMES = ("control", "original", "baseline", "a", "0")
#: A column of this ending is the covariate of the metric before it.
BEFORE = "_before"
#: What no metric reaches; beyond it differences are lost to rounding.
_TOO_LARGE = 1e15


@dataclass(frozen=True)
class Columns:
    """Which column is what. No `metrics`: every column that is not a unit, a variant or a covariate.

    `kinds`: those that are named, not inferred. `covariates`: column by metric, over those that BEFORE finds.
    """

    unit: str
    variant: str
    metrics: tuple[str, ...] = ()
    kinds: Mapping[str, str] | None = None
    covariates: Mapping[str, str] | None = None


@dataclass(frozen=True)
class SetAside:
    """Rows that were not used, why, and of which metric (empty: of any)."""

    reason: str
    rows: int
    metric: str = ""


@dataclass(frozen=True)
class Metric:
    """Values (n,) of the units, NaN where unusable; covariate (n,) from before the test, if one is given."""

    name: str
    kind: str
    values: Floats
    covariate_name: str = ""
    covariate: Floats | None = None


@dataclass(frozen=True)
class Units:
    """n units, one row each: place (n,) of their arm in `arms`, the control first and the others by name."""

    arms: tuple[str, ...]
    arm: Ints
    metrics: tuple[Metric, ...]
    set_aside: tuple[SetAside, ...]

    @property
    def counts(self) -> tuple[int, ...]:
        """Units of each arm."""
        return tuple(int(count) for count in np.bincount(self.arm, minlength=len(self.arms)))


def read_units(frame: pd.DataFrame, columns: Columns, control: str | None = None) -> Units:
    """Units of a frame with one row each; its index holds the numbers of the lines, for messages.

    Cells may be text. A unit in two variants is set aside, a row that repeats another is used once. Raises MartletError
    for columns that are not there, a unit with rows that differ, fewer than two variants, or no control.
    """
    _check_columns(frame, columns)
    set_aside: list[SetAside] = []
    unit, variant = (_text(frame[name]) for name in (columns.unit, columns.variant))
    kept = _drop(frame.assign(**{columns.unit: unit, columns.variant: variant}), unit == "", "no unit id", set_aside)
    kept = _drop(kept, kept[columns.variant] == "", "no variant", set_aside)
    seen = kept.groupby(columns.unit, sort=False)[columns.variant].transform("nunique")
    kept = _drop(kept, seen > 1, "unit in more than one variant", set_aside)
    kept = _drop(kept, kept.duplicated(_used(frame, columns)), "repeats another row", set_aside)
    _check_one_row_each(kept[columns.unit])
    arms = _arms(kept[columns.variant], control)
    place = {name: number for number, name in enumerate(arms)}
    arm = np.array([place[name] for name in kept[columns.variant]], dtype=np.int64)
    metrics = tuple(_metric(kept, name, columns, set_aside) for name in _metric_names(frame, columns))
    return Units(arms, arm, metrics, tuple(set_aside))


def covariate_of(columns: Columns, metric: str, known: Sequence[str]) -> str:
    """The covariate's column: the one named, else <metric>_before; empty if there is none."""
    named = (columns.covariates or {}).get(metric, "")
    return named or (metric + BEFORE if metric + BEFORE in known else "")


def _check_columns(frame: pd.DataFrame, columns: Columns) -> None:
    known = list(frame.columns)
    twice = sorted(name for name, count in Counter(known).items() if count > 1)
    if twice:
        raise MartletError(f"two columns are called '{twice[0]}'")
    wanted = [columns.unit, columns.variant, *columns.metrics, *(columns.covariates or {}).values()]
    missing = [name for name in wanted if name not in known]
    if missing:
        raise MartletError(f"there is no column '{missing[0]}'; there are {', '.join(map(str, known))}")
    if columns.unit == columns.variant:
        raise MartletError(f"'{columns.unit}' cannot be both the unit and the variant")
    stray = sorted(set(columns.covariates or {}) - set(_metric_names(frame, columns)))
    if stray:
        raise MartletError(f"a covariate is given for '{stray[0]}', which is no metric here")
    if not _metric_names(frame, columns):
        raise MartletError("there is no metric: no column beside the unit and the variant")


def _metric_names(frame: pd.DataFrame, columns: Columns) -> tuple[str, ...]:
    if columns.metrics:
        return columns.metrics
    known = [str(name) for name in frame.columns if name not in (columns.unit, columns.variant)]
    before = {name for name in known if name.endswith(BEFORE) and name.removesuffix(BEFORE) in known}
    covariates = before | set((columns.covariates or {}).values())
    return tuple(name for name in known if name not in covariates)


def _used(frame: pd.DataFrame, columns: Columns) -> list[str]:
    """The columns that are read; rows that differ in others are the same row."""
    metrics = _metric_names(frame, columns)
    covariates = (covariate_of(columns, metric, list(frame.columns)) for metric in metrics)
    return [columns.unit, columns.variant, *metrics, *(name for name in covariates if name)]


def _text(column: pd.Series) -> pd.Series:
    return column.where(column.notna(), "").astype(str).str.strip()


def _drop(frame: pd.DataFrame, where: pd.Series, reason: str, set_aside: list[SetAside]) -> pd.DataFrame:
    rows = int(where.sum())
    if rows:
        set_aside.append(SetAside(reason, rows))
    return frame[~where]


def _check_one_row_each(unit: pd.Series) -> None:
    again = unit.duplicated(keep=False)
    if again.any():
        first = unit.index[unit == unit[again].iloc[0]]
        raise MartletError(
            f"units with rows that differ: {unit[again].nunique():,}, the first on lines {first[0]} and {first[1]}; "
            "add them up to one row a unit"
        )


def _arms(variant: pd.Series, control: str | None) -> tuple[str, ...]:
    names = sorted(variant.unique())
    if len(names) < 2:
        raise MartletError(f"there must be two variants or more, not {len(names)}")
    listed = ", ".join(names)
    if control is not None and control not in names:
        raise MartletError(f"no unit is in variant '{control}'; there are {listed}")
    lowered = {name.lower(): name for name in reversed(names)}
    chosen = control or next((lowered[name] for name in CONTROL_NAMES if name in lowered), None)
    if chosen is None:
        raise MartletError(f"which variant is the control? --control names one of {listed}")
    return chosen, *(name for name in names if name != chosen)


def _metric(frame: pd.DataFrame, name: str, columns: Columns, set_aside: list[SetAside]) -> Metric:
    values, reasons = _numbers(frame[name])
    if len(values) and not np.isfinite(values).any():
        raise MartletError(f"column '{name}' holds no number: name the metrics with --metric")
    known = values[np.isfinite(values)]
    is_binary = bool(np.isin(known, (0.0, 1.0)).all())
    kind = (columns.kinds or {}).get(name) or (PROPORTION if is_binary else MEAN)
    if kind == PROPORTION and not is_binary:
        other = np.isfinite(values) & ~np.isin(values, (0.0, 1.0))
        values, reasons["neither 0 nor 1"] = np.where(other, np.nan, values), int(other.sum())
    set_aside.extend(SetAside(reason, rows, name) for reason, rows in reasons.items() if rows)
    covariate = covariate_of(columns, name, list(frame.columns))
    if not covariate:
        return Metric(name, kind, values)
    before, lacking = _numbers(frame[covariate])
    set_aside.extend(
        SetAside(f"{reason} in {covariate}: compared, not adjusted", rows, name)
        for reason, rows in lacking.items()
        if rows
    )
    return Metric(name, kind, values, covariate, before)


def _numbers(column: pd.Series) -> tuple[Floats, dict[str, int]]:
    """Numbers (n,), NaN where there is none, and how many lack one by reason. true and false are 1 and 0."""
    text = _text(column).str.lower().replace({"true": "1", "false": "0"})
    # what a metric is must not depend on how the parser spells nothing
    spelt = text.where(~text.isin(["nan", "-nan", "+nan"]), "?")
    numbers = pd.to_numeric(spelt, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
    # the parser that tells numbers from text is off by the last digit; Python's is not
    is_number = ~np.isnan(numbers)
    numbers[is_number] = spelt.to_numpy(dtype=object)[is_number].astype(np.float64)
    is_blank = (text == "").to_numpy()
    is_large = np.abs(numbers) >= _TOO_LARGE
    is_text = np.isnan(numbers) & ~is_blank
    reasons = {
        "no value": int(is_blank.sum()),
        "not a number": int(is_text.sum()),
        "not between -1e15 and 1e15": int(is_large.sum()),
    }
    return np.where(is_large, np.nan, numbers), reasons
