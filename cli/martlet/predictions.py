"""Forecasts and customer values beside the marts: read what the models need, fit, and write `predictions`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pandas as pd

from martlet.clv.lifetime_value import FIT_COLUMNS, VALUE_COLUMNS, ValueResult, customer_values
from martlet.drafts import Stage
from martlet.forecast_record import read_kept
from martlet.forecasting import ACCURACY_COLUMNS, MONTH_COLUMNS, ForecastResult, forecast_demand, forecast_revenue
from martlet.margins import margin_rate
from martlet.project import Project

Progress = Callable[[str], None]

# A day on an empty shelf says nothing of demand.
DEMAND = """
select demand.sku, products.category, ranked.abc_class, demand.demand_date, demand.uncensored_units as units_sold
from marts.demand_daily as demand
left join marts.products as products using (sku)
left join marts.product_performance as ranked using (sku)
order by demand.sku, demand.demand_date
"""
REVENUE = "select sales_date, cast(net_sales as double) as net_sales from marts.sales_daily order by sales_date"
HOLIDAYS = "select holiday_date, holiday from marts.holidays order by holiday_date, holiday"
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


@dataclass(frozen=True)
class Forecasts:
    """What was forecast, by target, as the published tables have it, and what to tell the user."""

    published: dict[str, pd.DataFrame]
    told: list[str]


def write_forecasts(project: Project, staged: Stage, progress: Progress) -> Forecasts:
    """Write predictions.demand_forecast, revenue_forecast, revenue_forecast_monthly and forecast_accuracy.

    A model that loses to seasonal-naive leaves its tables empty and its reason in forecast_accuracy. Forecasts kept of
    former days are held against what has happened since.
    """
    progress("forecasting demand")
    demand = forecast_demand(staged.read(DEMAND), kept=read_kept(project, "demand"))
    progress("forecasting revenue")
    revenue = forecast_revenue(staged.read(REVENUE), kept=read_kept(project, "revenue"), holidays=staged.read(HOLIDAYS))
    accuracy = pd.concat([demand.accuracy, revenue.accuracy], ignore_index=True)
    staged.write("predictions.demand_forecast", demand.forecast, DEMAND_COLUMNS)
    staged.write("predictions.revenue_forecast", revenue.forecast, REVENUE_COLUMNS)
    staged.write("predictions.revenue_forecast_monthly", revenue.months, MONTH_COLUMNS)
    staged.write("predictions.forecast_accuracy", accuracy, ACCURACY_COLUMNS)
    published = {"demand": demand.forecast, "revenue": revenue.forecast}
    return Forecasts(published, [*_told("demand", demand), *_told("revenue", revenue)])


def write_customer_values(staged: Stage, progress: Progress) -> ValueResult:
    """Write predictions.customer_value and customer_value_fit; return what stands behind them too.

    Where no model of leaving may be used, the values stand on a constant rate and say so in each row.
    """
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
    verdict = result.accuracy.iloc[0]
    published = "published" if verdict["published"] else "not published"
    yield f"{target}: {verdict['model']} {published}: {verdict['reason']}"
    for row in result.accuracy[result.accuracy["evidence"] == "record"].tail(1).to_dict("records"):
        yield f"{target}: {row['reason']} Forecast {row['forecast']:,.0f}, came {row['actual']:,.0f}."
