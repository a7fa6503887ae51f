"""Customers that lifetime-value models are tested on: published data, and people simulated from known rates."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from martlet.clv import bg_nbd, pareto_nbd
from martlet.clv.summary import Summary, Transactions, Tuples, daily_transactions, distinct_tuples

SHARED = Path(__file__).resolve().parents[1].parent / "shared" / "data"
MODELS = pytest.mark.parametrize("model", [bg_nbd, pareto_nbd], ids=["BG/NBD", "Pareto/NBD"])
CALIBRATION, HOLDOUT = np.datetime64("1997-09-30"), np.datetime64("1998-06-30")
PARAMETERS = {
    bg_nbd: bg_nbd.Parameters(0.2426, 4.4136, 0.7929, 2.4259),
    pareto_nbd: pareto_nbd.Parameters(0.553, 10.578, 0.606, 11.669),
}


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


def online_retail_lines() -> pd.DataFrame:
    """The ledger's lines of known customers, without returns and gifts."""
    columns = ["customer_id", "invoice_ts", "quantity", "unit_price"]
    lines = pd.read_parquet(read("online_retail.parquet"), columns=columns)
    return lines[(lines["quantity"] > 0) & (lines["unit_price"] > 0) & lines["customer_id"].notna()]


def online_retail() -> Transactions:
    lines = online_retail_lines()
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
