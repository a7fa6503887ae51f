"""The events of a chunk of sessions as plain arrays: whose, which slot, when, on which page, about which SKU."""

from dataclasses import dataclass

import numpy as np

from martlet.mockstore.catalogue import Catalogue
from martlet.mockstore.orders import Orders
from martlet.mockstore.parameters import NOT_SET_EVERY
from martlet.mockstore.randomness import Bools, Ints, Part, stream
from martlet.mockstore.sessions import (
    AGAIN,
    BUY,
    CART,
    CHECKOUT,
    LANDING,
    LOOK,
    PAYMENT,
    SLOTS,
    START,
    VIEW,
    Plan,
    Sessions,
)
from martlet.mockstore.store import Store
from martlet.mockstore.visits import CELLS_PER_PAGE, Page, channel_of
from martlet.mockstore.words import CATEGORIES

FIRST_ORDER_NUMBER = 1001
_CHECKOUT_PAGES = ("/checkout", "/checkout/thank-you")


@dataclass(frozen=True)
class Frame:
    """Arrays (events,), by session and slot; `sessions` are what `session` points into."""

    sessions: Sessions
    session: Ints
    slot: Ints
    micros: Ints
    order: Ints
    channel: Ints
    """Place in CHANNELS."""
    sku: Ints
    """The SKU looked at."""
    page: Ints
    """Place in page_paths()."""
    opening: Bools
    """The session's first event, which carries what is true of the session."""
    consent: Bools

    def at(self, *slots: int) -> Bools:
        """True for events of these slots."""
        wanted = np.zeros(len(SLOTS), dtype=np.bool_)
        wanted[list(slots)] = True
        return wanted[self.slot]

    @property
    def purchase(self) -> Bools:
        """True for purchases and their duplicates."""
        return self.slot >= BUY


def page_paths(pages: tuple[Page, ...], catalogue: Catalogue) -> list[str]:
    """All pages an event may be on: landing pages, product pages, checkout."""
    products = [f"/products/{handle}" for handle in catalogue.products.handle]
    return [*(page.path for page in pages), *products, *_CHECKOUT_PAGES]


def make_frame(store: Store, sessions: Sessions) -> Frame:
    """Lay out a chunk's events."""
    present = np.flatnonzero(sessions.present)
    session, slot = np.divmod(present, len(SLOTS))
    rng = stream(store.seed, Part.EVENTS, sessions.first_number)
    sku = _skus(rng, store, sessions)[session]
    landing = (sessions.cell // CELLS_PER_PAGE)[session]
    pages = len(store.funnel.pages)
    products = len(store.catalogue.products.handle)
    product_page = pages + store.catalogue.product[sku]
    looked_around = rng.integers(0, pages, len(session))
    checkout = pages + products + (slot > PAYMENT)
    page = np.where(
        slot <= LOOK,
        np.where(slot == LOOK, looked_around, landing),
        np.where(slot <= CART, product_page, checkout),
    )
    consent = sessions.consent[session]
    return Frame(
        sessions=sessions,
        session=session,
        slot=slot,
        micros=sessions.micros.ravel()[present],
        order=sessions.order[session],
        channel=channel_of(sessions.cell)[session],
        sku=sku,
        page=page,
        opening=(slot == START) | ((slot == LANDING) & ~consent),
        consent=consent,
    )


def _skus(rng: np.random.Generator, store: Store, sessions: Sessions) -> Ints:
    """The SKU each session looks at: an order's first line, else the landing page's product, category, or any."""
    catalogue = store.catalogue
    by_category = np.argsort(catalogue.category, kind="stable")
    reach = np.concatenate([[0.0], np.cumsum(catalogue.popularity[by_category])])
    edges = np.searchsorted(catalogue.category[by_category], np.arange(len(CATEGORIES) + 1))
    low = np.array([reach[edges[page.category]] if page.category >= 0 else 0.0 for page in store.funnel.pages])
    high = np.array(
        [reach[edges[page.category + 1]] if page.category >= 0 else reach[-1] for page in store.funnel.pages]
    )
    shown = np.array([_sku_of(catalogue, page.product) for page in store.funnel.pages])
    landing = sessions.cell // CELLS_PER_PAGE
    target = low[landing] + rng.random(len(landing)) * (high - low)[landing]
    drawn = by_category[np.clip(np.searchsorted(reach, target, side="right") - 1, 0, len(by_category) - 1)]
    sku = np.where(shown[landing] >= 0, shown[landing], drawn)
    return np.where(sessions.order >= 0, store.lines.sku[store.orders.first_line[sessions.order]], sku)


def _sku_of(catalogue: Catalogue, product: int) -> int:
    return int(np.argmax(catalogue.product == product)) if product >= 0 else -1


def item_counts(frame: Frame, orders: Orders) -> Ints:
    """Products of each event: one looked at or put in the cart, all of an order's at its checkout and purchase."""
    all_lines = frame.at(CHECKOUT, BUY, AGAIN) & (frame.order >= 0)
    one = frame.at(VIEW, CART, CHECKOUT)
    return np.where(all_lines, orders.line_count[frame.order], one.astype(np.int64))


def not_set(plan: Plan, order: Ints) -> Bools:
    """True for orders whose purchase reports no transaction id: every NOT_SET_EVERY-th that was tracked."""
    rank = np.searchsorted(plan.tracked, order)
    return np.asarray((order >= 0) & (rank % NOT_SET_EVERY == NOT_SET_EVERY // 2))


def transaction_ids(order: Ints) -> list[str]:
    """Transaction ids of orders: their numbers without the '#'."""
    return [str(FIRST_ORDER_NUMBER + place) for place in order.tolist()]
