"""Lifetime-value models: published figures to the digits given, gradients, limits, and odd customers."""

from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import check_grad
from scipy.special import gammaln
from scipy.stats import beta as beta_distribution

from martlet.clv import bg_nbd, constant_rate, gamma_gamma, pareto_nbd
from martlet.clv.holdout import constant_rates, deciles, errors, expected_orders, hold_out, tracking
from martlet.clv.summary import Summary, Transactions, Tuples, daily_transactions, distinct_tuples, summarize

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
MODELS = pytest.mark.parametrize("model", [bg_nbd, pareto_nbd], ids=["BG/NBD", "Pareto/NBD"])
CALIBRATION, HOLDOUT = np.datetime64("1997-09-30"), np.datetime64("1998-06-30")
PARAMETERS = {
    bg_nbd: bg_nbd.Parameters(0.2426, 4.4136, 0.7929, 2.4259),
    pareto_nbd: pareto_nbd.Parameters(0.553, 10.578, 0.606, 11.669),
}
positive = st.floats(0.05, 20.0)


def read(name: str) -> Path:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"needs ../shared/data/{name}")
    return path


def cdnow_sample() -> Transactions:
    """The 1/10 sample of 2,357 customers."""
    names = ["master", "customer", "day", "units", "value"]
    frame = pd.read_csv(read("cdnow_sample.txt"), sep=r"\s+", header=None, names=names)
    return by_customer(frame["customer"], pd.to_datetime(frame["day"].astype(str)), frame["value"])


def by_customer(customer: pd.Series, day: pd.Series, value: pd.Series) -> Transactions:
    codes, _ = pd.factorize(customer)
    days = day.to_numpy().astype("datetime64[D]")
    return daily_transactions(codes.astype(np.int64), days, value.to_numpy(dtype=np.float64))


def online_retail() -> Transactions:
    columns = ["customer_id", "invoice_ts", "quantity", "unit_price"]
    lines = pd.read_parquet(read("online_retail.parquet"), columns=columns)
    lines = lines[(lines["quantity"] > 0) & (lines["unit_price"] > 0) & lines["customer_id"].notna()]
    return by_customer(lines["customer_id"], lines["invoice_ts"], lines["quantity"] * lines["unit_price"])


def tuples_of(summary: Summary) -> Tuples:
    return distinct_tuples(summary.frequency, summary.recency, summary.age)


