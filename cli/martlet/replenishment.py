"""What to order now, and how the policy behind it would have done: reads marts, writes predictions.

`predictions.replenishment_plan` holds every SKU on sale with its levels and, where one is due, its order.
`predictions.policy_simulation` is empty until `martlet simulate` fills it.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from martlet.drafts import Stage
from martlet.errors import MartletError
from martlet.forecasting.demand import predict_demand
from martlet.forecasting.panel import panel_from_frame
from martlet.inventory.budget import fund_orders
from martlet.inventory.comparison import Comparison, compare
from martlet.inventory.cycle import coming_cycle
from martlet.inventory.lead_times import Bools, Floats, lead_times
from martlet.inventory.policy import in_packs
from martlet.inventory.scenarios import STEP_DAYS, running_sums
from martlet.inventory.setting import Predict, Setting, Terms, set_levels, setting_days
from martlet.margins import margin_rate
from martlet.project import Project

if TYPE_CHECKING:
    import pandas as pd

Progress = Callable[[str], None]

DEMAND = """
select demand.sku, products.category, demand.demand_date, demand.uncensored_units
from marts.demand_daily as demand
left join marts.products as products using (sku)
order by demand.sku, demand.demand_date
"""
TERMS = """
select
    points.sku, points.product_title, points.vendor, points.vendor_sku, points.on_hand, points.available,
    points.incoming, points.position, points.lead_time_days, points.lead_time_sd_days, points.service_level,
    cast(points.reorder_point as double) as textbook_reorder_point, points.minimum_order_quantity, points.pack_size,
    cast(points.unit_cost as double) as unit_cost, cast(points.order_cost as double) as order_cost,
    cast(products.price as double) as price, points.mu_d > 0 as sells
