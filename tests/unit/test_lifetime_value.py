"""Customer values: the right model is chosen or refused with its reason, and every row can be believed."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from clv_data import online_retail_lines
from martlet.clv import bg_nbd, constant_rate, gamma_gamma, pareto_nbd
from martlet.clv.lifetime_value import FIT_COLUMNS, MINIMUM_REPEATERS, VALUE_COLUMNS, ValueResult, customer_values
from martlet.clv.simulation import Parameters, draw_alive, look_ahead
from martlet.clv.summary import distinct_tuples
from value_orders import AS_OF, simulated_orders

TESTS = Path(__file__).resolve().parents[1]


def benchmark_of_values() -> ModuleType:
    """benchmarks/customer_value.py, which is no package."""
    spec = importlib.util.spec_from_file_location("customer_value", TESTS.parent / "benchmarks" / "customer_value.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def used(result: ValueResult, predicts: str = "orders") -> pd.Series:
    """The card of the model in use."""
    cards = result.fits[result.fits["is_used"] & (result.fits["predicts"] == predicts)]
    assert len(cards) == 1
    return cards.iloc[0]


def assert_sane(values: pd.DataFrame) -> None:
    assert list(values.columns) == list(VALUE_COLUMNS)
    assert values["customer_key"].is_unique
    assert values["rank"].tolist() == list(range(1, len(values) + 1))
    numbers = values.drop(columns=["customer_key", "p_alive", "next_expected_order_date", "model", "as_of_date"])
    assert np.isfinite(numbers.to_numpy(dtype=float)).all()
    assert (numbers.to_numpy(dtype=float) >= 0).all()
    assert (values["expected_orders_365_days"] >= values["expected_orders_90_days"]).all()
    assert (values["hi_80"] >= values["lo_80"]).all()
    assert (values["next_expected_order_date"].dropna() >= values["as_of_date"].max()).all()
    assert values["p_alive"].dropna().between(0, 1).all()
    assert values["p_alive"].isna().all() == values["model"].str.startswith("constant rate").all()


def test_people_who_leave_are_valued_by_a_model_of_leaving() -> None:
    orders = simulated_orders()
    result = customer_values(orders, AS_OF)
    card = used(result)
    assert card["model"] == "BG/NBD"
    assert card["mae"] < card["constant_rate_mae"]
    assert abs(card["bias_pct"]) < 15
    assert used(result, "margin")["model"] == "Gamma-Gamma"
    assert_sane(result.values)
    assert len(result.values) == orders["customer_key"].nunique()
    once = result.values[result.values["frequency"] == 0]
    assert (once["p_alive"] == 1).all()


@pytest.mark.parametrize(
    ("customers", "stores", "leave"),
    [(450, 16, (1.2, 3.0)), (450, 16, (0.6, 12.0)), (4000, 2, (1.2, 3.0)), (4000, 2, (0.6, 12.0))],
    ids=["300 who leave soon", "300 who stay", "2,700 who leave soon", "2,700 who stay"],
)
def test_what_comes_is_in_the_interval_as_often_as_said(
    customers: int, stores: int, leave: tuple[float, float]
) -> None:
    # two thirds of the people have joined at the cut, with a year to come
    cut = AS_OF - pd.Timedelta(days=365)
    parts, expected = [], []
    for seed in range(stores):
        orders = simulated_orders(customers, seed, leave, days=910)
        result = customer_values(orders, cut)
        # a store whose parameters cannot be told from so few says so, and is not what the interval promises to hold for
        if used(result)["model"] == constant_rate.MODEL:
            continue
        values = result.values.set_index("customer_key")
        later = orders[orders["order_date"] > cut].groupby("customer_key")["margin"].sum()
        parts.append(values.assign(actual=later.reindex(values.index, fill_value=0.0)))
        expected.append(values["expected_margin_365_days"].sum())
    everybody = pd.concat(parts)
    assert len(parts) >= stores / 3
    above, below = (everybody["actual"] > everybody["hi_80"] + 0.01), (everybody["actual"] < everybody["lo_80"] - 0.01)
    # nought is a common outcome and a common bound, so more than 80% are inside; where a bound is above nought, spend
    # is all but continuous there, and a tenth must lie beyond it
    assert 0.80 <= 1 - (above | below).mean() <= 0.93
    assert above[everybody["hi_80"] > 0].mean() == pytest.approx(0.10, abs=0.02)
    has_low = everybody["lo_80"] > 0
    assert below[has_low].mean() == pytest.approx(0.10, abs=0.10 if has_low.sum() < 300 else 0.05)
    assert everybody["actual"].sum() == pytest.approx(sum(expected), rel=0.1)


def test_the_order_of_rows_and_a_second_run_change_nothing() -> None:
    orders = simulated_orders(400)
    first = customer_values(orders, AS_OF)
    again = customer_values(orders.sample(frac=1, random_state=3), AS_OF)
    pd.testing.assert_frame_equal(first.values, again.values, check_exact=True)
    pd.testing.assert_frame_equal(first.fits, again.fits, check_exact=True)
    # another seed draws other customers, and expects the same of them
    other = customer_values(orders, AS_OF, seed=1).values
    assert (other["hi_80"] != first.values["hi_80"]).mean() > 0.5
    drawn = ["lo_80", "hi_80", "next_expected_order_date"]
    pd.testing.assert_frame_equal(other.drop(columns=drawn), first.values.drop(columns=drawn), check_exact=True)


def test_too_few_people_who_came_back_are_refused_and_it_is_said() -> None:
    orders = simulated_orders(120)
    result = customer_values(orders, AS_OF)
    card = used(result)
    assert card["repeaters"] < MINIMUM_REPEATERS
    assert card["model"] == constant_rate.MODEL
    refused = result.fits[result.fits["model"].isin(["BG/NBD", "Pareto/NBD"])]
    assert refused["reason"].str.contains(f"{MINIMUM_REPEATERS} are needed").all()
    assert_sane(result.values)
    assert result.values["p_alive"].isna().all()


def test_a_shop_where_nobody_leaves_has_no_model_of_leaving() -> None:
    # leaving after one order in fifty thousand
    result = customer_values(simulated_orders(1500, 2, leave=(2.0, 1e5)), AS_OF)
    assert used(result)["model"] == constant_rate.MODEL
    assert_sane(result.values)


def test_a_shop_where_all_leave_alike_has_no_model_of_leaving() -> None:
    # one repeat in four is the last, for everybody: a and b grow without end
    result = customer_values(simulated_orders(1500, 1, leave=(3e4, 9e4), days=910), AS_OF)
    card = result.fits.set_index("model").loc["BG/NBD"]
    assert card["boundary"] == "b"
    assert "on the boundary of its range (b)" in card["reason"]
    parameters = json.loads(card["parameters"])
    assert parameters["a"] + parameters["b"] > bg_nbd.MOST_A_AND_B
    assert not card["is_used"]
    # its record is told all the same
    assert card["mae"] < card["constant_rate_mae"]
    assert_sane(result.values)


def test_threads_of_linear_algebra_change_nothing_and_take_no_time() -> None:
    script = (
        "import hashlib, sys, time; sys.path.append(sys.argv[1])\n"
        "from value_orders import AS_OF, simulated_orders\n"
        "from martlet.clv.lifetime_value import customer_values\n"
        "orders = simulated_orders(2000)\n"
        "whole, own = time.process_time(), time.thread_time()\n"
        "result = customer_values(orders, AS_OF)\n"
        "own = time.thread_time() - own\n"
        "print((time.process_time() - whole - own) / own)\n"
        "text = result.values.to_csv() + result.fits.to_csv() + result.check.tracking.to_csv()\n"
        "print(hashlib.sha256(text.encode()).hexdigest())"
    )
    digests = set()
    for threads in ("1", "2", "8"):
        names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
        environment = {**os.environ, **dict.fromkeys(names, threads)}
        command = [sys.executable, "-c", script, str(TESTS)]
        printed = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout.split()
        assert float(printed[0]) < 0.05
        digests.add(printed[1])
    assert len(digests) == 1


def test_a_million_customers_take_about_a_second_and_little_memory(tmp_path: Path) -> None:
    benchmark = benchmark_of_values()
    arrays = tmp_path / "customers.npz"
    np.savez(arrays, **benchmark.simulated(1_000_000))
    measured = benchmark.measure(benchmark.MARTLET, arrays, "both", threads=2, repeats=2)
    # docs/performance.md has what a quiet machine needs; a busy one's seconds are longer
    assert measured["seconds"] < 2.5
    assert measured["megabytes"] < 300


def test_a_history_too_short_to_judge_a_model_by_values_nobody() -> None:
    orders = simulated_orders(3000, 4)
    first = orders["order_date"].min()
    result = customer_values(orders, first + pd.Timedelta(days=82))
    assert result.values.empty
    assert list(result.values.columns) == list(VALUE_COLUMNS)
    assert not result.fits["is_used"].any()
    assert (result.fits["reason"].str.contains("83 days, and 84 are needed")).all()
    a_day_later = customer_values(orders, first + pd.Timedelta(days=83))
    assert_sane(a_day_later.values)
    assert a_day_later.check is not None
    assert a_day_later.check.days == 28


@pytest.mark.parametrize("days", [["2024-01-01"], ["2024-01-01", "2024-01-01"], ["2024-01-01", "2025-06-30"]])
def test_one_customer_is_no_shop_but_gets_a_row(days: list[str]) -> None:
    orders = pd.DataFrame({"customer_key": "only", "order_date": pd.to_datetime(days), "margin": -5.0})
    result = customer_values(orders, AS_OF)
    assert_sane(result.values)
    assert len(result.values) == 1


def test_no_orders_no_rows_and_later_orders_are_not_seen() -> None:
    nothing = pd.DataFrame({"customer_key": [], "order_date": pd.to_datetime([]), "margin": []})
    for frame in (
        nothing,
        pd.DataFrame({"customer_key": ["a"], "order_date": [AS_OF + pd.Timedelta(days=1)], "margin": 1}),
    ):
        result = customer_values(frame, AS_OF)
        assert result.values.empty
        assert list(result.values.columns) == list(VALUE_COLUMNS)
        assert list(result.fits.columns) == list(FIT_COLUMNS)
    with pytest.raises(ValueError, match="missing columns"):
        customer_values(nothing.drop(columns="margin"), AS_OF)
    with pytest.raises(ValueError, match="finite"):
        customer_values(pd.DataFrame({"customer_key": ["a"], "order_date": [AS_OF], "margin": [np.nan]}), AS_OF)


def test_refunded_customers_are_worth_little_and_not_less_than_nothing() -> None:
    orders = simulated_orders(800)
    lost = orders["customer_key"].isin([f"customer-{i}" for i in range(40)])
    orders.loc[lost, "margin"] = -20.0
    result = customer_values(orders, AS_OF)
    assert_sane(result.values)
    assert "came back without a margin" in used(result, "margin")["reason"]


@pytest.mark.parametrize(
    "model",
    [
        bg_nbd.Parameters(0.8, 6.0, 1.2, 3.0),
        pareto_nbd.Parameters(0.55, 10.6, 0.6, 11.7),
        constant_rate.Parameters(0.5, 8.0),
    ],
)
def test_draws_agree_with_expectations(model: Parameters, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("martlet.clv.simulation.DRAWS", 60_000)
    module = {bg_nbd.Parameters: bg_nbd, pareto_nbd.Parameters: pareto_nbd, constant_rate.Parameters: constant_rate}
    tuples = distinct_tuples(np.array([0.0, 1, 3, 12]), np.array([0.0, 5, 20, 30]), np.array([10.0, 30, 30, 31]))
    known = tuples.frequency, tuples.recency, tuples.age
    expected = module[type(model)].expected_transactions(model, 26.0, *known)
    alive = np.nan_to_num(module[type(model)].p_alive(model, *known), nan=1.0)
    rng = np.random.default_rng(1)
    orders, wait = draw_alive(rng, model, tuples.frequency[:, None], tuples.age[:, None], 26.0)
    assert alive * orders.mean(axis=1) == pytest.approx(expected, rel=0.05)
    # quantiles are those of everybody, gone or alive, drawn the plain way
    gone = rng.random(orders.shape) >= alive[:, None]
    spend = gamma_gamma.Parameters(6.25, 3.74, 15.44)
    scale = rng.standard_gamma(np.broadcast_to(spend.p * tuples.frequency[:, None] + spend.q, orders.shape))
    worth = np.where(gone, 0.0, rng.standard_gamma(spend.p * orders) / scale)
    outlook = look_ahead(model, spend, tuples, 26.0)
    assert outlook.low == pytest.approx(np.quantile(worth, 0.1, axis=1), rel=0.05, abs=0.005)
    assert outlook.high == pytest.approx(np.quantile(worth, 0.9, axis=1), rel=0.05, abs=0.005)
    waits = np.quantile(np.where(gone, np.inf, wait), 0.5, axis=1, method="higher")
    assert outlook.wait == pytest.approx(waits, rel=0.05)


def test_online_retail_is_refused_for_what_it_is() -> None:
    lines = online_retail_lines()
    orders = pd.DataFrame(
        {
            "customer_key": lines["customer_id"].astype(int).astype(str),
            "order_date": lines["invoice_ts"].dt.normalize(),
            "margin": 0.4 * lines["quantity"] * lines["unit_price"],
        }
    )
    result = customer_values(orders, pd.Timestamp("2011-12-09"))
    cards = result.fits.set_index("model")
    assert cards.loc["BG/NBD", "boundary"] == "a"
    assert "boundary" in cards.loc["BG/NBD", "reason"]
    assert cards.loc["BG/NBD", "mae"] > cards.loc["BG/NBD", "constant_rate_mae"]
    assert cards.loc["Pareto/NBD", "boundary"] != ""
    assert used(result)["model"] == constant_rate.MODEL
    assert_sane(result.values)
    assert result.values["p_alive"].isna().all()