def customers(count: int = 200, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Frequency, recency and age of people of all kinds, some bought today, some hundreds of times."""
    rng = np.random.default_rng(seed)
    x = np.floor(rng.pareto(0.8, count))
    x[:3] = [0, 1, 400]
    age = rng.uniform(0.0, 60.0, count)
    recency = np.where(x > 0, np.where(rng.random(count) < 0.2, age, age * rng.uniform(0.01, 1.0, count)), 0.0)
    return x, recency, age


def simulate(count: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """People who behave as BG/NBD has it, with r 0.8, alpha 6, a 1.2, b 3, observed for 30 to 60 weeks."""
    rng = np.random.default_rng(seed)
    rate, leave, age = rng.gamma(0.8, 1 / 6.0, count), rng.beta(1.2, 3.0, count), rng.uniform(30, 60, count)
    x, recency, now, alive = np.zeros(count), np.zeros(count), np.zeros(count), np.ones(count, dtype=bool)
    while alive.any():
        who = np.flatnonzero(alive)
        now[who] += rng.exponential(1.0, len(who)) / rate[who]
        bought = who[now[who] < age[who]]
        x[bought] += 1
        recency[bought] = now[bought]
        alive[:] = False
        alive[bought] = rng.random(len(bought)) >= leave[bought]
    return x, recency, age


# published figures


def test_bg_nbd_reproduces_cdnow() -> None:
    # Fader, Hardie and Lee (2005), table 2, from the purchases themselves
    fit = bg_nbd.fit(tuples_of(summarize(cdnow_sample(), 2357, CALIBRATION, 7.0)))
    found = fit.parameters
    assert (found.r, found.alpha, found.a, found.b) == pytest.approx(
        (0.2425945, 4.4136019, 0.7929199, 2.4258881), rel=1e-5
    )
    assert fit.log_likelihood == pytest.approx(-9582.429, abs=5e-4)
    assert fit.converged
    assert fit.boundary == ()


@pytest.mark.parametrize(
    ("model", "parameters", "log_likelihood"),
    [
        (bg_nbd, (0.2426, 4.4136, 0.7929, 2.4259), -9582.43),
        # Bemmaor and Glady (2012), table 2
        (pareto_nbd, (0.553, 10.578, 0.606, 11.669), -9594.98),
    ],
)
def test_the_published_summary_gives_the_published_fit(
    model: ModuleType, parameters: tuple[float, ...], log_likelihood: float
) -> None:
    frame = pd.read_csv(read("cdnow_sample_summary.csv"))
    fit = model.fit(distinct_tuples(*(frame[name].to_numpy(dtype=float) for name in ("x", "t_x", "T"))))
    # its times are rounded to two decimals, which the fourth digit shows
    assert tuple(vars(fit.parameters).values()) == pytest.approx(parameters, rel=2e-4, abs=5e-4)
    assert fit.log_likelihood == pytest.approx(log_likelihood, abs=0.01)


def test_pareto_nbd_reproduces_cdnow() -> None:
    fit = pareto_nbd.fit(tuples_of(summarize(cdnow_sample(), 2357, CALIBRATION, 7.0)))
    assert tuple(round(value, 3) for value in vars(fit.parameters).values()) == (0.553, 10.578, 0.606, 11.669)
    assert round(fit.log_likelihood, 2) == -9594.98


def test_gamma_gamma_reproduces_cdnow() -> None:
    frame = pd.read_csv(read("cdnow_sample_summary.csv")).query("zbar > 0")
    fit = gamma_gamma.fit(frame["x"].to_numpy(dtype=float), frame["zbar"].to_numpy(dtype=float))
    # Fader and Hardie (2013), note 025
    assert tuple(round(value, 2) for value in vars(fit.parameters).values()) == pytest.approx(
        (6.25, 3.74, 15.44), abs=0.011
    )
    assert round(fit.log_likelihood, 2) == -4055.92
    assert fit.customers == 946


def test_cdnow_holdout_is_what_it_was_measured_to_be() -> None:
    transactions = cdnow_sample()
    early = summarize(transactions, 2357, CALIBRATION, 7.0)
    late = summarize(transactions, 2357, HOLDOUT, 7.0)
    fit = bg_nbd.fit(tuples_of(early))
    actual = late.frequency - early.frequency
    expected = bg_nbd.expected_transactions(fit.parameters, 39.0, early.frequency, early.recency, early.age)
    cumulative = bg_nbd.expected_repeats(fit.parameters, early.age + 39.0).sum()
    assert 100 * (cumulative / late.frequency.sum() - 1) == pytest.approx(-4.11, abs=0.005)
    assert np.corrcoef(expected, actual)[0, 1] == pytest.approx(0.6256, abs=5e-5)
    assert np.abs(expected - actual).mean() == pytest.approx(0.7855, abs=5e-5)
    assert np.sqrt(((expected - actual) ** 2).mean()) == pytest.approx(1.608, abs=5e-4)
    assert np.abs(early.frequency / early.age * 39 - actual).mean() == pytest.approx(1.024, abs=5e-4)
    assert actual.mean() == pytest.approx(0.7985, abs=5e-5)


def test_the_holdout_of_cdnow_is_tracked_week_by_week() -> None:
    held = hold_out(cdnow_sample(), HOLDOUT, days=39 * 7)
    assert held is not None
    parameters = bg_nbd.fit(held.tuples).parameters
    weeks = tracking(bg_nbd, parameters, held).set_index("week_end")
    last = weeks.loc[pd.Timestamp(HOLDOUT)]
    assert 100 * (last["expected"] / last["actual"] - 1) == pytest.approx(-4.11, abs=0.005)
    assert weeks.index.max() == pd.Timestamp(HOLDOUT)
    assert weeks["is_held_out"].sum() == 39
    cut = weeks.loc[pd.Timestamp(CALIBRATION)]
    assert cut["actual"] == held.summary.frequency.sum()
    assert last["actual"] == cut["actual"] + held.actual.sum()
    found = errors(expected_orders(bg_nbd, parameters, held), held.actual)
    assert round(found["correlation"], 3) == 0.626
    assert round(found["mae"], 4) == 0.7855
    assert round(found["rmse"], 3) == 1.608
    assert round(errors(constant_rates(held), held.actual)["mae"], 3) == 1.024


@pytest.mark.parametrize("model", [bg_nbd, pareto_nbd, constant_rate])
def test_tracking_is_the_sum_of_everybodys_own_expectation(model: ModuleType) -> None:
    first = np.array(["2024-01-01", "2024-01-09", "2024-02-20", "2024-03-05"], dtype="datetime64[D]")
    again = np.array(["2024-01-20", "2024-03-20"], dtype="datetime64[D]")
    bought = daily_transactions(np.array([0, 1, 2, 3, 0, 2]), np.concatenate([first, again]), np.ones(6))
    # who first buys after the cut is nobody that a model knew
    held = hold_out(bought, np.datetime64("2024-03-31"), days=30)
    assert held is not None
    assert len(held.actual) == 3
    parameters = PARAMETERS.get(model, constant_rate.Parameters(0.5, 40.0))
    weeks = tracking(model, parameters, held)
    for row in weeks.to_dict("records"):
        age = (row["week_end"] - pd.to_datetime(first[:3])).days.to_numpy().astype(float)
        expected = model.expected_repeats(parameters, np.maximum(age, 0.0)).sum()
        assert row["expected"] == pytest.approx(expected)
        assert row["actual"] == (pd.to_datetime(again) <= row["week_end"]).sum()
    assert weeks["week_end"].diff().dt.days.max() == 7
    assert weeks["week_end"].iloc[-1] == pd.Timestamp("2024-03-31")


def test_tenths_hold_everybody_once_least_expected_first() -> None:
    rng = np.random.default_rng(3)
    expected, actual = rng.gamma(1.0, 1.0, 1007), rng.poisson(1.0, 1007).astype(float)
    tenths = deciles(expected, actual)
    assert len(tenths) == 10
    assert set(tenths["customers"]) == {100, 101}
    assert tenths["expected"].is_monotonic_increasing
    assert (tenths["expected"] * tenths["customers"]).sum() == pytest.approx(expected.sum())
    assert (tenths["actual"] * tenths["customers"]).sum() == pytest.approx(actual.sum())
    assert len(deciles(expected[:4], actual[:4])) == 4


@pytest.mark.parametrize(("days", "held_days"), [(300, 100), (900, 182), (84, 28), (83, None)])
def test_the_last_third_is_held_out_up_to_half_a_year(days: int, held_days: int | None) -> None:
    first = np.datetime64("2024-01-01")
    bought = daily_transactions(np.zeros(1, dtype=np.int64), np.array([first]), np.ones(1))
    held = hold_out(bought, first + np.timedelta64(days - 1, "D"))
    assert (held and held.days) == held_days


def test_bg_nbd_on_all_of_cdnow() -> None:
    frame = pd.read_parquet(read("cdnow_master.parquet"))
    transactions = by_customer(frame["customer_id"], pd.to_datetime(frame["order_date"]), frame["amount"])
    fit = bg_nbd.fit(tuples_of(summarize(transactions, 23570, CALIBRATION, 7.0)))
    assert tuple(round(v, 4) for v in vars(fit.parameters).values()) == pytest.approx(
        (0.2516, 4.7889, 0.7234, 2.1611), abs=1.01e-4
    )
    assert round(fit.log_likelihood, 2) == -95368.44


@MODELS
def test_online_retail_breaks_the_fit_and_the_fit_says_so(model: ModuleType) -> None:
    transactions = online_retail()
    for end in ("2011-12-09", "2011-09-09"):
        day = np.datetime64(end)
        known = np.unique(transactions.customer[transactions.day <= day])
        kept = np.isin(transactions.customer, known)
        codes = np.searchsorted(known, transactions.customer[kept])
        part = Transactions(codes, transactions.day[kept], transactions.value[kept])
        fit = model.fit(tuples_of(summarize(part, len(known), day)))
        assert fit.boundary
        assert np.isfinite(fit.log_likelihood)


# likelihoods and gradients


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([bg_nbd, pareto_nbd]), positive, positive, positive, positive)
def test_gradients_are_those_of_the_likelihoods(model: ModuleType, r: float, alpha: float, a: float, b: float) -> None:
    tuples = distinct_tuples(*customers(60))
    at = np.array([r, alpha, a, b])

    def value(values: np.ndarray) -> float:
        return float(model.log_likelihood(model.Parameters(*values), tuples))

    analytic = model.log_likelihood_and_gradient(model.Parameters(*at), tuples)[1]
    for index in range(4):
        step = np.zeros(4)
        step[index] = 1e-5 * at[index]
        numeric = (value(at + step) - value(at - step)) / (2 * step[index])
        assert analytic[index] == pytest.approx(numeric, rel=1e-4, abs=1e-4 * abs(value(at)))


@settings(max_examples=40, deadline=None)
@given(positive, st.floats(1.1, 20.0), positive)
def test_the_gamma_gamma_gradient_is_that_of_its_likelihood(p: float, q: float, v: float) -> None:
    rng = np.random.default_rng(5)
    x, z = rng.integers(1, 40, 50).astype(float), rng.lognormal(3.0, 1.0, 50)
    at = np.array([p, q, v])

    def value(logs: np.ndarray) -> float:
        return gamma_gamma.log_likelihood(gamma_gamma.Parameters(*np.exp(logs)), x, z)

    def gradient(logs: np.ndarray) -> np.ndarray:
        parameters = gamma_gamma.Parameters(*np.exp(logs))
        return gamma_gamma.log_likelihood_and_gradient(parameters, x, z)[1] * np.exp(logs)

    error = check_grad(value, gradient, np.log(at))
    assert error <= 1e-4 * max(1.0, np.abs(gradient(np.log(at))).max(), abs(value(np.log(at))))


def test_the_pareto_nbd_likelihood_is_its_integral() -> None:
    x, t_x, T = customers(40)  # noqa: N806
    for r, alpha, s, beta in (
        (0.55, 10.6, 0.6, 11.7),
        (3.0, 2.0, 2.5, 40.0),
        (0.3, 50.0, 1.0, 0.8),
        (5.0, 0.5, 0.1, 0.5),
    ):
        parameters = pareto_nbd.Parameters(r, alpha, s, beta)
        for i in range(40):
            # likelihoods over that of someone who left right after the last purchase
            def density(
                tau: float, i: int = i, r: float = r, al: float = alpha, s: float = s, be: float = beta
            ) -> float:
                fallen = -(r + x[i]) * np.log((al + tau) / (al + t_x[i]))
                return float(s * np.exp(fallen - (s + 1) * np.log((be + tau) / (be + t_x[i]))))

            scale = (alpha + t_x[i]) / (r + x[i])
            breaks = [t for t in t_x[i] + scale * np.array([0.1, 1.0, 5.0, 30.0]) if t < T[i]]
            gone = quad(density, t_x[i], T[i], points=breaks or None, epsabs=0, epsrel=1e-12, limit=200)[0]
            fallen = -(r + x[i]) * np.log((alpha + T[i]) / (alpha + t_x[i]))
            alive = np.exp(fallen - s * np.log((beta + T[i]) / (beta + t_x[i]))) * (beta + t_x[i])
            one = distinct_tuples(x[i : i + 1], t_x[i : i + 1], T[i : i + 1])
            height = -(r + x[i]) * np.log(alpha + t_x[i]) - (s + 1) * np.log(beta + t_x[i])
            constant = gammaln(r + x[i]) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
            assert pareto_nbd.log_likelihood(parameters, one) == pytest.approx(
                constant + height + np.log(alive + gone), rel=1e-9, abs=1e-8
            )
            chance = pareto_nbd.p_alive(parameters, x[i : i + 1], t_x[i : i + 1], T[i : i + 1])[0]
            assert chance == pytest.approx(alive / (alive + gone), rel=1e-7, abs=1e-12)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (0.7929, 2.4259),
        (1.0, 2.0),
        (1.0 + 1e-7, 3.0),
        (0.4, 0.6),
        (0.2, 0.3),
        (6.0, 0.5),
        (60, 200),
        (400, 600),
        (5e4, 2e5),
    ],
)
def test_bg_nbd_expectations_are_their_integral(a: float, b: float) -> None:
    r, alpha, t = 0.6, 5.0, 52.0
    for x, age in ((0.0, 0.0), (0.0, 30.0), (1.0, 30.0), (12.0, 40.0), (300.0, 40.0), (5000.0, 60.0)):
        # what someone alive with leaving probability p buys in t, over the posteriors of lambda and p
        p = np.maximum(beta_distribution.ppf((np.arange(100_000) + 0.5) / 100_000, a, b + x), 1e-300)
        integral = (-np.expm1(-(r + x) * np.log1p(p * t / (alpha + age))) / p).mean()
        parameters = bg_nbd.Parameters(r, alpha, a, b)
        if x == 0:
            found = bg_nbd.expected_transactions(parameters, t, np.zeros(1), np.zeros(1), np.array([age]))[0]
        else:
            now = np.array([age])
            found = bg_nbd.expected_transactions(parameters, t, np.array([x]), now, now)[0]
            found /= bg_nbd.p_alive(parameters, np.array([x]), now, now)[0]
        # beyond the boundary everybody's chance to leave is taken for one and the same
        assert found == pytest.approx(integral, rel=1e-5 if a + b <= bg_nbd.MOST_A_AND_B else 3e-3)


@pytest.mark.parametrize("values", [(23.0, 1.0, 7.0, 1.0), (45.0, 0.05, 3.0, 40.0)])
def test_fast_buyers_who_leave_in_the_end_buy_one_over_the_chance_to_leave(values: tuple[float, ...]) -> None:
    parameters = bg_nbd.Parameters(*values)
    forever = bg_nbd.expected_repeats(parameters, np.array([1e6 * parameters.alpha]))[0]
    # repeats are geometric once all have left, whatever the rate: the mean of 1/p, for a above 1
    assert forever == pytest.approx((parameters.a + parameters.b - 1) / (parameters.a - 1), rel=1e-6)


@MODELS
def test_weights_are_repeated_rows(model: ModuleType) -> None:
    x, recency, age = simulate(300, 2)
    weight = np.random.default_rng(3).integers(1, 5, 300)
    weighted = model.fit(distinct_tuples(x, recency, age, weight.astype(float)))
    repeated = model.fit(distinct_tuples(*(np.repeat(values, weight) for values in (x, recency, age))))
    assert weighted == repeated


@MODELS
def test_the_order_of_customers_does_not_matter(model: ModuleType) -> None:
    data = simulate(300, 4)
    shuffled = np.random.default_rng(5).permutation(300)
    assert model.fit(distinct_tuples(*data)) == model.fit(distinct_tuples(*(values[shuffled] for values in data)))


@MODELS
def test_the_unit_of_time_does_not_matter(model: ModuleType) -> None:
    x, recency, age = simulate(2000, 6)
    weeks, days = model.fit(distinct_tuples(x, recency, age)), model.fit(distinct_tuples(x, 7 * recency, 7 * age))
    there = np.array(list(vars(weeks.parameters).values()))
    here = np.array(list(vars(days.parameters).values()))
    units = np.array([1.0, 7.0, 1.0, 7.0 if model is pareto_nbd else 1.0])
    assert here == pytest.approx(there * units, rel=1e-3)
    assert days.log_likelihood == pytest.approx(weeks.log_likelihood - x.sum() * np.log(7.0), rel=1e-9)


def test_bg_nbd_finds_the_parameters_of_simulated_people() -> None:
    fit = bg_nbd.fit(distinct_tuples(*simulate(40_000, 7)))
    found = fit.parameters
    assert (found.r, found.alpha, found.a, found.b) == pytest.approx((0.8, 6.0, 1.2, 3.0), rel=0.12)


def test_pareto_nbd_finds_the_parameters_of_simulated_people() -> None:
    rng = np.random.default_rng(8)
    rate, end = rng.gamma(0.8, 1 / 6.0, 40_000), rng.exponential(1.0, 40_000) / rng.gamma(1.5, 1 / 30.0, 40_000)
    age = rng.uniform(30, 60, 40_000)
    life = np.minimum(age, end)
    x = rng.poisson(rate * life).astype(float)
    # the last of x uniform times
    recency = np.where(x > 0, life * rng.random(40_000) ** (1.0 / np.maximum(x, 1.0)), 0.0)
    found = pareto_nbd.fit(distinct_tuples(x, recency, age)).parameters
    assert (found.r, found.alpha) == pytest.approx((0.8, 6.0), rel=0.1)
    assert found.s / found.beta == pytest.approx(1.5 / 30.0, rel=0.2)


def test_gamma_gamma_finds_the_parameters_of_simulated_people() -> None:
    rng = np.random.default_rng(9)
    x = rng.integers(1, 12, 30_000).astype(float)
    scale = 1.0 / rng.gamma(3.5, 1 / 20.0, 30_000)
    fit = gamma_gamma.fit(x, rng.gamma(5.0 * x) * scale / x)
    assert tuple(vars(fit.parameters).values()) == pytest.approx((5.0, 3.5, 20.0), rel=0.05)


# what must hold for everybody


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([(bg_nbd, bg_nbd.Parameters), (pareto_nbd, pareto_nbd.Parameters)]),
    st.lists(st.floats(0.02, 50.0), min_size=4, max_size=4),
    st.integers(0, 1000),
)
def test_chances_and_expectations_make_sense(kind: tuple[ModuleType, type], values: list[float], seed: int) -> None:
    model, parameters = kind[0], kind[1](*values)
    x, recency, age = customers(50, seed)
    chance = model.p_alive(parameters, x, recency, age)
    assert ((chance >= 0) & (chance <= 1)).all()
    expected = np.array(
        [model.expected_transactions(parameters, t, x, recency, age) for t in (0.0, 1.0, 13.0, 52.0, 500.0)]
    )
    assert np.isfinite(expected).all()
    assert expected[0] == pytest.approx(0.0, abs=1e-9)
    assert (np.diff(expected, axis=0) >= -1e-7 * (1 + expected[1:])).all()
    # no more than if nobody left
    rate = (values[0] + x) / (values[1] + age)
    assert (expected[3] <= rate * 52.0 * (1 + 1e-9)).all()
    new = model.expected_repeats(parameters, np.array([0.0, 1.0, 10.0, 100.0]))
    assert (np.diff(new) >= -1e-9).all()


@MODELS
def test_the_longer_the_silence_the_less_alive(model: ModuleType) -> None:
    recency = np.linspace(1.0, 50.0, 20)
    chance = model.p_alive(PARAMETERS[model], np.full(20, 4.0), recency, np.full(20, 50.0))
    assert (np.diff(chance) > 0).all()


@MODELS
def test_thousands_of_purchases_do_not_overflow(model: ModuleType) -> None:
    x, recency, age = np.array([5000.0, 5000.0]), np.array([39.0, 1.0]), np.array([39.0, 39.0])
    chance = model.p_alive(PARAMETERS[model], x, recency, age)
    assert chance[0] > 0.99
    assert chance[1] < 1e-6
    assert np.isfinite(model.expected_transactions(PARAMETERS[model], 52.0, x, recency, age)).all()
    assert np.isfinite(model.log_likelihood(PARAMETERS[model], distinct_tuples(x, recency, age)))


def test_a_one_time_buyer_is_alive_by_assumption_in_bg_nbd_and_not_in_pareto_nbd() -> None:
    once = np.zeros(2), np.zeros(2), np.array([1.0, 39.0])
    assert bg_nbd.p_alive(PARAMETERS[bg_nbd], *once).tolist() == [1.0, 1.0]
    recent, old = pareto_nbd.p_alive(PARAMETERS[pareto_nbd], *once)
    assert 0 < old < recent < 1


@MODELS
def test_a_purchase_today_leaves_no_time_to_go(model: ModuleType) -> None:
    now = np.array([20.0])
    chance = model.p_alive(PARAMETERS[model], np.array([3.0]), now, now)[0]
    # Pareto/NBD: nobody left since; BG/NBD: the chance to have left right after it, a / (a + b + x - 1)
    assert chance == pytest.approx(1.0 if model is pareto_nbd else 1 - 0.7929 / (0.7929 + 2.4259 + 2))


def test_the_constant_rate_is_a_mean_of_the_shop_and_the_customer() -> None:
    x, recency, age = simulate(5000, 10)
    tuples = distinct_tuples(x, recency, age)
    fit = constant_rate.fit(tuples)
    assert fit.converged
    assert not fit.boundary
    rate = constant_rate.expected_transactions(fit.parameters, 1.0, x, recency, age)
    shop = fit.parameters.r / fit.parameters.alpha
    assert (rate >= np.minimum(shop, x / age) - 1e-12).all()
    assert (rate <= np.maximum(shop, x / age) + 1e-12).all()
    # maximum likelihood makes the mean of posterior rates the prior's
    assert rate.mean() == pytest.approx(shop, rel=1e-3)
    assert np.isnan(constant_rate.p_alive(fit.parameters, x, recency, age)).all()
    assert "r" in constant_rate.fit(distinct_tuples(np.zeros(9), np.zeros(9), np.arange(9.0))).boundary


@MODELS
def test_nobody_came_back(model: ModuleType) -> None:
    fit = model.fit(distinct_tuples(np.zeros(50), np.zeros(50), np.linspace(1, 30, 50)))
    assert "r" in fit.boundary


def test_expected_spend_lies_between_the_shops_mean_and_the_customers_own() -> None:
    parameters = gamma_gamma.Parameters(6.25, 3.74, 15.44)
    mean = 6.25 * 15.44 / 2.74
    found = gamma_gamma.expected_value(parameters, np.array([0.0, 1.0, 10.0, 1.0]), np.array([np.nan, 90.0, 90.0, 5.0]))
    assert found[0] == pytest.approx(mean)
    assert mean < found[1] < found[2] < 90
    assert 5 < found[3] < mean
    with pytest.raises(ValueError, match="infinite"):
        gamma_gamma.expected_value(gamma_gamma.Parameters(6.0, 0.9, 15.0), np.zeros(1), np.zeros(1))


# from orders to customers


def test_orders_of_a_day_are_one_transaction() -> None:
    days = np.array(["2024-01-01", "2024-01-15", "2024-01-15", "2024-02-05", "2024-01-08"], dtype="datetime64[D]")
    made = daily_transactions(np.array([0, 0, 0, 0, 1]), days, np.array([10.0, 20.0, 5.0, 35.0, 7.0]))
    assert made.value.tolist() == [10.0, 25.0, 35.0, 7.0]
    whole = summarize(made, 2, np.datetime64("2024-02-12"), 7.0)
    assert whole.frequency.tolist() == [2, 0]
    assert whole.recency.tolist() == [5, 0]
    assert whole.age.tolist() == [6, 5]
    assert whole.value[0] == 30
    assert np.isnan(whole.value[1])
    early = summarize(made, 2, np.datetime64("2024-01-15"))
    assert early.frequency.tolist() == [1, 0]
    assert early.value[0] == 25
    with pytest.raises(ValueError, match="every customer"):
        summarize(made, 2, np.datetime64("2024-01-02"))


@pytest.mark.parametrize(
    ("x", "recency", "age", "match"),
    [
        ([], [], [], "no customers"),
        ([1.5], [1.0], [2.0], "whole number"),
        ([-1.0], [1.0], [2.0], "whole number"),
        ([1.0], [3.0], [2.0], "between zero and age"),
        ([0.0], [1.0], [2.0], "exactly where"),
        ([2.0], [0.0], [2.0], "exactly where"),
        ([1.0], [np.nan], [2.0], "finite"),
        ([1.0, 2.0], [1.0], [2.0], "one length"),
    ],
)
def test_impossible_customers_are_refused(x: list[float], recency: list[float], age: list[float], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        distinct_tuples(*(np.array(values, dtype=float) for values in (x, recency, age)))


def test_spend_that_is_no_spend_is_refused() -> None:
    for x, value in (([0.0], [5.0]), ([1.0], [0.0]), ([1.0], [np.inf]), ([], [])):
        with pytest.raises(ValueError, match=r"must be|customers"):
            gamma_gamma.fit(np.array(x), np.array(value))
