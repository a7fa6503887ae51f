"""The model that reads the history of vendors and the command that does agree, whatever the history."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import duckdb

from martlet.loaders.landing import Lake
from martlet.raw_contract import load_contract
from martlet.vendor_changes import TERM_NAMES, Change, Terms, standing_pairs
from stores import REPOSITORY, Store


def test_the_model_and_the_command_read_history_alike(store: Store) -> None:
    lake = Lake(
        *(store.home / "data" / name for name in ("raw", "rejected", "loads")), load_contract(REPOSITORY / "models")
    )
    changes = random_changes(random.Random(7), skus=600)
    write_changes(lake, changes)
    store.run("dbt", "run", "--select", "stg_reference__vendor_skus")
    columns = ("sku", "vendor", "is_primary", *TERM_NAMES, "edited_by", "edited_at")
    with duckdb.connect(str(store.workshop), read_only=True) as connection:
        query = f"select {', '.join(columns)} from staging.stg_reference__vendor_skus order by sku, vendor"
        by_model = connection.execute(query).fetchall()
    live = [change for change in changes if change.made_in_mode != "mock"]
    by_command = [
        (*pair, found.is_primary, *found.terms.as_dict().values(), found.edited_by, found.edited_at)
        for pair, found in sorted(standing_pairs(live).items())
    ]
    assert len(by_model) > 1000
    assert by_model == by_command


def random_changes(rng: random.Random, skus: int) -> list[Change]:
    """Up to nine changes a SKU among three vendors and four moments, so that many fall on one."""

    def maybe(value: object) -> object:
        return value if rng.random() < 0.5 else None

    changes = []
    for sku in range(skus):
        for number in range(rng.randint(1, 9)):
            action = rng.choice(("load", "assign", "assign", "remove"))
            terms = Terms(
                vendor_sku=maybe(f"v{rng.randint(1, 9)}"),  # type: ignore[arg-type]
                unit_cost=maybe(Decimal(rng.randint(1, 99)) / 4),  # type: ignore[arg-type]
                lead_time_days=maybe(float(rng.randint(0, 99))),  # type: ignore[arg-type]
                minimum_order_quantity=maybe(rng.randint(1, 9)),  # type: ignore[arg-type]
                pack_size=maybe(rng.randint(1, 9)),  # type: ignore[arg-type]
            )
            is_edit = action != "load"
            changes.append(
                Change(
                    action,  # type: ignore[arg-type]
                    f"S{sku:04d}",
                    rng.choice("VWX"),
                    rng.random() < 0.6,
                    terms if action != "remove" else Terms(),
                    datetime(2026, 1, 1) + timedelta(days=rng.randint(0, 3)),
                    place=(f"{sku:04d}-{number}", 0) if is_edit else (rng.choice(("a.csv", "b.csv")), number),
                    by=rng.choice(("ann", "bob")) if is_edit else None,
                    made_in_mode=rng.choice(("live", "live", "mock")) if is_edit else "",
                )
            )
    return changes


def write_changes(lake: Lake, changes: Sequence[Change]) -> None:
    """Write loads and edits as two Parquet files in the shape of the lake."""
    loads, edits = [], []
    for change in changes:
        row = (change.sku, change.vendor, change.is_primary, *change.terms.as_dict().values())
        if change.action == "load":
            loads.append((*row, change.at, *change.place))
        else:
            edits.append((*row, change.at, change.action, change.place[0], change.by, change.made_in_mode))
    names = ["sku", "vendor", "is_primary", *TERM_NAMES]
    types = ["varchar", "varchar", "boolean", "varchar", "decimal(18,4)", "double", "bigint", "bigint", "timestamp"]
    kinds = {
        "vendor_skus": (loads, ["_loaded_at", "_source_file", "_source_row"], ["varchar", "bigint"]),
        "vendor_sku_edits": (edits, ["edited_at", "action", "edit_id", "edited_by", "made_in_mode"], ["varchar"] * 4),
    }
    for table_name, (rows, more_names, more_types) in kinds.items():
        folder = lake.raw_dir / "reference" / table_name
        folder.mkdir(parents=True)
        columns = zip([*names, *more_names], [*types, *more_types], strict=True)
        with duckdb.connect() as connection:
            connection.execute(f"create table t ({', '.join(f'{name} {type_}' for name, type_ in columns)})")
            connection.executemany(f"insert into t values ({', '.join('?' * len(rows[0]))})", rows)
            connection.execute(f"copy t to '{folder / 'x.parquet'}' (format parquet)")
