"""What sales earn whose cost is not known: one rule for predictions and shortlists."""

from typing import Any, Protocol

#: Gross margin over net sales where hardly any cost is known.
ASSUMED_MARGIN_RATE = 0.4

# Products whose cost is unknown are taken to earn what the others do, if enough of the sales have a known cost.
KNOWN_MARGIN = """
select sum(gross_margin) / nullif(sum(net_sales), 0)
from marts.order_lines
where gross_margin is not null
having sum(net_sales) >= 0.2 * (select sum(net_sales) from marts.order_lines)
"""


class Readable(Protocol):
    """Marts that answer a query: a stage, or Spark's."""

    def read_value(self, sql: str) -> Any:
        """The first value of a query's first row."""


def margin_rate(staged: Readable) -> float:
    """Gross margin over net sales where the cost is unknown, 0 to 1, to four decimals."""
    known = staged.read_value(KNOWN_MARGIN)
    return ASSUMED_MARGIN_RATE if known is None else min(max(round(float(known), 4), 0.0), 1.0)
