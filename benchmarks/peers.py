"""The same answers by what a merchant has today: views on PostgreSQL, and a notebook of pandas. Writes docs/peers.md.

    python benchmarks/peers.py [--write]

Needs PostgreSQL 15 as Debian has it (postgresql-15); the server is started on loopback for the benchmark alone. Its
views are those of docs/merchant_views.md, with indexes on what they join, on the same orders. The marts are made by
their compiled SQL from the same raw files, with all models before them.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq

import compiled
import pages
from run_all import MARTLET

TARGET = Path(__file__).parents[1] / "docs" / "peers.md"
POSTGRES = Path("/usr/lib/postgresql/15/bin")
PORT = "54329"
ORDERS, EVENTS, REPEATS = 100_000, 2_000_000, 3
VIEWS = {"growth": "growth_to_goal", "marketing_targets": "marketing_targets", "slow_stock": "slow_stock"}

# what the views read, from raw files
TABLES = {
    "orders": "select id, customer_id, created_at, total_price from '{raw}/shopify/orders/*.parquet'",
    "order_lines": "select order_id, product_id, sku, quantity, price * quantity as amount"
    " from '{raw}/shopify/order_lines/*.parquet'",
    "products": "select id, title, product_type from '{raw}/shopify/products/*.parquet'",
    "variants": "select variants.sku, variants.product_id, items.unit_cost, variants.inventory_quantity"
    " from '{raw}/shopify/product_variants/*.parquet' as variants"
    " inner join '{raw}/shopify/inventory_items/*.parquet' as items on variants.inventory_item_id = items.id",
}
SCHEMA = """
create table orders (id bigint primary key, customer_id bigint, created_at timestamp, total_price numeric(18,2));
create table order_lines (order_id bigint, product_id bigint, sku text, quantity bigint, amount numeric(18,2));
create table products (id bigint primary key, title text, product_type text);
create table variants (sku text, product_id bigint, cost numeric(18,4), on_hand bigint);
"""
INDEXES = """
create index on orders (created_at); create index on orders (customer_id);
create index on order_lines (order_id); create index on order_lines (sku); analyze;
create view growth as
with monthly as (select date_trunc('month', created_at) as month, sum(total_price) as revenue from orders group by 1)
select month, revenue, sum(revenue) over (order by month) as cumulative_revenue,
    10000000 - sum(revenue) over (order by month) as remaining_to_goal,
    revenue / extract(day from timestamp '2026-11-15') * 30 as projected_month_revenue
from monthly;
create view marketing_targets as
with people as (
    select customer_id, count(*) as orders, sum(total_price) as revenue,
        extract(day from timestamp '2026-11-01' - max(created_at)) as days_since_last,
        extract(day from timestamp '2026-11-01' - min(created_at)) as days_since_first
    from orders where customer_id is not null group by 1
),
categories as (
    select distinct on (orders.customer_id) orders.customer_id, products.product_type as top_category
    from orders inner join order_lines on orders.id = order_lines.order_id
    inner join products on order_lines.product_id = products.id
    group by orders.customer_id, products.product_type order by orders.customer_id, sum(order_lines.amount) desc
)
select people.*, categories.top_category,
    case when orders >= 10 and days_since_last > 90 and revenue > 5000 then 'high_priority_winback'
        when days_since_last between 45 and 60 then 'reengagement_campaign'
        when days_since_first < 14 and orders = 1 then 'new_customer_nurture' else 'none' end as campaign_type
from people left join categories using (customer_id);
create view slow_stock as
select variants.sku, variants.on_hand, variants.cost, variants.on_hand * variants.cost as capital_tied_up,
    coalesce(sold.quantity, 0) / 12.0 as monthly_sales
