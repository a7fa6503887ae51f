"""The whole store as arrays: every part drawn once, in the order in which they depend on each other."""

from dataclasses import dataclass

from martlet.mockstore.baskets import Lines, make_lines
from martlet.mockstore.catalogue import Catalogue, make_catalogue
from martlet.mockstore.customers import Customers, make_customers
from martlet.mockstore.orders import Orders, make_orders
from martlet.mockstore.plants import DEFAULT, Plants
from martlet.mockstore.purchases import Purchases, make_purchases
from martlet.mockstore.refunds import Refunds, make_refunds
from martlet.mockstore.sessions import Plan, plan_sessions
from martlet.mockstore.shop_time import GA4_DAYS
from martlet.mockstore.stock import Stock, make_stock
from martlet.mockstore.visits import Funnel, OrderVisits, make_funnel, make_order_visits


@dataclass(frozen=True)
class Store:
    """All parts but the sessions, which may not fit in memory: `plan` says how to make them chunk by chunk."""

    seed: int
    plants: Plants
    catalogue: Catalogue
    customers: Customers
    purchases: Purchases
    lines: Lines
    orders: Orders
    refunds: Refunds
    stock: Stock
    funnel: Funnel
    visits: OrderVisits
    plan: Plan


def make_store(seed: int, orders: int, events: int, plants: Plants = DEFAULT, event_days: int = GA4_DAYS) -> Store:
    """Draw a store of about `orders` orders, and `events` GA4 events on its last `event_days` full days."""
    catalogue = make_catalogue(seed)
    customers = make_customers(seed, orders)
    purchases = make_purchases(seed, orders, customers)
    lines = make_lines(seed, catalogue, purchases, plants)
    money = make_orders(seed, catalogue, customers, purchases, lines)
    funnel = make_funnel(catalogue, plants)
    visits = make_order_visits(seed, funnel, purchases)
    return Store(
        seed=seed,
        plants=plants,
        catalogue=catalogue,
        customers=customers,
        purchases=purchases,
        lines=lines,
        orders=money,
        refunds=make_refunds(seed, purchases, money, lines),
        stock=make_stock(seed, catalogue, lines, money),
        funnel=funnel,
        visits=visits,
        plan=plan_sessions(funnel, purchases, money, visits, events, event_days),
    )
