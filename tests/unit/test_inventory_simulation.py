"""The replay conserves units and does what an order book of one SKU does; the plan keeps its promise in it."""

import numpy as np
import pytest

from martlet.inventory.comparison import Outcome, at_equal_service, compare
from martlet.inventory.lead_times import LeadTimes, lead_times
from martlet.inventory.setting import Terms, set_levels, setting_days
from martlet.inventory.simulation import Levels, Replay, replay


def lots(rng: np.random.Generator, count: int, days: int, rate: np.ndarray) -> np.ndarray:
    """Sales of one to four units on some days, at most one a day: (count, days)."""
    return np.where(rng.random((count, days)) < rate[:, None], rng.integers(1, 5, (count, days)), 0)


def random_case(seed: int) -> tuple[np.ndarray, list[Levels], np.ndarray, LeadTimes, np.ndarray]:
    rng = np.random.default_rng(seed)
    count, days = 30, 200
    demand = lots(rng, count, days, rng.uniform(0.02, 0.9, count))
    entry = np.where(np.arange(count) % 4 == 0, 28, 0)
    demand = np.where(np.arange(days) >= entry[:, None], demand, 0)
    schedule = []
    for since in (0, 28, 56, 84):
        reorder = rng.integers(0, 12, (3, count))
        up_to = reorder + rng.integers(1, 20, (3, count))
        schedule.append(Levels(since, reorder, up_to, rng.random(count) < 0.7))
    lead = lead_times(rng.integers(1, 20, count).astype(float), rng.choice([0.0, 2.0, 5.0], count))
    return demand, schedule, rng.choice([1, 4, 6], count), lead, entry


@pytest.mark.parametrize("seed", range(5))
def test_units_are_conserved(seed: int) -> None:
    result = replay(*random_case(seed), seed=seed)
    assert (result.start + result.arrived - result.all_sold == result.end).all()
    assert (result.end >= 0).all()
    assert (result.sold <= result.demand).all()
    assert (result.cycles_served <= result.cycles).all()
    assert result.cycles.sum() > result.cycles_served.sum() > 0


@pytest.mark.parametrize("seed", range(3))
def test_all_skus_at_once_do_what_an_order_book_of_each_does(seed: int) -> None:
    demand, schedule, pack, lead, entry = random_case(seed)
    result = replay(demand, schedule, pack, lead, entry, seed)
    rng = np.random.default_rng(seed)
    phase = rng.random(len(demand))
    share = rng.random(demand.shape)
    for policy in range(3):
        for sku in range(len(demand)):
            days = lead.at(share[sku], np.array(sku))
            book = order_book(demand[sku], schedule, policy, sku, int(pack[sku]), days, phase[sku], int(entry[sku]))
            warm = int(entry[sku] + lead.usual[sku])
            found = [
                getattr(result, field)[policy, sku]
                for field in ("cycles", "cycles_served", "orders", "sold", "stock_days")
            ]
            assert found == counted(book, warm), (policy, sku)


