"""The customers export: one row per customer."""

import duckdb

from martlet.loaders.checks import later_copy
from martlet.loaders.landing import Landing
from martlet.loaders.shopify_csv.synthetic_ids import synthetic_id

_JUDGE = f"""
create temp table judged as
with
    identified as (
        select
            * replace (
                -- the layout of 2022 has no id; then the e-mail is the customer
                coalesce(id, case when email is not null then {synthetic_id("'customer'", "lower(email)")} end) as id
            )
        from typed
    ),

    faulted as (
        select *, coalesce(_reason, case when id is null then 'neither Customer ID nor Email is given' end) as fault
        from identified
    )

select *, coalesce(fault, {later_copy("customer", "id")}) as reason
from faulted
"""

_CUSTOMERS = """
create temp view customers as
select
    _line,
    id,
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
from judged
where reason is null
"""


def split(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `bad` (line, reason, value) and the view that `land` writes from table `typed`."""
    connection.execute(_JUDGE)
    connection.execute(
        "create temp view bad as select _line as line, reason, _value as value from judged where reason is not null"
    )
    connection.execute(_CUSTOMERS)


def land(landing: Landing) -> None:
    """Write raw customers."""
    landing.add("customers", "customers", "_line")
