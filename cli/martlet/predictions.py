"""Forecasts beside the marts: read what the models need, fit, and write the `predictions` schema."""

from collections.abc import Callable, Iterator

from martlet.forecasting import ForecastResult, forecast_demand, forecast_revenue
from martlet.warehouse import Stage

Progress = Callable[[str], None]

DEMAND = """
select demand.sku, products.category, demand.demand_date, demand.units_sold
from marts.demand_daily as demand
left join marts.products as products using (sku)
order by demand.sku, demand.demand_date
"""
REVENUE = "select sales_date, cast(net_sales as double) as net_sales from marts.sales_daily order by sales_date"

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


def _told(target: str, result: ForecastResult) -> Iterator[str]:
    for row in result.accuracy.to_dict("records"):
        verdict = "published" if row["published"] else "not published"
        yield f"{target}: {row['model']} {verdict}: {row['reason']}"
