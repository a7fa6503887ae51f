"""Fits and scores customers with the lifetime-value models, beside `lifetimes` on the same arrays.

    .venv/bin/python benchmarks/customer_value.py [customers]

Prints the section of docs/performance.md that `make bench` writes. Customers are drawn from the CDNOW parameters in
whole days, 27 to 39 weeks of them. Each side runs in a process of its own, so that neither's memory or threads are the
other's; `lifetimes`, which is archived and needs old packages, runs in a throw-away environment made for it.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

CUSTOMERS = 1_000_000
THREADS = (1, 2)
#: The last release of `lifetimes` and what it still runs on.
PEER = ("lifetimes==0.11.3", "setuptools<81", "numpy<2", "pandas<2.3", "scipy<1.14")
THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
JOBS = ("both", "orders", "spend")

# Runs in either environment: reads the arrays, does one job, prints median CPU seconds of all threads and memory added.
TIMER = """
import json, statistics, sys, time
import numpy as np

def measure(job, repeats):
    # not ru_maxrss, which a process inherits from a larger one that starts it
    def peak():
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 1024
    before, times = peak(), []
    for _ in range(repeats):
        start = time.process_time()
        job()
        times.append(time.process_time() - start)
    print(json.dumps({"seconds": statistics.median(times), "megabytes": peak() - before}))

with np.load(sys.argv[1]) as file:
    x, recency, age, value = (file[name] for name in ("x", "recency", "age", "value"))
repeats, job = int(sys.argv[2]), sys.argv[3]
again = x > 0
"""
MARTLET = (
    TIMER
    + """
from martlet.clv import bg_nbd, gamma_gamma
from martlet.clv.summary import distinct_tuples

def orders():
    tuples = distinct_tuples(x, recency, age)
    model = bg_nbd.fit(tuples).parameters
    known = tuples.frequency, tuples.recency, tuples.age
    bg_nbd.p_alive(model, *known)[tuples.inverse]
    bg_nbd.expected_transactions(model, 365.0, *known)[tuples.inverse]

def spend():
    gamma_gamma.expected_value(gamma_gamma.fit(x[again], value[again]).parameters, x, value)

def everything():
    # a first day, a last one, the others evenly between
    import pandas as pd
    from martlet.clv.lifetime_value import customer_values

    who = np.repeat(np.arange(len(x)), x.astype(int) + 1)
    count = np.arange(len(who)) - (np.cumsum(x + 1) - (x + 1))[who]
    day = np.floor(recency[who] * count / np.maximum(x, 1.0)[who])
    end = np.datetime64("2025-06-30")
    dates = (end - (age[who] - day).astype("timedelta64[D]")).astype("datetime64[s]")
    frame = pd.DataFrame({"customer_key": who, "order_date": dates, "margin": value[who]})
    return lambda: customer_values(frame, pd.Timestamp(end))

if job == "everything":
    measure(everything(), repeats)
else:
    measure({"orders": orders, "spend": spend, "both": lambda: (orders(), spend())}[job], repeats)
"""
)
LIFETIMES = (
    TIMER
    + """
import warnings
warnings.simplefilter("ignore")
from lifetimes import BetaGeoFitter, GammaGammaFitter

def orders():
    model = BetaGeoFitter().fit(x, recency, age)
    model.conditional_probability_alive(x, recency, age)
    model.conditional_expected_number_of_purchases_up_to_time(365.0, x, recency, age)

def spend():
    GammaGammaFitter().fit(x[again], value[again]).conditional_expected_average_profit(x, np.where(again, value, 0.0))

measure({"orders": orders, "spend": spend, "both": lambda: (orders(), spend())}[job], repeats)
"""
)


def simulated(count: int) -> dict[str, np.ndarray]:
    """Frequency, recency and age in days, and mean value of a repeat purchase: arrays (count,)."""
    rng = np.random.default_rng(0)
    rate, leave = rng.gamma(0.2426, 1 / (7 * 4.4136), count), rng.beta(0.7929, 2.4259, count)
    age = rng.integers(189, 273, count).astype(np.float64)
    x, recency, now = np.zeros(count), np.zeros(count), np.zeros(count)
    who = np.arange(count)
    while len(who):
        now[who] += rng.exponential(1.0, len(who)) / rate[who]
        who = who[now[who] < age[who]]
        x[who] += 1
        recency[who] = np.maximum(np.floor(now[who]), 1.0)
        who = who[rng.random(len(who)) >= leave[who]]
    value = rng.gamma(6.25 * np.maximum(x, 1.0)) / rng.gamma(3.74, 1 / 15.44, count) / np.maximum(x, 1.0)
    return {"x": x, "recency": recency, "age": age, "value": value}


def measure(
    script: str, arrays: Path, job: str, threads: int, repeats: int = 5, python: str = sys.executable
) -> dict[str, float]:
    """Median CPU `seconds` of a job in a process of its own with so many BLAS threads, and `megabytes` it added."""
    environment = {**os.environ, **dict.fromkeys(THREAD_VARIABLES, str(threads))}
    command = [python, "-c", script, str(arrays), str(repeats), job]
    printed = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    measured: dict[str, float] = json.loads(printed)
    return measured


def peer_python(folder: Path) -> str | None:
    """An interpreter with `lifetimes`, or None where it cannot be installed."""
    home = folder / "peer"
    python = str(home / "bin" / "python")
    try:
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True, capture_output=True)
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PEER]
        subprocess.run(install, check=True, capture_output=True)
    except subprocess.CalledProcessError:
        return None
    return python


def section(count: int = CUSTOMERS) -> str:
    """The section of docs/performance.md."""
    lines = [
        "## Customer values",
        "",
        f"CPU seconds of all threads, medians of 5 (`lifetimes` 0.11.3: 3), {count:,} simulated customers on the same"
        " arrays, fitted and scored; memory is what the process added at its peak.",
        "",
        "| job | BLAS threads | martlet | lifetimes | ratio | martlet, MB | lifetimes, MB |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    names = {"both": "**BG/NBD and gamma-gamma**", "orders": "BG/NBD", "spend": "gamma-gamma"}
    with tempfile.TemporaryDirectory() as name:
        arrays = Path(name) / "customers.npz"
        np.savez(arrays, **simulated(count))
        python = peer_python(Path(name))
        for job in JOBS:
            for threads in THREADS:
                ours = measure(MARTLET, arrays, job, threads)
                cells = ["not installed", "-", f"{ours['megabytes']:.0f}", "-"]
                if python:
                    theirs = measure(LIFETIMES, arrays, job, threads, 3, python)
                    ratio = theirs["seconds"] / ours["seconds"]
                    cells = [f"{theirs['seconds']:.2f}", f"{ratio:.0f}x"]
                    cells += [f"{ours['megabytes']:.0f}", f"{theirs['megabytes']:.0f}"]
                lines.append(f"| {names[job]} | {threads} | {ours['seconds']:.2f} | {' | '.join(cells)} |")
        whole = measure(MARTLET, arrays, "everything", THREADS[0], 3)
    rest = (
        "All of `predictions.customer_value` from these customers' days with orders (three models, each fitted to"
        " everything and to the past, intervals, residual values, ranks):"
        f" {whole['seconds']:.1f} CPU seconds, {whole['megabytes']:.0f} MB."
    )
    return "\n".join([*lines, "", rest, ""])


if __name__ == "__main__":
    print(section(int(sys.argv[1]) if len(sys.argv) > 1 else CUSTOMERS))
