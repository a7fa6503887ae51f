"""The report behind customer values: which model is used and why, and its record on held-out days, in words and drawn.

The only file that names matplotlib. The same values give the same bytes in both files.
"""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from martlet.clv.holdout import Check
from martlet.clv.lifetime_value import ValueResult
from martlet.drafts import Stage
from martlet.exporting import draft_of, make_folder

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

REPORT, CHART = "clv_report.md", "clv_report.png"
#: The table shows every so many weeks, the cut and the last; the chart shows all.
WEEKS_APART = 4
EXPECTED, CAME, QUIET = "#b3541e", "#1f3b57", "#6b6b6b"
SETTING = """
select
    cast(as_of_date as varchar) as as_of,
    source_modes,
    (select coalesce(max(currency), '') from marts.orders) as currency
from ops.build
"""


@dataclass(frozen=True)
class Setting:
    """The day that the values speak of, where their rows came from, and the shop's currency."""

    as_of: str
    source_modes: str
    currency: str

    @property
    def sources(self) -> str:
        return "mock store, no merchant data" if self.source_modes == "mock" else f"sources: {self.source_modes}"


def read_setting(staged: Stage) -> Setting:
    """The setting of the version that is being written: as it was built, whatever was loaded since."""
    (row,) = staged.read(SETTING).to_dict("records")
    return Setting(row["as_of"], row["source_modes"], row["currency"])


def write_value_report(result: ValueResult, setting: Setting, folder: Path) -> list[Path]:
    """Write the report and its chart to `folder`; return both. Raises MartletError if there can be no such folder."""
    make_folder(folder)
    report, chart = folder / REPORT, folder / CHART
    # the chart first: the report shows it
    with draft_of(chart) as draft:
        _draw(result, setting, draft)
    with draft_of(report) as draft:
        draft.write_text(report_text(result, setting), encoding="utf-8")
    return [report, chart]


def report_text(result: ValueResult, setting: Setting) -> str:
    """The report as Markdown."""
    lines = [
        "# Customer values: which model, and how it did",
        "",
        f"As of {setting.as_of}; {setting.sources}.",
        "",
        f"**{headline(result)}**",
        "",
        f"![The model's record on held-out days]({CHART})",
    ]
    if result.fits.empty:
        return "\n".join([*lines[:5], "", "There is nobody to value.", ""])
    lines += ["", "## Which model is used, and why", "", *_cards(result), ""]
    if result.check:
        lines += ["## What is expected", "", *_totals(result, setting), "", *_record(result.check), ""]
    lines += ["## The fits", "", *_fits(result)]
    return "\n".join(lines) + "\n"


def headline(result: ValueResult) -> str:
    """The finding in a sentence."""
    if result.fits.empty:
        return "No customer has an order yet."
    check = result.check
    if check is None:
        return f"Nobody is valued: {result.fits['reason'].iloc[0].removeprefix('Not used: ')}"
    model = check.model
    refused = "" if _knows_leaving(model) else " No model of leaving may be used: nobody is called alive or gone."
    bias = float(check.record.set_index("model")["bias_pct"][model])
    if bias != bias:
        return f"Expected by {model}; nobody came back in the {check.days} held-out days.{refused}"
    way = "more" if bias >= 0 else "fewer"
    return f"Expected by {model}: {abs(bias):.0f}% {way} orders than came in the {check.days} held-out days.{refused}"


def _knows_leaving(model: str) -> bool:
    return not model.startswith("constant rate")


def _cards(result: ValueResult) -> list[str]:
    rows = ((card["model"], card["predicts"], card["reason"]) for card in result.fits.to_dict("records"))
    return _table(("model", "of", "verdict"), rows)


