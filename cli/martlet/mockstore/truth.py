"""The truth file: what was planted, and the totals a warehouse must arrive at, from arrays and not from tables."""

from dataclasses import dataclass, field

import numpy as np

from martlet.mockstore import parameters
from martlet.mockstore.competitors import COMPETITORS, make_competitor_prices
from martlet.mockstore.event_frame import not_set
from martlet.mockstore.order_tables import ORDER_ID
from martlet.mockstore.parameters import CHANNELS, DEVICES, FUNNEL, SEGMENTS, Effect
from martlet.mockstore.randomness import Ints
from martlet.mockstore.refunds import DISCREPANCY, SHIPPING_REFUND
from martlet.mockstore.search import make_queries
from martlet.mockstore.sessions import AGAIN, BUY, Sessions
from martlet.mockstore.shop_time import FIRST_DAY, FULL_DAYS, day_date
from martlet.mockstore.store import Store
from martlet.mockstore.visits import CELLS_PER_PAGE, CHANNEL_STEP, DEVICE_STEP
from martlet.mockstore.words import VENDORS

Json = dict[str, object]
_TOP_SKUS = 50


@dataclass
class SessionTally:
    """Running counts over the chunks of sessions; sessions without consent have no id and are not counted as such."""

    pages: int
    sessions: int = 0
    events: int = 0
    purchase_events: int = 0
    duplicates: int = 0
    without_id: int = 0
    denied: int = 0
    sessions_by_page: Ints = field(init=False)
    buyers_by_page: Ints = field(init=False)

    def __post_init__(self) -> None:
        self.sessions_by_page = np.zeros(self.pages, dtype=np.int64)
        self.buyers_by_page = np.zeros(self.pages, dtype=np.int64)

    def add(self, store: Store, sessions: Sessions) -> None:
        """Count one chunk."""
        bought, again = sessions.present[:, BUY], sessions.present[:, AGAIN]
        page = sessions.cell // CELLS_PER_PAGE
        self.sessions += int(sessions.consent.sum())
        self.denied += int((~sessions.consent).sum())
        self.events += int(sessions.present.sum())
        self.purchase_events += int(bought.sum() + again.sum())
        self.duplicates += int(again.sum())
        self.without_id += int((bought & not_set(store.plan, sessions.order)).sum())
        self.sessions_by_page += np.bincount(page[sessions.consent], minlength=self.pages)
        self.buyers_by_page += np.bincount(page[sessions.consent & bought], minlength=self.pages)


def truth(store: Store, tally: SessionTally) -> Json:
    """Everything the truth file says, ready for JSON; money in dollars, rounded to the cent."""
    return {
        "seed": store.seed,
        "first_day": FIRST_DAY.isoformat(),
        "last_full_day": day_date(FULL_DAYS - 1).isoformat(),
        "ga4_first_day": day_date(store.plan.first_day).isoformat(),
        "shop_timezone": "America/Chicago",
        "affinity_pairs": _pairs(store),
        "landing_pages": _landing_pages(store, tally),
        "channel_conversion_effects": _by_name(CHANNELS, store.plants.channel_conversion),
        "channel_step": FUNNEL[CHANNEL_STEP],
        "device_conversion_effects": _by_name(DEVICES, store.plants.device_conversion),
        "device_step": FUNNEL[DEVICE_STEP],
        "funnel_faults": [
            *_faults(store, "channel_group", CHANNELS, CHANNEL_STEP),
            *_faults(store, "device_category", DEVICES, DEVICE_STEP),
        ],
        "opportunity_clicks": round(store.plants.opportunity_clicks, 6),
        "search_opportunities": [
            {"query": item.query, "page": item.page, "position": round(item.position, 2)}
            for item in make_queries(store.seed, store.funnel, store.plants)
            if item.opportunity
        ],
        "undercut_prices": _undercut(store),
        "lapsing_customer_ids": store.customers.ids()[store.purchases.lapsed_customers].tolist(),
        "processes": _processes(),
        "daily_demand": _demand(store),
        "totals": {**_order_totals(store), **_refund_totals(store)},
        "sales": _sales(store),
        "ga4": _ga4(store, tally),
    }


def dollars(cents: int) -> float:
    """Cents as dollars; exact to the cent when written."""
    return round(cents / 100, 2)


def _by_name(effects: tuple[Effect, ...], conversion: tuple[float, ...]) -> Json:
    return {effect.name: value for effect, value in zip(effects, conversion, strict=True)}