from marts.reorder_points as points
left join marts.products as products using (sku)
order by points.sku
"""
VENDOR_MINIMUMS = """
select vendor, cast(minimum_order_value as double) as minimum_order_value
from marts.vendor_scorecard where minimum_order_value is not null order by vendor
"""
_UNITS = ("on_hand", "available", "incoming", "position")
PLAN_COLUMNS = {
    **dict.fromkeys(("sku", "product_title", "vendor", "vendor_sku"), "varchar"),
    **dict.fromkeys(_UNITS, "bigint"),
    **dict.fromkeys(("lead_time_days", "lead_time_sd_days", "service_level"), "double"),
    "forecast_lead_time_demand": "double",
    "reorder_level": "bigint",
    "textbook_reorder_point": "double",
    **dict.fromkeys(("order_up_to_level", "order_quantity", "minimum_order_quantity", "pack_size"), "bigint"),
    **dict.fromkeys(("unit_cost", "order_cost_total"), "double"),
    "order_now": "boolean",
    "last_date_to_order": "date",
    **dict.fromkeys(("expected_stock_outs_avoided", "expected_lost_margin_avoided"), "double"),
    "is_funded": "boolean",
    "reason": "varchar",
    "as_of_date": "date",
}
SIMULATION_COLUMNS = {
    "policy_number": "bigint",
    "policy": "varchar",
    **dict.fromkeys(("safety_stock_multiple", "target_cycle_service", "cycle_service", "fill_rate"), "double"),
    **dict.fromkeys(("cycles", "orders", "average_stock_units", "average_stock_value", "stock_out_days"), "double"),
    **dict.fromkeys(("holding_cost", "ordering_cost", "lost_margin", "total_cost"), "double"),
    **dict.fromkeys(("first_date", "last_date"), "date"),
    **dict.fromkeys(("skus", "days", "seed"), "bigint"),
    "as_of_date": "date",
}
ORDERED, NOT_DUE, UNKNOWN_STOCK = "ordered", "above its reorder level", "stock is unknown"
NO_SALES, NO_VENDOR, OTHER_VENDOR = "nothing sold lately", "no vendor to order from", "another vendor, not in this run"
OVER_BUDGET, NO_COST = "over the budget", "unit cost is unknown: no budget can hold it"


@dataclass(frozen=True)
class Request:
    """What the user asked for: money that all orders may cost, the one vendor to order from, each SKU at its target."""

    budget: float | None = None
    vendor: str | None = None
    strict: bool = False


@dataclass(frozen=True)
class _Shop:
    """`frame`: rows of TERMS; `units` (n, T): demand, NaN where unknown; `unit_margin` (n,): lost with a sale."""

    frame: "pd.DataFrame"
    days: NDArray[np.datetime64]
    units: Floats
    terms: Terms
    unit_margin: Floats
    predict: Predict


def write_replenishment(staged: Stage, project: Project, request: Request, progress: Progress) -> list[str]:
    """Write predictions.replenishment_plan, and an empty policy_simulation; return what to tell the user.

    Raises MartletError for a vendor that no SKU is bought from.
    """
    import pandas as pd  # noqa: PLC0415  (slow to import; only predictions pay for it)

    progress("planning orders")
    shop = _read(staged, project)
    if request.vendor is not None and request.vendor not in set(shop.frame["vendor"].dropna()):
        known = ", ".join(sorted(set(shop.frame["vendor"].dropna())))
        raise MartletError(f"no SKU is bought from '{request.vendor}'; there are {known}")
    if staged.read_value("select 1 from duckdb_tables() where table_name = 'policy_simulation'") is None:
        staged.write("predictions.policy_simulation", pd.DataFrame(columns=[*SIMULATION_COLUMNS]), SIMULATION_COLUMNS)
    if not shop.units.shape[1]:
        staged.write("predictions.replenishment_plan", pd.DataFrame(columns=[*PLAN_COLUMNS]), PLAN_COLUMNS)
        return ["no demand is known, so nothing is planned"]
    length = shop.units.shape[1]
    setting = set_levels(shop.units, shop.terms, shop.predict, setting_days(length), request.strict)[-1]
    plan = _plan(shop, setting, request, staged.read_value("select max(as_of_date) from ops.build"))
    staged.write("predictions.replenishment_plan", plan, PLAN_COLUMNS)
    return [*_told(plan, request), *_below_minimum(plan, staged.read(VENDOR_MINIMUMS))]


def write_simulation(staged: Stage, project: Project, days: int, seed: int, progress: Progress) -> Comparison:
    """Replay the last `days` (a third of the history at most) and write predictions.policy_simulation.

    Raises MartletError if there is too little history to hold any out.
    """
    progress("simulating policies")
    shop = _read(staged, project)
    length = shop.units.shape[1]
    held = min(days, length // 3)
    origins = setting_days(length - held)
    if held < STEP_DAYS or len(origins) < 2:
        raise MartletError(f"{length} days of demand are too few to hold any out for a simulation")
    origins = [*origins, *range(length - held + STEP_DAYS, length, STEP_DAYS)]
    settings = set_levels(shop.units, shop.terms, shop.predict, origins)
    held_out = [setting for setting in settings if setting.day >= length - held]
    result = compare(shop.units, shop.terms, held_out, shop.unit_margin, seed)
    as_of = staged.read_value("select max(as_of_date) from ops.build")
    span = {"first_date": shop.days[-held], "last_date": shop.days[-1], "skus": len(shop.frame), "days": held}
    frame = _simulation_frame(result).assign(**span, seed=seed, as_of_date=as_of)
    staged.write("predictions.policy_simulation", frame, SIMULATION_COLUMNS)
    return result


def _read(staged: Stage, project: Project) -> _Shop:
    frame, demand = staged.read(TERMS), staged.read(DEMAND)
    rate = margin_rate(staged)
    price = frame["price"].fillna(0.0).to_numpy(dtype=np.float64)
    cost = frame["unit_cost"].to_numpy(dtype=np.float64, na_value=np.nan)
    # without a price either, every unit ties up as much as any other
    assumed = np.where(price > 0, price * (1.0 - rate), 1.0)
    unit_cost = np.where(cost > 0, cost, assumed)
    mean, deviation = (frame[name].to_numpy(dtype=np.float64) for name in ("lead_time_days", "lead_time_sd_days"))
    terms = Terms(
        lead=lead_times(mean, deviation),
        lead_mean=mean,
        lead_deviation=deviation,
        service_level=np.clip(frame["service_level"].to_numpy(dtype=np.float64), 0.5, 0.9999),
        pack_size=frame["pack_size"].to_numpy(dtype=np.int64),
        minimum_quantity=frame["minimum_order_quantity"].to_numpy(dtype=np.int64),
        lot_cost=np.where(cost > 0, cost, np.nan),
        unit_cost=unit_cost,
        order_cost=frame["order_cost"].to_numpy(dtype=np.float64),
        holding_rate=project.rule("holding_cost_rate"),
        cover_days=project.rule("default_order_days"),
        window_days=int(project.rule("reorder_window_days")),
    )
    panel = panel_from_frame(demand, "sku", "demand_date", "uncensored_units", "category")
    if demand.empty:
        return _Shop(
            frame, panel.days, np.empty((len(frame), 0)), terms, price - unit_cost, lambda day, ahead: terms.lead_mean
        )
    place = {sku: index for index, sku in enumerate(panel.ids)}
    rows = np.array([place.get(sku, -1) for sku in frame["sku"]], dtype=np.int64)
    has_demand = rows >= 0

    def predict(day: int, ahead: int) -> Floats:
        return np.where(has_demand[:, None], predict_demand(panel.until(day), ahead).mean[rows], 0.0)

    units = np.where(has_demand[:, None], panel.values[rows], np.nan)
    return _Shop(frame, panel.days, units, terms, np.maximum(price - unit_cost, 0.0), predict)


def _plan(shop: _Shop, setting: Setting, request: Request, as_of: object) -> "pd.DataFrame":
    import pandas as pd  # noqa: PLC0415

    frame, terms = shop.frame, shop.terms
    position = frame["position"].to_numpy(dtype=np.float64, na_value=np.nan)
    is_known = np.isfinite(position)
    sells = frame["sells"].fillna(False).to_numpy(dtype=np.bool_)
    is_due = is_known & sells & (position <= setting.reorder)
    up_to = setting.reorder + setting.quantity
    quantity = np.where(is_due, in_packs(np.where(is_due, up_to - position, 0.0), terms.pack_size), 0.0)
    cost = quantity * terms.lot_cost
    cycle = coming_cycle(setting, terms, np.nan_to_num(position), quantity)
    lost_margin = cycle.units_saved * shop.unit_margin
    reason = _reasons(frame, is_known, sells, is_due, cost, lost_margin, request)
    daily = setting.known.forecast[:, :STEP_DAYS].mean(axis=1)
    ahead = running_sums(setting.known.forecast)
    usual = np.minimum(terms.lead.usual, ahead.shape[1] - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        days_left = np.floor(np.maximum(position - setting.reorder, 0.0) / daily)
    # as in marts.reorder_points: none where it is further than ten years, or nothing sells
    days_left = np.where(is_known & sells & (days_left <= 3650), days_left, np.nan)
    units = {name: frame[name].astype("Int64") for name in _UNITS}
    return frame.assign(
        **units,
        forecast_lead_time_demand=np.round(np.take_along_axis(ahead, usual[:, None], axis=1)[:, 0], 3),
        reorder_level=setting.reorder,
        order_up_to_level=up_to,
        order_quantity=pd.Series(quantity).astype("Int64").where(is_known),
        order_cost_total=np.where(is_due, np.round(cost, 2), np.where(is_known, 0.0, np.nan)),
        order_now=pd.Series(is_due, dtype="boolean").where(is_known),
        last_date_to_order=pd.Timestamp(str(as_of)) + pd.to_timedelta(days_left, unit="D"),
        expected_stock_outs_avoided=np.round(np.where(is_due, cycle.stock_outs_avoided, 0.0), 4),
        expected_lost_margin_avoided=np.round(np.where(is_due, lost_margin, 0.0), 2),
        is_funded=reason == ORDERED,
        reason=reason,
        as_of_date=pd.Timestamp(str(as_of)),
    )


def _reasons(
    frame: "pd.DataFrame", is_known: Bools, sells: Bools, is_due: Bools, cost: Floats, worth: Floats, request: Request
) -> NDArray[np.object_]:
    """Why each SKU is ordered or not (n,); the budget is spent on what may be ordered otherwise."""
    vendor = frame["vendor"].to_numpy(dtype=object)
    has_vendor = frame["vendor"].notna().to_numpy() & (vendor != "(unmapped)")
    reason = np.full(len(frame), ORDERED, dtype=object)
    reason[~has_vendor] = NO_VENDOR
    if request.vendor is not None:
        reason[vendor != request.vendor] = OTHER_VENDOR
    reason[~is_due] = NOT_DUE
    reason[~sells] = NO_SALES
    reason[~is_known] = UNKNOWN_STOCK
    if request.budget is not None:
        wanted = np.flatnonzero(reason == ORDERED)
        is_funded = fund_orders(cost[wanted], worth[wanted], request.budget)
        reason[wanted[~is_funded]] = np.where(np.isfinite(cost[wanted[~is_funded]]), OVER_BUDGET, NO_COST)
    return reason


def _told(plan: "pd.DataFrame", request: Request) -> Iterator[str]:
    funded = plan[plan["is_funded"]]
    money = funded["order_cost_total"].sum()
    of = "" if request.budget is None else f" of {request.budget:,.2f}"
    yield f"{len(funded):,} orders from {funded['vendor'].nunique():,} vendors, cost {money:,.2f}{of}"
    unknown = int(funded["unit_cost"].isna().sum())
    if unknown:
        yield f"{unknown:,} of them without a known unit cost, not in that sum"
    counts = Counter(plan.loc[~plan["is_funded"], "reason"])
    yield from (f"{count:,} not ordered: {reason}" for reason, count in sorted(counts.items()))


def _below_minimum(plan: "pd.DataFrame", minimums: "pd.DataFrame") -> Iterator[str]:
    totals = plan[plan["is_funded"]].groupby("vendor")["order_cost_total"].sum()
    for row in minimums.to_dict("records"):
        total = totals.get(row["vendor"])
        if total is not None and total < row["minimum_order_value"]:
            yield f"{row['vendor']} takes no order below {row['minimum_order_value']:,.2f}; this one is {total:,.2f}"


def _simulation_frame(result: Comparison) -> "pd.DataFrame":
    import pandas as pd  # noqa: PLC0415

    rows = [
        {
            "policy_number": number,
            "policy": outcome.policy,
            "safety_stock_multiple": outcome.multiple,
            "target_cycle_service": outcome.target,
            "cycle_service": outcome.cycle_service,
            "fill_rate": outcome.fill_rate,
            "cycles": outcome.cycles,
            "orders": outcome.orders,
            "average_stock_units": outcome.stock_units,
            "average_stock_value": outcome.stock_value,
            "stock_out_days": outcome.stock_out_days,
            "holding_cost": outcome.holding_cost,
            "ordering_cost": outcome.ordering_cost,
            "lost_margin": outcome.lost_margin,
            "total_cost": outcome.total_cost,
        }
        for number, outcome in enumerate([*result.outcomes, result.equal_service], start=1)
    ]
    return pd.DataFrame(rows)
