"""What the page tells, as plain values. None stands for what is not known; money is in the shop's currency."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Source:
    """Where the rows of one source came from when this version was built: mock, live or not connected."""

    name: str
    mode: str


@dataclass(frozen=True)
class Window:
    """Sales and sessions of the 28 days from `first` to `last`, of which the data hold `days_known`.

    order_value : gross sales less discounts, for each order. margin_rate : gross margin over the net sales whose cost
    is known, which are `margin_coverage` of all; both 0 to 1. conversion : sessions that did every step up to the
    purchase, over all sessions.
    """

    first: date
    last: date
    days_known: int
    net_sales: float | None
    orders: int | None
    order_value: float | None
    margin_rate: float | None
    margin_coverage: float | None
    conversion: float | None


@dataclass(frozen=True)
class Week:
    """Net sales of the seven days up to `last`."""

    last: date
    net_sales: float


@dataclass(frozen=True)
class Goal:
    """A sales goal: its amount, what was sold towards it, and the day it is reached at the present trend."""

    name: str
    target: float
    sold: float
    is_reached: bool
    reached_on: date | None


@dataclass(frozen=True)
class Outlook:
    """Net sales expected on the coming `days`, with an 80% interval for all of them together.

    spread_of : the month whose own interval gives this one its relative width; None without an interval.
    """

    days: int
    mean: float
    low: float | None
    high: float | None
    spread_of: date | None


@dataclass(frozen=True)
class Action:
    """A row of the shortlist. Impact and its 80% interval are margin over 90 days; confidence is 0 to 1.

    A number is None where the published table has no such value, and from `unshrunk` on maybe no such column.
    """

    rank: int
    row_id: str
    play: str
    action: str
    evidence: str
    baseline: str
    impact: float | None
    low: float | None
    high: float | None
    confidence: float | None
    hours: float | None
    score: float | None
    formula: str
    quadrant: str
    feasibility: str
    caveats: str
    sql: str
    unshrunk: float | None
    candidates: int | None
    sample_size: float | None
    days_to_run: float | None
    stock: float | None


@dataclass(frozen=True)
class Funnel:
    """Sessions of a device, or of all, that came so far through the closed funnel."""

    device: str
    sessions: int
    viewed: int
    added: int
    began: int
    purchased: int

    @property
    def steps(self) -> tuple[int, ...]:
        """From sessions to purchases."""
        return self.sessions, self.viewed, self.added, self.began, self.purchased


@dataclass(frozen=True)
class Tracking:
    """What GA4 missed: web orders it should have, those it has, days without an event and steps that vanished."""

    web_orders: int
    matched_orders: int
    silent_days: int
    orders_on_silent_days: int
    missing_steps: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Order:
    """An order to place now; margin_at_risk is what it is expected to save from being lost."""

    sku: str
    title: str
    vendor: str
    on_hand: int | None
    quantity: int
    last_date: date | None
    cost: float | None
    margin_at_risk: float | None


@dataclass(frozen=True)
class VendorOrders:
    """A vendor's orders together; `cost` is of those whose unit cost is known, `uncosted` counts the others."""

    vendor: str
    orders: int
    units: int
    cost: float | None
    uncosted: int
    margin_at_risk: float | None


@dataclass(frozen=True)
class Stock:
    """The plan in brief: SKUs it has, how many of unknown stock, orders due that no money was left for, and orders."""

    is_planned: bool
    skus: int
    unknown: int
    unfunded: int
    orders: list[Order]
    vendors: list[VendorOrders]


@dataclass(frozen=True)
class SetAside:
    """Candidates of a play that are not proposed, for one reason; `subject` is that of the first.

    A row of the table may stand for many candidates and then says so in its subject: where there is one row, `subject`
    is what to show.
    """

    play: str
    subject: str
    reason: str
    count: int


@dataclass(frozen=True)
class Facts:
    """Everything on the page.

    windows : now, the 28 days before, the same 28 days 52 weeks ago; None for a version without a day.
    no_outlook : why there is no outlook. is_scored : whether there is a shortlist, empty or not.
    last_session : the newest day that GA4 has sessions of.
    """

    as_of: date | None
    sources: list[Source]
    currency: str
    version: str
    windows: tuple[Window, Window, Window] | None
    weeks: list[Week]
    goals: list[Goal]
    outlook: Outlook | None
    no_outlook: str
    is_scored: bool
    actions: list[Action]
    funnel: Funnel
    devices: list[Funnel]
    last_session: date | None
    tracking: Tracking
    stock: Stock
    set_aside: list[SetAside]
