"""Units are all accounted for, the sample ratio speaks first, and no verdict says more than was seen."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from martlet.errors import MartletError
from martlet.experiments.layout import plan_lines, readout_lines, readout_record
from martlet.experiments.means import compare_means, cuped, moments
from martlet.experiments.plan import Plan, Request, plan
from martlet.experiments.readout import Readout, read_out
from martlet.experiments.sequential import difference_interval
from martlet.experiments.units import Columns, read_units

COLUMNS = Columns("unit_id", "variant")


def table(*rows: str, heading: str = "unit_id,variant,bought,spent") -> pd.DataFrame:
    """Rows of text cells as a file has them, numbered by line."""
    cells = [row.split(",") for row in rows]
    return pd.DataFrame(cells, columns=heading.split(","), index=range(2, len(rows) + 2))


def arms(**counts: tuple[int, int]) -> pd.DataFrame:
    """Units of each arm: how many, and how many of them bought."""
    rows = [
        (f"{name}{number}", name, str(int(number < bought)))
        for name, (units, bought) in counts.items()
        for number in range(units)
    ]
    return pd.DataFrame(rows, columns=["unit_id", "variant", "bought"])


def read(frame: pd.DataFrame, columns: Columns = COLUMNS, **options: float) -> Readout:
    return read_out(read_units(frame, columns), **options)  # type: ignore[arg-type]


def test_what_cannot_be_used_is_counted_with_its_reason() -> None:
    units = read_units(
        table(
            *("u1,A,1,5", "u2,B,0,", "u3,B,true,x", "u4,A,0,inf", ",A,1,1", "u5,,1,1"),
            *("u6,A,1,1", "u6,B,1,1", "u1,A,1,5", " u7 , A , FALSE , 1e3 ", "u8,B,0,nan"),
        ),
        COLUMNS,
    )
    assert [(entry.metric, entry.reason, entry.rows) for entry in units.set_aside] == [
        ("", "no unit id", 1),
        ("", "no variant", 1),
        ("", "unit in more than one variant", 2),
        ("", "repeats another row", 1),
        ("spent", "no value", 1),
        ("spent", "not a number", 2),
        ("spent", "not between -1e15 and 1e15", 1),
    ]
    assert (units.arms, units.counts) == (("A", "B"), (3, 3))
    bought, spent = units.metrics
    assert (bought.kind, spent.kind) == ("proportion", "mean")
    assert bought.values.tolist() == [1, 0, 1, 0, 0, 0]
    assert np.isfinite(spent.values).sum() == 2


def test_kinds_can_be_named() -> None:
    frame = table("u1,A,1,5", "u2,B,0,1", "u3,B,1,0")
    named = read_units(
        frame, Columns("unit_id", "variant", ("bought", "spent"), {"bought": "mean", "spent": "proportion"})
    )
    assert [metric.kind for metric in named.metrics] == ["mean", "proportion"]
    assert [(entry.metric, entry.reason, entry.rows) for entry in named.set_aside] == [("spent", "neither 0 nor 1", 1)]


def test_a_column_from_before_is_a_covariate_and_no_metric() -> None:
    frame = table("u1,A,1,0,2", "u2,B,2,,3", "u3,B,3,1,3", heading="unit_id,variant,spent,spent_before,age")
    units = read_units(frame, Columns("unit_id", "variant", covariates={"spent": "spent_before"}))
    assert [(metric.name, metric.covariate_name) for metric in units.metrics] == [
        ("spent", "spent_before"),
        ("age", ""),
    ]
    aged = read_units(frame, Columns("unit_id", "variant", covariates={"spent": "age"}))
    assert [(metric.name, metric.covariate_name) for metric in aged.metrics] == [
        ("spent", "age"),
    ]
    assert [entry.reason for entry in units.set_aside] == ["no value in spent_before: compared, not adjusted"]


@pytest.mark.parametrize(
    ("frame", "columns", "words"),
    [
        (table("u1,A,1,5"), COLUMNS, "two variants or more, not 1"),
        (table("u1,x,1,5", "u2,y,1,5"), COLUMNS, "--control names one of x, y"),
        (table("u1,A,1,5", "u2,B,1,5"), Columns("id", "variant"), "no column 'id'; there are unit_id, variant"),
        (table("u1,A,1,5", "u2,B,1,5"), Columns("unit_id", "variant", ("x",)), "no column 'x'"),
        (table("u1,A,1,5", "u2,B,1,5"), Columns("variant", "variant"), "both the unit and the variant"),
        (table("u1,A", "u2,B", heading="unit_id,variant"), COLUMNS, "there is no metric"),
        (table("u1,A,1,1", "u2,B,1,1", heading="unit_id,variant,m,m"), COLUMNS, "two columns are called 'm'"),
        (table("u1,A,1,red", "u2,B,1,blue"), COLUMNS, "column 'spent' holds no number"),
        (
            table("u1,A,1,1", "u2,B,1,1", "u1,A,0,1"),
            COLUMNS,
            "units with rows that differ: 1, the first on lines 2 and 4",
        ),
        (table("u1,A,1,5", "u2,B,1,5"), Columns("unit_id", "variant", covariates={"y": "spent"}), "'y', which is no"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused_in_one_line(frame: pd.DataFrame, columns: Columns, words: str) -> None:
    with pytest.raises(MartletError, match=words) as caught:
        read_units(frame, columns)
    assert "\n" not in str(caught.value)


def test_the_control_comes_first_whatever_its_name() -> None:
    frame = table("u1,red,1,5", "u2,Control,1,5", "u3,blue,1,5")
    assert read_units(frame, COLUMNS).arms == ("Control", "blue", "red")
    assert read_units(frame, COLUMNS, control="red").arms == ("red", "Control", "blue")
    with pytest.raises(MartletError, match="no unit is in variant 'green'"):
        read_units(frame, COLUMNS, control="green")


def test_the_published_comparison_reads_as_it_should() -> None:
    (finding,) = read(arms(A=(10_000, 250), B=(10_000, 300))).findings
    assert (finding.control_value, finding.treatment_value) == (0.025, 0.03)
    assert finding.relative_lift == pytest.approx(0.2)
    assert (finding.plain.low, finding.plain.high) == pytest.approx((0.000464, 0.009556), abs=5e-7)
    assert finding.verdict == (
        "B 3.00% against A 2.50%, 0.50 points more, 95% interval 0.05 to 0.96; p 0.0306; significant only if this is"
        " the one look that was planned; the always-valid interval still holds 0 (-0.22 to 1.22), so do not stop on"
        " this."
    )
    error = math.sqrt(0.025 * 0.975 / 10_000 + 0.03 * 0.97 / 10_000)
    assert (finding.sequential_low, finding.sequential_high) == pytest.approx(
        difference_interval(0.005, error, 20_000, 0.05, 5_000)
    )


def test_a_mismatch_is_the_first_line_and_in_every_verdict() -> None:
    found = read(arms(A=(10_000, 1000), B=(10_500, 1500)))
    lines = readout_lines(found)
    assert lines[0].startswith("SAMPLE RATIO MISMATCH: A 10,000 : B 10,500 against 1:1")
    assert "NONE of these results can be trusted" in lines[0]
    assert all(finding.verdict.startswith("NOT TO BE TRUSTED") for finding in found.findings)
    assert readout_record(found)["findings"][0]["is_sample_ratio_mismatched"]
    planned = read(arms(A=(10_000, 1000), B=(10_500, 1500)), ratio=[100, 105])  # type: ignore[arg-type]
    assert readout_lines(planned)[0].endswith("no mismatch")
    assert "TRUSTED" not in planned.findings[0].verdict


def test_verdicts_never_say_more_than_was_seen() -> None:
    def said(frame: pd.DataFrame) -> str:
        return read(frame).findings[0].verdict

    assert said(arms(A=(5000, 500), B=(5000, 750))).endswith("leaves 0 out too: it holds whenever you look.")
    assert "no difference is shown, which is not to say that there is none" in said(arms(A=(5000, 500), B=(5000, 510)))
    assert "2.00 points less" in said(arms(A=(5000, 500), B=(5000, 400)))
    assert "Fewer than 100 units in an arm" in said(arms(A=(40, 10), B=(40, 35)))
    assert "Fewer than 10 conversions" in said(arms(A=(500, 9), B=(500, 35)))
    assert "Fewer than 10 conversions" not in said(arms(A=(500, 10), B=(500, 35)))
    assert "fewer than two units" in said(arms(A=(1, 1), B=(500, 35)))
    assert "the always-valid interval is not known" in said(arms(A=(500, 0), B=(500, 500)))
    nothing = said(arms(A=(500, 0), B=(500, 0)))
    assert "no difference, 95% interval" in nothing
    assert "no difference is shown" in nothing
    constant = table("1,A,2", "2,A,2", "3,B,3", "4,B,3", heading="unit_id,variant,spent")
    assert "no test can judge" in said(constant)


def test_comparisons_are_counted_over_metrics_and_arms() -> None:
    rng = np.random.default_rng(3)
    n = 3000
    variant = rng.choice(["A", "B", "C"], n)
    frame = pd.DataFrame({"unit_id": np.arange(n).astype(str), "variant": variant})
    for name, lift in (("one", 0.035), ("two", 0.0), ("three", 0.0)):
        frame[name] = rng.binomial(1, 0.1 + lift * (variant == "B"), n).astype(str)
    found = read(frame)
    assert found.comparisons == len(found.findings) == 6
    p_values = [finding.plain.p_value for finding in found.findings]
    assert [finding.q_value for finding in found.findings] == pytest.approx(
        [min(p * 6 / (1 + sum(other < p for other in p_values)) for p in p_values if p >= own) for own in p_values]
    )
    assert "over 6 comparisons" in found.findings[0].verdict


def test_a_p_value_that_does_not_survive_the_count_is_no_finding() -> None:
    rows = arms(A=(10_000, 250), B=(10_000, 300))
    found = read(rows.assign(other=(rows["unit_id"].str[1:].astype(int) < 500).astype(int).astype(str)))
    one, other = found.findings
    assert one.q_value == pytest.approx(2 * 0.03062, abs=1e-4)
    assert one.verdict.endswith("not significant once 2 comparisons are counted: no difference is shown.")
    assert other.q_value == 1.0


def test_an_interval_for_all_looks_counts_all_comparisons_before_it_may_stop() -> None:
    rows = arms(A=(5000, 500), B=(5000, 610))
    alone = read(rows).findings[0]
    assert alone.verdict.endswith("it holds whenever you look.")
    # twenty more metrics, as strong as this one: q stays below alpha, Bonferroni does not
    many = rows.assign(**{f"m{number}": rows["bought"] for number in range(20)})
    among = read(many).findings[0]
    assert among.q_value == pytest.approx(alone.plain.p_value)
    assert among.sequential_low > 0
    assert "leaves 0 out, but not once 21 comparisons are counted, so do not stop on this." in among.verdict


def test_cuped_decides_where_a_covariate_is_given() -> None:
    rng = np.random.default_rng(4)
    n = 2000
    place = rng.integers(0, 2, n)
    before = rng.gamma(1, 30, n)
    spent = before + rng.normal(0, 8, n) + 2.5 * place
    frame = pd.DataFrame(
        {"unit_id": np.arange(n).astype(str), "variant": np.array(["A", "B"])[place]}
        | {"spent": [repr(float(v)) for v in spent], "spent_before": [repr(float(v)) for v in before]}
    )
    (finding,) = read(frame).findings
    adjusted = cuped(spent, before, place)
    expected = compare_means(moments(adjusted.values[place == 0]), moments(adjusted.values[place == 1]))
    assert finding.decisive == finding.adjusted == expected
    assert finding.theta == pytest.approx(1, abs=0.05)
    assert finding.plain.p_value > 0.05 > finding.q_value
    assert f"after CUPED on spent_before (variance {finding.variance_reduction:.0%} lower)" in finding.verdict
    record = readout_record(read(frame))["findings"][0]
    assert record["adjusted_difference"] == expected.difference
    assert record["difference"] == finding.plain.difference


def test_a_record_has_no_number_that_json_cannot_hold_and_a_readout_is_the_same_twice() -> None:
    frame = table("1,A,2", "2,A,2", "3,B,3", "4,B,3", heading="unit_id,variant,spent")
    text = json.dumps(readout_record(read(frame)), allow_nan=False)
    assert '"p_value": null' in text
    shuffled = frame.sample(frac=1, random_state=1)
    assert readout_lines(read(shuffled)) == readout_lines(read(frame))


def sized(**asked: object) -> Plan:
    return plan(Request(**asked))  # type: ignore[arg-type]


def test_a_plan_counts_days_and_says_when_they_are_too_many() -> None:
    found = sized(rate=0.025, lift=0.1, is_relative=True, per_day=2000)
    assert (found.per_arm, found.total, found.days) == (64_199, 128_398, 65)
    assert any(note.startswith("TOO LONG: 65 days are more than 60; in 60 days it could show") for note in found.notes)
    assert any("70 days" in note for note in found.notes)
    short = sized(rate=0.025, lift=0.1, is_relative=True, per_day=3000)
    assert short.days == 43
    assert not any("TOO LONG" in note for note in short.notes)
    assert "formula        pooled: n = (z_a sqrt(2 pm qm)" in plan_lines(found)[0]


def test_what_so_many_days_can_show_is_what_needs_so_many_days() -> None:
    found = sized(rate=0.025, per_day=2000, days=28)
    assert found.per_arm == 28_000
    again = sized(rate=0.025, lift=found.lift, per_day=2000)
    assert again.per_arm == pytest.approx(28_000, abs=1)
    means = sized(mean=80.0, sd=45.0, per_day=500, days=28, formula="arcsine")
    assert sized(sd=45.0, lift=means.lift).per_arm == pytest.approx(7000, abs=1)
    assert means.relative_lift == pytest.approx(means.lift / 80)


def test_more_arms_are_tested_at_a_lower_level_and_it_is_said() -> None:
    found = sized(rate=0.2, lift=0.05, arms=4)
    assert found.alpha_each == pytest.approx(0.05 / 3)
    assert found.per_arm == sized(rate=0.2, lift=0.05, alpha=0.05 / 3).per_arm
    assert any("(Bonferroni)" in note for note in found.notes)
    assert found.total == 4 * found.per_arm


def test_a_plan_of_few_conversions_says_that_it_is_rough() -> None:
    assert any("rough" in note for note in sized(rate=0.001, lift=0.05).notes)
    assert not any("rough" in note for note in sized(rate=0.2, lift=0.05).notes)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, "give --rate"),
        ({"rate": 0.1, "sd": 1.0, "lift": 0.1}, "give --rate"),
        ({"rate": 0.1, "mean": 1.0, "lift": 0.1}, "--mean goes with --sd"),
        ({"rate": 1.0, "lift": 0.1}, "--rate must lie"),
        ({"sd": -1.0, "lift": 0.1}, "--sd must be above 0"),
        ({"rate": 0.1}, "give --lift"),
        ({"rate": 0.1, "lift": 0.1, "days": 3.0}, "give --lift"),
        ({"rate": 0.1, "days": 3.0}, "--days needs"),
        ({"rate": 0.1, "days": -3.0, "per_day": 1.0}, "--days must be above"),
        ({"rate": 0.1, "days": 1.0, "per_day": 0.0}, "must lie between 0.001"),
        ({"rate": 0.1, "days": 1.0, "per_day": 1e300}, "must lie between 0.001"),
        ({"rate": 0.1, "days": 1e300, "per_day": 1.0}, "--days must be above"),
        ({"rate": 0.1, "days": 1.0, "per_day": 3.0}, "too few to show any rise"),
        ({"rate": 0.1, "lift": 0.0}, "must not be 0"),
        ({"rate": 0.1, "lift": 0.95}, "beyond 0 to 1"),
        ({"rate": 0.1, "lift": 1e-200}, "too small for any test"),
        ({"rate": 0.1, "lift": 1e-14}, "too small for any test"),
        ({"sd": 1.0, "lift": 1e-200}, "too small for any test"),
        ({"sd": 1.0, "lift": 0.1, "is_relative": True}, "needs --mean"),
        ({"rate": 0.1, "lift": math.inf}, "finite"),
        ({"rate": 0.1, "lift": 0.01, "alpha": 0.0}, "--alpha and --power"),
        ({"rate": 0.1, "lift": 0.01, "power": 0.01}, "--power must be above --alpha"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused_in_one_line(asked: dict[str, object], words: str) -> None:
    with pytest.raises(MartletError, match=words) as caught:
        sized(**asked)
    assert "\n" not in str(caught.value)
