"""GA4's export: every value that the contract names is kept, or its row is set aside with the reason."""

import gzip
import json
import random
import time
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from loading import ROOT, contents, landed, reasons, rejected, write
from loading import load as load_any

from martlet.errors import MartletError
from martlet.loaders import ga4_export
from martlet.loaders.landing import Lake, LoadReceipt

SAMPLE = ROOT.parent / "shared" / "data" / "ga4_events_sample.parquet"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "events.ndjson"


def load(lake: Lake, path: Path) -> LoadReceipt:
    return load_any(lake, path, ga4_export)


def event(**members: object) -> dict[str, Any]:
    return {
        "event_date": "20251007",
        "event_timestamp": 1759823426000000,
        "event_name": "purchase",
        "user_pseudo_id": "123.456",
        **members,
    }


def param(key: str, **value: object) -> dict[str, object]:
    return {"key": key, "value": value}


def ndjson(*events: object) -> str:
    return "".join(line if isinstance(line, str) else json.dumps(line) + "\n" for line in events)


def parquet(path: Path, events: list[dict[str, Any]], schema: pa.Schema | None = None) -> Path:
    pq.write_table(pa.Table.from_pylist(events, schema=schema), path)
    return path


def events(lake: Lake) -> list[dict[str, Any]]:
    return landed(lake, "events", "ga4")


# --- the real export


@pytest.mark.skipif(not SAMPLE.exists(), reason="the real GA4 sample is not beside this repository")
def test_the_real_sample_lands_whole_in_exactly_the_contracts_types(lake: Lake) -> None:
    receipt = load(lake, SAMPLE)
    assert (receipt.rows_in, receipt.rows_loaded, receipt.rows_rejected) == (24219, 24219, 0)
    files = str(lake.raw_dir / "ga4" / "events" / "*.parquet")
    with duckdb.connect() as connection:
        found = connection.execute(f"describe select * from read_parquet('{files}')").fetchall()
        contract = ", ".join(f'"{c.name}" {c.duckdb_type}' for c in lake.contract["ga4", "events"].columns)
        connection.execute(f"create table contract ({contract})")
        expected = connection.execute("describe contract").fetchall()
        # as many params and items in every event as in the file, and as many values in them
        for query in (
            "select count(*) from (select unnest(event_params) from {})",
            "select count(p.value.int_value) from (select unnest(event_params) as p from {})",
            "select count(i.price) from (select unnest(items) as i from {})",
            "select count(ecommerce.purchase_revenue) from {}",
            "select count(*) from {} where len(items) = 0",
        ):
            ours, theirs = (
                connection.execute(query.format(f"read_parquet('{path}')")).fetchone() for path in (files, SAMPLE)
            )
            assert ours == theirs
    types = [(name, kind) for name, kind, *_ in found]
    assert types[: len(expected)] == [(name, kind) for name, kind, *_ in expected]
    assert [name for name, _ in types[len(expected) :]] == ["_loaded_at", "_source_file", "_source_row"]


# --- newline-delimited JSON


def test_json_lines_land_typed_with_their_params_whatever_type_each_came_in(lake: Lake, file: Path) -> None:
    first = event(
        event_params=[param("session_engaged", string_value="1"), param("value", double_value=12.5)],
        items=[{"item_id": "A", "price": 9.99, "quantity": 2, "colour": "red"}],
        ecommerce={"purchase_revenue": 19.98, "transaction_id": "T1"},
        user_properties=[{"key": "x"}],
    )
    second = event(event_params=[param("session_engaged", int_value="1"), param("value", int_value=12)], items=[])
    # BigQuery writes whole numbers as text
    third = event(event_timestamp="1759823426000000", batch_page_id="7", is_active_user="true", event_params=[])
    assert load(lake, write(file, ndjson(first, second, third))).rows_loaded == 3
    one, two, three = events(lake)
    nothing = {"string_value": None, "int_value": None, "float_value": None, "double_value": None}
    assert one["event_params"][0] == {"key": "session_engaged", "value": {**nothing, "string_value": "1"}}
    assert two["event_params"][0] == {"key": "session_engaged", "value": {**nothing, "int_value": 1}}
    assert one["event_params"][1]["value"]["double_value"] == 12.5
    assert (one["items"][0]["item_id"], one["items"][0]["price"], one["items"][0]["quantity"]) == ("A", 9.99, 2)
    assert (one["ecommerce"]["purchase_revenue"], one["ecommerce"]["transaction_id"]) == (19.98, "T1")
    assert two["items"] == three["event_params"] == []
    assert (three["event_timestamp"], three["batch_page_id"], three["is_active_user"]) == (1759823426000000, 7, True)
    assert one["geo"] is None


