"""Orders of people whose rates of buying and leaving are known, for tests of customer values."""

import numpy as np
import pandas as pd

AS_OF = pd.Timestamp("2025-06-30")


def simulated_orders(
    customers: int = 1500, seed: int = 1, leave: tuple[float, float] = (1.2, 3.0), days: int = 545
) -> pd.DataFrame:
    """Orders up to AS_OF of people who behave as BG/NBD has it over these `days`, joining all along but the last 95."""
    rng = np.random.default_rng(seed)
    rows = []
    rates, chances = rng.gamma(0.9, 1 / 60.0, customers), rng.beta(*leave, customers)
    joined, scale = rng.integers(0, days - 95, customers), 1 / rng.gamma(4.0, 1 / 90.0, customers)
    for who in range(customers):
        day = float(joined[who])
        while day <= days:
            rows.append((f"customer-{who}", day, 3.0 * scale[who] * rng.gamma(4.0)))
            if len(rows) > 1 and rows[-2][0] == rows[-1][0] and rng.random() < chances[who]:
                break
            day += rng.exponential(1 / rates[who])
    frame = pd.DataFrame(rows, columns=["customer_key", "day", "margin"])
    start = AS_OF - pd.Timedelta(days=days)
    frame["order_date"] = start + pd.to_timedelta(np.floor(frame["day"]), unit="D")
    return frame[["customer_key", "order_date", "margin"]]
