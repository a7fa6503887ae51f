"""What is planted for the shortlist to find; the demo store has the default, benchmarks vary it or plant nothing."""

from dataclasses import dataclass

import numpy as np

from martlet.mockstore.parameters import CHANNELS, DEVICES, PAIR_ATTACH, WEAK_EFFECT
from martlet.mockstore.randomness import Part, stream

KINDS = ("default", "varied", "nothing")


@dataclass(frozen=True)
class Plants:
    """Effects that a shortlist should find, and no others.

    pair_attach : chance that an order with a pair's first SKU gets its second. weak_effects : factors of conversion on
    the three weak pages, at one step each. channel_conversion, device_conversion : factors at one step, in the order of
    CHANNELS and DEVICES. page_spread : how far other pages' own effects are from 1, as a share of the default.
    opportunity_clicks : clicks of a search opportunity over those usual at its position. undercut_price : a
    competitor's price over ours where it undercuts.
    """

    pair_attach: tuple[float, ...] = PAIR_ATTACH
    weak_effects: tuple[float, float, float] = (WEAK_EFFECT, WEAK_EFFECT, WEAK_EFFECT)
    channel_conversion: tuple[float, ...] = tuple(channel.conversion for channel in CHANNELS)
    device_conversion: tuple[float, ...] = tuple(device.conversion for device in DEVICES)
    page_spread: float = 1.0
    opportunity_clicks: float = 1 / 3
    undercut_price: float = 0.82


DEFAULT = Plants()
NOTHING = Plants(
    pair_attach=(0.0,) * len(PAIR_ATTACH),
    weak_effects=(1.0, 1.0, 1.0),
    channel_conversion=(1.0,) * len(CHANNELS),
    device_conversion=(1.0,) * len(DEVICES),
    page_spread=0.0,
    opportunity_clicks=1.0,
    undercut_price=1.0,
)


def make_plants(kind: str, seed: int) -> Plants:
    """The plants of a kind of KINDS: the default, nothing at all, or sizes drawn anew from the seed."""
    if kind != "varied":
        return NOTHING if kind == "nothing" else DEFAULT
    rng = stream(seed, Part.PLANTS)
    channels, devices = np.ones(len(CHANNELS)), np.ones(len(DEVICES))
    # one channel and one device fall short; a tablet has too little traffic for anybody to tell
    channels[rng.integers(0, len(CHANNELS) - 1)] = rng.uniform(0.4, 0.8)
    devices[rng.integers(0, 2)] = rng.uniform(0.45, 0.8)
    first, second, third = rng.uniform(0.25, 0.7, 3).tolist()
    return Plants(
        pair_attach=tuple(rng.uniform(0.15, 0.8, len(PAIR_ATTACH)).tolist()),
        weak_effects=(first, second, third),
        channel_conversion=tuple(channels.tolist()),
        device_conversion=tuple(devices.tolist()),
        page_spread=0.0,
        opportunity_clicks=float(rng.uniform(0.2, 0.6)),
        undercut_price=float(rng.uniform(0.75, 0.92)),
    )
