"""Levels as a shop would have set them every 28 days, each from what was known then, and what came of them.

A setting looks back at the ones before it. Levels are held where the target allows it, and the promise is checked: the
levels of the past year are replayed against the demand that came, and if more cycles ran out than were promised, the
next setting promises more (if fewer, less). That takes in what no distribution of lead-time demand knows: sales that
are lost rather than late, levels that move, forecasts that are behind.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from martlet.inventory.lead_times import Bools, Floats, Ints, LeadTimes
from martlet.inventory.levels import levels_each, levels_together
from martlet.inventory.policy import economic_order_quantity, in_packs, lead_time_deviation
from martlet.inventory.scenarios import STEP_DAYS, Known, PastOrders, lead_time_scenarios, past_orders, usual_lot
from martlet.inventory.simulation import Levels, replay

YEAR = 365
#: Settings whose record is looked at, a year of them.
SETTINGS = 13
#: Days of history before the first forecast, and of a SKU before it is planned for.
FIRST_FORECAST = 56
SKU_DAYS = 28
#: Stock-outs' worth of weight that the promise itself has against the record.
RECORD_PRIOR = 40.0
#: Replays of the record, with other lead times each.
RECORD_REPLAYS = 3
RECORD_SEED = 1

Predict = Callable[[int, int], Floats]
"""(days of history, days ahead H) -> (n, H) mean units a day."""


@dataclass(frozen=True)
class Terms:
    """On what terms n SKUs are bought, (n,) each.

    `service_level`: cycles without a stock-out, in (0, 1); `lot_cost`: unit cost that the cheapest lot follows from,
    NaN where only `cover_days` of demand can be ordered; `unit_cost`: what a unit in stock ties up, known or assumed.
    `holding_rate`: a year, of the unit cost; `window_days`: behind the textbook's mean and deviation.
    """

    lead: LeadTimes
    lead_mean: Floats
    lead_deviation: Floats
    service_level: Floats
    pack_size: Ints
    minimum_quantity: Ints
    lot_cost: Floats
    unit_cost: Floats
    order_cost: Floats
    holding_rate: float
    cover_days: float
    window_days: int


@dataclass(frozen=True)
class Setting:
    """Levels set after `day` days of history.

    `reorder` and `quantity` (n,): order at or below, up to their sum; `target` (n,): the service promised, the SKU's
    own level corrected by the record; `record`: stock-outs that came for each that was promised, 1 without a record.
    """

    day: int
    known: Known
    past: PastOrders
    scenarios: Floats
    reorder: Ints
    quantity: Ints
    target: Floats
    record: float


def setting_days(last: int) -> list[int]:
    """Days of history at the settings up to `last`: those whose record counts, and the one they learn from first."""
    first = max(last - (SETTINGS + 1) * STEP_DAYS, FIRST_FORECAST)
    return list(range(last, first - 1, -STEP_DAYS))[::-1] or [last]


def recent_demand(units: Floats, window: int) -> tuple[Floats, Floats]:
    """Mean and sample deviation of the last `window` days that are known, as in marts.reorder_points: (n,) each."""
    recent = units[:, -window:]
    known = np.isfinite(recent)
    days = known.sum(axis=1)
    mean = np.where(known, recent, 0.0).sum(axis=1) / np.maximum(days, 1)
    squares = np.where(known, (recent - mean[:, None]) ** 2, 0.0).sum(axis=1)
    return mean, np.sqrt(squares / np.maximum(days - 1, 1))


def order_quantity(mean: Floats, terms: Terms) -> Ints:
    """The cheapest lot, no less than the minimum, in whole packs; without a cost some days of demand. mean : (n,)."""
    lot = economic_order_quantity(mean * YEAR, terms.order_cost, terms.holding_rate * terms.lot_cost)
    wanted = np.where(np.isfinite(lot), lot, mean * terms.cover_days)
    return in_packs(np.maximum(wanted, np.maximum(terms.minimum_quantity, 1)), terms.pack_size).astype(np.int64)


def textbook_level(units: Floats, terms: Terms, z: Floats) -> Floats:
    """Reorder point by normal demand of the last days, mean L + z sqrt(L sd^2 + mean^2 sd_L^2): (n,), not rounded."""
    mean, deviation = recent_demand(units, terms.window_days)
    spread = lead_time_deviation(mean, deviation, terms.lead_mean, terms.lead_deviation)
    return np.asarray(mean * terms.lead_mean + z * spread)


def set_levels(
    units: Floats, terms: Terms, predict: Predict, days: Sequence[int], strict: bool = False
) -> list[Setting]:
    """The settings of `days`, ascending; the first of several only gives the second something to learn from.

    units : (n, T) sold a day, NaN where it is not known. strict : every SKU meets its own target, whatever it costs.
    Only the last SETTINGS before a setting are replayed for its record.
    """
    horizon = STEP_DAYS + terms.lead.longest + 1
    known: dict[int, Known] = {}
    settings: list[Setting] = []
    for day in days:
        seen = units[:, :day]
        mean, _ = recent_demand(seen, terms.window_days)
        now = Known(
            predict(day, horizon),
            order_quantity(mean, terms),
            usual_lot(seen),
            np.isfinite(seen).sum(axis=1) >= SKU_DAYS,
            mean > 0,
        )
        if known or len(days) == 1:
            past = past_orders(units, known, day, terms.lead)
            settings.append(_set(units, terms, settings[-SETTINGS:], day, now, past, strict))
        known[day] = now
    return settings


def _set(
    units: Floats, terms: Terms, before: Sequence[Setting], day: int, now: Known, past: PastOrders, strict: bool
) -> Setting:
    scenarios = lead_time_scenarios(past, now, terms.lead)
    record = _record(units, terms, before, day) if before else 1.0
    # beyond these bounds neither the scenarios nor a promise mean much
    target = np.clip(1.0 - (1.0 - terms.service_level) / record, 0.5, 0.9975)
    if strict:
        reorder = levels_each(scenarios, target)
    else:
        cycles = now.forecast[:, :STEP_DAYS].mean(axis=1) * YEAR / now.quantity
        held = before[-1].reorder if before else None
        reorder = levels_together(scenarios, target, terms.service_level, cycles, terms.unit_cost, held)
    return Setting(day, now, past, scenarios, reorder, now.quantity, target, record)


def _record(units: Floats, terms: Terms, before: Sequence[Setting], day: int) -> float:
    """Stock-outs that came over those promised, both with RECORD_PRIOR added, since the first of the settings."""
    first = before[0].day
    schedule = [Levels(s.day - first, s.reorder[None], (s.reorder + s.quantity)[None], s.known.sells) for s in before]
    demand, entry = demand_since(units[:, :day], before)
    promised, came = RECORD_PRIOR, RECORD_PRIOR
    # a record tells of the promises that were made: each setting's was the service level over its own record
    usual_record = float(np.exp(np.mean([np.log(s.record) for s in before])))
    for index in range(RECORD_REPLAYS):
        result = replay(demand, schedule, terms.pack_size, terms.lead, entry, RECORD_SEED + index)
        came += float((result.cycles - result.cycles_served).sum()) / RECORD_REPLAYS
        promised += float((result.cycles[0] * (1.0 - terms.service_level)).sum()) / usual_record / RECORD_REPLAYS
    return came / promised


def demand_since(units: Floats, settings: Sequence[Setting]) -> tuple[Ints, Ints]:
    """Demand since the first setting (n, days), and the day on which each SKU joins (n,): the first old enough.

    A SKU is planned for from the first setting that knew SKU_DAYS of it; what it sold before is no demand of the
    replay, nor is what an empty shelf did not sell.
    """
    first = settings[0].day
    length = units.shape[1] - first
    old: Bools = np.stack([setting.known.is_old_enough for setting in settings])
    days = np.array([setting.day - first for setting in settings])
    entry = np.where(old.any(axis=0), days[old.argmax(axis=0)], length)
    demand = np.where(np.arange(length) >= entry[:, None], np.nan_to_num(units[:, first:]), 0.0)
    return np.rint(np.maximum(demand, 0.0)).astype(np.int64), entry