def test_a_column_that_first_comes_late_in_the_file_is_not_lost(lake: Lake, file: Path) -> None:
    lines = [event()] * 1500 + [event(platform="WEB")]
    load(lake, write(file, ndjson(*lines)))
    assert [row["_source_row"] for row in events(lake) if row["platform"] == "WEB"] == [1501]


def test_nulls_are_no_values_and_no_faults(lake: Lake, file: Path) -> None:
    names = [column.name for column in lake.contract["ga4", "events"].columns if column.nullable]
    line = event(**dict.fromkeys(names))
    inner = event(event_params=[param("a", int_value=None), {"key": "b", "value": None}], geo={"city": None})
    assert load(lake, write(file, ndjson(line, inner))).rows_loaded == 2
    assert all(events(lake)[0][name] is None for name in names)
    assert [p["key"] for p in events(lake)[1]["event_params"]] == ["a", "b"]


@pytest.mark.parametrize("name", ["events.ndjson.gz", "events.json", "events-000000000000"])
def test_gzip_is_told_by_its_bytes_and_not_by_the_name(lake: Lake, tmp_path: Path, name: str) -> None:
    content = b"\xef\xbb\xbf" + ndjson(event(), event(event_name="page_view")).encode()
    assert load(lake, write(tmp_path / name, gzip.compress(content))).rows_loaded == 2
    assert [row["event_name"] for row in events(lake)] == ["purchase", "page_view"]


def test_parquet_is_told_by_its_bytes_and_not_by_the_name(lake: Lake, tmp_path: Path) -> None:
    assert load(lake, parquet(tmp_path / "events-000000000000", [event()])).rows_loaded == 1


def test_blank_lines_are_no_rows_and_line_numbers_stay_right(lake: Lake, file: Path) -> None:
    receipt = load(lake, write(file, "\n\n" + ndjson(event(), "\r\n", event(), "{bad\n", "\n", event()) + "\n"))
    assert (receipt.rows_in, receipt.rows_rejected) == (4, 1)
    assert [row["_source_row"] for row in events(lake)] == [3, 5, 8]
    assert reasons(lake) == {6: "the line is not valid JSON"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{bad", "the line is not valid JSON"),
        (ndjson(event()).encode()[:-20], "the line is not valid JSON"),
        (b"[1, 2]", "the line is not a JSON object"),
        (b"17", "the line is not a JSON object"),
        (b"\0", "the line is not valid JSON"),
        (b'{"event_name": "\xff"}', "the line is not UTF-8"),
        (b"\x01\x01", "the line is not valid JSON"),
        (b"[" * 50_000, "the line is not valid JSON"),
    ],
)
def test_a_line_that_is_no_event_costs_itself_alone(lake: Lake, file: Path, line: bytes, reason: str) -> None:
    content = ndjson(event()).encode()
    receipt = load(lake, write(file, content + line + b"\n" + content + line))
    assert (receipt.rows_in, receipt.rows_loaded) == (4, 2)
    assert reasons(lake) == {2: reason, 4: reason}
    assert all(row["row"].startswith(line[:4].decode(errors="replace")) for row in rejected(lake))


