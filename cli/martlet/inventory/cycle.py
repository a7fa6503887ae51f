"""What an order is good for: the coming cycle with it and without it."""

from dataclasses import dataclass, replace

import numpy as np

from martlet.inventory.lead_times import Floats, lead_times
from martlet.inventory.scenarios import STEP_DAYS, lead_time_scenarios
from martlet.inventory.setting import Setting, Terms

#: An order is not credited with sales further ahead than this after its arrival.
LONGEST_COVER_DAYS = 90.0


@dataclass(frozen=True)
class Cycle:
    """(n,) each: probability of a stock-out without the order less that with it, and units sold thanks to it."""

    stock_outs_avoided: Floats
    units_saved: Floats


def coming_cycle(setting: Setting, terms: Terms, position: Floats, quantity: Floats) -> Cycle:
    """Compare an order of `quantity` placed now with none until the next cycle. position, quantity : (n,) units.

    The cycle is the lead time and the days that the order lasts. What runs out before the order can arrive runs out
    either way. Demand is as after a sale, as cautious as the reorder level itself.
    """
    daily = setting.known.forecast[:, :STEP_DAYS].mean(axis=1)
    cover = np.minimum(np.rint(quantity / np.maximum(daily, 1e-9)), LONGEST_COVER_DAYS)
    lead = lead_times(terms.lead_mean + cover, terms.lead_deviation)
    further = np.repeat(daily[:, None], max(lead.longest + 1 - setting.known.forecast.shape[1], 0), axis=1)
    known = replace(setting.known, forecast=np.hstack([setting.known.forecast, further]))
    whole = lead_time_scenarios(setting.past, known, lead)
    until_arrival = setting.scenarios

    def at_stake(demand: Floats, stock: Floats) -> tuple[Floats, Floats]:
        short = np.maximum(demand - stock[:, None], 0.0)
        return (short > 0).mean(axis=1), short.mean(axis=1)

    without, before, after = (
        at_stake(whole, position),
        at_stake(until_arrival, position),
        at_stake(whole, position + quantity),
    )
    avoided, saved = (
        np.maximum(none - np.maximum(early, late), 0.0)
        for none, early, late in zip(without, before, after, strict=True)
    )
    return Cycle(avoided, np.minimum(saved, quantity))
