"""A planted fault of a device, a browser or both is found at its step, and what it drags along is not."""

from collections.abc import Callable
from datetime import date

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy import stats
from shops import SETTINGS, assert_well_formed

from martlet.shortlist.impact import shrink_sparse
from martlet.shortlist.plays import funnel_fix
from martlet.shortlist.rows import COMMON_COLUMNS, Assumptions

ASSUMED = Assumptions("funnel_fix", 16.0, 0.50, 0.25, 100, 10)
# name: share of sessions, conversion
DEVICES = {"desktop": (0.45, 1.1), "mobile": (0.5, 0.9), "tablet": (0.05, 1.0)}
BROWSERS = {"Chrome": (0.6, 1.0), "Safari": (0.3, 0.97), "Firefox": (0.1, 1.03)}
CHANNELS = {"Organic Search": (0.5, 1.0), "Email": (0.2, 1.2), "Paid Search": (0.3, 0.85)}
STEP_RATES = (0.5, 0.4, 0.55, 0.65)
ADD_TO_CART, BEGIN_CHECKOUT, PURCHASE = 1, 2, 3
VALUE = 150.0
LINES = pd.DataFrame({"net_sales": [100.0], "gross_margin": [40.0]})
NAMES = ["channel_group", "device_category", "browser", "sessions", "closed_viewed_item", "closed_added_to_cart"]
NAMES += ["closed_began_checkout", "closed_purchased"]
#: What a device, browser, channel and step are multiplied with.
Fault = Callable[[str, str, str, int], float]


def no_fault(device: str, browser: str, channel: str, step: int) -> float:
    return 1.0


def mobile_safari(device: str, browser: str, channel: str, step: int) -> float:
    return 0.7 if (device, browser, step) == ("mobile", "Safari", ADD_TO_CART) else 1.0


def mobile(device: str, browser: str, channel: str, step: int) -> float:
    return 0.7 if (device, step) == ("mobile", PURCHASE) else 1.0


def funnel(fault: Fault, seed: int, sessions: int = 60_000) -> pd.DataFrame:
    """Ninety days of sessions; rates are a product of step, device, browser and channel, but for the fault."""
    rng = np.random.default_rng(seed)
    rows = []
    for device, (device_share, device_effect) in DEVICES.items():
        for browser, (browser_share, browser_effect) in BROWSERS.items():
            for channel, (channel_share, channel_effect) in CHANNELS.items():
                counts = [rng.poisson(sessions * device_share * browser_share * channel_share)]
                for step, base in enumerate(STEP_RATES):
                    rate = base * (device_effect * browser_effect * channel_effect) ** 0.25
                    counts.append(rng.binomial(counts[-1], rate * fault(device, browser, channel, step)))
                rows.append((channel, device, browser, *counts))
    frame = pd.DataFrame(rows, columns=NAMES)
    frame = frame.assign(purchased=frame["closed_purchased"], revenue=VALUE * frame["closed_purchased"])
    return frame.assign(first_date=date(2025, 4, 2), last_date=date(2025, 6, 30))


def found(frame: pd.DataFrame) -> pd.DataFrame:
    return funnel_fix.rank({"funnel_by_segment": frame, "order_lines": LINES}, ASSUMED, SETTINGS).rows


def named(rows: pd.DataFrame) -> list[tuple[str, str, str, str]]:
    columns = ["step", "device_category", "browser", "channel_group"]
    return sorted(rows[columns].itertuples(index=False, name=None))


def test_a_fault_of_one_browser_on_one_device_is_that_and_nothing_beside_it() -> None:
    # neither mobile nor Safari alone, nor desktop with Chrome, the opposite corner of the table
    every = [each for seed in range(12) for each in named(found(funnel(mobile_safari, seed)))]
    assert every.count(("add_to_cart", "mobile", "Safari", "any")) == 12
    assert len(every) <= 13


def test_a_fault_of_a_whole_device_is_the_device() -> None:
    every = [each for seed in range(12) for each in named(found(funnel(mobile, seed)))]
    assert every.count(("purchase", "mobile", "any", "any")) == 12
    assert len(every) <= 13


def test_the_row_says_what_was_planted() -> None:
    frame = funnel(mobile_safari, 3)
    rows = found(frame)
    assert_well_formed(rows)
    (row,) = rows.to_dict("records")
    assert row["shrunk_ratio"] == pytest.approx(0.7, abs=0.08)
    assert row["step_rate"] < row["expected_step_rate"] == pytest.approx(0.4 * (0.9 * 0.97) ** 0.25, abs=0.03)
    assert row["margin_per_order"] == pytest.approx(VALUE * 0.4)
    assert row["action"] == ("Find out why mobile visitors with Safari are lost between product and cart, and mend it.")
    lost = row["recoverable_orders_90d"] * row["margin_per_order"] * 0.5
    assert row["impact_margin_90d"] == pytest.approx(lost, rel=0.02)


def test_traffic_that_is_poorer_at_every_step_is_no_fault() -> None:
    every = [named(found(funnel(lambda d, b, c, step: 0.8 if d == "mobile" else 1.0, seed))) for seed in range(12)]
    assert sum(len(rows) for rows in every) <= 1


