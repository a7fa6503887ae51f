"""A store whose files arrive as files do: late, twice, saying otherwise than the time before, in any order."""

import shutil
from pathlib import Path
from random import Random

import duckdb

LOADED_AT = "timestamp '2027-01-01'"
REFUND_TABLES = ("refunds", "order_line_refunds", "order_adjustments")

# what a later export says otherwise, one event in five, of an event that it tells as the same
RETOLD = """* replace (
    case when chance < 0.1 then struct_update(ecommerce, transaction_id := '1001') else ecommerce end as ecommerce,
    case when chance between 0.1 and 0.15 then list_filter(event_params, lambda p: p.key <> 'ga_session_id')
        when chance between 0.15 and 0.2 then list_transform(event_params, lambda p: case when p.key = 'ga_session_id'
            then struct_update(p, value := struct_update(p.value, int_value := p.value.int_value + 1)) else p end)
        else event_params end as event_params
)"""


class Arrivals:
    """The lake in folder `whole`, in `loads` loads; each method puts one of them into a store's folder of raw files."""

    def __init__(self, whole: Path, loads: int, seed: int) -> None:
        self._whole, self._loads = whole, loads
        self._connection = duckdb.connect()
        self._run("set TimeZone = 'UTC'; set threads = 1")
        self._cut_events(Random(seed))
        self._cut_refunds()

    def arrive(self, load: int, raw: Path) -> None:
        """Write all of load number `load`."""
        self.arrive_orders(load, raw)
        self.arrive_events(load, raw)

    def arrive_orders(self, load: int, raw: Path) -> None:
        """Number 0 brings most of the shop, later ones orders that changed and old refunds."""
        if load == 0:
            keep_out = shutil.ignore_patterns("events", *REFUND_TABLES)
            shutil.copytree(self._whole, raw, ignore=keep_out, dirs_exist_ok=True)
        else:
            cancelled = f"(select * from '{self._whole}/shopify/orders/*.parquet' where id % 40 = {load})"
            self._write(load, raw, "shopify/orders", cancelled, "created_at + interval 1 day as cancelled_at")
        for table in REFUND_TABLES:
            self._write(load, raw, f"shopify/{table}", f"(select * exclude (load) from {table} where load = {load})")

    def arrive_events(self, load: int, raw: Path) -> None:
        """Events of some days, of others late or told otherwise than before."""
        self._write(load, raw, "ga4/events", f"(select * exclude (load, chance) from arriving where load = {load})")

    def _write(self, load: int, raw: Path, table: str, rows: str, changed: str = "") -> None:
        folder = raw / table
        folder.mkdir(parents=True, exist_ok=True)
        replaced = ", ".join(filter(None, (f"{LOADED_AT} + {load} * interval 1 hour as _loaded_at", changed)))
        self._run(
            f"copy (select * replace ({replaced}) from {rows}) to '{folder}/load-{load}.parquet' (format parquet)"
        )

    def _cut_events(self, random: Random) -> None:
        """Days come in any order; a row in ten is late; half of the rows come again in a later load."""
        self._run(f"select setseed({random.random()})")
        self._run(
            f"create table events as select random() as chance, row_number() over () as _source_row,"
            f" * exclude (_source_row) from '{self._whole}/ga4/events/*.parquet'"
        )
        found = self._connection.execute("select distinct event_date from events order by 1").fetchall()
        days = random.sample(found, len(found))
        self._run("create table days (event_date varchar, load integer)")
        for place, (day,) in enumerate(days):
            self._connection.execute("insert into days values (?, ?)", [day, place * self._loads // len(days)])
        later = f"cast(least({self._loads - 1}, load + ceil({self._loads} * random())) as integer)"
        self._run(
            f"""create table arriving as
            with firsts as (
                select events.*, case when random() < 0.1 then {later} else load end as load
                from events inner join days using (event_date)
            )
            select * from firsts
            union all by name
            select {RETOLD}
            from (select * replace ({later} as load) from firsts where random() < 0.5 and load < {self._loads - 1})"""
        )

    def _cut_refunds(self) -> None:
        """Refunds of orders of any age, each in one of the loads with its lines and adjustments."""
        for table in REFUND_TABLES:
            key = "id" if table == "refunds" else "refund_id"
            rows = f"'{self._whole}/shopify/{table}/*.parquet'"
            self._run(f"create table {table} as select *, {key} % {self._loads} as load from {rows}")

    def _run(self, sql: str) -> None:
        self._connection.execute(sql)
