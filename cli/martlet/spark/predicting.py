"""Demand forecasts and customer values on Spark: the pure functions of `forecasting` and `clv`, in parts by key.

Forecasts: every task takes some of the SKUs and runs the same steps; what is over all SKUs (a category's weekday
profile, say) the tasks of a barrier stage add up among each other. The verdict is passed here, on one row a SKU and
past origin.
Customer values: models are fitted here, on a row a customer and day with orders; every task then values some of them.
"""

import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from martlet.clv.lifetime_value import VALUE_COLUMNS, fit_customers, value_customers
from martlet.clv.valuing import Fitted
from martlet.errors import MartletError
from martlet.forecasting.backtest import ORIGIN, SCORE_COLUMNS, BacktestSettings, accuracy_frame
from martlet.forecasting.demand import HORIZON_WEEKS, demand_frame, demand_panel, judge_demand, score_demand
from martlet.forecasting.panel import WEEK, Extent
from martlet.forecasting.pooling import Parts
from martlet.margins import margin_rate
from martlet.predictions import CUSTOMER_DAYS, DEMAND, DEMAND_COLUMNS
from martlet.project import Project, shown
from martlet.spark.session import Marts, meeting, open_session, predictions_folder, warehouse_folder

Progress = Callable[[str], None]
Batches = Iterable[pd.DataFrame]

READ = (
    "intermediate.int_as_of",
    "marts.customers",
    "marts.demand_daily",
    "marts.order_lines",
    "marts.orders",
    "marts.product_performance",
    "marts.products",
)
INPUT = ("sku", "category", "abc_class", "demand_date", "units_sold")
LABELS = ("demand_class", "abc_class")
SCORES = (
    dict.fromkeys(SCORE_COLUMNS, "double")
    | {"series": "string", "periods": "bigint", "length": "bigint", ORIGIN: "bigint"}
    | dict.fromkeys(LABELS, "string")
)
HORIZON = HORIZON_WEEKS * WEEK
UNRANKED = {name: type_ for name, type_ in VALUE_COLUMNS.items() if name != "rank"}


def predict_on_spark(project: Project, progress: Progress) -> list[str]:
    """Forecast demand and value customers from the marts that Spark built; returns what to tell the user.

    Writes demand_forecast, forecast_accuracy, customer_value and customer_value_fit as Parquet.
    """
    built = warehouse_folder(project)
    if not any((built / "marts.db").glob("*/*.parquet")):
        raise MartletError(f"there are no marts in {shown(built)}: run `martlet spark build`")
    progress("starting Spark")
    marts = Marts(open_session(project), built, READ)
    folder = predictions_folder(project)
    shutil.rmtree(folder, ignore_errors=True)
    progress("forecasting demand")
    told = _forecast(marts, folder)
    progress("valuing customers")
    return [told, *_value(marts, folder)]


def _forecast(marts: Marts, folder: Path) -> str:
    demand = marts.rows(DEMAND)
    first, last = marts.read("select min(demand_date), max(demand_date) from marts.demand_daily").iloc[0]
    if first is None:
        return "demand: there is none to forecast"
    names = list(marts.read("select distinct category from marts.products")["category"])
    groups = (*sorted(name for name in names if name is not None), None)
    extent = Extent(np.datetime64(first, "D"), np.datetime64(last, "D"), groups)
    settings = BacktestSettings()
    parts = demand.repartition(marts.slots, "sku")
    scores = parts.mapInPandas(
        _scoring(extent, settings, secrets.token_bytes()), _schema(SCORES), barrier=True
    ).toPandas()
    scores = scores.sort_values([ORIGIN, "series"], ascending=[False, True])
    accuracy = judge_demand(demand_panel(_nothing(), extent=extent), HORIZON, settings, scores)
    _write_here(accuracy_frame(accuracy), folder / "forecast_accuracy")
    forecast = parts.mapInPandas(_forecasting(extent, secrets.token_bytes()), _schema(DEMAND_COLUMNS), barrier=True)
    # a model that was refused leaves a table without rows
    marts.write(forecast if accuracy[0]["published"] else forecast.limit(0), folder / "demand_forecast")
    return f"demand: {accuracy[0]['reason']}"


def _scoring(
    extent: Extent, settings: BacktestSettings, password: bytes
) -> Callable[[Batches], Iterator[pd.DataFrame]]:
    def score(batches: Batches) -> Iterator[pd.DataFrame]:
        demand = _gathered(batches)
        panel = demand_panel(demand, extent=extent)
        with meeting(password) as exchange:
            scores = score_demand(demand, panel, HORIZON, settings, Parts(exchange))
        yield scores.reindex(columns=list(SCORES))

    return score


def _forecasting(extent: Extent, password: bytes) -> Callable[[Batches], Iterator[pd.DataFrame]]:
    def forecast(batches: Batches) -> Iterator[pd.DataFrame]:
        panel = demand_panel(_gathered(batches), extent=extent)
        with meeting(password) as exchange:
            forecast = demand_frame(panel, HORIZON, Parts(exchange))
        yield forecast

    return forecast


def _value(marts: Marts, folder: Path) -> list[str]:
    days, rate = marts.rows(CUSTOMER_DAYS), margin_rate(marts)
    as_of = pd.Timestamp(marts.read_value("select max(as_of_date) from ops.build"))
    fitted = fit_customers(_with_margin(days.toPandas(), rate), as_of)
    if fitted is None:
        return ["customers: there are none to value"]
    parts = days.repartition(marts.slots, "customer_key")
    values = parts.mapInPandas(_valuing(fitted, rate), _schema(UNRANKED))
    values.createOrReplaceTempView("unranked")
    ranked = "cast(row_number() over (order by residual_value desc, customer_key) as bigint) as rank"
    columns = ", ".join(ranked if name == "rank" else name for name in VALUE_COLUMNS)
    marts.write(marts.rows(f"select {columns} from unranked"), folder / "customer_value")
    _write_here(fitted.fits, folder / "customer_value_fit")
    return [f"{card['model']}: {card['reason']}" for card in fitted.fits.to_dict("records")]


def _valuing(fitted: Fitted, rate: float) -> Callable[[Batches], Iterator[pd.DataFrame]]:
    def value(batches: Batches) -> Iterator[pd.DataFrame]:
        # a customer's days may come in several batches
        days = list(batches)
        if days:
            yield value_customers(fitted, _with_margin(pd.concat(days), rate))

    return value


def _with_margin(days: pd.DataFrame, rate: float) -> pd.DataFrame:
    return days.assign(margin=days["known_margin"] + rate * days["other_sales"])


def _gathered(batches: Batches) -> pd.DataFrame:
    """A task's rows in one piece; it may have none, and must take part all the same."""
    found = list(batches)
    return pd.concat(found) if found else _nothing()


def _nothing() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=object) for name in INPUT})


def _schema(columns: dict[str, str]) -> str:
    return ", ".join(f"{name} {type_.replace('varchar', 'string')}" for name, type_ in columns.items())


def _write_here(frame: pd.DataFrame, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(folder / "part.parquet")