def _totals(result: ValueResult, setting: Setting) -> list[str]:
    values, money = result.values, f"{setting.currency} ".lstrip()
    return [
        "What is still to come after that day, not what customers have brought.",
        "",
        f"- {len(values):,} customers, {int((values['frequency'] > 0).sum()):,} of them came back on another day",
        f"- {values['expected_orders_90_days'].sum():,.0f} days with orders in 90 days,"
        f" {values['expected_orders_365_days'].sum():,.0f} in 365",
        f"- {money}{values['expected_margin_90_days'].sum():,.0f} margin in 90 days,"
        f" {money}{values['expected_margin_365_days'].sum():,.0f} in 365",
        f"- {money}{values['residual_value'].sum():,.0f} residual value (five years, discounted by 10% a year)",
    ]


def _record(check: Check) -> list[str]:
    """Tables of the holdout: errors, deciles, weeks."""
    errors = [
        (row["model"], *(_number(row[name], 3) for name in ("mae", "rmse")), _number(row["bias_pct"], 1),
         _number(row["correlation"], 3))
        for row in check.record.to_dict("records")
    ]  # fmt: skip
    tens = [
        (row["decile"], f"{row['customers']:,}", _number(row["expected"], 3), _number(row["actual"], 3))
        for row in check.deciles.to_dict("records")
    ]
    return [
        f"## The last {check.days} days, held out",
        "",
        f"Every model learnt from days up to {_day(check.cut)} and foretold the {check.days} days after it for the"
        f" {check.customers:,} customers known by then. Errors are in days with orders a customer.",
        "",
        *_table(("", "mean absolute error", "root mean square error", "bias of the total, %", "correlation"), errors),
        "",
        "`own constant rate` keeps up everybody's rate so far: a model of leaving must have the smaller absolute error."
        " `no orders` decides nothing; where most people do not order, it wins by foretelling nothing.",
        "",
        f"## By tenth of customers, {check.model}",
        "",
        "Customers from least to most expected, and what they did: mean days with orders on the held-out days.",
        "",
        *_table(("tenth", "customers", "expected", "came"), tens),
        "",
        f"## Week by week, {check.model}",
        "",
        f"Repeat days with orders so far of the customers known on {_day(check.cut)}; every {WEEKS_APART} weeks.",
        "",
        *_weeks(check),
    ]


def _weeks(check: Check) -> list[str]:
    weeks = check.tracking
    cut = int((~weeks["is_held_out"]).sum()) - 1
    shown = [(i - cut) % WEEKS_APART == 0 or i == len(weeks) - 1 for i in range(len(weeks))]
    rows = []
    for row in weeks[shown].to_dict("records"):
        off = 100.0 * (row["expected"] / row["actual"] - 1.0) if row["actual"] else float("nan")
        period = "held out" if row["is_held_out"] else "learnt from"
        numbers = f"{row['actual']:,}", _number(row["expected"], 0), _number(off, 1)
        rows.append((f"{row['week_end']:%Y-%m-%d}", period, *numbers))
    return _table(("up to", "days", "came", "expected", "off by, %"), rows)


def _fits(result: ValueResult) -> list[str]:
    rows = []
    for card in result.fits.to_dict("records"):
        parameters = card["parameters"].strip("{}").replace('"', "") or "not fitted"
        flags = "converged" if card["converged"] else "did not converge"
        on_edge = f", on the boundary: {card['boundary']}" if card["boundary"] else ""
        rows.append((card["model"], parameters, _number(card["log_likelihood"], 2), flags + on_edge))
    return ["Time in days.", "", *_table(("model", "parameters", "log-likelihood", "flags"), rows)]


