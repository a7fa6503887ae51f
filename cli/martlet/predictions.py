"""Forecasts and customer values beside the marts: read what the models need, fit, and write `predictions`."""

from collections.abc import Callable, Iterator

from martlet.clv.lifetime_value import FIT_COLUMNS, VALUE_COLUMNS, ValueResult, customer_values
from martlet.forecasting import ForecastResult, forecast_demand, forecast_revenue
from martlet.margins import margin_rate
from martlet.warehouse import Stage

Progress = Callable[[str], None]

DEMAND = """
select demand.sku, products.category, demand.demand_date, demand.units_sold
from marts.demand_daily as demand
left join marts.products as products using (sku)
order by demand.sku, demand.demand_date
"""
REVENUE = "select sales_date, cast(net_sales as double) as net_sales from marts.sales_daily order by sales_date"
# Sums of decimals, which do not depend on the order that threads add them up in; net sales of unknown cost stay apart.
# Orders of the newest, partial day count as of the day before, which is how the marts count people's days too: who
# first bought on it has a value like everybody else.
CUSTOMER_DAYS = """
select
    orders.customer_key,
    least(orders.order_date, as_of.as_of_date) as order_date,
    cast(coalesce(sum(lines.gross_margin), 0) as double) as known_margin,
    cast(coalesce(sum(case when lines.gross_margin is null then lines.net_sales end), 0) as double) as other_sales
from marts.orders as orders
inner join marts.customers as customers using (customer_key)
cross join (select max(as_of_date) as as_of_date from ops.build) as as_of
left join marts.order_lines as lines using (order_id)
group by all
order by all
"""

_INTERVALS = {name: "double" for name in ("mean", "lo_80", "hi_80", "lo_95", "hi_95")}
_HORIZON = {"forecast_date": "date", "horizon_day": "bigint"}
_ORIGIN = {"model": "varchar", "as_of_date": "date"}
DEMAND_COLUMNS = {"sku": "varchar", **_HORIZON, **_INTERVALS, **_ORIGIN}
REVENUE_COLUMNS = {**_HORIZON, **_INTERVALS, **_ORIGIN}


def write_forecasts(staged: Stage, progress: Progress) -> list[str]:
    """Write predictions.demand_forecast, revenue_forecast and forecast_accuracy; return what to tell the user.

    A model that loses to seasonal-naive leaves its table empty and its reason in forecast_accuracy.
    """
    import pandas as pd  # noqa: PLC0415  (slow to import; only predictions pay for it)

    progress("forecasting demand")
    demand = forecast_demand(staged.read(DEMAND))
    progress("forecasting revenue")
    revenue = forecast_revenue(staged.read(REVENUE))
    staged.write("predictions.demand_forecast", demand.forecast, DEMAND_COLUMNS)
    staged.write("predictions.revenue_forecast", revenue.forecast, REVENUE_COLUMNS)
    staged.write("predictions.forecast_accuracy", pd.concat([demand.accuracy, revenue.accuracy], ignore_index=True))
    return [*_told("demand", demand), *_told("revenue", revenue)]


def write_customer_values(staged: Stage, progress: Progress) -> ValueResult:
    """Write predictions.customer_value and customer_value_fit; return what stands behind them too.

    Where no model of leaving may be used, the values stand on a constant rate and say so in each row.
    """
    import pandas as pd  # noqa: PLC0415  (slow to import; only predictions pay for it)

    progress("valuing customers")
    days = staged.read(CUSTOMER_DAYS)
    rate = margin_rate(staged)
    as_of = pd.Timestamp(staged.read_value("select max(as_of_date) from ops.build"))
    result = customer_values(days.assign(margin=days["known_margin"] + rate * days["other_sales"]), as_of)
    staged.write("predictions.customer_value", result.values, VALUE_COLUMNS)
    staged.write("predictions.customer_value_fit", result.fits, FIT_COLUMNS)
    return result


def describe_values(result: ValueResult) -> list[str]:
    """What to tell the user of customer values: how many, and each model with its reason."""
    cards = result.fits.to_dict("records")
    return [f"{len(result.values):,} customers valued", *(f"{card['model']}: {card['reason']}" for card in cards)]


def _told(target: str, result: ForecastResult) -> Iterator[str]:
    for row in result.accuracy.to_dict("records"):
        verdict = "published" if row["published"] else "not published"
        yield f"{target}: {row['model']} {verdict}: {row['reason']}"
