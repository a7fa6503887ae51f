"""The customers export: one row per customer."""

import duckdb

from martlet.loaders.landing import Landing
from martlet.loaders.shopify_csv.synthetic_ids import synthetic_id

_CUSTOMERS = f"""
create temp view customers as
select
    _line,
    -- the layout of 2022 has no id; then the e-mail is the customer
    coalesce(id, {synthetic_id("'customer'", "lower(email)")}) as id,
    email,
    ltrim(phone, '''') as phone,
    first_name,
    last_name,
    accepts_email_marketing,
    accepts_sms_marketing,
    tags,
    company,
    city,
    province_code,
    country_code,
    tax_exempt,
    total_spent,
    total_orders as orders_count
from typed
where _reason is null and (id is not null or email is not null)
"""


def split(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `bad` (line, reason, value) and the view that `land` writes from table `typed`."""
    connection.execute(
        """create temp view bad as
        select _line as line, coalesce(_reason, 'neither Customer ID nor Email is given') as reason, _value as value
        from typed where _reason is not null or (id is null and email is null)"""
    )
    connection.execute(_CUSTOMERS)


def land(landing: Landing) -> None:
    """Write raw customers."""
    landing.add("customers", "customers", "_line")
