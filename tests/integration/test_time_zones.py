"""Days are the shop's: at midnight, and on the hour that a daylight-saving change skips or repeats."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from stores import make_store

HEADER = "Name,Email,Financial Status,Currency,Subtotal,Shipping,Taxes,Total,Created at,Id"
LINE_HEADER = (
    ",Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Fulfillment Status,Paid at,Discount Amount"
    ",Cancelled at,Refunded Amount"
)
# the last second before each moment, the moment, and an hour on both sides
OFFSETS = [timedelta(hours=-1), timedelta(seconds=-1), timedelta(0), timedelta(seconds=1), timedelta(hours=1)]
MOMENTS = {
    # clocks go from 02:00 to 03:00 and from 02:00 back to 01:00
    "America/Chicago": [datetime(2025, 3, 9, 8, tzinfo=UTC), datetime(2025, 11, 2, 7, tzinfo=UTC)],
    # clocks go forward at midnight: 31 March 2024 has no 00:30
    "Asia/Beirut": [datetime(2024, 3, 30, 22, tzinfo=UTC), datetime(2024, 10, 26, 21, tzinfo=UTC)],
    # half an hour only
    "Australia/Lord_Howe": [datetime(2025, 4, 5, 15, tzinfo=UTC), datetime(2025, 10, 4, 15, 30, tzinfo=UTC)],
    "Asia/Kolkata": [datetime(2025, 1, 1, tzinfo=UTC)],
}


def midnights(zone: ZoneInfo, moments: list[datetime]) -> list[datetime]:
    days = [moment.astimezone(zone).date() + timedelta(days=shift) for moment in moments for shift in (0, 1)]
    return [datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC) for day in days]


@pytest.mark.parametrize("name", MOMENTS)
def test_orders_fall_on_the_shops_day(tmp_path: Path, name: str) -> None:
    zone = ZoneInfo(name)
    instants = [moment + offset for moment in [*MOMENTS[name], *midnights(zone, MOMENTS[name])] for offset in OFFSETS]
    rows = [HEADER + LINE_HEADER]
    for number, instant in enumerate(instants, start=1001):
        # as the admin writes it: the shop's clock with its offset of that moment
        written = instant.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %z")
        rows.append(
            f"#{number},,paid,USD,10.00,0.00,0.00,10.00,{written},{number},1,Part,10.00,P-1,fulfilled,,0.00,,0.00"
        )
    export = tmp_path / "orders_export.csv"
    export.write_text("\n".join(rows) + "\n", encoding="utf-8")
    store = make_store(tmp_path / "store", MARTLET_SHOP_TIMEZONE=name)
    store.run("load", "shopify-csv", str(export))
    store.run("build")
    found = dict(store.rows("select order_id, order_date from marts.orders"))
    expected = {number: instant.astimezone(zone).date() for number, instant in enumerate(instants, start=1001)}
    assert found == expected
    assert store.value("select sum(orders) from marts.sales_daily") == sum(
        day <= max(expected.values()) - timedelta(days=1) or len(set(expected.values())) == 1
        for day in expected.values()
    )
