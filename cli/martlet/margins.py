"""What sales earn whose cost is not known: one rule for predictions and shortlists."""

from martlet.warehouse import Stage

#: Gross margin over net sales where hardly any cost is known.
ASSUMED_MARGIN_RATE = 0.4

# Products whose cost is unknown are taken to earn what the others do, if enough of the sales have a known cost.
KNOWN_MARGIN = """
select sum(gross_margin) / nullif(sum(net_sales), 0)
from marts.order_lines
where gross_margin is not null
having sum(net_sales) >= 0.2 * (select sum(net_sales) from marts.order_lines)
"""


def margin_rate(staged: Stage) -> float:
    """Gross margin over net sales where the cost is unknown, 0 to 1, to four decimals."""
    known = staged.read_value(KNOWN_MARGIN)
    return ASSUMED_MARGIN_RATE if known is None else min(max(round(float(known), 4), 0.0), 1.0)
