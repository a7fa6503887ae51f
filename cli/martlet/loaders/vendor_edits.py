"""Edits of vendor_skus in the lake, one small Parquet file each, and the loaded or mock rows that they edit.

A file is written beside its place under a name that no reader looks for, and renamed: half a file never counts. Files
are never changed; a later edit is a later file.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb

from martlet.errors import MartletError
from martlet.loaders.landing import EDIT_ID, Lake
from martlet.project import Mode
from martlet.raw_contract import LOAD_COLUMNS, RawTable
from martlet.vendor_changes import TERM_NAMES, Change, Terms

EDITS = ("reference", "vendor_sku_edits")
LOADED = ("reference", "vendor_skus")
VENDORS = ("reference", "vendors")
_COLUMNS = ("sku", "vendor", "is_primary", *TERM_NAMES)


def write_edit(lake: Lake, change: Change) -> Path:
    """Write one edit, made at a time later than every one before. Raises MartletError where it cannot be written."""
    edit_id = change.at.strftime(EDIT_ID)
    values = {
        **change.terms.as_dict(),
        "edit_id": edit_id,
        "action": change.action,
        "sku": change.sku,
        "vendor": change.vendor,
        "is_primary": change.is_primary if change.action == "assign" else None,
        "edited_by": change.by,
        "edited_at": change.at,
        "made_in_mode": change.made_in_mode,
        "_loaded_at": change.at,
        "_source_file": "martlet vendors",
        "_source_row": 1,
    }
    folder = lake.raw_dir.joinpath(*EDITS)
    target = folder / f"{edit_id}.parquet"
    draft = folder / f".{edit_id}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for leftover in folder.glob(".*.part"):
            leftover.unlink()
        _write_row(lake.contract[EDITS], values, draft)
        draft.replace(target)
    except (OSError, duckdb.IOException) as error:
        raise MartletError(f"{folder}: cannot be written ({error})") from None
    return target


def read_edits(lake: Lake) -> list[Change]:
    """Every edit of every mode, oldest first."""
    files = str(lake.raw_dir.joinpath(*EDITS) / "*.parquet")
    if not any(lake.raw_dir.joinpath(*EDITS).glob("*.parquet")):
        return []
    wanted = (*_COLUMNS, "edited_at", "action", "edit_id", "edited_by", "made_in_mode")
    rows = _read(lake.contract[EDITS], f"read_parquet({_literal(files)}, union_by_name = true)", wanted)
    changes = [
        Change(action, sku, vendor, True if primary is None else primary, Terms(*terms), at, (edit_id, 0), by, mode)
        for sku, vendor, primary, *terms, at, action, edit_id, by, mode in rows
    ]
    return sorted(changes, key=lambda change: change.at)


def read_loaded(lake: Lake, seeds_dir: Path, mode: Mode, sku: str | None = None) -> list[Change]:
    """The rows of vendor_skus as every load left them; in mock mode the seed's, which count as loaded in 1970."""
    wanted = (*_COLUMNS, "_loaded_at", "_source_file", "_source_row")
    return [
        Change("load", found, vendor, True if primary is None else primary, Terms(*terms), at, (file, row))
        for found, vendor, primary, *terms, at, file, row in _raw_rows(lake, seeds_dir, mode, LOADED, wanted, sku)
    ]


def read_vendor_names(lake: Lake, seeds_dir: Path, mode: Mode) -> set[str]:
    """The vendors of the merchant's own list."""
    return {name for (name,) in _raw_rows(lake, seeds_dir, mode, VENDORS, ("vendor",)) if name}


def _raw_rows(
    lake: Lake, seeds_dir: Path, mode: Mode, key: tuple[str, str], wanted: Sequence[str], sku: str | None = None
) -> Iterator[tuple[Any, ...]]:
    source, name = key
    if mode == "mock":
        seed = _literal(str(seeds_dir / source / f"mock_{source}__{name}.csv"))
        load = "timestamp '1970-01-01' as _loaded_at, 'mock' as _source_file, 0 as _source_row"
        relation = f"(select *, {load} from read_csv({seed}, header = true, all_varchar = true))"
    elif any((lake.raw_dir / source / name).glob("*.parquet")):
        relation = f"read_parquet({_literal(str(lake.raw_dir / source / name / '*.parquet'))}, union_by_name = true)"
    else:
        return
    yield from _read(lake.contract[key], relation, wanted, sku)


def _read(table: RawTable, relation: str, wanted: Sequence[str], sku: str | None = None) -> list[tuple[Any, ...]]:
    """Columns of a relation in the contract's types; a column that older files do not have is null."""
    types = {column.name: column.duckdb_type for column in (*table.columns, *LOAD_COLUMNS)}
    try:
        with duckdb.connect() as connection:
            present = set(connection.sql(f"select * from {relation} limit 0").columns)
            columns = [f'cast({name if name in present else "null"} as {types[name]}) as "{name}"' for name in wanted]
            where, parameters = (" where sku = ?", [sku]) if sku is not None else ("", [])
            return connection.execute(f"select {', '.join(columns)} from {relation}{where}", parameters).fetchall()
    except duckdb.Error as error:
        raise MartletError(f"{table.source}.{table.name} cannot be read: {str(error).splitlines()[0]}") from None


def _write_row(table: RawTable, values: dict[str, object], path: Path) -> None:
    types = {column.name: column.duckdb_type for column in (*table.columns, *LOAD_COLUMNS)}
    columns = ", ".join(
        f'cast(${place} as {type_}) as "{name}"' for place, (name, type_) in enumerate(types.items(), 1)
    )
    with duckdb.connect() as connection:
        connection.execute(f"create table edit as select {columns}", [values[name] for name in types])
        connection.execute(f"copy edit to {_literal(str(path))} (format parquet, compression zstd)")
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
