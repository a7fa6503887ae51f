"""`martlet replenish` and `martlet simulate` on the demo store: plan, purchase orders, budget, table of policies."""

import csv
import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from martlet.purchase_orders import _file_names
from stores import Store, make_store

PLAN = "predictions.replenishment_plan"


@pytest.fixture(scope="module")
def demo(mock_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A copy of the demo store after `martlet run`."""
    home = tmp_path_factory.mktemp("replenishment") / "demo"
    shutil.copytree(mock_store.home, home, symlinks=True)
    return make_store(home)


def orders_in(store: Store) -> dict[str, list[dict[str, str]]]:
    folder = store.home / "exports" / "purchase_orders"
    found = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            found[path.name] = list(csv.DictReader(file))
    return found


def test_the_plan_has_a_row_for_each_sku_on_sale(mock_store: Store) -> None:
    assert mock_store.rows(f"select count(*), count(distinct sku) from {PLAN}") == mock_store.rows(
        "select count(*), count(distinct sku) from marts.reorder_points"
    )
    assert mock_store.value(f"select count(*) from {PLAN} where order_now") != 0
    same = f"select count(*) from {PLAN} p join marts.reorder_points r using (sku) where"
    differ = "p.position <> r.position or p.textbook_reorder_point <> r.reorder_point or p.pack_size <> r.pack_size"
    assert mock_store.value(f"{same} {differ}") == 0


def test_the_plan_says_why_nothing_is_ordered(mock_store: Store) -> None:
    assert (
        mock_store.value(
            f"select count(*) from {PLAN} p join marts.reorder_points r using (sku)"
            " where (p.reason = 'nothing sold lately') <> (r.mu_d = 0)"
        )
        == 0
    )
    assert mock_store.value(f"select count(*) from {PLAN} where reason = 'ordered' and position > reorder_level") == 0


def test_purchase_orders_hold_the_plan_and_the_manifest_knows_them(mock_store: Store) -> None:
    orders = orders_in(mock_store)
    planned = dict(mock_store.rows(f"select sku, order_quantity from {PLAN} where is_funded"))
    lines = [line for lines in orders.values() for line in lines]
    assert {line["SKU"]: int(line["Quantity"]) for line in lines} == planned
    assert list(lines[0]) == ["Supplier SKU", "SKU", "Product", "Quantity", "Unit cost", "Total"]
    for line in lines:
        if line["Unit cost"]:
            assert float(line["Total"]) == pytest.approx(int(line["Quantity"]) * float(line["Unit cost"]), abs=0.006)
    vendors = dict(mock_store.rows(f"select sku, vendor from {PLAN}"))
    assert all(len({vendors[line["SKU"]] for line in lines}) == 1 for lines in orders.values())
    manifest = json.loads((mock_store.home / "exports" / "manifest.json").read_text(encoding="utf-8"))
    told = {entry["file"]: entry["rows"] for entry in manifest["files"] if entry["table"] == PLAN}
    told.pop("replenishment_plan.csv")
    assert told == {f"purchase_orders/{name}": len(lines) for name, lines in orders.items()}


def test_a_budget_is_kept_and_orders_of_other_vendors_are_taken_back(demo: Store) -> None:
    before = orders_in(demo)
    changed = demo.home / "exports" / "purchase_orders" / "mine.csv"
    changed.write_text("kept by hand\n", encoding="utf-8")
    said = demo.run("replenish", "--budget", "1500").output
    total, funded = demo.rows(f"select sum(order_cost_total), count(*) from {PLAN} where is_funded")[0]
    assert 0 < float(str(total)) <= 1500
    over = demo.value(f"select count(*) from {PLAN} where reason = 'over the budget'")
    assert f"{funded} orders" in said
    assert f"{over} not ordered: over the budget" in said
    assert changed.exists()
    changed.unlink()
    after = orders_in(demo)
    assert 0 < len(after) < len(before)
    # whatever was left over would not have paid for any of the others
    cheapest = demo.value(f"select min(order_cost_total) from {PLAN} where reason = 'over the budget'")
    assert float(str(cheapest)) > 1500 - float(str(total))


def test_one_vendor_leaves_the_files_of_the_others(demo: Store) -> None:
    demo.run("replenish")
    before = orders_in(demo)
    demo.run("replenish", "--vendor", "Ironvale Speed", "--budget", "0")
    assert set(before) - set(orders_in(demo)) == {"ironvale-speed.csv"}
    assert demo.value(f"select count(*) from {PLAN} where is_funded") == 0
    assert demo.value(f"select count(distinct vendor) from {PLAN} where reason like 'another vendor%'") == 11


def test_strict_levels_are_no_lower(demo: Store) -> None:
    demo.run("replenish")
    usual = dict(demo.rows(f"select sku, reorder_level from {PLAN}"))
    demo.run("replenish", "--strict")
    strict = dict(demo.rows(f"select sku, reorder_level from {PLAN}"))
    assert sum(int(str(level)) for level in strict.values()) > sum(int(str(level)) for level in usual.values())


def test_a_shop_of_three_weeks_gets_a_plan_and_no_simulation(demo: Store, tmp_path: Path) -> None:
    shutil.copytree(demo.home, tmp_path / "young", symlinks=True)
    young = make_store(tmp_path / "young", MARTLET_AS_OF="2024-11-20")
    young.run("build")
    young.run("replenish")
    assert young.value(f"select count(*) from {PLAN} where order_now and order_quantity > 0") != 0
    assert young.value(f"select max(as_of_date) from {PLAN}") == date(2024, 11, 20)
    result = young.martlet("simulate")
    assert result.exit_code == 2
    assert result.output == "martlet: 20 days of demand are too few to hold any out for a simulation\n"


def test_vendors_whose_names_look_alike_have_files_of_their_own() -> None:
    vendors = ["A B", "A B 2", "A-B", "\u00c9t\u00e9", "...", "x" * 300]
    assert [*_file_names(vendors).values()] == [
        *("a-b.csv", "a-b-2.csv", "a-b-3.csv", "\u00e9t\u00e9.csv", "vendor.csv"),
        f"{'x' * 60}.csv",
    ]


def test_the_simulation_stands_side_by_side_and_the_plan_keeps_its_promise(demo: Store, tmp_path: Path) -> None:
    said = demo.run("simulate", "--out", str(tmp_path)).output
    rows = demo.rows(
        "select policy, target_cycle_service, cycle_service, fill_rate, average_stock_value"
        " from predictions.policy_simulation order by policy_number"
    )
    assert [row[0] for row in rows] == ["plan", "textbook", "30 days of cover", "order when out", "textbook"]
    numbers = [[float(str(value)) for value in row[1:]] for row in rows]
    plan, equal = numbers[0], numbers[4]
    assert plan[1] == pytest.approx(plan[0], abs=0.01)
    assert plan[3] <= equal[3]
    assert "30 days of cover" in said
    assert "its safety stock" in said
    with (tmp_path / "policy_simulation.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [line["policy"] for line in csv.DictReader(file)] == [row[0] for row in rows]
    first, last, days = demo.rows("select distinct first_date, last_date, days from predictions.policy_simulation")[0]
    assert isinstance(first, date)
    assert isinstance(last, date)
    assert last - first == timedelta(days=int(str(days)) - 1)


def test_the_same_seed_writes_the_same_bytes_and_another_does_not(demo: Store, tmp_path: Path) -> None:
    for name, seed in (("a", "7"), ("b", "7"), ("c", "8")):
        demo.run("simulate", "--days", "84", "--seed", seed, "--out", str(tmp_path / name))
    first, again, other = ((tmp_path / name / "policy_simulation.csv").read_bytes() for name in "abc")
    assert first == again
    assert first != other


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("replenish", "--budget", "-1"), "not in the range"),
        (("replenish", "--budget", "nan"), "must be a number"),
        (("replenish", "--vendor", "Nobody"), "no SKU is bought from 'Nobody'; there are Bluebird Electric,"),
        (("simulate", "--days", "1"), "not in the range"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(demo: Store, arguments: tuple[str, ...], said: str) -> None:
    result = demo.martlet(*arguments)
    assert result.exit_code == 2
    assert said in result.output
    assert "Traceback" not in result.output
