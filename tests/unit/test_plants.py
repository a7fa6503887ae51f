"""Mock stores with other plants: nothing planted is nothing to find, and varied plants are those of their seed."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from martlet.mockstore import write_parquet
from martlet.mockstore.parameters import CHANNELS, DEVICES
from martlet.mockstore.plants import DEFAULT, KINDS, NOTHING, make_plants
from martlet.mockstore.store import Store, make_store
from martlet.raw_contract import load_contract

REPOSITORY = Path(__file__).parents[2]
CONTRACT = {key: table for key, table in load_contract(REPOSITORY / "models").items() if not table.is_edited}
SEEDS = range(1, 9)


def truth(folder: Path, kind: str, seed: int = 11) -> dict[str, Any]:
    summary = write_parquet(folder, CONTRACT, seed=seed, orders=6_000, events=60_000, plants=make_plants(kind, seed))
    return dict(summary.truth)


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return truth(tmp_path_factory.mktemp("nothing"), "nothing")


@pytest.fixture(scope="module")
def varied(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return truth(tmp_path_factory.mktemp("varied"), "varied")


def test_nothing_planted_leaves_nothing_in_the_truth(nothing: dict[str, Any]) -> None:
    assert not [page for page in nothing["landing_pages"] if page["weak"]]
    assert {page["effect"] for page in nothing["landing_pages"]} == {1.0}
    assert nothing["search_opportunities"] == []
    assert nothing["undercut_prices"] == []
    effects = [*nothing["channel_conversion_effects"].values(), *nothing["device_conversion_effects"].values()]
    assert set(effects) == {1.0}


def test_with_nothing_planted_every_page_sells_the_same_to_everybody(nothing: dict[str, Any]) -> None:
    rates = [
        rate
        for page in nothing["landing_pages"]
        for devices in page["conversion_by_channel_and_device"].values()
        for rate in devices.values()
    ]
    assert len(rates) > 100
    assert max(rates) == pytest.approx(min(rates), rel=1e-4)


def test_pairs_that_are_not_planted_are_bought_together_about_as_chance_has_it(
    nothing: dict[str, Any], varied: dict[str, Any]
) -> None:
    def both_and_chance(told: dict[str, Any]) -> tuple[int, float]:
        pairs, orders = told["affinity_pairs"], told["totals"]["orders"]
        chance = sum(pair["orders_with_sku"] * pair["orders_with_attached_sku"] / orders for pair in pairs)
        return sum(pair["orders_with_both"] for pair in pairs), chance

    both, chance = both_and_chance(nothing)
    # a Poisson count around what chance gives, with room for baskets of unequal size
    assert both <= 2 * chance + 4 * np.sqrt(chance) + 3
    both, chance = both_and_chance(varied)
    assert both > 5 * chance


def test_varied_plants_are_in_the_truth_as_they_were_drawn(varied: dict[str, Any]) -> None:
    plants = make_plants("varied", 11)
    assert [pair["attach_probability"] for pair in varied["affinity_pairs"]] == list(plants.pair_attach)
    weak = [page["effect"] for page in varied["landing_pages"] if page["weak"]]
    assert sorted(weak) == pytest.approx(sorted(plants.weak_effects))
    assert {page["effect"] for page in varied["landing_pages"] if not page["weak"]} == {1.0}
    assert list(varied["channel_conversion_effects"].values()) == list(plants.channel_conversion)
    assert list(varied["device_conversion_effects"].values()) == list(plants.device_conversion)
    assert len(varied["search_opportunities"]) == 4
    gaps = [row["their_price"] / row["our_price"] for row in varied["undercut_prices"]]
    assert gaps == pytest.approx([plants.undercut_price] * len(gaps), rel=0.01)
    assert len(gaps) > 0


def test_varied_plants_differ_by_seed_and_are_the_same_again() -> None:
    drawn = [make_plants("varied", seed) for seed in SEEDS]
    assert drawn == [make_plants("varied", seed) for seed in SEEDS]
    assert len(set(drawn)) == len(drawn)
    assert len({plants.channel_conversion for plants in drawn}) == len(drawn)
    for plants in drawn:
        # one channel and one device fall short, the tablet never does
        assert sum(effect < 1 for effect in plants.channel_conversion) == 1
        assert sum(effect < 1 for effect in plants.device_conversion) == 1
        assert plants.device_conversion[[device.name for device in DEVICES].index("tablet")] == 1.0
        assert all(0.15 <= attach <= 0.8 for attach in plants.pair_attach)
        assert max(plants.weak_effects) <= 0.7
        assert plants.opportunity_clicks < 1 > plants.undercut_price
    assert len({np.argmin(plants.channel_conversion) for plants in drawn}) > 1
    assert {len(plants.channel_conversion) for plants in drawn} == {len(CHANNELS)}


def test_the_default_is_the_default_whatever_the_seed_and_nothing_is_nothing() -> None:
    assert KINDS == ("default", "varied", "nothing")
    assert {make_plants("default", seed) for seed in SEEDS} == {DEFAULT}
    assert {make_plants("nothing", seed) for seed in SEEDS} == {NOTHING}


def test_plants_change_what_they_name_and_leave_the_rest_of_the_store() -> None:
    stores: dict[str, Store] = {
        kind: make_store(3, orders=1_000, events=12_000, plants=make_plants(kind, 3)) for kind in KINDS
    }
    default = stores["default"]
    for kind in ("varied", "nothing"):
        other = stores[kind]
        assert (other.catalogue.price == default.catalogue.price).all()
        assert (other.purchases.day == default.purchases.day).all()
        assert (other.purchases.value == default.purchases.value).all()
        assert len(other.lines.sku) != len(default.lines.sku)