from variants left join (
    select sku, sum(quantity) as quantity from order_lines inner join orders on order_lines.order_id = orders.id
    where created_at > timestamp '2025-11-01' group by sku
) as sold using (sku)
where variants.on_hand > 6 * coalesce(sold.quantity, 0) / 12.0;
"""


@contextmanager
def postgres(folder: Path) -> Iterator[None]:
    """A PostgreSQL server of its own on loopback, trusting whoever is on this machine; stopped at the end."""
    shutil.chown(folder, "postgres")
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    data = str(folder / "data")

    def run(*command: str) -> None:
        subprocess.run([*as_postgres, *command], check=True, stdout=subprocess.DEVNULL, cwd=folder)

    run(str(POSTGRES / "initdb"), "-D", data, "--auth=trust", "--no-sync")
    options = f"-p {PORT} -c listen_addresses=127.0.0.1 -k {folder} -c shared_buffers=2GB -c work_mem=256MB"
    run(str(POSTGRES / "pg_ctl"), "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield
    finally:
        run(str(POSTGRES / "pg_ctl"), "-D", data, "-m", "immediate", "stop")


def psql(sql: str, stdin: Path | None = None) -> str:
    command = ["psql", "-h", "127.0.0.1", "-p", PORT, "-U", "postgres", "-qAtX", "-v", "ON_ERROR_STOP=1", "-c", sql]
    with stdin.open() if stdin else open(os.devnull) as file:
        return subprocess.run(command, check=True, capture_output=True, text=True, stdin=file).stdout


def measure_postgres(raw: Path, folder: Path) -> tuple[float, dict[str, float]]:
    """Wall seconds of loading with indexes, and of reading each view, a median."""
    for name, query in TABLES.items():
        duckdb.execute(f"copy ({query.format(raw=raw)}) to '{folder}/{name}.csv' (header false)")
    with postgres(folder):
        start = time.perf_counter()
        psql(SCHEMA)
        for name in TABLES:
            psql(f"copy {name} from stdin (format csv)", folder / f"{name}.csv")
        psql(INDEXES)
        loaded = time.perf_counter() - start
        read = {}
        for view in VIEWS:
            times = [
                json.loads(psql(f"explain (analyze, timing off, format json) select * from {view}"))
                for _ in range(REPEATS)
            ]
            read[view] = statistics.median(found[0]["Execution Time"] / 1000 for found in times)
        return loaded, read


def measure_marts(home: Path, folder: Path) -> tuple[float, dict[str, float]]:
    """Wall seconds of making the three marts with all that is before them, and of reading each, a median."""
    models = compiled.needed_for(compiled.ran(home), list(VIEWS.values()))
    with compiled.empty_workshop(home, folder) as connection:
        made = compiled.make_tables(connection, home, models)
        read = {}
        for view, mart in VIEWS.items():
            times = []
            for _ in range(REPEATS):
                start = time.perf_counter()
                connection.execute(f"select * from marts.{mart}").fetchall()
                times.append(time.perf_counter() - start)
            read[view] = statistics.median(times)
        return made, read


def pandas_funnel(raw: Path) -> pd.DataFrame:
    """Sessions and their closed funnel by day, from the same raw events, as a notebook would: one row a day."""
    table = pq.read_table(
        raw / "ga4" / "events", columns=["event_timestamp", "event_name", "user_pseudo_id", "event_params"]
    )
    params = table["event_params"].combine_chunks()
    flat = params.flatten()
    keys = pd.DataFrame(
        {
            "event": pc.list_parent_indices(params).to_numpy(),
            "key": flat.field("key").to_pandas(),
            "session": flat.field("value").field("int_value").to_pandas(),
        }
    )
    events = table.drop(["event_params"]).to_pandas()
    events["session"] = keys[keys["key"] == "ga_session_id"].drop_duplicates("event").set_index("event")["session"]
    events = events.dropna(subset=["session", "user_pseudo_id"])
    at = pd.to_datetime(events["event_timestamp"], unit="us", utc=True).dt.tz_convert("UTC")
    events["day"] = at.dt.normalize()
    steps = ["view_item", "add_to_cart", "begin_checkout", "purchase"]
    for step in steps:
        events[step] = events["event_name"] == step
    sessions = events.groupby(["user_pseudo_id", "session"]).agg(
        day=("day", "min"), **{step: (step, "any") for step in steps}
    )
    closed = sessions[steps].cumprod(axis=1).assign(day=sessions["day"], sessions=1)
    return closed.groupby("day").sum().sort_index()


def mart_funnel(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    return connection.execute(
        "select session_date as day, sum(closed_viewed_item) as view_item, sum(closed_added_to_cart) as add_to_cart,"
        " sum(closed_began_checkout) as begin_checkout, sum(closed_purchased) as purchase, sum(sessions) as sessions"
        " from marts.funnel_daily group by all order by day"
    ).df()


def measure_pandas(raw: Path) -> tuple[float, float, pd.DataFrame]:
    """Wall seconds of the notebook, the MB that its process held, and what it found."""
    start = time.perf_counter()
    found = pandas_funnel(raw)
    return time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, found


def measure_funnel(home: Path, folder: Path) -> tuple[float, float, pd.DataFrame]:
    """The same for the funnel mart and all models before it."""
    models = compiled.needed_for(compiled.ran(home), ["funnel_daily"])
    with compiled.empty_workshop(home, folder) as connection:
        made = compiled.make_tables(connection, home, models)
        return made, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, mart_funnel(connection)


def in_a_process(what: str, home: Path, folder: Path) -> tuple[float, float, pd.DataFrame]:
    """Measure in a process of its own, whose memory is what it needed."""
    folder.mkdir()
    result = folder / "found.parquet"
    command = [sys.executable, __file__, "--measure", what, str(home), str(folder)]
    seconds, memory = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return seconds, memory, pd.read_parquet(result)


def same_funnel(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """True if both found the same sessions and steps on every day."""
    columns = ["sessions", "view_item", "add_to_cart", "begin_checkout", "purchase"]
    return one[columns].to_numpy(dtype=int).tolist() == other[columns].to_numpy(dtype=int).tolist()


def report() -> str:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        home, raw = folder / "store", folder / "store" / "data" / "raw"
        environment = {**os.environ, "MARTLET_HOME": str(home), "MARTLET_SHOP_TIMEZONE": "UTC"}
        size = ["--orders", str(ORDERS), "--events", str(EVENTS), "--to", str(raw)]
        for command in (["mock", *size], ["build"]):
            subprocess.run([str(MARTLET), *command], check=True, capture_output=True, env=environment)
        for part in ("postgres", "marts"):
            (folder / part).mkdir()
        loaded, views = measure_postgres(raw, folder / "postgres")
        made, marts = measure_marts(home, folder / "marts")
        notebook, notebook_memory, theirs = in_a_process("pandas", home, folder / "pandas")
        funnel, funnel_memory, ours = in_a_process("marts", home, folder / "funnel")
    lines = [
        f"Wall seconds; {ORDERS:,} orders, {EVENTS:,} events, {os.cpu_count()} cores.",
        "",
        "| | PostgreSQL views | marts |",
        "|---|---:|---:|",
        f"| once: load and index; make the marts and all before them | {loaded:.1f} | {made:.1f} |",
        *(f"| read `{view}` | {views[view]:.3f} | {marts[view]:.3f} |" for view in VIEWS),
        "",
        "| sessions and closed funnel by day | pandas | marts |",
        "|---|---:|---:|",
        f"| seconds, from raw events | {notebook:.1f} | {funnel:.1f} |",
        f"| peak memory, MB | {notebook_memory:,.0f} | {funnel_memory:,.0f} |",
        f"| the same on every day | {'yes' if same_funnel(theirs, ours) else 'no'} | |",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the tables into docs/peers.md")
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        what, home, folder = arguments.measure[0], Path(arguments.measure[1]), Path(arguments.measure[2])
        found = measure_pandas(home / "data" / "raw") if what == "pandas" else measure_funnel(home, folder)
        found[2].reset_index().to_parquet(folder / "found.parquet")
        print(json.dumps(found[:2]))
        return
    if not POSTGRES.is_dir():
        sys.exit(f"PostgreSQL 15 is not in {POSTGRES} (Debian: apt install postgresql-15)")
    tables = report()
    print(tables)
    if arguments.write:
        pages.put(TARGET, "tables", tables)


if __name__ == "__main__":
    main()