def order_book(
    demand: np.ndarray,
    schedule: list[Levels],
    policy: int,
    sku: int,
    pack: int,
    lead: np.ndarray,
    phase: float,
    entry: int,
) -> list[tuple[int, bool, bool, bool, int, int]]:
    """One SKU day by day: (day, a cycle ended, it was served, an order, units sold, units left)."""
    stock, arrivals, lost, sells, book = 0, {}, False, False, []
    for day, asked in enumerate(demand):
        levels = [levels for levels in schedule if levels.since <= day][-1]
        sells = bool(levels.sells[sku]) if levels.since == day else sells
        reorder, up_to = int(levels.reorder[policy, sku]), int(levels.up_to[policy, sku])
        if day < entry:
            continue
        if day == entry:
            stock = reorder + int(np.ceil(phase * (up_to - reorder)))
        coming = arrivals.pop(day, 0)
        served = bool(coming) and not lost
        lost = lost and not coming
        stock += coming
        sold = min(stock, int(asked))
        lost = lost or sold < asked
        stock -= sold
        sells = sells or sold > 0
        position = stock + sum(arrivals.values())
        is_due = position <= reorder and sells
        if is_due:
            arrival = day + 1 + int(lead[day])
            arrivals[arrival] = arrivals.get(arrival, 0) + -(-(up_to - position) // pack) * pack
        book.append((day, bool(coming), served, is_due, sold, stock))
    return book


def counted(book: list[tuple[int, bool, bool, bool, int, int]], warm: int) -> list[int]:
    late = [entry for entry in book if entry[0] >= warm]
    return [sum(int(entry[column]) for entry in late) for column in range(1, 6)]


@pytest.mark.parametrize(("reorder", "served", "fill"), [(3, 1.0, 1.0), (2, 0.0, 5 / 6), (1, 0.0, 5 / 7)])
def test_a_unit_a_day_and_three_days_of_lead_time(reorder: int, served: float, fill: float) -> None:
    # ordered at 3, three units sell before five come; at 2, one of six asks in vain
    result = one_sku(np.ones((1, 423), dtype=np.int64), reorder, 5, 3.0)
    assert result.cycles_served.sum() / result.cycles.sum() == served
    assert result.sold.sum() / result.demand.sum() == pytest.approx(fill, abs=0.01)


def one_sku(demand: np.ndarray, reorder: int, quantity: int, lead: float) -> Replay:
    level = np.array([[reorder]])
    return replay(
        demand,
        [Levels(0, level, level + quantity, np.array([True]))],
        np.array([1]),
        lead_times(np.array([lead]), np.array([0.0])),
        np.array([0]),
        seed=1,
    )


def test_what_has_not_sold_lately_is_not_reordered_until_it_sells() -> None:
    demand = np.zeros((1, 100), dtype=np.int64)
    demand[0, 60] = 1
    low, high = np.array([[1]]), np.array([[5]])
    schedule = [Levels(0, low, low + 1, np.array([False])), Levels(28, high, high + 1, np.array([False]))]
    lead = lead_times(np.array([10.0]), np.array([0.0]))
    result = replay(demand, schedule, np.array([1]), lead, np.array([0]), seed=1)
    assert (result.orders, result.start, result.arrived, result.end) == (1, 2, 5, 6)


def test_without_demand_nothing_moves() -> None:
    result = one_sku(np.zeros((1, 100), dtype=np.int64), 3, 5, 10.0)
    assert result.orders.sum() == result.arrived.sum() == result.all_sold.sum() == 0
    assert (result.start == result.end).all()
    assert (result.stock_days == result.start * 90).all()


def test_the_same_seed_gives_the_same_replay_and_another_does_not() -> None:
    case = random_case(9)
    first, again, other = (replay(*case, seed=seed) for seed in (4, 4, 5))
    assert all((getattr(first, name) == getattr(again, name)).all() for name in vars(first))
    assert (first.stock_days != other.stock_days).any()


def test_lead_times_keep_their_mean_and_deviation() -> None:
    lead = lead_times(np.array([20.0, 7.0, 20.0, 0.0]), np.array([5.0, 0.0, 5.0, 0.0]))
    assert lead.kind[0] == lead.kind[2]
    days = lead.days[lead.kind]
    assert days[0].mean() == pytest.approx(20.0, abs=0.1)
    assert days[0].std() == pytest.approx(5.0, abs=0.15)
    assert (days[1] == 7).all()
    assert (days[3] == 1).all()


def outcome(multiple: float, service: float, value: float) -> Outcome:
    return Outcome("textbook", multiple, 0.95, service, 0.9, 10, 10, value, value, 5, value, 1, 1)


def test_equal_service_is_found_between_two_multiples() -> None:
    sweep = [outcome(0.5, 0.80, 100), outcome(1.0, 0.90, 140), outcome(2.0, 0.96, 200)]
    found = at_equal_service(sweep, 0.93)
    assert (found.multiple, found.stock_value, found.cycle_service) == pytest.approx((1.5, 170, 0.93))
    assert at_equal_service(sweep, 0.99).multiple == 2.0
    assert at_equal_service(sweep, 0.70).multiple == 0.5


@pytest.fixture(scope="module")
def intermittent() -> tuple[np.ndarray, Terms]:
    """Two years of 800 SKUs that sell on a day in seven to a day in a hundred, in lots of one to four."""
    rng = np.random.default_rng(11)
    count = 800
    rate = np.exp(rng.uniform(np.log(0.01), np.log(0.15), count))
    cost = np.exp(rng.normal(3.0, 1.0, count))
    place = np.arange(count)
    mean, deviation = np.array([9.0, 14.0, 21.0, 30.0])[place % 4], np.array([0.0, 3.0, 5.0, 8.0])[place % 4]
    terms = Terms(
        lead=lead_times(mean, deviation),
        lead_mean=mean,
        lead_deviation=deviation,
        service_level=np.array([0.90, 0.95, 0.95])[place % 3],
        pack_size=np.where(place % 5 == 0, 4, 1),
        minimum_quantity=np.ones(count, dtype=np.int64),
        lot_cost=cost,
        unit_cost=cost,
        order_cost=np.full(count, 2.0),
        holding_rate=0.25,
        cover_days=30.0,
        window_days=182,
    )
    return lots(rng, count, 730, rate).astype(float), terms


def test_the_plan_reaches_its_target_at_no_more_stock_than_the_textbook(
    intermittent: tuple[np.ndarray, Terms],
) -> None:
    units, terms = intermittent
    first = 730 - 243

    def mean_so_far(day: int, ahead: int) -> np.ndarray:
        return np.tile(units[:, :day].mean(axis=1)[:, None], (1, ahead))

    days = [*setting_days(first), *range(first + 28, 730, 28)]
    settings = [setting for setting in set_levels(units, terms, mean_so_far, days) if setting.day >= first]
    result = compare(units, terms, settings, terms.unit_cost, seed=3)
    plan, textbook = result.outcomes[:2]
    assert plan.cycle_service == pytest.approx(plan.target, abs=0.01)
    assert textbook.cycle_service < plan.cycle_service - 0.03
    assert result.reaches_plan
    assert result.stock_ratio <= 1.0
    assert repr(compare(units, terms, settings, terms.unit_cost, seed=3)) == repr(result)