def _pairs(store: Store) -> list[Json]:
    """The planted pairs, with the orders (cancelled and tests not counted) that hold each SKU and both."""
    result: list[Json] = []
    counts = store.orders.counts[store.lines.order]
    for (first, second), attach in zip(store.catalogue.pairs.tolist(), store.plants.pair_attach, strict=True):
        with_first = store.lines.order[counts & (store.lines.sku == first)]
        with_second = store.lines.order[counts & (store.lines.sku == second)]
        result.append(
            {
                "sku": store.catalogue.sku[first],
                "attached_sku": store.catalogue.sku[second],
                "attach_probability": attach,
                "orders_with_sku": len(with_first),
                "orders_with_attached_sku": len(with_second),
                "orders_with_both": len(np.intersect1d(with_first, with_second)),
            }
        )
    return result


def _landing_pages(store: Store, tally: SessionTally) -> list[Json]:
    """Each page's true rates over its own traffic, overall and by channel and device, and the counts drawn."""
    funnel, rates = store.funnel, store.plan.rates
    conversion = rates.prod(axis=1)
    shape = (len(CHANNELS), len(DEVICES))
    result: list[Json] = []
    for place, page in enumerate(funnel.pages):
        cells = slice(place * CELLS_PER_PAGE, (place + 1) * CELLS_PER_PAGE)
        traffic = funnel.traffic[cells] / funnel.traffic[cells].sum()
        reach = np.concatenate([[1.0], traffic @ np.cumprod(rates[cells], axis=1)])
        grid = conversion[cells].reshape(shape)
        result.append(
            {
                "path": page.path,
                "kind": page.kind,
                "weak": page.weak,
                "weak_step": FUNNEL[page.step] if page.weak else None,
                "effect": page.effect,
                "conversion": round(float(reach[-1]), 6),
                "step_rates": dict(zip(FUNNEL, np.round(reach[1:] / reach[:-1], 6).tolist(), strict=True)),
                "conversion_by_channel_and_device": {
                    channel.name: dict(zip((device.name for device in DEVICES), np.round(row, 6).tolist(), strict=True))
                    for channel, row in zip(CHANNELS, grid, strict=True)
                },
                "sessions": int(tally.sessions_by_page[place]),
                "sessions_with_purchase": int(tally.buyers_by_page[place]),
            }
        )
    return result


def _faults(store: Store, dimension: str, effects: tuple[Effect, ...], step: int) -> list[Json]:
    """Each channel or device below the others at the step where they differ: its true rate, and that of the others.

    The others' rate is what its own traffic would do with their mean effect, weighted by who comes to the step.
    """
    plants, rates, cells = store.plants, store.plan.rates, len(store.funnel.traffic)
    factors = np.array(plants.channel_conversion if dimension == "channel_group" else plants.device_conversion)
    place = np.arange(cells) // (1 if dimension == "device_category" else len(DEVICES)) % len(effects)
    coming = store.funnel.traffic * np.cumprod(rates, axis=1)[:, step] / rates[:, step]
    result: list[Json] = []
    for own, effect in enumerate(effects):
        inside = place == own
        others = float((coming * factors[place])[~inside].sum() / coming[~inside].sum())
        if factors[own] < others:
            rate = float((coming * rates[:, step])[inside].sum() / coming[inside].sum())
            result.append(
                {
                    "dimension": dimension,
                    "value": effect.name,
                    "step": FUNNEL[step],
                    "rate": round(rate, 6),
                    "comparable_rate": round(min(rate * others / float(factors[own]), 1.0), 6),
                }
            )
    return result


def _undercut(store: Store) -> list[Json]:
    """The SKUs that a competitor sells well below us, with both prices; no other price is more than 1% below ours."""
    prices = make_competitor_prices(store.seed, store.catalogue, store.lines, store.plants)
    return [
        {
            "sku": store.catalogue.sku[prices.sku[place]],
            "competitor": COMPETITORS[prices.competitor[place]],
            "our_price": dollars(int(store.catalogue.price[prices.sku[place]])),
            "their_price": dollars(int(prices.last_price[place])),
        }
        for place in np.flatnonzero(prices.undercut).tolist()
    ]


def _processes() -> Json:
    names = ("share", "r", "alpha", "a", "b", "p", "q", "v")
    return {
        "segments": {
            segment.tag: {
                **{name: getattr(segment, name) for name in names},
                "mean_order_value": segment.mean_order_value,
            }
            for segment in SEGMENTS
        },
        "time_unit": "days of season time, a clock that runs with demand and gains one unit on an average day",
        "guests_follow": SEGMENTS[parameters.FIRST_TIME].tag,
        "refund_rate": parameters.REFUND_RATE,
        "cancellation_rate": parameters.CANCELLATION_RATE,
        "test_rate": parameters.TEST_RATE,
        "tracking_loss": parameters.TRACKING_LOSS,
        "duplicate_rate": parameters.DUPLICATE_RATE,
        "consent_denied_rate": parameters.DENIED_RATE,
        "vendors": {
            vendor.name: {"lead_time_days": vendor.lead_time_days, "lead_time_sd_days": vendor.lead_time_sd_days}
            for vendor in VENDORS
        },
    }