def _table(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    return [
        f"| {' | '.join(headings)} |",
        f"|{'---|' * len(headings)}",
        *(f"| {' | '.join(str(cell) for cell in row)} |" for row in rows),
    ]


def _number(value: float, digits: int) -> str:
    return "-" if value != value else f"{value:,.{digits}f}"


def _day(day: Any) -> str:
    return str(day.astype("datetime64[D]"))


def _draw(result: ValueResult, setting: Setting, path: Path) -> None:
    import matplotlib  # noqa: PLC0415  (slow to import; only the report pays for it)
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    # nobody's own matplotlibrc may change the picture
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        figure = Figure(figsize=(11, 5.6), dpi=120, facecolor="white")
        _title(figure, headline(result), f"As of {setting.as_of}; {setting.sources}")
        if result.check is None:
            why = "No chart: no orders." if result.fits.empty else "No chart: there are no held-out days to draw."
            figure.text(0.5, 0.45, why, ha="center", color=QUIET, fontsize=13)
        else:
            weeks, tenths = figure.subplots(1, 2, gridspec_kw={"width_ratios": [1.25, 1], "wspace": 0.28})
            figure.subplots_adjust(left=0.07, right=0.93, top=0.74, bottom=0.12)
            _draw_weeks(weeks, result.check)
            _draw_tenths(tenths, result.check)
        FigureCanvasAgg(figure)
        figure.savefig(path, format="png", metadata={"Software": None})


def _title(figure: "Figure", text: str, below: str) -> None:
    lines = textwrap.wrap(text, 96)
    figure.text(0.02, 0.965, "\n".join(lines), fontsize=13, fontweight="bold", va="top", linespacing=1.2)
    figure.text(0.02, 0.955 - 0.045 * len(lines), below, fontsize=10, color=QUIET, va="top")


def _draw_weeks(axes: "Axes", check: Check) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num  # noqa: PLC0415

    cut = date2num(check.cut)
    weeks = check.tracking
    axes.plot(weeks["week_end"], weeks["expected"], color=EXPECTED, linewidth=2, linestyle=(0, (4, 1.5)))
    axes.plot(weeks["week_end"], weeks["actual"], color=CAME, linewidth=2)
    axes.axvline(cut, color=QUIET, linewidth=1)
    top = max(float(weeks["expected"].max()), float(weeks["actual"].max()), 1.0)
    axes.set_ylim(0, 1.12 * top)
    axes.annotate("learnt from ", (cut, 1.06 * top), ha="right", color=QUIET, fontsize=9)
    axes.annotate(" held out", (cut, 1.06 * top), ha="left", color=QUIET, fontsize=9)
    last = weeks.iloc[-1]
    _label_ends(axes, last["week_end"], float(last["expected"]), float(last["actual"]), 0.05 * top)
    _dress(axes, "Repeat orders so far, customers known at the cut")
    ticks = AutoDateLocator(minticks=3, maxticks=7)
    axes.xaxis.set_major_locator(ticks)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(ticks, show_offset=False))


def _draw_tenths(axes: "Axes", check: Check) -> None:
    tenths = check.deciles
    axes.plot(tenths["decile"], tenths["expected"], color=EXPECTED, marker="o", linewidth=1, linestyle=(0, (4, 1.5)))
    axes.plot(tenths["decile"], tenths["actual"], color=CAME, marker="o", linewidth=1)
    top = max(float(tenths["expected"].max()), float(tenths["actual"].max()), 0.01)
    axes.set_ylim(0, 1.12 * top)
    axes.set_xticks(tenths["decile"])
    axes.set_xlabel("tenths of customers, from least to most expected", fontsize=9, color=QUIET)
    last = tenths.iloc[-1]
    _label_ends(axes, last["decile"], float(last["expected"]), float(last["actual"]), 0.05 * top)
    _dress(axes, f"Orders a customer in the {check.days} held-out days")


def _label_ends(axes: "Axes", x: Any, expected: float, came: float, apart: float) -> None:
    """Name both lines at their ends, no nearer to each other than `apart`."""
    middle, half = (expected + came) / 2, max(abs(expected - came), apart) / 2
    up = 1 if expected >= came else -1
    for text, y, color in (("expected", middle + up * half, EXPECTED), ("came", middle - up * half, CAME)):
        offset: dict[str, Any] = {"xytext": (8, 0), "textcoords": "offset points"}
        axes.annotate(text, (x, y), color=color, fontsize=10, va="center", annotation_clip=False, **offset)


def _dress(axes: "Axes", title: str) -> None:
    axes.set_title(title, loc="left", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=9)
    axes.yaxis.set_major_formatter("{x:,.10g}")
    axes.grid(axis="y", color="#e4e4e4", linewidth=0.8)
    axes.set_axisbelow(True)
