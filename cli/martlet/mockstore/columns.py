"""From numpy to Arrow: columns of the raw tables, and the contract's types as Arrow types."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from martlet.mockstore.randomness import Bools, Bytes, Floats, Ints
from martlet.raw_contract import RawTable

Columns = Mapping[str, pa.Array]
Numbers = TypeVar("Numbers", Ints, Floats)

_SCALARS = {
    "string": pa.string(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us"),
    "date": pa.date32(),
    "decimal(18,4)": pa.decimal128(18, 4),
}


def arrow_type(spark_type: str) -> pa.DataType:
    """Translate a contract type, in Spark's syntax, to Arrow's."""
    if spark_type.startswith("array<"):
        return pa.list_(arrow_type(spark_type[len("array<") : -1]))
    if spark_type.startswith("struct<"):
        return pa.struct([_field(part) for part in _split(spark_type[len("struct<") : -1])])
    return _SCALARS[spark_type]


def _field(text: str) -> pa.Field:
    name, _, data_type = text.partition(":")
    return pa.field(name, arrow_type(data_type))


def _split(text: str) -> list[str]:
    """Split at the commas outside of angle brackets and parentheses."""
    parts, depth = [""], 0
    for piece in re.split(r"([<>(),])", text):
        depth += (piece in "<(" and piece != "") - (piece in ">)" and piece != "")
        if piece == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += piece
    return parts


def arrow_schema(table: RawTable) -> pa.Schema:
    """Arrow schema of a raw table, without the columns loading adds."""
    return pa.schema([pa.field(column.name, arrow_type(column.data_type)) for column in table.columns])


def conform(columns: Columns, table: RawTable) -> pa.Table:
    """Order `columns` as the contract has them, fill those not made with nulls, and check names, types and nulls."""
    unknown = set(columns) - set(table.column_names)
    if unknown:
        raise ValueError(f"{table.source}.{table.name} has no column {', '.join(sorted(unknown))}")
    rows = len(next(iter(columns.values())))
    schema = arrow_schema(table)
    arrays = [columns[field.name] if field.name in columns else nulls(rows, field.type) for field in schema]
    for column, field, array in zip(table.columns, schema, arrays, strict=True):
        if not column.nullable and array.null_count:
            raise ValueError(f"{table.source}.{table.name}.{column.name} must not be null")
        if decoded(array.type) != field.type:
            raise ValueError(f"{table.source}.{table.name}.{column.name} must be {field.type}, not {array.type}")
    return pa.Table.from_arrays(arrays, names=schema.names)


def decoded(data_type: pa.DataType) -> pa.DataType:
    """The contract's type of a column that may hold codes, at any depth, where the contract has strings."""
    if pa.types.is_dictionary(data_type):
        return data_type.value_type
    if pa.types.is_list(data_type):
        return pa.list_(decoded(data_type.value_type))
    if pa.types.is_struct(data_type):
        return pa.struct([pa.field(member.name, decoded(member.type)) for member in data_type])
    return data_type


def nulls(rows: int, data_type: pa.DataType) -> pa.Array:
    """A column of nulls; those of one type share their memory."""
    return _nulls(1 << max(rows - 1, 0).bit_length(), data_type).slice(0, rows)


@cache
def _nulls(rows: int, data_type: pa.DataType) -> pa.Array:
    return pa.nulls(rows, data_type)


def whole(values: npt.NDArray[np.generic], where: Bools | None = None) -> pa.Array:
    """A bigint column; null where `where` is False."""
    return _column(pa.int64(), values.astype(np.int64, copy=False), where)


def number(values: Floats, where: Bools | None = None) -> pa.Array:
    """A double column; null where `where` is False."""
    return _column(pa.float64(), values, where)


def flag(values: Bools, where: Bools | None = None) -> pa.Array:
    """A boolean column; null where `where` is False."""
    return _column(pa.bool_(), np.packbits(values, bitorder="little"), where, len(values))


def text(vocabulary: Sequence[str | None], codes: Ints) -> pa.Array:
    """A string column of words by their places in `vocabulary`; null where the place is negative."""
    return pick_rows(pa.array(vocabulary, pa.string()), codes)


def pick_rows(values: pa.Array, places: Ints) -> pa.Array:
    """The rows of `values` at `places`; null where the place is negative."""
    return values.take(_column(pa.int64(), places, places >= 0))


def coded(vocabulary: Sequence[str | None], codes: Ints | Bytes) -> pa.Array:
    """A string column as text() makes it, but left as codes into the vocabulary: made and written in less time.

    Parquet holds the vocabulary once for each row group, so it should not be much longer than the words in use.
    """
    # Parquet's dictionaries hold no word twice, and no null; the place after the last is that of negative codes.
    places = {word: place for place, word in enumerate(dict.fromkeys(word for word in vocabulary if word is not None))}
    distinct = np.array([-1 if word is None else places[word] for word in (*vocabulary, None)], dtype=np.int32)
    indices = distinct[codes]
    return pa.DictionaryArray.from_arrays(
        _column(pa.int32(), indices, indices >= 0), pa.array(places, pa.string()), safe=False
    )


def constant(word: str, rows: int) -> pa.Array:
    """A string column of one word, as a code."""
    return coded([word], np.zeros(rows, dtype=np.int8))


def spread(values: Numbers, where: Bools) -> Numbers:
    """Place `values` at the rows where `where` is True, in order; the others are 0."""
    result = np.zeros(len(where), dtype=values.dtype)
    result[where] = values
    return result


def money(cents: Ints, where: Bools | None = None) -> pa.Array:
    """A decimal(18,4) column from whole cents; null where `where` is False."""
    # Arrow has no vectorised way from integers to scaled decimals: write its 128-bit little-endian words directly.
    words = np.empty((len(cents), 2), dtype=np.int64)
    words[:, 0] = cents * 100
    words[:, 1] = words[:, 0] >> 63
    return _column(pa.decimal128(18, 4), words, where)


def moment(seconds: Ints, where: Bools | None = None) -> pa.Array:
    """A timestamp column from UTC seconds; null where `where` is False."""
    return _column(pa.timestamp("us"), seconds * 1_000_000, where)


def structs(data_type: pa.DataType, members: Columns, where: Bools | None = None) -> pa.Array:
    """A struct column of `data_type`; members not given are null, and the whole where `where` is False."""
    rows = len(next(iter(members.values())))
    arrays = [members[field.name] if field.name in members else nulls(rows, field.type) for field in data_type]
    mask = None if where is None else pa.array(~where)
    return pa.StructArray.from_arrays(arrays, names=[field.name for field in data_type], mask=mask)


def lists(counts: Ints, values: pa.Array) -> pa.Array:
    """A list column: row i holds the next `counts[i]` of `values`; null where the count is 0."""
    ends = np.cumsum(counts)
    offsets = np.concatenate([[0], ends]).astype(np.int32)
    return pa.ListArray.from_arrays(_column(pa.int32(), offsets, np.append(counts > 0, True)), values)


def _column(
    data_type: pa.DataType, values: npt.NDArray[np.generic], where: Bools | None, rows: int | None = None
) -> pa.Array:
    """A column of `data_type` on the memory of `values`; null where `where` is False. pa.array() is slow with masks."""
    valid = None if where is None or where.all() else pa.py_buffer(np.packbits(where, bitorder="little"))
    buffers = [valid, pa.py_buffer(np.ascontiguousarray(values))]
    return pa.Array.from_buffers(data_type, len(values) if rows is None else rows, buffers)
