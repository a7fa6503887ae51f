"""The plan beside what shops do without it, on the same demand and the same lead times."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.special import ndtri

from martlet.inventory.lead_times import Floats, Ints
from martlet.inventory.policy import in_packs
from martlet.inventory.setting import YEAR, Setting, Terms, demand_since, recent_demand, textbook_level
from martlet.inventory.simulation import Levels, Replay, replay

PLAN, TEXTBOOK, COVER, WHEN_OUT = "plan", "textbook", "30 days of cover", "order when out"
COVER_DAYS = 30.0
#: Multiples of the textbook's safety stock that are tried for the plan's service.
MULTIPLES = (0.25, 0.5, 0.75, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0, 8.0, 12.0, 20.0)
#: Replays with other lead times and starts, added up: one alone moves cycle service by half a point.
REPLAYS = 5


@dataclass(frozen=True)
class Outcome:
    """How one policy did over all SKUs. Money in the shop's currency, over the days replayed.

    `target`: service asked for, weighted by the cycles there were; `multiple`: of the textbook's safety stock, NaN for
    the others. Units, orders and days are of one replay, the mean of all.
    """

    policy: str
    multiple: float
    target: float
    cycle_service: float
    fill_rate: float
    cycles: float
    orders: float
    stock_units: float
    stock_value: float
    stock_out_days: float
    holding_cost: float
    ordering_cost: float
    lost_margin: float

    @property
    def total_cost(self) -> float:
        return self.holding_cost + self.ordering_cost + self.lost_margin


@dataclass(frozen=True)
class Comparison:
    """`outcomes`: the plan, the textbook, cover, order when out. `equal_service`: the textbook with its safety stock
    multiplied until its cycle service is the plan's, or, where no multiple reaches that, with the multiple of the best.
    """

    outcomes: list[Outcome]
    equal_service: Outcome

    @property
    def reaches_plan(self) -> bool:
        return self.equal_service.cycle_service >= self.outcomes[0].cycle_service - 1e-9

    @property
    def stock_ratio(self) -> float:
        """Stock value of the plan over the textbook's at equal service."""
        return self.outcomes[0].stock_value / self.equal_service.stock_value


def compare(units: Floats, terms: Terms, settings: Sequence[Setting], margin: Floats, seed: int) -> Comparison:
    """Replay the demand since the first of `settings` through the plan's levels and the others', set on the same days.

    units : (n, T) sold a day, NaN where it is not known. margin : (n,) of a unit, lost with each sale.
    Every policy has the plan's order quantities, but for cover, which orders its days of demand.
    """
    demand, entry = demand_since(units, settings)
    first = settings[0].day
    schedule = [_levels(units[:, : setting.day], terms, setting, setting.day - first) for setting in settings]
    results = [replay(demand, schedule, terms.pack_size, terms.lead, entry, seed + k) for k in range(REPLAYS)]
    names = [PLAN, TEXTBOOK, COVER, WHEN_OUT, *(TEXTBOOK for _ in MULTIPLES)]
    multiples = [np.nan, 1.0, np.nan, np.nan, *MULTIPLES]
    outcomes = [
        _outcome(name, multiple, results, index, terms, margin)
        for index, (name, multiple) in enumerate(zip(names, multiples, strict=True))
    ]
    sweep = sorted([outcomes[1], *outcomes[4:]], key=lambda outcome: outcome.multiple)
    return Comparison(outcomes[:4], at_equal_service(sweep, outcomes[0].cycle_service))


def at_equal_service(sweep: Sequence[Outcome], service: float) -> Outcome:
    """The first point between two neighbours of `sweep` (ascending multiples) at which `service` is reached.

    Every number is interpolated. Where it is never reached, the outcome of the best service, the least stock of them;
    where the least multiple is above it already, that.
    """
    for low, high in pairwise(sweep):
        if low.cycle_service < service <= high.cycle_service:
            share = (service - low.cycle_service) / (high.cycle_service - low.cycle_service)
            fields = {name: a + share * (vars(high)[name] - a) for name, a in vars(low).items() if name != "policy"}
            return Outcome(policy=low.policy, **fields)
    if sweep[0].cycle_service >= service:
        return sweep[0]
    return max(sweep, key=lambda outcome: (outcome.cycle_service, -outcome.stock_value))


def _levels(seen: Floats, terms: Terms, setting: Setting, since: int) -> Levels:
    """The levels of every policy on one day, in the order of `compare`."""
    z = ndtri(terms.service_level)
    mean, _ = recent_demand(seen, terms.window_days)
    cover = mean * COVER_DAYS
    textbook = [np.maximum(np.floor(textbook_level(seen, terms, z * k)), 0.0) for k in (1.0, *MULTIPLES)]
    reorder = [setting.reorder, textbook[0], np.floor(cover), np.zeros(len(cover)), *textbook[1:]]
    lots = np.broadcast_to(setting.quantity, (len(reorder), len(cover))).copy()
    lots[2] = in_packs(np.maximum(cover, terms.minimum_quantity), terms.pack_size)
    levels = np.stack(reorder).astype(np.int64)
    return Levels(since, levels, levels + lots, mean > 0)


def _outcome(
    name: str, multiple: float, results: Sequence[Replay], index: int, terms: Terms, margin: Floats
) -> Outcome:
    def total(field: str, weight: Floats | Ints | float = 1.0) -> float:
        # in integers before they are weighed, so that the sum does not depend on its order
        counts = np.sum([getattr(result, field)[index] for result in results], axis=0)
        return float((counts * weight).sum()) / len(results)

    cycles = total("cycles")
    lost = total("demand", margin) - total("sold", margin)
    judged = np.maximum(results[0].days[index], 1)
    demand = total("demand")
    stock_value_days = total("stock_days", terms.unit_cost)
    return Outcome(
        policy=name,
        multiple=multiple,
        target=total("cycles", terms.service_level) / cycles if cycles else np.nan,
        cycle_service=total("cycles_served") / cycles if cycles else np.nan,
        fill_rate=total("sold") / demand if demand else np.nan,
        cycles=cycles,
        orders=total("orders"),
        stock_units=total("stock_days", 1.0 / judged),
        stock_value=total("stock_days", terms.unit_cost / judged),
        stock_out_days=total("out_days"),
        holding_cost=stock_value_days * terms.holding_rate / YEAR,
        ordering_cost=total("orders", terms.order_cost),
        lost_margin=lost,
    )