def _demand(store: Store) -> Json:
    """True units a day of the SKUs that sell most; see Lines.daily_demand."""
    best = np.argsort(-store.lines.daily_demand, kind="stable")[:_TOP_SKUS]
    return {store.catalogue.sku[place]: round(float(store.lines.daily_demand[place]), 5) for place in best.tolist()}


def _order_totals(store: Store) -> dict[str, int]:
    """Counts and cents of the orders that count."""
    orders, lines = store.orders, store.lines
    counts = orders.counts
    of_lines = counts[lines.order]
    return {
        "orders": int(counts.sum()),
        "orders_raw": len(counts),
        "orders_cancelled": int((orders.cancelled > 0).sum()),
        "orders_test": int(orders.test.sum()),
        "lines": int(of_lines.sum()),
        "units": int(lines.quantity[of_lines].sum()),
        "gross_sales_cents": int(orders.line_gross[of_lines].sum()),
        "discounts_cents": int(orders.line_discount[of_lines].sum()),
        "shipping_charged_cents": int(orders.shipping[counts].sum()),
        "taxes_charged_cents": int(orders.line_tax[of_lines].sum()),
        "total_price_cents": int(orders.total[counts].sum()),
    }


def _refund_totals(store: Store) -> dict[str, int]:
    """Counts and cents of the refunds of orders that count."""
    refunds = store.refunds
    counts = store.orders.counts[refunds.order]
    of_lines, of_adjustments = counts[refunds.line_refund], counts[refunds.adjustment_refund]
    amount, kind = -refunds.adjustment_amount, refunds.adjustment_kind
    return {
        "refunds": int(counts.sum()),
        "units_returned": int(refunds.line_quantity[of_lines].sum()),
        "returns_lines_cents": int(refunds.line_subtotal[of_lines].sum()),
        "returns_discrepancies_cents": int(amount[of_adjustments & (kind == DISCREPANCY)].sum()),
        "shipping_refunded_cents": int(amount[of_adjustments & (kind == SHIPPING_REFUND)].sum()),
        "taxes_refunded_cents": int(refunds.line_tax[of_lines].sum()),
    }


def _sales(store: Store) -> Json:
    """Shopify's sums in dollars: net = gross - discounts - returns; total = net + shipping + taxes.

    `returns` holds refunded lines and refund discrepancies; `shipping` and `taxes` are what is left after refunds.
    """
    cents = {**_order_totals(store), **_refund_totals(store)}
    returns = cents["returns_lines_cents"] + cents["returns_discrepancies_cents"]
    net = cents["gross_sales_cents"] - cents["discounts_cents"] - returns
    shipping = cents["shipping_charged_cents"] - cents["shipping_refunded_cents"]
    taxes = cents["taxes_charged_cents"] - cents["taxes_refunded_cents"]
    return {
        "gross_sales": dollars(cents["gross_sales_cents"]),
        "discounts": dollars(cents["discounts_cents"]),
        "returns": dollars(returns),
        "net_sales": dollars(net),
        "shipping": dollars(shipping),
        "taxes": dollars(taxes),
        "total_sales": dollars(net + shipping + taxes),
    }


def _ga4(store: Store, tally: SessionTally) -> Json:
    """Sessions and purchases as GA4 saw them, and the web orders of its days that it did not see."""
    tracked = store.plan.tracked
    reported = tracked[~not_set(store.plan, tracked)]
    web = (store.visits.cell >= 0) & ~store.orders.test & (store.purchases.day >= store.plan.first_day)
    lost = np.flatnonzero(web & store.visits.untracked)
    return {
        "sessions": tally.sessions,
        "sessions_without_consent": tally.denied,
        "events": tally.events,
        "purchase_events": tally.purchase_events,
        "orders_tracked": len(tracked),
        "distinct_transaction_ids": len(reported),
        "duplicate_purchase_events": tally.duplicates,
        "purchases_without_transaction_id": tally.without_id,
        "web_orders": int(web.sum()),
        "lost_order_ids": (ORDER_ID + lost[:1000]).tolist(),
        "conversion": round(store.plan.conversion, 6),
    }