BAD_MEMBERS = [
    ({"event_timestamp": "yesterday"}, "event_timestamp is not in microseconds since 1970", "yesterday"),
    ({"event_timestamp": 1759823426}, "event_timestamp is not in microseconds since 1970", "1759823426"),
    ({"event_timestamp": 1759823426000}, "event_timestamp is not in microseconds since 1970", "1759823426000"),
    ({"event_timestamp": 1.5}, "event_timestamp is not in microseconds since 1970", "1.5"),
    ({"event_timestamp": None}, "event_timestamp is blank", None),
    ({"event_date": "abc"}, "event_date is not a day such as 20261031", "abc"),
    ({"event_date": "20251332"}, "event_date is not a day such as 20261031", "20251332"),
    ({"event_date": "2025-10-07"}, "event_date is not a day such as 20261031", "2025-10-07"),
    ({"event_name": None}, "event_name is blank", None),
    ({"batch_page_id": "x"}, "batch_page_id is not a bigint", "x"),
    ({"event_value_in_usd": "12,50"}, "event_value_in_usd is not a double", "12,50"),
    ({"is_active_user": "perhaps"}, "is_active_user is not a boolean", "perhaps"),
    ({"event_params": {"key": "a"}}, "event_params holds a value that cannot be read", '{"key":"a"}'),
    ({"event_params": "abc"}, "event_params holds a value that cannot be read", "abc"),
    ({"geo": ["x"]}, "geo holds a value that cannot be read", '["x"]'),
    ({"event_params": [param("a", int_value="1.5")]}, "event_params holds a value that cannot be read", None),
    ({"items": [{"item_id": "A"}, {"price": "9,99"}]}, "items holds a value that cannot be read", None),
    ({"items": [{"quantity": 1.5}]}, "items holds a value that cannot be read", None),
    ({"ecommerce": {"purchase_revenue": "NaN"}}, "ecommerce holds a value that cannot be read", None),
]


@pytest.mark.parametrize(("members", "reason", "value"), BAD_MEMBERS)
def test_a_value_that_cannot_be_read_sets_its_event_aside(
    lake: Lake, file: Path, members: dict[str, object], reason: str, value: str | None
) -> None:
    receipt = load(lake, write(file, ndjson(event(), event(**members), event())))
    assert (receipt.rows_in, receipt.rows_loaded) == (3, 2)
    (bad,) = rejected(lake)
    assert (bad["line"], bad["reason"]) == (2, reason)
    assert json.loads(bad["row"]) == event(**members)
    if value:
        assert bad["value"] == value


def test_several_faults_are_all_named(lake: Lake, file: Path) -> None:
    load(lake, write(file, ndjson(event(), event(event_name=None, event_date="x", batch_page_id="y"))))
    faults = "event_date is not a day such as 20261031; event_name is blank; batch_page_id is not a bigint"
    assert reasons(lake) == {2: faults}


def test_a_line_beyond_all_measure_is_set_aside_in_moments(lake: Lake, file: Path) -> None:
    started = time.monotonic()
    line = ndjson(event())
    write(file, line + json.dumps(event(user_id="x" * 40_000_000)) + "\n" + line)
    load(lake, file)
    assert reasons(lake) == {2: "the line is longer than 16,000,000 bytes"}
    assert [row["_source_row"] for row in events(lake)] == [1, 3]
    assert time.monotonic() - started < 10


# --- Parquet


def test_parquet_of_other_types_is_brought_to_the_contract(lake: Lake, tmp_path: Path) -> None:
    line = event(
        event_date=20251007,
        stream_id=1234567,
        event_value_in_usd=3,
        event_bundle_sequence_id=7.0,
        is_active_user=1,
        event_params=json.dumps([param("a", int_value=5)]),
        privacy_info={"analytics_storage": 1, "other": "x"},
        Event_Extra="x",
    )
    assert load(lake, parquet(tmp_path / "events.parquet", [line])).rows_loaded == 1
    (row,) = events(lake)
    assert (row["event_date"], row["stream_id"], row["event_value_in_usd"]) == ("20251007", "1234567", 3.0)
    assert (row["event_bundle_sequence_id"], row["is_active_user"]) == (7, True)
    assert row["event_params"][0]["value"]["int_value"] == 5
    assert row["privacy_info"] == {"analytics_storage": "1", "ads_storage": None, "uses_transient_token": None}


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"event_timestamp": "yesterday"}, "event_timestamp is not in microseconds since 1970"),
        ({"event_bundle_sequence_id": 1.5}, "event_bundle_sequence_id is not a bigint"),
        ({"event_value_in_usd": float("nan")}, "event_value_in_usd is not a double"),
        ({"event_params": "not json"}, "event_params holds a value that cannot be read"),
        ({"event_params": 5}, "event_params holds a value that cannot be read"),
        ({"items": [{"quantity": 2.5}]}, "items holds a value that cannot be read"),
        ({"geo": {"city": "Delft"}, "items": {"price": 1.0}}, "items holds a value that cannot be read"),
    ],
)
def test_a_parquet_value_that_cannot_be_read_sets_its_event_aside(
    lake: Lake, tmp_path: Path, members: dict[str, object], reason: str
) -> None:
    good = event(**dict.fromkeys(members)) | {"event_timestamp": "1759823426000000"}
    load(
        lake,
        parquet(
            tmp_path / "events.parquet", [event(**members) | {"event_timestamp": "1759823426000000"} | members, good]
        ),
    )
    assert reasons(lake) == {1: reason}
    assert '"purchase"' in rejected(lake)[0]["row"]