def test_no_fault_gives_next_to_nothing() -> None:
    for sessions in (6_000, 60_000):
        assert sum(len(found(funnel(no_fault, seed, sessions))) for seed in range(20)) <= 1


def planted_loss(fault: Fault, sessions: int) -> float:
    """Margin of the purchases that the fault costs in ninety days."""
    lost = 0.0
    for device, (device_share, device_effect) in DEVICES.items():
        for browser, (browser_share, browser_effect) in BROWSERS.items():
            for channel, (channel_share, channel_effect) in CHANNELS.items():
                buyers = sessions * device_share * browser_share * channel_share * np.prod(STEP_RATES)
                buyers *= device_effect * browser_effect * channel_effect
                lost += buyers * (1 - np.prod([fault(device, browser, channel, step) for step in range(4)]))
    return float(lost * VALUE * 0.4)


@pytest.mark.parametrize(("fault", "sessions"), [(mobile_safari, 12_000), (mobile_safari, 60_000), (mobile, 30_000)])
def test_the_interval_covers_the_planted_loss_four_times_in_five(fault: Fault, sessions: int) -> None:
    planted = planted_loss(fault, sessions)
    # the share of the loss that mending wins back, as the play assumes it: gamma with mean .5 and sd .25
    response = stats.gamma(4.0, scale=0.125)
    inside, means = [], []
    for seed in range(100, 140):
        rows = found(funnel(fault, seed, sessions))
        if len(rows):
            row = rows.loc[rows["impact_margin_90d"].idxmax()]
            low, high = row["impact_low_80"] / planted, row["impact_high_80"] / planted
            inside.append(response.cdf(high) - response.cdf(low))
            means.append(row["impact_margin_90d"])
    assert len(inside) >= 36
    assert np.mean(inside) == pytest.approx(0.8, abs=0.07)
    assert np.mean(means) == pytest.approx(planted * 0.5, rel=0.15)


def answer(row: pd.Series, frame: pd.DataFrame) -> pd.DataFrame:
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        connection.register("made", frame)
        connection.execute("create table marts.funnel_by_segment as from made")
        return connection.execute(row["reproduce_sql"]).df()


def test_a_rows_numbers_come_back_from_its_query() -> None:
    frame = funnel(mobile_safari, 3)
    row = found(frame).iloc[0]
    told = answer(row, frame)
    assert told["is_this_segment"].tolist() == [True, False]
    assert told["sessions_at_step"].sum() == frame["closed_viewed_item"].sum()
    for column in ("sessions_at_step", "sessions_past_step"):
        assert told[column].iloc[0] == row[column]
    assert told["step_rate"].iloc[0] == pytest.approx(row["step_rate"], abs=1e-6)


def test_what_one_fault_explains_is_not_counted_for_another_in_the_row_or_its_query() -> None:
    def both(device: str, browser: str, channel: str, step: int) -> float:
        email = 0.75 if (channel, step) == ("Email", ADD_TO_CART) else 1.0
        return email * mobile_safari(device, browser, channel, step)

    frame = funnel(both, 4)
    rows = found(frame).set_index("channel_group")
    assert named(rows.reset_index()) == [
        ("add_to_cart", "any", "any", "Email"),
        ("add_to_cart", "mobile", "Safari", "any"),
    ]
    # the one that was found later leaves the other's sessions out, and says so
    later = rows[rows["evidence"].str.contains("Not counted: ")]
    assert len(later) == 1
    for _, row in rows.iterrows():
        told = answer(row, frame)
        assert told["sessions_at_step"].iloc[0] == row["sessions_at_step"]
        assert told["sessions_past_step"].iloc[0] == row["sessions_past_step"]


@pytest.mark.parametrize(
    "frame",
    [
        funnel(mobile, 1).assign(closed_purchased=0, purchased=0, revenue=0.0),
        funnel(mobile, 1).assign(revenue=0.0),
        funnel(mobile, 1).head(0),
        funnel(mobile, 1).assign(device_category="mobile", browser="Chrome", channel_group="Direct"),
    ],
    ids=["no purchases", "no revenue", "no rows", "one segment"],
)
def test_a_funnel_that_cannot_be_compared_gives_an_empty_frame(frame: pd.DataFrame) -> None:
    rows = found(frame)
    assert rows.empty
    assert {name: str(rows[name].dtype) for name in COMMON_COLUMNS} == COMMON_COLUMNS


def test_sparse_shrinkage_leaves_what_is_there_and_silences_what_is_not() -> None:
    rng = np.random.default_rng(5)
    real = np.arange(2000) < 100
    truth = np.where(real, rng.normal(0.0, 0.5, 2000), 0.0)
    estimate = truth + rng.normal(0.0, 0.1, 2000)
    made = shrink_sparse(estimate, np.full(2000, 0.1))
    sure = made.probability > 0.95
    assert sure.sum() > 40
    assert (~real[sure]).mean() < 0.05
    inside = np.abs(made.mean - truth)[sure] < 1.2816 * made.sd[sure]
    assert inside.mean() == pytest.approx(0.8, abs=0.1)
    alone = shrink_sparse(rng.normal(0.0, 0.1, 300), np.full(300, 0.1))
    assert alone.probability.max() < 0.95
    assert len(shrink_sparse([], []).mean) == 0