def test_a_parquet_file_of_no_rows_is_a_load_of_no_rows(lake: Lake, tmp_path: Path) -> None:
    schema = pa.schema([("event_date", pa.string()), ("event_timestamp", pa.int64()), ("event_name", pa.string())])
    receipt = load(lake, parquet(tmp_path / "events.parquet", [], schema))
    assert (receipt.rows_in, receipt.tables) == (0, {"events": 0})


def test_names_of_files_and_folders_are_only_names(lake: Lake, tmp_path: Path) -> None:
    folder = tmp_path / "event_date=20200101" / "it's"
    folder.mkdir(parents=True)
    parquet(folder / "events1.parquet", [event(), event()])
    assert load(lake, parquet(folder / "events[1]*.parquet", [event()])).rows_in == 1
    assert events(lake)[0]["event_date"] == "20251007"


# --- files that are no export


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("events.ndjson", b"", "the file is empty"),
        ("events.parquet", b"", "the file is empty"),
        ("events.json.gz", gzip.compress(b"", mtime=0), "the file is empty"),
        ("events.ndjson", b"\n \n", "the file is empty"),
        ("events.parquet", b"PAR1 is all there is", "cannot be read as a GA4 export"),
        ("events.parquet", ndjson(event()).encode(), "cannot be read as a GA4 export"),
        ("events.ndjson", b"not json\nat all\n", "no line of it is a JSON object"),
        ("events.ndjson", b'{"a": 1}\n', "without: event_date, event_timestamp, event_name$"),
        ("events.ndjson", b'{"event_date": "20250101", "event_name": "x"}', "without: event_timestamp$"),
        ("events.json", ndjson(event()).encode("utf-16"), "no line of it is a JSON object"),
        ("events.json.gz", gzip.compress(random.Random(1).randbytes(5000))[:3000], "cannot be read to its end"),
        ("events.json.gz", b"\x1f\x8b\x00\x00", "cannot be read to its end"),
    ],
)
def test_a_file_that_is_no_export_is_refused_in_one_line(
    lake: Lake, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    with pytest.raises(MartletError, match=words):
        load(lake, write(tmp_path / name, content))
    assert contents(lake) == {}


def test_a_parquet_file_without_a_column_it_needs_names_it(lake: Lake, tmp_path: Path) -> None:
    with pytest.raises(MartletError, match=r"without: event_timestamp, event_name$"):
        load(lake, parquet(tmp_path / "events.parquet", [{"event_date": "20250101"}]))


def test_a_damaged_parquet_or_gzip_leaves_nothing_behind(lake: Lake, tmp_path: Path) -> None:
    whole = parquet(tmp_path / "events.parquet", [event(user_id=str(n)) for n in range(5000)]).read_bytes()
    for number, content in enumerate([whole[: len(whole) // 2], whole[:500] + bytes(2000) + whole[2500:]]):
        with pytest.raises(MartletError):
            load(lake, write(tmp_path / f"{number}.parquet", content))
    packed = gzip.compress(ndjson(*[event(user_id=str(n)) for n in range(5000)]).encode())
    with pytest.raises(MartletError, match=r"end-of-stream"):
        load(lake, write(tmp_path / "events.json.gz", packed[:-200]))
    assert contents(lake) == {}
